"""A trader's own declarations: which of them need the trader, found by MRN, LRN or document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.places import PlaceIn
from gateway.api.views import lists
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid
from gateway.domain.subject import Room
from gateway.domain.work_list import Search, Turn
from gateway.lifecycle.work_list import ListedPage
from gateway.web.context import WebContext
from gateway.web.portal.address import DECLARATIONS, must_be_known
from gateway.web.portal.rows import PortalRow, portal_row
from gateway.web.route import route
from gateway.web.seen import changed_since
from gateway.web.times import Times
from gateway.web.visit import Visit

_YOURS, _HELD, _ALL = "yours", "held", "all"
_TABS = (_YOURS, _HELD, _ALL)
_ROWS, _FEW, _LONGEST = 20, 10, 200
_HOLDS = frozenset({Effect.HOLD, Effect.REFUSE})


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalTab:
    """One tab of the list; without a count where none is made."""

    name: str
    count: int | None
    href: str
    current: bool


def register(app: Starlette, web: WebContext) -> None:
    """Serve the list."""
    route(app, web, DECLARATIONS, _declarations, room=Room.PORTAL)


async def _declarations(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    must_be_known(visit, "state", "q", "cursor")
    state, asked, cursor = visit.asked("state"), visit.asked("q").strip()[:_LONGEST], visit.asked("cursor")
    if state not in {"", *_TABS}:
        raise CallInvalid("state: there is no such tab.")
    places, caller = visit.web.api.places, visit.caller
    counts = await _counts(visit, asked)
    if not state:
        # What is to be done comes first; what somebody looks for may be anywhere.
        state = _YOURS if counts[_YOURS] and not asked and not cursor else _ALL
    place = await places.read(caller, PlaceIn.DECLARATIONS, cursor or None)
    listed = await _page(visit, _search(state, asked), cursor=place, limit=_ROWS)
    await visit.web.cases.note(caller, listed.found, Call.READ)
    following = await places.written(caller, PlaceIn.DECLARATIONS, listed.next)
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)
    bodies = lists.rows(listed, caller, visit.web.cases.wording([visit.language]), visit.web.lifecycle.limits)
    if asked and len(bodies) == 1 and listed.next is None and not cursor:
        return visit.onward(f"{DECLARATIONS}/{bodies[0]['id']}")
    systems = visit.web.systems(visit.language)
    return visit.page(
        "portal/declarations.html",
        current="declarations",
        find=asked,
        state=state,
        rows=[portal_row(body, times, visit.templates, systems) for body in bodies],
        changed=await changed_since(visit, bodies),
        tabs=[
            PortalTab(name=tab, count=counts[tab], href=_address(state=tab, q=asked), current=tab == state)
            for tab in _TABS
        ],
        next_page=_address(state=state, q=asked, cursor=following) if following else "",
        is_first=not cursor,
    )


async def _page(visit: Visit, search: Search, *, cursor: str | None, limit: int) -> ListedPage:
    return await visit.web.lifecycle.work_list.page(
        search, eoris=visit.caller.eoris, at_once=visit.web.cases.at_once, cursor=cursor, limit=limit, whole=False
    )


async def _counts(visit: Visit, asked: str) -> Mapping[str, int | None]:
    """Return what is counted of all that the trader has, or that is found, by tab."""
    whole = await _page(visit, _search(_HELD, asked), cursor=None, limit=1)
    assert whole.summary is not None
    summary: Mapping[str, Any] = lists.summary_body(whole.summary)
    return {_YOURS: summary["turns"].get(Turn.DECLARANT, 0), _HELD: summary["held"], _ALL: None}


async def yours_to_do(visit: Visit, times: Times, *, limit: int) -> tuple[int, Sequence[PortalRow]]:
    """Return how many declarations a trader has something to do about, and the rows of the newest."""
    listed = await _page(visit, _search(_YOURS, ""), cursor=None, limit=limit)
    assert listed.summary is not None
    await visit.web.cases.note(visit.caller, listed.found, Call.READ)
    wording, systems = visit.web.cases.wording([visit.language]), visit.web.systems(visit.language)
    bodies = lists.rows(listed, visit.caller, wording, visit.web.lifecycle.limits)
    count = lists.summary_body(listed.summary)["turns"].get(Turn.DECLARANT, 0)
    return count, [portal_row(body, times, visit.templates, systems) for body in bodies]


def _search(state: str, asked: str) -> Search:
    names = asked.replace(",", " ").split()[:_FEW]
    return Search(
        effects=None if state == _ALL else _HOLDS,
        turns=frozenset({Turn.DECLARANT}) if state == _YOURS else None,
        ends=frozenset({form for name in names for form in (name, name.upper())}),
    )


def _address(**asked: str | None) -> str:
    given = {name: value for name, value in asked.items() if value}
    return f"{DECLARATIONS}?{urlencode(given)}" if given else DECLARATIONS
