"""The events of a declaration since a second person was asked about it, read from its trail."""

from collections.abc import Sequence
from datetime import datetime

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.domain.approval import Approval
from gateway.domain.codec import decode
from gateway.domain.record import Record
from gateway.web.times import Times
from gateway.web.visit import Visit

_LOOKED_THROUGH, _MOST = 60, 6


async def happened_since(
    visit: Visit, found: Approval, record: Record | None, wording: Wording, times: Times
) -> Sequence[tuple[str, str]] | None:
    """Return what happened since, newest first, each with its time; None: its reader may not read the trail, or there is none."""
    caller, cases = visit.caller, visit.web.cases
    if record is None or not caller.may(Call.EVENTS):
        return None
    await cases.note(caller, [record], Call.EVENTS)
    after = max(0, record.event_seq - _LOOKED_THROUGH)
    events = decode(await cases.events(record, caller, wording, after=after, limit=_LOOKED_THROUGH), dict)["items"]
    since = [
        (times.moment_of(one["at"]).text, str(one["sentence"]))
        for one in reversed(events)
        if not one["kind"].startswith("approval.") and datetime.fromisoformat(one["at"]) > found.asked_at
    ]
    return since[:_MOST]
