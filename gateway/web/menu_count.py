"""Count the orders and applications that a reader has to answer, for the menu of the console and its first page."""

from gateway.access import Call
from gateway.api.approvals import NEEDED
from gateway.web.open_counts import OpenApplications, OpenRequests, OpenWork
from gateway.web.visit import Visit

_MOST = 50


async def waiting_for(visit: Visit, office: str = "") -> OpenWork:
    """Return the orders and applications that a reader may answer, at most so many of each. `office`: at that one alone."""
    return OpenWork(requests=await _requests(visit, office), applications=await _applications(visit, office))


async def _requests(visit: Visit, office: str) -> OpenRequests | None:
    caller = visit.caller
    if not caller.may(Call.APPROVE):
        return None
    found = await visit.web.lifecycle.approvals.page(
        person=caller.actor().person, of_others=True, limit=_MOST, offices=visit.offices(office, Call.APPROVALS)
    )
    own = [one for one in found if caller.may(NEEDED[one.kind])]
    ends = min((one.ends_at for one in own if one.ends_at is not None), default=None)
    return OpenRequests(count=len(own), is_cut=len(found) == _MOST, ends_at=ends)


async def _applications(visit: Visit, office: str) -> OpenApplications | None:
    if not visit.caller.may(Call.DECIDE_APPLICATION):
        return None
    count, last_day = await visit.web.lifecycle.applications.waiting(
        offices=visit.offices(office, Call.APPLICATIONS), most=_MOST
    )
    return OpenApplications(count=count, is_cut=count == _MOST, last_day=last_day)
