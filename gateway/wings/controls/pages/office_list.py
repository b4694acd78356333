"""The control orders that are open at an officer's offices: what is late first, then the most urgent."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters
from gateway.web.console.rows import CASES
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.controls.calls import cursor_of, place_of
from gateway.wings.controls.kept import KeptOrders
from gateway.wings.controls.pages.order_view import OrderView
from gateway.wings.controls.pages.pack_view import PACKS, ending
from gateway.wings.controls.risk.analysts import is_analyst
from gateway.wings.controls.risk.publication import Publication

CONTROLS = "/console/controls"
_ROWS = 50


def register(app: Starlette, web: WebContext, kept: KeptOrders, publication: Callable[[], Publication]) -> None:
    """Serve the list, and count it on *Today*."""
    route(app, web, CONTROLS, partial(_open, kept, publication), room=Room.CONSOLE)
    web.figures.append(partial(_figure, kept))


async def _open(kept: KeptOrders, publication: Callable[[], Publication], visit: Visit) -> Response:
    caller = visit.caller
    caller.must_be_allowed(Call.CONTROLS)
    known_parameters(visit, "after")
    after = visit.asked("after") or None
    found = await kept.listed(offices=caller.offices_for(Call.CONTROLS), after=place_of(after), limit=_ROWS + 1)
    shown, view = found[:_ROWS], OrderView.of(visit)
    return visit.page(
        "controls/list.html",
        current="controls",
        zone=visit.web.calendar.zone,
        rows=[(one.mrn or one.lrn, f"{CASES}/{quote(one.declaration_id)}", view.row(one)) for one in shown],
        later=f"{CONTROLS}?{urlencode({'after': cursor_of(shown[-1])})}" if len(found) > _ROWS else "",
        is_first=after is None,
        packs=PACKS if caller.may(Call.PACKS) and is_analyst(caller, visit.web.settings) else "",
        ending=await ending(publication, visit, ""),
    )


async def _figure(kept: KeptOrders, visit: Visit, office: str) -> Mapping[str, Any] | None:
    """Return how many control orders are open; None: its reader reads none."""
    if not visit.caller.may(Call.CONTROLS):
        return None
    found = await kept.listed(offices=visit.offices(office, Call.CONTROLS), limit=_ROWS + 1)
    if not found:
        return None
    late = sum(one.late for one in found)
    beside = visit.text("controls.late_ones", count=late) if late else ""
    count = f"{_ROWS}+" if len(found) > _ROWS else len(found)
    return {"name": "controls", "count": count, "href": CONTROLS, "beside": beside}
