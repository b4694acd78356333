"""The marks of what persons saw last of declarations, and of the alerts that they have done with. Nobody reads another's."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta

from psycopg.rows import DictRow

from gateway.domain.calendar import in_utc
from gateway.domain.seen_mark import SeenMark
from gateway.store.database import Database

KEPT = timedelta(days=90)


class SeenMarks:
    """The marks of all persons. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def see(self, person: bytes, record_id: str, *, event: int, shown: str) -> SeenMark | None:
        """Move a person's mark, and return where it was; None: they saw the declaration for the first time in long."""
        values = {"person": person, "id": record_id, "event": event, "shown": shown, "forget": _forget()}
        row = await self._database.row("see_declaration", values)
        return None if row is None else _mark(row)

    async def of(self, person: bytes, ids: Collection[str]) -> Mapping[str, SeenMark]:
        """Return a person's marks of some declarations, by their ids."""
        if not ids:
            return {}
        rows = await self._database.rows("seen_declarations", {"person": person, "ids": list(ids)})
        return {row["id"]: _mark(row) for row in rows}

    async def see_alert(self, person: bytes, notice: int) -> None:
        """Note that a person has done with an alert."""
        await self._database.run("see_alert", {"person": person, "notice": notice, "forget": _forget()})

    async def seen_alerts(self, person: bytes, notices: Collection[int]) -> frozenset[int]:
        """Return those of some alerts that a person has done with."""
        if not notices:
            return frozenset()
        rows = await self._database.rows("seen_alerts", {"person": person, "notices": list(notices)})
        return frozenset(row["notice"] for row in rows)


def _forget() -> datetime:
    return datetime.now(UTC) - KEPT


def _mark(row: DictRow) -> SeenMark:
    return SeenMark(at=in_utc(row["at"]), event=row["event"], shown=row["shown"])
