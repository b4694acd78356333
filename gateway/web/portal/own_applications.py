"""The applications about a declaration that customs decides on, or has decided, and taking one's own back."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.applications import seen
from gateway.api.views.applications import ApplicationBody
from gateway.domain.errors import DecidedOtherwise
from gateway.domain.record import Record
from gateway.domain.subject import Room
from gateway.web.console.case_matters import decide_by
from gateway.web.console.case_view import CaseReading
from gateway.web.context import WebContext
from gateway.web.portal.address import DECLARATIONS, declaration_address
from gateway.web.route import route
from gateway.web.times import ShownMoment
from gateway.web.visit import Visit

_SHOWN = 3


def register(app: Starlette, web: WebContext) -> None:
    """Serve the address at which an application is taken back."""
    path = f"{DECLARATIONS}/{{id}}/applications/{{application}}/withdraw"
    route(app, web, path, _withdraw, room=Room.PORTAL, methods=("GET", "POST"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenApplication:
    """The application on which customs has not decided yet."""

    sentence: str
    take_back: str
    """The address at which it is taken back; empty: that is not its reader's to do."""


def open_application(reading: CaseReading, here: str) -> OpenApplication | None:
    """Return the application that is open for a declaration at an address; None: there is none."""
    found = next((one for one in reading.declared["matters"] if one["kind"] == "application"), None)
    if found is None:
        return None
    at = reading.times.moment_of(found["since"]).text
    may = any(one["name"] == "withdraw_application" and one["allowed"] for one in reading.declared["actions"] or ())
    said = reading.text(f"portal.applied_{found['about']}", time=at)
    return OpenApplication(
        sentence=f"{said} {decide_by(reading)}".strip(),
        take_back=f"{here}/applications/{found['link'].rpartition('/')[2]}/withdraw" if may else "",
    )


async def _withdraw(visit: Visit) -> Response:
    caller, here = visit.caller, declaration_address(visit.request.path_params["id"])
    caller.must_be_allowed(Call.WITHDRAW_APPLICATION)
    if visit.request.method == "GET":
        return visit.onward(here)
    known = await seen(visit.web.cases, caller, visit.request.path_params["application"])
    here = declaration_address(known.declaration)
    try:
        await visit.web.lifecycle.applications.withdraw(known.id, by=caller.actor(), asker=caller.asker)
    except DecidedOtherwise:
        return visit.onward_done(here, "decided")
    return visit.onward_done(here, "withdrawn")


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApplication:
    """One application."""

    kind: str
    state: str
    applied: ShownMoment
    reason: str
    """The reason in the words of customs, where it was refused with any."""


async def own_applications(visit: Visit, record: Record, reading: CaseReading) -> Sequence[OwnApplication]:
    """Return the newest applications about a declaration."""
    caller = visit.caller
    if not caller.may(Call.APPLICATIONS):
        return ()
    found = await visit.web.lifecycle.applications.page(
        declaration=record.id,
        state=None,
        kind=None,
        eoris=caller.eoris,
        before=None,
        limit=_SHOWN,
        offices=caller.offices_for(Call.APPLICATIONS),
    )
    return [_shown(ApplicationBody.of(one, caller, visit.web.lifecycle.limits), reading) for one in found]


def _shown(body: ApplicationBody, reading: CaseReading) -> OwnApplication:
    return OwnApplication(
        kind=body.kind,
        state=body.state,
        applied=reading.times.moment(body.applied_at),
        reason=body.decision.reason or "" if body.decision is not None else "",
    )
