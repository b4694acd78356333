"""One webhook of a trader: its deliveries, a test, another try, another secret, and its end."""

from functools import partial

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid, Conflict
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.address import must_be_known
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.webhooks.errors import WebhookOver
from gateway.wings.webhooks.pages.webhook_view import WEBHOOKS, WebhookView, number_in, webhook_address, webhook_page
from gateway.wings.webhooks.steps import WebhookSteps
from gateway.wings.webhooks.views import webhook_body
from gateway.wings.webhooks.webhook import Webhook


def register(app: Starlette, web: WebContext, steps: WebhookSteps) -> None:
    """Serve the webhook."""
    route(app, web, f"{WEBHOOKS}/{{id}}", partial(_webhook, steps), room=Room.PORTAL, methods=("GET", "POST"))
    route(app, web, f"{WEBHOOKS}/{{id}}/delete", partial(_delete, steps), room=Room.PORTAL, methods=("GET", "POST"))


async def _own(steps: WebhookSteps, visit: Visit) -> Webhook:
    """Return the webhook that the address names; another one's is not there."""
    visit.caller.must_be_allowed(Call.WEBHOOKS)
    return await steps.get(visit.request.path_params["id"], owner=visit.caller.name)


async def _webhook(steps: WebhookSteps, visit: Visit) -> Response:
    webhook = await _own(steps, visit)
    must_be_known(visit, "state", "before", "done", "mark")
    if visit.request.method == "GET":
        return await webhook_page(steps, visit, webhook)
    try:
        return await _ordered(steps, visit, webhook)
    except WebhookOver as error:
        return await webhook_page(steps, visit, await _own(steps, visit), status=error.status, fault="over")
    except Conflict as error:
        return await webhook_page(steps, visit, webhook, status=error.status, fault="test_waits")


async def _ordered(steps: WebhookSteps, visit: Visit, webhook: Webhook) -> Response:
    """Do what a button of the page orders."""
    here = webhook_address(webhook.id)
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
        return await webhook_page(steps, visit, webhook, status=409, fault="renewed_since")
    shown = await steps.rotate(webhook)
    return await webhook_page(steps, visit, shown.webhook, secret=shown.secret)


async def _delete(steps: WebhookSteps, visit: Visit) -> Response:
    """Ask first; of one that has ended there is nothing to ask."""
    webhook = await _own(steps, visit)
    must_be_known(visit)
    if webhook.ended_at is not None:
        return visit.onward(webhook_address(webhook.id))
    if visit.request.method == "GET":
        row = WebhookView.of(visit).row(webhook_body(webhook))
        return visit.page("webhooks/webhook_delete.html", current="webhooks", webhook=row)
    await steps.end(webhook, by=visit.caller.name)
    return visit.onward_done(WEBHOOKS, "deleted")
