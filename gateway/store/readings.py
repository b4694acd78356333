"""The readings of cases by persons: noted before anything is shown, and listed for whoever audits."""

from collections.abc import Sequence

from psycopg.rows import DictRow

from gateway.domain.calendar import in_utc
from gateway.domain.reading import Reader, Reading
from gateway.store.database import Database

NEWEST = 2**63 - 1


class Readings:
    """The readings of all declarations. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(self, read: Sequence[tuple[str, int]], what: str, reader: Reader) -> None:
        """Note that a person reads something of versions of declarations, in one statement."""
        if not read:
            return
        values = {"ids": [one for one, _ in read], "versions": [version for _, version in read], "what": what}
        by = {"name": reader.name, "person": reader.person, "role": reader.role, "proven": reader.proven}
        await self._database.run("note_readings", values | by)

    async def page(self, record_id: str, *, before: int | None = None, limit: int = 50) -> tuple[Reading, ...]:
        """Return the readings of a declaration below a number, the newest first."""
        values = {"id": record_id, "before": before or NEWEST, "limit": limit}
        return tuple(read_reading(row) for row in await self._database.rows("readings", values))


def read_reading(row: DictRow) -> Reading:
    """Read a reading."""
    reader = Reader(name=row["name"], person=row["person"], role=row["role"], proven=row["proven"])
    return Reading(number=row["number"], at=in_utc(row["at"]), version=row["version"], what=row["what"], reader=reader)
