"""The time limits of the law that declarations run into, and when each is acted on."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.calendar import in_utc
from gateway.domain.declaration import Kind
from gateway.store.database import Database
from gateway.store.rows import is_id


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningClock:
    """A declaration of which a time limit may have ended."""

    id: str
    kind: Kind
    office: str | None
    received_at: datetime
    accepted: bool
    ended: bool


class Clocks:
    """The times at which time limits are acted on. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, limit: int, *, again: timedelta) -> tuple[RunningClock, ...]:
        """Return declarations whose time has come; they come up once more after a while, unless it is set otherwise."""
        return tuple(
            RunningClock(
                id=row["id"],
                kind=Kind(row["kind"]),
                office=row["office"],
                received_at=in_utc(row["received_at"]),
                accepted=row["accepted_at"] is not None,
                ended=row["ended"] is not None,
            )
            for row in await self._database.rows("take_clocks", {"limit": limit, "again": again})
        )

    async def set(self, record_id: str, at: datetime | None) -> None:
        """Set when the next time limit of a declaration is acted on; None: none runs."""
        if is_id(record_id):
            await self._database.run("set_clock", {"id": record_id, "at": at})
