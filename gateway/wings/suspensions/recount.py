"""The ends of a declaration's clocks, counted once more by the tables that they were counted by: what differs is a fault."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from gateway.domain.tables.in_force import Tables
from gateway.store import Store
from gateway.wings.suspensions.clock_times import Holidays, again
from gateway.wings.suspensions.kept import KeptSuspensions


async def declarations(store: Store, since: datetime, until: datetime | None) -> Sequence[str]:
    """Return the declarations of which goods were suspended at `since` or later, and before `until`."""
    return await KeptSuspensions(store.database, store.announcements).opened_between(since, until)


async def differences(store: Store, record_id: str, under: Callable[[str], Awaitable[Tables]]) -> Sequence[str]:
    """Return where an end of a clock is not what its tables come to; `under`: the set of a digest."""
    found = []
    for suspension in await KeptSuspensions(store.database, store.announcements).of(record_id):
        for clock in (*suspension.clocks, *suspension.dues):
            tables = await under(clock.tables)
            holidays = Holidays(of=tables.at((clock.start + timedelta(days=1)).date()).holidays.of, tables=clock.tables)
            counted = again(suspension, clock, holidays)
            if counted != clock:
                found.append(
                    f"{record_id}: suspension {suspension.number}, {clock.name}: it ended {clock.ends_at}, its tables say {counted.ends_at}"
                )
    return found
