"""Notices in the order in which they were committed: a reader who follows them by number misses none.

Transactions commit in another order than they take numbers of a sequence, so a reader of such numbers would step over a
notice that commits late. Here a notice gets its number once it is committed, from the first reader who comes by.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from gateway.domain.codec import decode
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid, PlaceGone
from gateway.domain.notice import NewestNotices, Notice, NoticedDocument, NoticeKind, NoticePage, Place, PostedNotice
from gateway.domain.record import State
from gateway.store.database import Database, rows_of
from gateway.store.ends import Patience
from gateway.store.rows import Row, offices_parameter

STRETCH = 50_000
"""Notices that one page reads through at most: a reader of few among many goes on from there."""
AT_ONCE = 5_000
"""Notices that get their numbers in one commit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """The state of the feed when a reader comes."""

    before: int
    """The last number that was given before."""
    last: int
    feed: str
    mark: str | None
    """The mark that was stored at their number before; None: nothing, or it was forgotten."""


class Notices:
    """The notices about declarations."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        *,
        after: Place | int,
        limit: int,
        kinds: Collection[NoticeKind] = (),
        eoris: frozenset[str] | None = None,
        offices: frozenset[str] | None = None,
    ) -> NoticePage:
        """Return a page of the notices after a place, or a plain number; with `eoris` those to these parties.

        With `offices` those about declarations that are at one of these customs offices.

        Raises:
            PlaceGone: another notice stands at the place, or none yet.
            CallInvalid: no notice has the plain number yet.
            StoreUnavailable: the database does not answer.
        """
        place = after if isinstance(after, Place) else Place(number=after)
        after = place.number
        known = await self._known(after)
        last, mark = known.last, known.mark
        if place.mark is not None:
            if after > known.before or mark not in {None, place.mark}:
                raise PlaceGone(await self._continue_at(place))
            # It may have been forgotten, with all that came before it.
            mark = place.mark
        if after > last:
            raise CallInvalid(
                "`after` is no number that was ever given here: take the `next` of the page before, or begin with 0."
            )
        until = min(after + STRETCH, last)
        found = await self._database.rows(
            "notices", {"after": after, "until": until, "limit": limit + 1, **_of(kinds, eoris, offices)}
        )
        items = tuple(_read(row) for row in found[:limit])
        # Whether more follows is told by what is theirs: what is not theirs alone makes nobody ask again.
        others = len(found) > limit
        following = items[-1].number if others else until
        if items and following == items[-1].number:
            mark = items[-1].mark
        elif following != after:
            marked = await self._database.row("mark_of_notice", {"number": following})
            mark = marked["mark"] if marked is not None else None
        # While it stands where it stood it keeps the identity that it has: it may be older than what was lost.
        feed = place.feed if following == after and place.mark is not None else known.feed
        return NoticePage(items=items, next=Place(number=following, feed=feed, mark=mark), more=others or until < last)

    async def newest(
        self,
        *,
        limit: int,
        before: int | None = None,
        kinds: Collection[NoticeKind] = (),
        eoris: frozenset[str] | None = None,
        offices: frozenset[str] | None = None,
    ) -> NewestNotices:
        """Return the newest notices, the newest first, out of the last stretch of all; with `before` of those before that number.

        With `eoris` those to these parties, with `offices` those about declarations that are at one of these customs offices.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        last = (await self._known(0)).last
        before = last + 1 if before is None else min(before, last + 1)
        after = max(before - 1 - STRETCH, 0)
        found = await self._database.rows(
            "newest_notices", {"after": after, "before": before, "limit": limit + 1, **_of(kinds, eoris, offices)}
        )
        items = tuple(_read(row) for row in found[:limit])
        older = items[-1].number if len(found) > limit else after + 1 if after else None
        return NewestNotices(items=items, before=older, last=last)

    async def end(self) -> Place:
        """Return the place behind the last notice of all.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        known = await self._known(0)
        marked = await self._database.row("mark_of_notice", {"number": known.last})
        return Place(number=known.last, feed=known.feed, mark=marked["mark"] if marked is not None else None)

    async def number(self) -> None:
        """Give committed notices their numbers.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        numbered = AT_ONCE
        while numbered == AT_ONCE:
            _, numbered = await self._numbered()

    async def by_number(self, numbers: Collection[int]) -> dict[int, PostedNotice]:
        """Return the notices with these numbers, as far as they are kept still.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        found = await self._database.rows("notices_by_number", {"numbers": sorted(numbers)})
        return {row["number"]: _read(row) for row in found}

    async def begin_feed(self) -> int:
        """Begin a new feed after notices may have been lost, as by a restore from a backup; return the last number before.

        Followers whose place is gone go on from there.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        await self._known(0)
        async with self._database.transaction() as connection:
            await rows_of(connection, "lock_counter", {})
            (began,) = await rows_of(connection, "begin_feed", {})
        return int(began["began_after"])

    async def forget(self, age: timedelta) -> None:
        """Delete the notices that are older than an age."""
        await self._known(0)
        async with self._database.transaction(of=Patience.WHOLE) as connection:
            await rows_of(connection, "forget_notices", {"age": age})

    async def _continue_at(self, place: Place) -> int:
        found = await self._database.row("continue_at", {"feed": place.feed})
        return min(int(found["began_after"]), place.number) if found is not None else 0

    async def _known(self, after: int) -> "_Known":
        """Give committed notices their numbers; return the last one, the feed's identity and what stood at a number."""
        known = await self._database.row("last_notice", {"after": after})
        assert known is not None, "the counter is made with the table"
        before = last = int(known["last"])
        numbered = AT_ONCE if known["unnumbered"] else 0
        while numbered == AT_ONCE:
            last, numbered = await self._numbered()
        return _Known(before=before, last=last, feed=known["feed"], mark=known["mark"])

    async def _numbered(self) -> tuple[int, int]:
        """Give some committed notices their numbers; return the last one, and of how many."""
        async with self._database.transaction() as connection:
            # The lock comes with a statement of its own: the next one's snapshot shows what others numbered before.
            (counter,) = await rows_of(connection, "lock_counter", {})
            (now,) = await rows_of(connection, "number_notices", {"last": counter["last"], "most": AT_ONCE})
        return int(now["last"]), int(now["last"]) - int(counter["last"])


def _of(kinds: Collection[NoticeKind], eoris: frozenset[str] | None, offices: frozenset[str] | None) -> dict[str, Any]:
    """Return the parameters of a reader, who gets some of the notices."""
    return {
        "kinds": sorted(kinds) or None,
        "eoris": None if eoris is None else sorted(eoris),
        "offices": offices_parameter(offices),
    }


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
            documents=decode(row["documents"], tuple[NoticedDocument, ...]) if row["documents"] is not None else (),
            released=row["released"],
        ),
        eoris=frozenset(row["eoris"]),
        told=row["told"] or row["kind"] == NoticeKind.CONFIRMED,
        mark=row["mark"],
    )
