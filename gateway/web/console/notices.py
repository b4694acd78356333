"""Notices: what happened to declarations, the newest first, with the alerts on top."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.admission import share_of
from gateway.api.localization import Wording
from gateway.api.routes.notices import notice
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.notice import NewestNotices, NoticeKind, NoticePage, Place
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.console.certificate import certificate_address
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.seen import person_of
from gateway.web.times import Times
from gateway.web.visit import Visit

NOTICES = "/console/notices"
_ROWS, _ALERTS = 50, 20
_LONGEST_NUMBER = 18
_ALERT = frozenset({NoticeKind.ALERT})


def register(app: Starlette, web: WebContext) -> None:
    """Serve the notices."""
    route(app, web, NOTICES, _notices, room=Room.CONSOLE)
    route(app, web, f"{NOTICES}/{{number}}/seen", _seen, room=Room.CONSOLE, methods=("POST",))


async def _notices(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.NOTICES)
    known_parameters(visit, "kind", "before")
    asked, before = visit.asked("kind"), _before(visit)
    if asked not in {"", *NoticeKind}:
        raise CallInvalid("kind: there is no such kind of notices.")
    kinds = frozenset({NoticeKind(asked)}) if asked else frozenset()
    page = await _newest(visit, _ROWS, before, kinds)
    times = times_of(visit)
    alerts: Sequence[Mapping[str, Any]] = ()
    if not asked and before is None:
        alerts = await _unseen(visit, _rows(visit, await _newest(visit, _ALERTS, None, _ALERT), times))
    return visit.page(
        "console/notices.html",
        current="notices",
        zone=visit.web.calendar.zone,
        kinds=[one.value for one in NoticeKind],
        kind=asked,
        alerts=alerts,
        rows=_rows(visit, page, times),
        older="" if page.before is None else f"{NOTICES}?{urlencode({'kind': asked, 'before': page.before})}",
        live="" if before is not None else _live(visit, asked, page.last),
        again=address_of(asked),
        as_of=times.clock(times.now),
    )


async def _unseen(visit: Visit, alerts: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """Return the alerts that this person has not done with."""
    seen = await visit.web.lifecycle.seen_marks.seen_alerts(person_of(visit), [one["number"] for one in alerts])
    return [one for one in alerts if one["number"] not in seen]


async def _seen(visit: Visit) -> Response:
    """Note that this person has done with an alert; it stays in the list below, and stays on top for others."""
    visit.caller.must_be_allowed(Call.NOTICES)
    text = visit.request.path_params["number"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise NotKnown("There is no such notice.")
    await visit.web.lifecycle.seen_marks.see_alert(person_of(visit), int(text))
    return visit.onward(NOTICES)


def address_of(kind: str) -> str:
    """Return the address of the newest notices of a kind."""
    return f"{NOTICES}?{urlencode({'kind': kind})}" if kind else NOTICES


def _live(visit: Visit, kind: str, last: int) -> str:
    """Return the address of the stream, which begins behind the newest notice that there is."""
    return f"{NOTICES}/live?{urlencode({'kind': kind, 'after': last, 'waiting': visit.waiting})}"


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
        client=share_of(caller, visit.address),
    )


def _before(visit: Visit) -> int | None:
    text = visit.asked("before")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= _LONGEST_NUMBER):
        raise CallInvalid("before: it is the one of the page before.")
    return int(text)


async def _newest(visit: Visit, limit: int, before: int | None, kinds: frozenset[NoticeKind]) -> NewestNotices:
    caller = visit.caller
    return await visit.web.lifecycle.notices.newest(
        limit=limit, before=before, kinds=kinds, eoris=caller.eoris, offices=caller.offices
    )


def _rows(visit: Visit, page: NewestNotices, times: Times) -> Sequence[Mapping[str, Any]]:
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
