"""Notices in the order in which they were committed: whoever follows them by number misses none.

Transactions commit in another order than they take numbers of a sequence, so a reader of such numbers would step over a
notice that commits late. Here a notice gets its number once it is committed, from the first reader who comes by.
"""

from collections.abc import Collection
from datetime import UTC, timedelta

from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid
from gateway.domain.notice import Notice, NoticeKind, NoticePage, PostedNotice
from gateway.domain.record import State
from gateway.store.database import Database, rows_of
from gateway.store.rows import Row

STRETCH = 50_000
"""Notices that one page looks through at most: a reader of few among many goes on from there."""
_AT_ONCE = 5_000
"""Notices that get their numbers in one commit."""


class Notices:
    """What is told of declarations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def notices(
        self,
        *,
        after: int,
        limit: int,
        kinds: Collection[NoticeKind] = (),
        eoris: frozenset[str] | None = None,
    ) -> NoticePage:
        """Gives a page of the notices behind number `after`; with `eoris` those that these parties are told.

        Raises:
            CallInvalid: no notice has the number `after` yet.
            StoreUnavailable: the database does not answer.
        """
        last = await self._numbered()
        if after > last:
            raise CallInvalid(
                "`after` is no number that was ever given here: take the `next` of the page before, or begin with 0."
            )
        until = min(after + STRETCH, last)
        found = await self._database.rows(
            "notices",
            {
                "after": after,
                "until": until,
                "limit": limit,
                "kinds": sorted(kinds) or None,
                "eoris": None if eoris is None else sorted(eoris),
            },
        )
        items = tuple(_read(row) for row in found)
        following = items[-1].number if len(items) == limit else until
        return NoticePage(items=items, next=following, more=following < last)

    async def forget_notices(self, age: timedelta) -> None:
        """Forgets the notices that are older."""
        await self._numbered()
        await self._database.run("forget_notices", {"age": age})

    async def _numbered(self) -> int:
        """Numbers what is committed; gives the last number."""
        known = await self._database.row("last_notice", {})
        assert known is not None, "the counter is made with the table"
        last, numbered = int(known["last"]), _AT_ONCE if known["unnumbered"] else 0
        while numbered == _AT_ONCE:
            async with self._database.transaction() as connection:
                # The lock comes with a statement of its own: the next one's snapshot shows what others numbered before.
                (counter,) = await rows_of(connection, "lock_counter", {})
                (after,) = await rows_of(connection, "number_notices", {"last": counter["last"], "most": _AT_ONCE})
            last, numbered = int(after["last"]), int(after["last"]) - int(counter["last"])
        return last


def _read(row: Row) -> PostedNotice:
    return PostedNotice(
        number=row["number"],
        at=row["at"].astimezone(UTC),
        declaration_id=row["id"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        version=row["version"],
        state=State(row["state"]),
        notice=Notice(
            kind=NoticeKind(row["kind"]),
            decision=row["decision"],
            effect=Effect(row["effect"]) if row["effect"] is not None else None,
        ),
    )
