"""Whoever follows notices by number misses none, whenever they commit."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest

from gateway.domain.decision import Effect
from gateway.domain.declaration import Declaration
from gateway.domain.errors import CallInvalid, PlaceGone
from gateway.domain.events import EventKind
from gateway.domain.notice import Notice, NoticeKind, Place, PostedNotice
from gateway.store import Confirmed, Lapsed, Store
from gateway.store import notices as room
from tests.builders.lodging import decided, declaration, event, new

TOLD = Notice(kind=NoticeKind.DECIDED, decision=1, effect=Effect.RELEASE)


async def tell(
    store: Store,
    lrn: str,
    told: tuple[Notice, ...] = (TOLD,),
    what: Declaration | None = None,
    effect: Effect = Effect.RELEASE,
) -> str:
    """Lodges and decides a declaration with notices; gives its id."""
    work = (await store.declarations.receive(new(what or declaration(lrn)), lease=True)).work
    assert work is not None
    await store.leases.decide(work, replace(decided(work, effect=effect), notices=told))
    return work.id


async def read(store: Store, after: Place | int = 0, **filters: Any) -> list[PostedNotice]:
    """Follows the notices to their end."""
    found: list[PostedNotice] = []
    while True:
        page = await store.notices.page(after=after, limit=3, **filters)
        found += page.items
        after = page.next
        if not page.more:
            return found


def insert(connection: "psycopg.Connection[tuple[object, ...]]", lrn: str) -> None:
    connection.execute(
        "INSERT INTO notice (kind, declaration_id, lrn, version, state, eoris)"
        " VALUES ('decided', gen_random_uuid(), %s, 1, 'decided', '{FR1}')",
        (lrn,),
    )


async def test_a_notice_that_commits_late_is_read_after_those_that_came_first(store: Store, database_url: str) -> None:
    with psycopg.connect(database_url) as late, psycopg.connect(database_url, autocommit=True) as early:
        insert(late, "LATE")
        insert(early, "EARLY")
        page = await store.notices.page(after=0, limit=10)
        assert [one.lrn for one in page.items] == ["EARLY"]
        late.commit()
        rest = await store.notices.page(after=page.next, limit=10)
        assert [one.lrn for one in rest.items] == ["LATE"]
        assert (await store.notices.page(after=rest.next, limit=10)).items == ()


async def test_readers_who_follow_writers_miss_nothing_and_read_nothing_twice(
    store: Store, other: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "AT_ONCE", 3)
    writing = asyncio.Event()

    async def write(at: Store, name: str) -> None:
        for number in range(12):
            await tell(at, f"{name}-{number}")

    async def follow(at: Store) -> list[PostedNotice]:
        found: list[PostedNotice] = []
        after: Place | int = 0
        while True:
            ended = writing.is_set()
            page = await at.notices.page(after=after, limit=5)
            found += page.items
            after = page.next
            if ended and not page.more:
                return found

    followers = [asyncio.create_task(follow(at)) for at in (store, other, store)]
    await asyncio.gather(*(write(at, f"W{n}") for n, at in enumerate((store, other, store, other))))
    writing.set()
    wanted = {f"W{writer}-{number}" for writer in range(4) for number in range(12)}
    for found in await asyncio.gather(*followers):
        assert [one.number for one in found] == sorted({one.number for one in found})
        assert (len(found), {one.lrn for one in found}) == (48, wanted)


async def test_a_declarations_notices_keep_their_order(store: Store) -> None:
    kinds = (NoticeKind.RELEASED, NoticeKind.CHANGED, NoticeKind.ALERT)
    record_id = await tell(store, "ORDER", tuple(replace(TOLD, kind=kind) for kind in kinds), effect=Effect.REFUSE)
    await store.steps.note(record_id, event(EventKind.CONFIRMED), Confirmed(officer="x"))
    await store.steps.note(record_id, event(EventKind.CONFIRMED), Confirmed(officer="x"))
    found = await read(store)
    assert [one.notice.kind for one in found] == [*kinds, NoticeKind.CONFIRMED]
    assert [one.declaration_id for one in found] == [record_id] * 4
    assert (found[-1].notice.decision, found[-1].notice.effect, found[-1].state) == (1, Effect.REFUSE, "decided")


async def test_a_lapse_is_told(store: Store) -> None:
    early = new(declaration("LAPSES"))
    await store.declarations.receive(early, lease=False)
    await store.steps.note(early.id, event(EventKind.LAPSED), Lapsed())
    (found,) = await read(store)
    assert (found.notice.kind, found.state, found.notice.decision, found.notice.effect) == (
        NoticeKind.LAPSED,
        "lapsed",
        None,
        None,
    )


async def test_parties_read_what_is_theirs_and_no_alert(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STRETCH", 2)
    alerted = (TOLD, replace(TOLD, kind=NoticeKind.ALERT))
    for number in range(4):
        await tell(store, f"THEIRS-{number}", alerted, declaration(f"THEIRS-{number}", declarant="DE1", importer="DE2"))
        await tell(store, f"OURS-{number}", alerted)
    ours = await read(store, eoris=frozenset({"FR99999999999999"}))
    assert [one.lrn for one in ours] == [f"OURS-{number}" for number in range(4)]
    assert {one.notice.kind for one in ours} == {NoticeKind.DECIDED}
    assert await read(store, eoris=frozenset({"FR0"})) == []
    assert len(await read(store)) == 16
    assert len(await read(store, kinds=frozenset({NoticeKind.ALERT}))) == 8


@pytest.mark.parametrize("ahead", [1, 2**63 - 1 - room.STRETCH, 2**63 - 1])
async def test_a_number_that_was_never_given_is_refused(store: Store, ahead: int) -> None:
    with pytest.raises(CallInvalid, match="begin with 0"):
        await store.notices.page(after=ahead, limit=10)


async def test_the_newest_come_first_and_lead_back_to_the_first(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "STRETCH", 4)
    alert = replace(TOLD, kind=NoticeKind.ALERT)
    for number in range(10):
        await tell(store, f"N-{number}", (alert if number == 1 else TOLD,))

    async def backwards(**filters: Any) -> list[str]:
        found, before = [], None
        while True:
            page = await store.notices.newest(limit=3, before=before, **filters)
            found += [one.lrn for one in page.items]
            before = page.before
            if before is None:
                return found

    assert await backwards() == [f"N-{number}" for number in reversed(range(10))]
    assert await backwards(kinds=frozenset({NoticeKind.ALERT})) == ["N-1"]
    assert await backwards(offices=frozenset({"FR009999"})) == []
    eoris = frozenset(one for page in [await store.notices.page(after=0, limit=1)] for one in page.items[0].eoris)
    assert await backwards(eoris=eoris) == [f"N-{number}" for number in reversed(range(10)) if number != 1]
    assert (await store.notices.newest(limit=3, before=0)).items == ()
    assert (await store.notices.newest(limit=3, before=0)).before is None


async def test_old_notices_are_forgotten_and_numbers_go_on(store: Store, database_url: str) -> None:
    await tell(store, "OLD")
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE notice SET at = now() - interval '91 days'")
        await tell(store, "NEW")
        await store.notices.forget(timedelta(days=90))
    (found,) = await read(store)
    assert (found.lrn, found.number) == ("NEW", 2)
    assert await read(store, 2) == []


async def test_what_is_rolled_back_tells_nothing(store: Store, other: Store) -> None:
    work = (await store.declarations.receive(new(declaration("STALE")), lease=True)).work
    assert work is not None
    await store.steps.note(work.id, event(EventKind.ABANDONED), Lapsed())
    with pytest.raises(Exception, match="lease"):
        await store.leases.decide(work, replace(decided(work), notices=(TOLD,)))
    assert [one.notice.kind for one in await read(other)] == [NoticeKind.LAPSED]


async def test_each_loss_begins_another_feed_and_a_follower_goes_on_from_the_first_behind_theirs(
    store: Store, database_url: str
) -> None:
    places = []
    for number in range(4):
        await tell(store, f"N{number}")
        places.append((await store.notices.page(after=0, limit=100)).next)
    with psycopg.connect(database_url, autocommit=True) as connection:
        # As a backup knows it that was made after the second one.
        connection.execute("DELETE FROM notice WHERE number > 2")
        connection.execute("UPDATE notice_counter SET last = 2")
    for place in places[2:]:
        with pytest.raises(PlaceGone) as gone:
            await store.notices.page(after=place, limit=100)
        assert gone.value.continue_at == 0, "nobody said yet that something was lost"
    assert await store.notices.begin_feed() == 2
    for number in range(3):
        await tell(store, f"M{number}")
        assert await store.notices.begin_feed() == 3 + number
    for place in places[2:]:
        with pytest.raises(PlaceGone) as gone:
            await store.notices.page(after=place, limit=100)
        assert gone.value.continue_at == 2, "not what came after the loss"
    assert [one.lrn for one in await read(store, 2)] == ["M0", "M1", "M2"]
    assert [one.lrn for one in await read(store, places[0])] == ["N1", "M0", "M1", "M2"]
    stranger = replace(places[3], feed="0123456789ab")
    with pytest.raises(PlaceGone) as gone:
        await store.notices.page(after=stranger, limit=100)
    assert gone.value.continue_at == 0, "a feed that nobody here knows"


async def test_a_place_whose_notice_was_forgotten_is_kept(store: Store, database_url: str) -> None:
    await tell(store, "OLD")
    place = (await store.notices.page(after=0, limit=10)).next
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE notice SET at = now() - interval '91 days'")
    await store.notices.forget(timedelta(days=90))
    assert (await store.notices.page(after=place, limit=10)).next == place
    await tell(store, "NEW")
    assert [one.lrn for one in await read(store, place)] == ["NEW"]
