"""The contingency windows that are open, read for the strip that every page of the console has."""

from collections.abc import Mapping, Sequence

from gateway.access import Call
from gateway.web.times import Times
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES, CONTINGENCY, WindowStrip


async def open_windows(visit: Visit) -> Sequence[WindowStrip]:
    """Return the windows that are in force, for readers who may know of them.

    Raises:
        StoreUnavailable: the database does not answer.
    """
    if not visit.caller.may(Call.CONTINGENCIES):
        return ()
    found = await visit.web.lifecycle.contingency.in_force_until()
    systems: Mapping[str, str] = visit.web.systems(visit.language) if found else {}
    times = Times(visit.web.lifecycle.now(), visit.web.calendar.zone, visit.templates)
    closes = visit.caller.may(Call.CONTINGENCY)
    return tuple(
        WindowStrip(
            adapter=one.adapter,
            number=one.number,
            system=systems.get(one.adapter, one.adapter),
            mode=one.mode.value,
            until=times.moment(until).text if until is not None else "",
            inside=f"{CONTINGENCY}/{one.number}",
            close=f"{AUTHORITIES}/{one.adapter}/window" if closes and one.adapter in systems else "",
        )
        for one, until in found
    )
