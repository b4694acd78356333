"""The feed of notices: one reader for all who wait in this process.

It reads what is new once, whatever the number of those who wait, and hands it to those whom it concerns; nobody else is woken. Whoever
is behind it asks for themselves.
"""

import asyncio
import contextlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import structlog

from gateway import observe
from gateway.domain.errors import CallInvalid, Overloaded, PlaceGone, StoreError, StoreUnavailable, TooManyCalls
from gateway.domain.notice import NewestNotices, NoticeKind, NoticePage, Place, PostedNotice
from gateway.lifecycle.processes.pulses import Pulses
from gateway.resources import Resource, Shortage
from gateway.store import Notices

log = structlog.get_logger(__name__)

LOOP = "notices"
"""The reader's name among the loops that a process lives by."""
_STRETCHES = 10
"""Stretches that are looked through at most for the notices of a trader."""
_GATHER_S = 0.2
"""The seconds that the reader waits for more once something happened after a pause."""
_EVERY_S = 1.0
"""The seconds between two readings while things go on happening, however many clients follow."""
_IDLE_S = 5.0
"""The seconds after which it reads though nothing was heard: a notification may have been lost."""
LATE_S = 2.0
"""The longest time that a reading takes beside that: later, the database is silent."""
_ASK_AT_ONCE = 3
"""Readers who ask the database for themselves at the same time: thousands of them leave its connections to those who lodge."""
_AT_ONCE = 1_000
"""Notices that it reads at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRoom:
    """The limits on how many may wait for notices in one process."""

    all: int = 2_000
    of_one: int = 500
    """The followers of one client."""


@dataclass(eq=False, slots=True, kw_only=True)
class _Follower:
    """A caller that has read everything so far, and waits."""

    place: Place
    limit: int
    kinds: frozenset[NoticeKind]
    eoris: frozenset[str] | None
    page: "asyncio.Future[NoticePage | None]" = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )
    """The page that they are given; None: they are to ask for themselves."""

    def put(self, page: NoticePage | None) -> None:
        """Wake the follower with a page."""
        if not self.page.done():
            self.page.set_result(page)


class NoticeFeed:
    """The callers of this process that wait for notices, and the reader that reads for all of them."""

    def __init__(self, *, notices: Notices, room: WaitingRoom, pulses: Pulses | None = None) -> None:
        self._notices = notices
        self._room = room
        self._pulses = pulses
        self._seats = Resource("notice_readers", room.all, share=room.of_one)
        self._all: set[_Follower] = set()
        """The followers of every declaration."""
        self._by_eori: defaultdict[str, set[_Follower]] = defaultdict(set)
        self._at: Place | None = None
        """Up to where the reader has read; None: nobody waited, so it begins with the next who does."""
        self._heard = asyncio.Event()
        self._idle_s = _IDLE_S
        self._failed: StoreError | None = None
        self._read_at = -math.inf
        self._asking = Resource("notice_questions", _ASK_AT_ONCE)
        self._also: list[Callable[[], None]] = []
        self._over = False

    def wake(self) -> None:
        """Wake the reader: a declaration moved on, on whichever replica."""
        self._heard.set()
        for wake in self._also:
            wake()

    def wake_also(self, wake: Callable[[], None]) -> None:
        """Wake another reader whenever this one is woken."""
        self._also.append(wake)

    def hear_nothing(self, every_s: float) -> None:
        """Have the reader read so often by itself: nobody will announce that something happened."""
        self._idle_s = every_s

    async def end(self) -> Place:
        """Return the place behind the last notice of all, from which only what is new follows.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return await self._notices.end()

    async def page(
        self,
        *,
        after: Place | int,
        limit: int,
        kinds: frozenset[NoticeKind] = frozenset(),
        eoris: frozenset[str] | None = None,
        offices: frozenset[str] | None = None,
        within_s: float = 0.0,
        client: str = "",
    ) -> NoticePage:
        """Return a page of the notices behind a place, waiting up to `within_s` seconds for the first one.

        Raises:
            PlaceGone, CallInvalid: nobody can go on from there.
            TooManyCalls, Overloaded: too many wait already, of this client or of all.
            StoreUnavailable: the database does not answer, or did not when the time was over.
        """
        if within_s <= 0 or self._over:
            return await self._notices.page(after=after, limit=limit, kinds=kinds, eoris=eoris, offices=offices)
        loop = asyncio.get_running_loop()
        until = loop.time() + within_s
        with self._seat(client):
            while True:
                place = self._reached(after)
                if place is None:
                    async with self._asking.turn(client):
                        # Of many who come back at the same moment some ask; the others find that they follow already.
                        if self._reached(after) is not None:
                            continue
                        page = await self._notices.page(
                            after=after, limit=limit, kinds=kinds, eoris=eoris, offices=offices
                        )
                    if page.items or page.more or loop.time() >= until:
                        return page
                    after = place = page.next
                    if self._has_followers and self._at is not None and self._at.number > page.next.number:
                        # The reader went past meanwhile; after a restore it may stand ahead for a while.
                        await asyncio.sleep(_GATHER_S)
                        continue
                follower = _Follower(place=place, limit=limit, kinds=kinds, eoris=eoris)
                found = await self._waited(follower, until)
                # Which of them are about declarations of these offices is asked with the page, from where it began.
                if found is not None and (offices is None or not found.items):
                    return found

    def end_waits(self) -> None:
        """Give everybody who waits what there is, and let nobody wait any longer: the process stops."""
        self._over = True
        for follower in self.followers:
            if self._failed is None:
                follower.put(NoticePage(items=(), next=self._passed(follower), more=False))
            elif not follower.page.done():
                # Nothing was found because nothing could be read: that is no empty page.
                follower.page.set_exception(self._failed)

    async def newest(
        self,
        *,
        limit: int,
        before: int | None = None,
        kinds: frozenset[NoticeKind] = frozenset(),
        eoris: frozenset[str] | None = None,
        offices: frozenset[str] | None = None,
    ) -> NewestNotices:
        """Return the newest notices, or those before a number, the newest first, without waiting.

        Those of some parties are looked for through several stretches of all notices: that one has none of theirs in it would tell how
        much there is of others.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        found = await self._notices.newest(limit=limit, before=before, kinds=kinds, eoris=eoris, offices=offices)
        for _ in range(0 if eoris is None else _STRETCHES - 1):
            missing = limit - len(found.items)
            if not missing or found.before is None:
                break
            earlier = await self._notices.newest(
                limit=missing, before=found.before, kinds=kinds, eoris=eoris, offices=offices
            )
            found = NewestNotices(items=(*found.items, *earlier.items), before=earlier.before, last=found.last)
        return found

    @property
    def waiting(self) -> int:
        """The number of callers that wait, or ask before they do."""
        return round(self._seats.in_use)

    @property
    def followers(self) -> set[_Follower]:
        """The callers that have read everything so far, and wait."""
        return self._all.union(*self._by_eori.values())

    async def run(self) -> None:
        """Read for those who wait, until it is cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._idle_s):
                    await self._heard.wait()
                    # Whatever is announced meanwhile is read in one go.
                    since_s = asyncio.get_running_loop().time() - self._read_at
                    await asyncio.sleep(max(_GATHER_S, _EVERY_S - since_s))
            self._heard.clear()
            try:
                await self._read()
                self._failed, self._read_at = None, asyncio.get_running_loop().time()
                if self._pulses is not None:
                    self._pulses.beat(LOOP)
            except StoreError as error:
                self._failed = error
                log.warning("notices_not_read", code=error.code)
            except Exception as error:
                self._failed = StoreUnavailable("The notices cannot be read now.")
                log.error("notices_not_read", error=type(error).__name__, raised_at=observe.raised_at(error))

    @contextlib.contextmanager
    def _seat(self, client: str) -> Iterator[None]:
        match self._seats.take(client):
            case Shortage.OWN:
                raise TooManyCalls(f"{self._room.of_one} calls of this client wait for notices already: one is enough.")
            case Shortage.ALL:
                raise Overloaded("Too many wait for notices already.")
        try:
            yield
        finally:
            self._seats.put_back(client)

    async def _waited(self, follower: _Follower, until: float) -> NoticePage | None:
        """Return what a follower is handed, or the empty page once the time is over; None: they are to ask again."""
        if not self._has_followers or self._at is None:
            # Nobody else depends on where the reader was; and what comes from here on is new to this one.
            self._at = follower.place
        joined_at = asyncio.get_running_loop().time()
        rooms = [self._all] if follower.eoris is None else [self._by_eori[one] for one in follower.eoris]
        for room in rooms:
            room.add(follower)
        try:
            async with asyncio.timeout_at(until):
                return await follower.page
        except TimeoutError:
            if follower.page.done() and not follower.page.cancelled():
                return (
                    follower.page.result()
                )  # handed to them as the time was over: the reader does not hand it out again
            silent_s = asyncio.get_running_loop().time() - max(self._read_at, joined_at)
            if self._failed is not None or silent_s > self._idle_s + LATE_S:
                # Nothing was found because nothing could be read: that is no empty page.
                raise StoreUnavailable("The notices cannot be read now.") from self._failed
            return NoticePage(items=(), next=self._passed(follower), more=False)
        finally:
            for room in rooms:
                room.discard(follower)
            for one in follower.eoris or ():
                if not self._by_eori[one]:
                    del self._by_eori[one]

    def _passed(self, follower: _Follower) -> Place:
        """Return the place up to which a follower who was handed nothing has everything."""
        at = self._at
        return at if at is not None and at.number > follower.place.number else follower.place

    def _reached(self, after: Place | int) -> Place | None:
        """Return a place that the reader has reached, while it reads on for others: there is nothing to ask for there."""
        at = self._at
        return at if at is not None and at == after and self._has_followers else None

    @property
    def _has_followers(self) -> bool:
        return bool(self._all or self._by_eori)

    async def _read(self) -> None:
        while self._has_followers and self._at is not None:
            try:
                page = await self._notices.page(after=self._at, limit=_AT_ONCE)
            except (PlaceGone, CallInvalid):
                # The feed is not the one that they read: each learns where to go on.
                self._at = None
                for follower in self.followers:
                    follower.put(None)
                return
            if page.next.number >= self._at.number:
                self._at = page.next
            self._distribute(page)
            if not page.more:
                return

    def _distribute(self, page: NoticePage) -> None:
        theirs: defaultdict[_Follower, list[PostedNotice]] = defaultdict(list)
        for notice in page.items:
            for follower in self._all.union(*(self._by_eori.get(one, ()) for one in notice.eoris)):
                if notice.number > follower.place.number and notice.is_for(follower.kinds, follower.eoris):
                    theirs[follower].append(notice)
        for follower, notices in theirs.items():
            follower.put(_page(notices, follower.limit, page))


def _page(notices: list[PostedNotice], limit: int, read: NoticePage) -> NoticePage:
    """Return one follower's page out of what was read."""
    items = tuple(notices[:limit])
    if len(items) < limit:
        return NoticePage(items=items, next=read.next, more=read.more)
    last = items[-1]
    following = Place(number=last.number, feed=read.next.feed, mark=last.mark)
    return NoticePage(items=items, next=following, more=read.more or len(notices) > limit)
