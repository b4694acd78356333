"""The authorities that declarations wait for, and since when each of them answers again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.calendar import in_utc
from gateway.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitedFor:
    """An authority that declarations wait for."""

    declarations: int
    """The number of them."""
    since: datetime | None
    """Since when the longest waiting one has."""
    back_at: datetime | None
    """Since when it is known that the authority answers again; None: it never was away."""
    window_at: datetime | None
    """Since when a contingency window is in force for it; None: there is none."""


class WaitingDeclarations:
    """The declarations that wait for authorities, over all replicas. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def returned(self, adapter: str) -> None:
        """Store that an authority answers again: what has waited for it so far is to be assessed anew."""
        await self._database.run("authority_returned", {"adapter": adapter})

    async def by_authority(self) -> Mapping[str, WaitedFor]:
        """Return what declarations wait for, by the adapters' names."""
        return {
            row["adapter"]: WaitedFor(
                declarations=row["declarations"],
                since=in_utc(row["since"]),
                back_at=in_utc(row["back_at"]),
                window_at=in_utc(row["window_at"]),
            )
            for row in await self._database.rows("waited_for", {})
        }
