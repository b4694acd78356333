"""The count of orders that wait for a reader's answer, as the menu of the console shows it."""

from gateway.access import Call
from gateway.api.approvals import NEEDED
from gateway.web.visit import Visit

_MOST = 50


async def waiting_for(visit: Visit) -> int:
    """Return how many orders wait that a reader may answer; 0: none, or they answer none. More than the menu counts are not counted."""
    caller = visit.caller
    if not caller.may(Call.APPROVE):
        return 0
    found = await visit.web.lifecycle.approvals.page(
        person=caller.actor().person, of_others=True, limit=_MOST, offices=caller.offices_for(Call.APPROVALS)
    )
    return sum(caller.may(NEEDED[one.kind]) for one in found)
