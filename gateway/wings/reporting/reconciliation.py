"""The reconciliation of Surveillance: every released goods item is sent, waits, or is excluded for a reason; what is left over is a fault."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from msgspec import Struct

from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode
from gateway.store.database import Database
from gateway.store.rows import json_text

DAYS = 3
"""The days that are counted every night."""
_SPAN = timedelta(hours=1)
_PAGE = 500
FAULTS = {
    "missing": "nothing was made of them",
    "late": "they are due for more than a day and a half, and are in no file",
    "unknown": "no row knows what becomes of them",
}
"""What is left over, by its state."""
_SHOWN = 20


class CountedItems(Struct, frozen=True, kw_only=True):
    """Released goods items that stand alike."""

    state: str
    reason: str
    items: int
    declarations: tuple[str, ...] = ()
    """Some of theirs, where they are left over."""


class Reconciled(Struct, frozen=True, kw_only=True):
    """The released goods items of a span."""

    since: datetime
    until: datetime
    stands: tuple[CountedItems, ...]

    @property
    def released(self) -> int:
        """How many were released."""
        return sum(one.items for one in self.stands)

    @property
    def remainder(self) -> tuple[CountedItems, ...]:
        """What is left over: none should be."""
        return tuple(one for one in self.stands if one.state in FAULTS)

    def faults(self) -> Iterator[str]:
        """Yield what is left over, each in a sentence."""
        for one in self.remainder:
            yield f"{one.items} released items, {FAULTS[one.state]}: of {', '.join(one.declarations)}"


class Reconciliation:
    """The counts, in the database. Every call raises `StoreUnavailable` without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self, since: datetime, until: datetime) -> Reconciled:
        """Return how the items of declarations stand of which something was told in a span."""
        found: dict[tuple[str, str], CountedItems] = {}
        seen: set[str] = set()
        begin = since
        while begin < until:
            end = min(begin + _SPAN, until)
            ids = [
                one["id"] for one in await self._database.rows("surveillance_released", {"since": begin, "until": end})
            ]
            new = [one for one in ids if one not in seen]
            seen.update(new)
            for place in range(0, len(new), _PAGE):
                rows = await self._database.rows("surveillance_count", {"ids": new[place : place + _PAGE]})
                _add(found, (CountedItems(**{**one, "declarations": tuple(one["declarations"])}) for one in rows))
            begin = end
        stands = (found[key] for key in sorted(found))
        return Reconciled(since=since, until=until, stands=tuple(stands))

    async def count_lately(self, now: datetime, days: int = DAYS) -> Reconciled:
        """Count the last days, and note what it came to."""
        counted = await self.count(now - timedelta(days=days), now)
        await self._database.run("surveillance_note_count", {"counted": json_text(counted)})
        return counted

    async def noted(self) -> tuple[datetime | None, Reconciled | None] | None:
        """Return when was counted last, and what that came to; None: nothing is reported here."""
        row = await self._database.row("surveillance_noted_count", {})
        if row is None:
            return None
        return in_utc(row["counted_at"]), decode(row["counted"], Reconciled) if row["counted"] is not None else None


def _add(found: dict[tuple[str, str], CountedItems], more: Iterable[CountedItems]) -> None:
    for one in more:
        before = found.get((one.state, one.reason))
        items = one.items + (before.items if before is not None else 0)
        declarations = ((*before.declarations, *one.declarations) if before is not None else one.declarations)[:_SHOWN]
        found[one.state, one.reason] = CountedItems(
            state=one.state, reason=one.reason, items=items, declarations=declarations if one.state in FAULTS else ()
        )
