"""The shares of processes in what authorities allow a minute: settled now and then, one process after the other."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from gateway.domain.request_shares import MINUTE, HeldShare
from gateway.store.database import Database, rows_of

REQUESTS = "requests"
"""The notification of listeners that a share was changed, in the place of a declaration's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedShare:
    """The share of a process, and what it has used already."""

    share: int
    used: int
    used_for: timedelta
    """The time for which some of that counts."""


Settle = Callable[[Mapping[str, Sequence[HeldShare]], datetime], Mapping[str, ClaimedShare]]
"""Gives the shares of this process by adapter, of those of all by adapter and the database's time. From then on it goes by none that is larger."""


class SharesOfProcesses:
    """The shares of all processes. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self.process = process

    async def settle(self, settle: Settle, *, lasts: timedelta) -> None:
        """Store the share of this process, one process at a time; tell the others where its shares have changed.

        A share that is smaller counts from `settle` on, one that is larger only once this returns. It lasts for a time, unless it is settled again.
        """
        async with self._database.transaction() as connection:
            await rows_of(connection, "lock_request_shares", {})
            rows = await rows_of(connection, "request_shares", {})
            now = rows[0]["now"].astimezone(UTC)
            held: dict[str, list[HeldShare]] = defaultdict(list)
            for row in rows:
                if row["adapter"] is not None:
                    held[row["adapter"]].append(
                        HeldShare(
                            process=row["process"],
                            share=row["share"],
                            until=row["until"].astimezone(UTC),
                            used=row["used"],
                            used_until=row["used_until"].astimezone(UTC),
                        )
                    )
            claims = settle(held, now)
            before = {name: one.share for name, known in held.items() for one in known if one.process == self.process}
            values = {
                "process": self.process,
                "lasts": lasts,
                "forget": now - 2 * MINUTE,
                "adapters": [*claims],
                "shares": [one.share for one in claims.values()],
                "used": [one.used for one in claims.values()],
                "used_for": [one.used_for for one in claims.values()],
            }
            await rows_of(connection, "settle_request_shares", values)
            if before != {name: one.share for name, one in claims.items()}:
                await rows_of(connection, "announce_request_shares", {"announced": REQUESTS})
