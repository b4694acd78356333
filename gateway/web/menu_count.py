"""Count the orders and applications that a reader has to answer, for the menu of the console."""

from gateway.access import Call
from gateway.api.approvals import NEEDED
from gateway.web.open_counts import OpenCounts
from gateway.web.visit import Visit

_MOST = 50


async def waiting_for(visit: Visit) -> OpenCounts:
    """Return how many orders and applications wait that a reader may answer. More than the menu counts are not counted."""
    return OpenCounts(await _approvals(visit), await _applications(visit))


async def _approvals(visit: Visit) -> int:
    caller = visit.caller
    if not caller.may(Call.APPROVE):
        return 0
    found = await visit.web.lifecycle.approvals.page(
        person=caller.actor().person, of_others=True, limit=_MOST, offices=caller.offices_for(Call.APPROVALS)
    )
    return sum(caller.may(NEEDED[one.kind]) for one in found)


async def _applications(visit: Visit) -> int:
    caller = visit.caller
    if not caller.may(Call.DECIDE_APPLICATION):
        return 0
    return await visit.web.lifecycle.applications.waiting(offices=caller.offices_for(Call.APPLICATIONS), most=_MOST)
