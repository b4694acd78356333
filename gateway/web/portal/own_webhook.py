"""One webhook of a trader: its deliveries, a test, another try, another secret, and its end."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.views.webhooks import webhook_body
from gateway.domain.errors import CallInvalid, Conflict, WebhookOver
from gateway.domain.subject import Room
from gateway.domain.webhook import Webhook
from gateway.web.context import WebContext
from gateway.web.portal.address import must_be_known
from gateway.web.portal.webhook_view import WEBHOOKS, WebhookView, number_in, webhook_address, webhook_page
from gateway.web.route import route
from gateway.web.visit import Visit


def register(app: Starlette, web: WebContext) -> None:
    """Serve the webhook."""
    route(app, web, f"{WEBHOOKS}/{{id}}", _webhook, room=Room.PORTAL, methods=("GET", "POST"))
    route(app, web, f"{WEBHOOKS}/{{id}}/delete", _delete, room=Room.PORTAL, methods=("GET", "POST"))


async def _own(visit: Visit) -> Webhook:
    """Return the webhook that the address names; another one's is not there."""
    visit.caller.must_be_allowed(Call.WEBHOOKS)
    return await visit.web.lifecycle.webhooks.get(visit.request.path_params["id"], owner=visit.caller.name)


async def _webhook(visit: Visit) -> Response:
    webhook = await _own(visit)
    must_be_known(visit, "state", "before", "done", "mark")
    if visit.request.method == "GET":
        return await webhook_page(visit, webhook)
    try:
        return await _ordered(visit, webhook)
    except WebhookOver as error:
        return await webhook_page(visit, await _own(visit), status=error.status, fault="over")
    except Conflict as error:
        return await webhook_page(visit, webhook, status=error.status, fault="test_waits")


async def _ordered(visit: Visit, webhook: Webhook) -> Response:
    """Do what a button of the page orders."""
    steps, here = visit.web.lifecycle.webhooks, webhook_address(webhook.id)
    if visit.form.get("again"):
        await steps.redeliver(webhook, number_in(visit.form["again"], "again"))
        return visit.onward_done(here, "again")
    step = visit.form.get("step")
    if step == "test":
        await steps.test(webhook)
        return visit.onward_done(here, "test")
    if step != "secret":
        raise CallInvalid("step: the form has no such button.")
    if visit.form.get("secret_since") != webhook_body(webhook)["secret_since"].isoformat():
        # Sent a second time, by reloading, it would take the place of the secret that was just shown.
        return await webhook_page(visit, webhook, status=409, fault="renewed_since")
    shown = await steps.rotate(webhook)
    return await webhook_page(visit, shown.webhook, secret=shown.secret)


async def _delete(visit: Visit) -> Response:
    """Ask first; of one that has ended there is nothing to ask."""
    webhook = await _own(visit)
    must_be_known(visit)
    if webhook.ended_at is not None:
        return visit.onward(webhook_address(webhook.id))
    if visit.request.method == "GET":
        row = WebhookView.of(visit).row(webhook_body(webhook))
        return visit.page("portal/webhook_delete.html", current="webhooks", webhook=row)
    await visit.web.lifecycle.webhooks.end(webhook, by=visit.caller.name)
    return visit.onward_done(WEBHOOKS, "deleted")
