"""The officers who work on cases just now, and who opened one lately."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta

from gateway.domain.calendar import in_utc
from gateway.domain.case_owner import CaseOpened, CaseOwner
from gateway.domain.permission import Role
from gateway.store.database import Database
from gateway.store.rows import Row

_LAST_READINGS = 200


class CaseOwners:
    """The owners of all cases. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, record_id: str, *, person: str, note: str, lasts: timedelta) -> CaseOwner | None:
        """Have a case be a person's for a time, and return that; None: another one has it."""
        values = {"id": record_id, "person": person, "note": note, "lasts": lasts}
        row = await self._database.row("take_case", values)
        return None if row is None else _owner(row)

    async def hand_back(self, record_id: str, *, person: str) -> None:
        """Have a case be nobody's, if it is the person's."""
        await self._database.run("give_case_back", {"id": record_id, "person": person})

    async def of(self, ids: Collection[str]) -> Mapping[str, CaseOwner]:
        """Return the owners of some cases, by their ids."""
        if not ids:
            return {}
        return {row["id"]: _owner(row) for row in await self._database.rows("case_owners", {"ids": list(ids)})}

    async def opened(
        self, record_id: str, *, what: str, within: timedelta, role: Role, beside: str
    ) -> Sequence[CaseOpened]:
        """Return the other persons of a role who were shown something of a case within a time, the last first."""
        values = {"id": record_id, "what": what, "within": within, "role": role.value, "person": beside}
        values |= {"limit": _LAST_READINGS}
        rows = await self._database.rows("case_opened", values)
        return [CaseOpened(person=row["person"], at=in_utc(row["at"])) for row in rows]

    async def forget(self) -> None:
        """Delete what is over."""
        await self._database.run("forget_case_owners", {})


def _owner(row: Row) -> CaseOwner:
    since, until = in_utc(row["since"]), in_utc(row["until"])
    return CaseOwner(person=row["person"], note=row["note"], since=since, until=until)
