"""A trader's own webhooks: listed, and made with a secret that is shown once."""

from functools import partial
from typing import Any
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid, Conflict
from gateway.domain.notice import FOR_OFFICE, NoticeKind
from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.portal.address import must_be_known
from gateway.web.portal.sent_declaration import no_store
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.webhooks.address_rule import LONGEST
from gateway.wings.webhooks.errors import WebhookAddressRefused, WebhookThere
from gateway.wings.webhooks.pages.webhook_view import WEBHOOKS, WebhookView, webhook_page
from gateway.wings.webhooks.settings import WebhookSettings
from gateway.wings.webhooks.steps import WebhookSteps
from gateway.wings.webhooks.views import owner, webhook_body
from gateway.wings.webhooks.webhook import DigestKind, WebhookKind

_ROWS = 50
_EORI, _KIND = "eori-", "kind-"
KINDS: tuple[WebhookKind, ...] = (*(kind for kind in NoticeKind if kind not in FOR_OFFICE), DigestKind.DIGEST)
"""Alerts are for customs alone."""


def register(app: Starlette, web: WebContext, steps: WebhookSteps) -> None:
    """Serve the list, and the form of a new one."""
    route(app, web, WEBHOOKS, partial(_webhooks, steps), room=Room.PORTAL)
    route(app, web, f"{WEBHOOKS}/new", partial(_new, steps), room=Room.PORTAL, methods=("GET", "POST"))


async def _webhooks(steps: WebhookSteps, visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.WEBHOOKS)
    must_be_known(visit, "after", "done", "mark")
    after = visit.asked("after") or None
    found = await steps.page(owner=caller.name, after=after, limit=_ROWS + 1)
    view = WebhookView.of(visit)
    return visit.page(
        "webhooks/webhooks.html",
        current="webhooks",
        rows=[view.row(webhook_body(one)) for one in found[:_ROWS]],
        next_page=f"{WEBHOOKS}?after={quote(found[_ROWS - 1].id)}" if len(found) > _ROWS else "",
        is_first=after is None,
        done=visit.was_done(),
    )


async def _new(steps: WebhookSteps, visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.WEBHOOKS)
    must_be_known(visit)
    typed = await visit.typed()
    if visit.request.method == "GET":
        return await _form(steps, visit, typed)
    if typed.get("newest", "") != await _newest(steps, visit):
        # A form that is sent a second time, by reloading, would make a second webhook.
        return await _form(steps, visit, typed, status=409, fault="made_since")
    eoris = frozenset(name.removeprefix(_EORI) for name in typed if name.startswith(_EORI))
    try:
        made = await steps.make(
            typed.get("address", "").strip(),
            of=owner(caller),
            eoris=eoris or None,
            kinds=_kinds(name.removeprefix(_KIND) for name in typed if name.startswith(_KIND)),
            language=visit.web.cases.wording([visit.language]).language,
        )
    except WebhookAddressRefused as error:
        return await _form(steps, visit, typed, status=error.status, faults={"address": _sentence(visit, error)})
    except CallInvalid as error:
        return await _form(
            steps, visit, typed, status=error.status, faults={"eoris": visit.text("webhooks.fault_eoris")}
        )
    except Conflict as error:
        fault = "there_already" if isinstance(error, WebhookThere) else "too_many"
        return await _form(steps, visit, typed, status=error.status, fault=fault)
    await visit.drop_draft()
    return await webhook_page(steps, visit, made.webhook, secret=made.secret, is_new=True)


async def _form(
    steps: WebhookSteps,
    visit: Visit,
    typed: Any,
    *,
    status: int = 200,
    fault: str = "",
    faults: dict[str, str] | None = None,
) -> Response:
    return no_store(
        visit.page(
            "webhooks/webhook_new.html",
            status=status,
            current="webhooks",
            fault=fault,
            faults=faults or {},
            address=typed.get("address", "")[:LONGEST],
            longest=LONGEST,
            kinds=KINDS,
            eoris=sorted(visit.caller.eoris or ()),
            chosen={name for name in typed if name.startswith((_EORI, _KIND))},
            newest=await _newest(steps, visit),
            of_one=visit.web.settings.of_wing(WebhookSettings).of_one,
        )
    )


async def _newest(steps: WebhookSteps, visit: Visit) -> str:
    """Return the id of the newest webhook; empty: there is none."""
    found = await steps.page(owner=visit.caller.name, limit=1)
    return found[0].id if found else ""


def _kinds(names: Any) -> frozenset[WebhookKind]:
    found = frozenset(names)
    if not found <= frozenset(KINDS):
        raise CallInvalid("kinds: the form has no such events.")
    return frozenset(kind for kind in KINDS if kind in found)


def _sentence(visit: Visit, error: WebhookAddressRefused) -> str:
    ports = ", ".join(map(str, sorted(visit.web.settings.of_wing(WebhookSettings).ports)))
    return visit.text(f"webhooks.address_{error.rule}", ports=ports, longest=LONGEST)
