"""What waits for an authority is found by it, oldest first, once it answers again; nobody asks it in vain all the time."""

from datetime import UTC, datetime, timedelta

import psycopg

from gateway.domain.events import EventKind
from gateway.store import Lapsed, Store
from tests.builders.lodging import decided, declaration, event, new

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


async def waits(store: Store, lrn: str = "LRN1", *names: str, asked: timedelta = timedelta()) -> str:
    """Lodges and decides a declaration that waits for authorities, which were asked some time ago."""
    lodged = new(declaration(lrn))
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work, waits_for=names or ("traces",), waits_asked=asked))
    return lodged.id


async def back_at(store: Store, adapter: str = "traces") -> datetime:
    """Notes that an authority answers again."""
    await store.waiting.returned(adapter)
    at = (await store.waiting.by_authority())[adapter].back_at
    assert at is not None
    return at


async def taken(store: Store, before: datetime, limit: int = 10, adapter: str = "traces") -> list[str]:
    """Takes what waits for an authority."""
    works = await store.leases.take_waiting(adapter, limit, before=before, pause=MINUTE)
    for work in works:
        assert not work.assessed
        store.leases.stop_renewing(work)
    return [work.id for work in works]


async def test_the_longest_waiting_are_taken_first_and_none_twice(store: Store, other: Store) -> None:
    ids = [await waits(store, f"LRN{n}") for n in range(4)]
    elsewhere = await waits(store, "LRN9", "catch", "dual_use")
    back = await back_at(store)
    known = await store.waiting.by_authority()
    assert {name: one.declarations for name, one in known.items()} == {"traces": 4, "catch": 1, "dual_use": 1}
    assert known["catch"].back_at is None
    assert known["traces"].since is not None
    assert [*await taken(store, back, 1), *await taken(other, back, 2), *await taken(store, back)] == ids
    assert await taken(store, back) == []
    assert await taken(store, back, adapter="dual_use") == [elsewhere]


async def test_what_was_asked_about_since_is_not_taken(store: Store) -> None:
    back = await back_at_of_nobody(store)
    await waits(store)
    assert await taken(store, back) == []
    before_it = await waits(store, "LRN2", asked=MINUTE)
    assert await taken(store, back) == [before_it], "it was asked before, and decided after"


async def back_at_of_nobody(store: Store) -> datetime:
    """Notes that an authority answers for which nothing waits."""
    await store.waiting.returned("traces")
    assert await store.waiting.by_authority() == {}
    return datetime.now(UTC)


async def test_what_is_asked_about_in_vain_waits_longer_each_time_but_never_a_minute(
    store: Store, database_url: str
) -> None:
    record_id = await waits(store)
    (work,) = await store.leases.take_waiting("traces", 1, before=await back_at(store), pause=MINUTE)
    await store.leases.decide(work, decided(work, waits_for=("traces",)))
    with psycopg.connect(database_url, autocommit=True) as connection:
        for since, asked, wanted in (
            (timedelta(seconds=40), timedelta(seconds=10), []),
            (timedelta(seconds=40), timedelta(seconds=30), [record_id]),
            (HOUR, timedelta(seconds=50), []),
            (HOUR, timedelta(seconds=70), [record_id]),
        ):
            connection.execute(
                "UPDATE declaration SET waits_since = now() - %s, waits_at = now() - %s, lease_owner = NULL,"
                " lease_until = NULL, due_at = NULL", (since, asked)
            )  # fmt: skip
            assert await taken(store, await back_at(store)) == wanted
            await store.leases.release_all()


async def test_what_has_ended_or_waits_no_more_is_not_taken(store: Store) -> None:
    lapsed, decided_since = await waits(store), await waits(store, "LRN2")
    await store.steps.note(lapsed, event(EventKind.LAPSED), Lapsed())
    await store.declarations.wake(decided_since)
    work = await store.leases.claim(decided_since)
    assert work is not None
    await store.leases.decide(work, decided(work, waits_for=()))
    await store.waiting.returned("traces")
    assert await store.waiting.by_authority() == {}
    assert await taken(store, datetime.now(UTC) + HOUR) == []


async def test_one_at_a_time_finds_out_whether_an_authority_is_back(store: Store, other: Store) -> None:
    ids = [await waits(store, f"LRN{n}", asked=MINUTE) for n in range(3)]
    (work,) = await store.leases.take_probe("traces", pause=MINUTE / 2, slow=MINUTE)
    assert work.id in ids
    assert await other.leases.take_probe("traces", pause=MINUTE / 2, slow=MINUTE) == [], "somebody is finding out"
    await store.leases.decide(work, decided(work, waits_for=("traces",)))
    assert await other.leases.take_probe("traces", pause=MINUTE / 2, slow=MINUTE) == [], "somebody has just found out"
    (next_one,) = await other.leases.take_probe("traces", pause=timedelta(), slow=MINUTE)
    assert next_one.id in ids
    assert next_one.id != work.id, "not the same one each time"


async def test_what_failed_again_goes_to_the_end_and_behind_it_what_is_known_to_hang(store: Store) -> None:
    ids = [await waits(store, f"LRN{n}", asked=(4 - n) * MINUTE) for n in range(4)]
    back = await back_at(store)
    (work,) = await store.leases.take_waiting("traces", 1, before=back, pause=timedelta())
    assert work.id == ids[0]
    await store.leases.decide(work, decided(work, waits_for=("traces",)))
    works = await store.leases.take_waiting(
        "traces", 4, before=await back_at(store), pause=timedelta(), behind=[ids[1]]
    )
    assert [one.id for one in works] == [ids[2], ids[3], ids[0], ids[1]]
