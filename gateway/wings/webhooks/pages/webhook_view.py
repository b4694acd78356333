"""A trader's webhook and its deliveries, as pages show them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from gateway.domain.errors import CallInvalid
from gateway.web.portal.address import declaration_address
from gateway.web.portal.sent_declaration import no_store
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit
from gateway.wings.webhooks.steps import ACCESS_ENDED, GONE, WITHDRAWN, WebhookSteps
from gateway.wings.webhooks.views import delivery_body, webhook_body
from gateway.wings.webhooks.webhook import OLD_SECRET_FOR, TEST, DeliveryState, Webhook, WebhookHealth

WEBHOOKS = "/webhooks"
_ROWS = 25
_MOST = 2**63 - 1
_STATES = tuple(DeliveryState)
_COUNTED_TO = 10_000
"""The number up to which events are counted."""
_ENDS = {WITHDRAWN: "withdrawn", ACCESS_ENDED: "access", GONE: "gone"}


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRow:
    """A webhook in the list."""

    href: str
    address: str
    events: list[str]
    """Kinds of notices; empty: all."""
    eoris: str
    """Empty: all that are the trader's."""
    kind: str
    """healthy, retrying, dead or ended."""
    state: str
    more: list[str]
    """The further remarks about its events."""
    reason: str
    """The reason why somebody else ended it, in their words; empty: it is said already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """An event in the list of a webhook."""

    number: int
    event: str
    declaration: str
    """Its address; empty: it is about none."""
    kind: str
    state: str
    made: ShownMoment
    tried: ShownMoment | None
    attempts: int
    status: int | None
    fault: str
    can_be_tried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookView:
    """The writer of webhooks on one page."""

    visit: Visit
    times: Times

    @classmethod
    def of(cls, visit: Visit) -> "WebhookView":
        """Make the writer of a page."""
        return cls(visit=visit, times=Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates))

    def row(self, body: dict[str, Any]) -> WebhookRow:
        """Return the state of a webhook, by the API's answer."""
        kind, state = self._state(body)
        is_ended = kind == "ended"
        return WebhookRow(
            href=webhook_address(body["id"]),
            address=body["address"],
            events=[self.visit.text(f"notices.kind_{one}") for one in body["kinds"]],
            eoris=", ".join(body["eoris"] or ()),
            kind=kind,
            state=state,
            more=[] if is_ended else list(self._counts(body)),
            reason=body["reason"] if is_ended and body["reason"] not in _ENDS else "",
        )

    def delivery(self, body: dict[str, Any], *, is_over: bool) -> DeliveryRow:
        """Return the state of an event, by the API's answer."""
        tried, state = body["tried_at"], body["state"]
        kind = body["type"].rpartition(".")[2]
        event = self.visit.text("webhooks.kind_test") if kind == TEST else self.visit.text(f"notices.kind_{kind}")
        return DeliveryRow(
            number=body["number"],
            event=event,
            declaration="" if body["declaration"] is None else declaration_address(body["declaration"]),
            kind=state,
            state=self._next(body["next_at"]) or self.visit.text(f"webhooks.state_{state}"),
            made=self.times.moment(body["made_at"]),
            tried=None if tried is None else self.times.moment(tried),
            attempts=body["attempts"],
            status=body["status"],
            fault="" if body["fault"] is None else self.visit.text(f"webhooks.fault_{body['fault']}"),
            can_be_tried=not is_over and (state != DeliveryState.WAITING or tried is not None),
        )

    def _state(self, body: dict[str, Any]) -> tuple[str, str]:
        visit, moment = self.visit, self.times.moment
        if body["state"] == WebhookHealth.ENDED:
            cause = _ENDS.get(body["reason"], "other")
            return "ended", visit.text(f"webhooks.ended_{cause}", time=moment(body["ended_at"]).text)
        if body["state"] == WebhookHealth.RETRYING:
            since, following = moment(body["failing_since"]).text, body["next_at"]
            if not body["waiting"]:
                return "dead", visit.text("webhooks.dead_since", time=since)
            if following is not None and following > self.times.now:
                return "retrying", visit.text("webhooks.retrying_next", time=since, at=moment(following).text)
            return "retrying", visit.text("webhooks.retrying", time=since)
        if body["delivered_at"] is None:
            return "healthy", visit.text("webhooks.nothing_delivered")
        return "healthy", visit.text("webhooks.healthy", time=moment(body["delivered_at"]).text)

    def _counts(self, body: dict[str, Any]) -> Any:
        for name in ("waiting", "dead"):
            if body[name] >= _COUNTED_TO:
                yield self.visit.text(f"webhooks.many_{name}", count=_COUNTED_TO)
            elif body[name]:
                yield self.visit.text(f"webhooks.count_{name}", count=body[name])

    def _next(self, at: datetime | None) -> str:
        if at is None or at <= self.times.now:
            return ""
        return self.visit.text("webhooks.waiting_until", at=self.times.moment(at).text)


