"""Notices: what happened to declarations, the alerts first."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.api.routes.notices import notice
from gateway.domain.errors import CallInvalid
from gateway.domain.notice import NoticeKind, NoticePage, Place
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.certificate import certificate_address
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

NOTICES = "/console/notices"
_ROWS, _ALERTS = 50, 20


def register(app: Starlette, web: WebContext) -> None:
    """Serve the notices."""
    route(app, web, NOTICES, _notices, room=Room.CONSOLE)


async def _notices(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.NOTICES)
    known_parameters(visit, "kind", "after")
    asked, after = visit.asked("kind"), visit.asked("after") or "0"
    place = Place.read(after)
    if place is None or asked not in {"", *NoticeKind}:
        raise CallInvalid("kind, after: this page has no such value.")
    kinds = frozenset({NoticeKind(asked)}) if asked else frozenset()
    page = await page_of(visit, place, kinds, _ROWS)
    times = times_of(visit)
    alerts: Sequence[Mapping[str, Any]] = ()
    if not asked and after == "0":
        alerts = _rows(visit, await page_of(visit, place, frozenset({NoticeKind.ALERT}), _ALERTS), times)
    return visit.page(
        "console/notices.html",
        current="notices",
        zone=visit.web.calendar.zone,
        kinds=[one.value for one in NoticeKind],
        kind=asked,
        alerts=alerts,
        rows=_rows(visit, page, times),
        next_page=address_of(asked, page.next.written) if page.more else "",
        live="" if page.more else _live(visit, asked, after, page.next),
        again=address_of(asked, after),
        as_of=times.clock(times.now),
    )


def address_of(kind: str, after: str) -> str:
    """Return the address of the notices of a kind behind a place."""
    chosen = {name: value for name, value in (("kind", kind), ("after", after)) if value not in {"", "0"}}
    return f"{NOTICES}?{urlencode(chosen)}" if chosen else NOTICES


def _live(visit: Visit, kind: str, after: str, behind: Place) -> str:
    """Return the address of the stream, which begins behind the last notice that the page shows."""
    asked = {"kind": kind, "page": after, "after": behind.written, "waiting": visit.waiting}
    return f"{NOTICES}/live?{urlencode(asked)}"


async def page_of(
    visit: Visit, place: Place, kinds: frozenset[NoticeKind], limit: int, *, within_s: float = 0
) -> NoticePage:
    """Return notices behind a place that their reader may see; raise as `NoticeFeed.page` does."""
    caller = visit.caller
    return await visit.web.lifecycle.notices.page(
        after=place,
        limit=limit,
        kinds=kinds,
        eoris=caller.eoris,
        offices=caller.offices,
        within_s=within_s,
        client=caller.name,
    )


def _rows(visit: Visit, page: NoticePage, times: Times) -> Sequence[Mapping[str, Any]]:
    cases = visit.web.cases
    view = cases.trail(Wording.chosen(visit.web.catalogue, [visit.language], at_once=True))
    rows = []
    for one in page.items:
        body = notice(one, visit.caller, view, at_once=cases.at_once)
        rows.append(
            {
                **body,
                "when": times.moment(body["at"]),
                "href": f"/console/declarations/{body['declaration']}",
                "name": body["mrn"] or body["lrn"],
                "cited": [
                    (doc.type, doc.reference, certificate_address(doc.type, doc.reference)) for doc in body["documents"]
                ],
            }
        )
    return rows
