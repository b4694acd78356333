"""The applications about a declaration that customs decides on, or has decided."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.access import Call
from gateway.api.views.applications import ApplicationBody
from gateway.domain.record import Record
from gateway.web.console.case_view import CaseReading
from gateway.web.times import ShownMoment
from gateway.web.visit import Visit

_SHOWN = 3


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
