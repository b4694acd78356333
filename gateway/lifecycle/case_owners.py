"""Taking a case to work on it, and giving it back: told to the other officers, and no right to anything."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta

from gateway.domain.calendar import Calendar
from gateway.domain.case_owner import CaseOpened, CaseOwner
from gateway.domain.errors import CallInvalid
from gateway.domain.permission import Role
from gateway.domain.record import Record
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.store.case_owners import CaseOwners

OPEN_WITHIN = timedelta(minutes=10)
"""Who was shown a case in the last of these may have it open still."""


class CaseOwnership:
    """The cases that officers took. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self, store: CaseOwners, tables: TablesInForce, calendar: Calendar, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._tables = tables
        self._calendar = calendar
        self._clock = clock

    def lasts(self, record: Record) -> timedelta | None:
        """Return after how long a case is given back by itself, by the office where it was lodged; None: no row says so, and none is taken."""
        day = self._calendar.day(self._clock())
        declared = record.detail.declared if record.detail is not None else None
        office = declared.customs_office if declared is not None else None
        rows = [row for row in self._tables.current().case_hours if row.in_force(day)]
        of_office = next((row for row in rows if office in row.offices), None)
        row = of_office or next((row for row in rows if not row.offices), None)
        return None if row is None else timedelta(hours=row.hours)

    async def take(self, record: Record, *, person: str, note: str) -> CaseOwner | None:
        """Have a case be an officer's, or keep it theirs for its whole time again, and return who has it now.

        None: whoever had it gave it back meanwhile.

        Raises:
            CallInvalid: no row says for how long.
        """
        lasts = self.lasts(record)
        if lasts is None:
            raise CallInvalid("Nobody may take a case here: no row of the tables says for how long.")
        taken = await self._store.take(record.id, person=person, note=" ".join(note.split()), lasts=lasts)
        return taken if taken is not None else await self.of(record.id)

    async def hand_back(self, record: Record, *, person: str) -> None:
        """Have a case be nobody's, if it is theirs."""
        await self._store.hand_back(record.id, person=person)

    async def of(self, record_id: str) -> CaseOwner | None:
        """Return who has a case; None: nobody."""
        return (await self.of_all([record_id])).get(record_id)

    async def of_all(self, ids: Collection[str]) -> Mapping[str, CaseOwner]:
        """Return who has which of some cases."""
        return await self._store.of(ids)

    async def opened(self, record: Record, *, what: str, beside: str) -> Sequence[CaseOpened]:
        """Return which other officers were shown something of a case in the last minutes."""
        return await self._store.opened(record.id, what=what, within=OPEN_WITHIN, role=Role.OFFICER, beside=beside)
