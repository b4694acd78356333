"""The notice that the tables of the configuration do not count yet, for the first pages of the console."""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.access import Call
from gateway.web.times import Times
from gateway.web.visit import Visit

_APPROVALS = "/console/approvals"


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesNotice:
    """Tables that wait for a second person."""

    name: str
    since: str
    """Empty: it is not known."""
    href: str
    """The address where they are approved or rejected."""


async def tables_notice(visit: Visit) -> TablesNotice | None:
    """Return the notice for a reader who may know of waiting tables; None: the tables wait for nobody.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    configured = visit.web.lifecycle.configured_tables
    if configured is None or not visit.caller.may(Call.APPROVALS):
        return None
    publication = await configured.publication()
    if not publication.waits:
        return None
    times = Times(datetime.now(UTC), visit.web.calendar.zone, visit.templates)
    return TablesNotice(
        name=configured.name,
        since=times.moment(publication.since).text if publication.since is not None else "",
        href=f"{_APPROVALS}/{publication.approval_id}" if publication.approval_id is not None else _APPROVALS,
    )
