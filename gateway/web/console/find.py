"""The find box: a declaration by the last characters of its MRN, its LRN, an EORI, a document's reference, a container or a means of transport."""

from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.api.views import lists
from gateway.domain.subject import Room
from gateway.domain.work_list import Search
from gateway.web.console.case_view import certificate_address
from gateway.web.console.rows import queue_row
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.times import Times
from gateway.web.visit import Visit

FIND = "/console/find"
SHORTEST = 6
_FEW, _ROWS = 10, 50


def register(app: Starlette, web: WebContext) -> None:
    """Serve the find box's page."""
    route(app, web, FIND, _find, room=Room.CONSOLE)


async def _find(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    asked = visit.asked("q")[:200].strip()
    names = asked.replace(",", " ").split()[:_FEW]
    short = [name for name in names if len(name) < SHORTEST]
    templates, calendar = visit.templates, visit.web.calendar
    times = Times(visit.web.lifecycle.now(), calendar.zone, templates)
    rows, more, documents = [], "", []
    if names and not short:
        caller = visit.caller
        listed = await visit.web.lifecycle.work_list.page(
            Search(
                ends=frozenset({form for name in names for form in (name, name.upper())}), person=caller.actor().person
            ),
            eoris=caller.eoris,
            offices=caller.offices_for(Call.READ),
            cursor=visit.asked("cursor") or None,
            limit=_ROWS,
            whole=False,
        )
        wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
        bodies = lists.rows(listed, caller, wording, visit.web.lifecycle.limits)
        ends = {form for name in names for form in (name, name.upper())}
        offices = caller.offices_for(Call.READ)
        cited = await visit.web.lifecycle.work_list.cited(ends, offices=offices, limit=_FEW)
        documents = [(one, certificate_address({"type": one.type, "reference": one.reference})) for one in cited]
        if len(bodies) == 1 and listed.next is None and not visit.asked("cursor"):
            return visit.onward(f"/console/declarations/{bodies[0]['id']}")
        systems = visit.web.systems(visit.language)
        rows = [queue_row(visit, one, body, times, systems) for one, body in zip(listed.found, bodies, strict=True)]
        more = f"{FIND}?{urlencode({'q': asked, 'cursor': listed.next})}" if listed.next else ""
    return visit.page(
        "console/find.html",
        current="find",
        find=asked,
        rows=rows,
        short=short,
        shortest=SHORTEST,
        more=more,
        documents=documents,
        zone=calendar.zone,
    )
