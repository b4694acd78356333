"""One reader reads for all who wait for notices: it wakes those whom a notice concerns, and nobody else."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from gateway.domain.decision import Effect
from gateway.domain.errors import Overloaded, StoreUnavailable, TooManyCalls
from gateway.domain.notice import Notice, NoticeKind, NoticePage
from gateway.lifecycle import NoticeFeed, WaitingRoom
from gateway.store import Notices, Store, Waits
from gateway.store import notices as stored
from gateway.store.database import Database
from tests.builders.lodging import decided, declaration, new

PATIENCE_S = 30.0
TOLD = Notice(kind=NoticeKind.DECIDED, decision=1, effect=Effect.RELEASE)
READERS = 40
SILENT_S = 0.25


class Counting(Notices):
    """Notices that count how often they are asked for."""

    asked = 0

    async def page(self, **of: Any) -> NoticePage:
        """Counts, and gives them."""
        self.asked += 1
        return await super().page(**of)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened, database = await Store.open(database_url, owner="one"), Database(database_url, size=4)
    await database.open()
    opened.notices = Counting(database)
    yield opened
    await opened.close()
    await database.close()


def counted(store: Store) -> Counting:
    assert isinstance(store.notices, Counting)
    return store.notices


async def tell(store: Store, lrn: str, *, declarant: str, kind: NoticeKind = NoticeKind.DECIDED) -> None:
    what = declaration(lrn, declarant=declarant, importer=declarant)
    work = (await store.declarations.receive(new(what), lease=True)).work
    assert work is not None
    await store.leases.decide(work, replace(decided(work), notices=(replace(TOLD, kind=kind),)))


@asynccontextmanager
async def following(store: Store, *, room: WaitingRoom | None = None) -> AsyncIterator[NoticeFeed]:
    one = NoticeFeed(notices=store.notices, room=room or WaitingRoom())
    reading = asyncio.create_task(one.run())
    try:
        async with asyncio.timeout(PATIENCE_S):
            yield one
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def wait(of: NoticeFeed, eori: str | None, **more: Any) -> "asyncio.Task[NoticePage]":
    eoris = None if eori is None else frozenset({eori})
    within: dict[str, Any] = {"after": 0, "limit": 10, "within_s": PATIENCE_S, "client": str(eori)}
    return asyncio.create_task(of.page(eoris=eoris, **within | more))


async def until(condition: Callable[[], bool], store: Store) -> None:
    while not condition():
        await store.ping()


async def test_a_notice_wakes_those_whom_it_concerns(store: Store) -> None:
    async with following(store) as one:
        waiting = {f"FR{number}": wait(one, f"FR{number}") for number in range(READERS)}
        officer, alerts = wait(one, None), wait(one, None, kinds=frozenset({NoticeKind.ALERT}))
        await until(lambda: len(one.followers) == READERS + 2, store)
        counted(store).asked = 0
        await tell(store, "ONE", declarant="FR7")
        one.wake()
        pages = await asyncio.gather(waiting.pop("FR7"), officer)
        assert [[notice.lrn for notice in page.items] for page in pages] == [["ONE"], ["ONE"]]
        assert not any(task.done() for task in (*waiting.values(), alerts))
        assert counted(store).asked == 1, "one question for all"
        assert pages[0].next == pages[1].next == (await store.notices.page(after=0, limit=10)).next

        await tell(store, "TWO", declarant="FR8", kind=NoticeKind.ALERT)
        one.wake()
        assert [notice.lrn for notice in (await alerts).items] == ["TWO"]
        assert not waiting["FR8"].done(), "parties are told no alerts"
        for task in waiting.values():
            task.cancel()
        await asyncio.gather(*waiting.values(), return_exceptions=True)
        assert (one.waiting, one.followers) == (0, set())


async def test_who_waits_at_a_process_that_stops_has_an_empty_page_and_goes_on_elsewhere(store: Store) -> None:
    async with following(store) as one:
        waiting = [wait(one, eori) for eori in (None, "FR7")]
        await until(lambda: len(one.followers) == 2, store)
        one.end_waits()
        pages = [*await asyncio.gather(*waiting), await wait(one, "FR8")]
        assert [(page.items, page.more) for page in pages] == [((), False)] * 3
        await tell(store, "AFTER", declarant="FR7")
        found = [await store.notices.page(after=page.next, limit=10) for page in pages]
        assert [[notice.lrn for notice in page.items] for page in found] == [["AFTER"]] * 3


async def test_a_stream_is_read_once_a_second_whatever_the_number_of_those_who_follow_it(store: Store) -> None:
    async def follow(eori: str) -> None:
        after: Any = 0
        while True:
            page = await wait(one, eori, after=after)
            after = page.next
            handed.extend(notice.lrn for notice in page.items)

    handed: list[str] = []
    loop = asyncio.get_running_loop()
    async with following(store) as one:
        everybody = [asyncio.create_task(follow(f"FR{number}")) for number in range(READERS)]
        await until(lambda: len(one.followers) == READERS, store)
        counted(store).asked, began = 0, loop.time()
        for number in range(READERS):
            await tell(store, f"L{number}", declarant=f"FR{number}")
            one.wake()
        await until(lambda: len(handed) == READERS and len(one.followers) == READERS, store)
        # Each was handed something and came back; of those who find nobody who is read for, three at most ask themselves.
        readings = loop.time() - began + 2
        assert counted(store).asked <= 4 * readings
        for task in everybody:
            task.cancel()
        await asyncio.gather(*everybody, return_exceptions=True)


async def test_whoever_follows_misses_nothing_and_reads_nothing_twice(store: Store) -> None:
    async def read_all(eori: str | None, wanted: int, limit: int) -> list[str]:
        after: Any = 0
        found: list[str] = []
        while len(found) < wanted:
            page = await wait(one, eori, after=after, limit=limit)
            found += [notice.lrn for notice in page.items]
            after = page.next
        return found

    async with following(store) as one:
        readers = [
            asyncio.create_task(read_all(eori, wanted, limit))
            for eori, wanted, limit in (("FR1", 8, 1), ("FR2", 8, 3), (None, 16, 5), (None, 16, 1))
        ]
        for number in range(8):
            for eori in ("FR1", "FR2"):
                await tell(store, f"{eori}-{number}", declarant=eori)
                one.wake()
        found = await asyncio.gather(*readers)
    ones, twos = ([f"{eori}-{number}" for number in range(8)] for eori in ("FR1", "FR2"))
    both = [lrn for pair in zip(ones, twos, strict=True) for lrn in pair]
    assert found == [ones, twos, both, both]


async def test_nobody_comes_is_an_empty_page_that_goes_on(store: Store) -> None:
    async with following(store) as one:
        await tell(store, "OTHER", declarant="FR1")
        page = await wait(one, "FR2", within_s=0.1)
        assert (page.items, page.next.number, page.more) == ((), 1, False)


async def test_a_client_has_a_share_and_a_process_a_bound(store: Store) -> None:
    async with following(store, room=WaitingRoom(all=3, of_one=2)) as one:
        waiting = [wait(one, "FR1"), wait(one, "FR1"), wait(one, "FR2")]
        await until(lambda: one.waiting == 3, store)
        asked = counted(store).asked
        with pytest.raises(TooManyCalls, match="one is enough"):
            await wait(one, "FR1")
        with pytest.raises(Overloaded):
            await wait(one, "FR3")
        assert (await wait(one, "FR3", within_s=0)).items == (), "who does not wait is answered"
        await until(lambda: counted(store).asked == asked + 1, store)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert one.waiting == 0


@contextmanager
def locked(url: str) -> Iterator[None]:
    with psycopg.connect(url) as locking:
        locking.execute("LOCK TABLE notice_counter")
        yield


async def test_what_could_not_be_read_is_no_empty_page(database_url: str) -> None:
    soon = Waits(call_s=0.2, loop_s=0.2, whole_s=0.2)
    store = await Store.open(database_url, owner="one", waits=soon)
    async with following(store) as one:
        waiting = wait(one, "FR1", within_s=1.5)
        await until(lambda: bool(one.followers), store)
        with locked(database_url):
            one.wake()
            with pytest.raises(StoreUnavailable):
                await waiting
    await store.close()


async def test_a_reader_that_is_silent_is_no_empty_page(
    store: Store, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.lifecycle.processes.notice_feed.LATE_S", SILENT_S)
    async with following(store) as one:
        one.hear_nothing(SILENT_S)
        waiting = wait(one, "FR1", within_s=6 * SILENT_S)
        await until(lambda: bool(one.followers), store)
        asked = counted(store).asked
        with locked(database_url):
            one.wake()
            await until(lambda: counted(store).asked > asked, store)
            with pytest.raises(StoreUnavailable):
                await waiting
        waiting = wait(one, "FR1")
        await tell(store, "AGAIN", declarant="FR1")
        one.wake()
        assert [notice.lrn for notice in (await waiting).items] == ["AGAIN"]


async def test_a_traders_newest_are_found_behind_stretches_that_have_none_of_theirs(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "STRETCH", 2)
    for number in range(9):
        await tell(store, f"N-{number}", declarant="FR1" if number in {0, 4} else "FR2")
    async with following(store) as feed:
        page = await feed.newest(limit=2, eoris=frozenset({"FR1"}))
        assert [one.lrn for one in page.items] == ["N-4", "N-0"]
        assert page.before is None, "that there are others' is not told"
        one = await feed.newest(limit=1, eoris=frozenset({"FR1"}))
        assert [each.lrn for each in one.items] == ["N-4"]
        rest = await feed.newest(limit=1, before=one.before, eoris=frozenset({"FR1"}))
        assert ([each.lrn for each in rest.items], rest.before) == (["N-0"], None)
        assert (await feed.newest(limit=1, eoris=frozenset({"FR3"}))).before is None