def webhook_address(webhook_id: str) -> str:
    """Return the address of a webhook's page."""
    return f"{WEBHOOKS}/{webhook_id}"


async def webhook_page(
    steps: WebhookSteps,
    visit: Visit,
    webhook: Webhook,
    *,
    secret: str = "",
    is_new: bool = False,
    status: int = 200,
    fault: str = "",
) -> Response:
    """Return the page of one webhook, with its deliveries.

    Args:
        steps: the webhooks.
        visit: the visit.
        webhook: the webhook as it stands now.
        secret: the one that was made now; empty: none was.
        is_new: whether the webhook was made with it.
        status: of the answer.
        fault: why nothing was done; empty: nothing is wrong.

    Raises:
        CallInvalid: the address names no such place, or no such state.
    """
    state, before = visit.asked("state"), _number(visit, "before") if visit.asked("before") else None
    if state and state not in _STATES:
        raise CallInvalid("state: there is no such state of deliveries.")
    found = await steps.deliveries(
        webhook, before=before, states=frozenset({DeliveryState(state)} if state else ()), limit=_ROWS + 1
    )
    view, body, here = WebhookView.of(visit), webhook_body(webhook), webhook_address(webhook.id)
    is_over = webhook.ended_at is not None
    until = None if webhook.rotated_at is None or is_over else webhook.rotated_at + OLD_SECRET_FOR
    older = {"state": state, "before": str(found[_ROWS - 1].number)} if len(found) > _ROWS else {}
    return no_store(
        visit.page(
            "webhooks/webhook.html",
            status=status,
            current="webhooks",
            webhook=view.row(body),
            spoken=body["language"],
            made=view.times.moment(body["made_at"]).text,
            secret_since=body["secret_since"].isoformat(),
            renewed=view.times.moment(body["secret_since"]).text,
            old_until="" if until is None or until <= view.times.now else view.times.moment(until).text,
            secret=secret,
            is_new=is_new,
            is_over=is_over,
            fault=fault,
            done=visit.was_done(),
            rows=[view.delivery(delivery_body(one), is_over=is_over) for one in found[:_ROWS]],
            states=_STATES,
            state=state,
            is_first=before is None,
            newest=f"{here}?{urlencode({'state': state})}" if state else here,
            older=f"{here}?{urlencode({name: value for name, value in older.items() if value})}" if older else "",
        )
    )


def number_in(text: str, name: str) -> int:
    """Return the number of an event that an address or a form names.

    Raises:
        CallInvalid: it is none.
    """
    if not (text.isascii() and text.isdecimal() and len(text) <= 19 and 1 <= int(text) <= _MOST):
        raise CallInvalid(f"{name}: the number of an event is needed.")
    return int(text)


def _number(visit: Visit, name: str) -> int:
    return number_in(visit.asked(name), name)
