"""How authorities answer counts over all replicas: what each wrote of its calls is added, and who was answered last counts."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest

from gateway.dispatch.health import HealthRecord
from gateway.domain.authority_figures import AdapterFigures, Answering, CallSlot, over_all, slot_of
from gateway.lifecycle.authorities.authority_figures import KEPT, FiguresOverAll
from gateway.store import Store
from tests.store.conftest import other, store

__all__ = ["other", "store"]  # fixtures
NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """A moment so many minutes after noon."""
    return NOON + timedelta(minutes=minutes)


class Replica:
    """A process with its own record of calls to one authority."""

    def __init__(self, store: Store) -> None:
        self.record, self.now = HealthRecord(), at(30)
        self.all = FiguresOverAll(store=store.authority_figures, own=self.figures, clock=lambda: self.now, every_s=3600)

    def figures(self) -> Iterable[AdapterFigures]:
        return [self.record.figures("catch")]


async def test_what_each_replica_saw_is_one_history(store: Store, other: Store) -> None:
    one, two = Replica(store), Replica(other)
    one.record.answered(0.02, at(1), "valid")
    one.record.failed(3, "SW-ADP-01", at(6), away=True)
    two.record.failed(12, "SW-ADP-01", at(7), away=True)
    two.record.failed(0.2, "SW-ADP-03", at(8))
    await one.all.refresh()
    for replica in (two, one):
        found = (await replica.all.lately())["catch"]
        assert [(slot.at, slot.calls, slot.faults) for slot in found.slots] == [
            (at(0), 1, {}),
            (at(5), 3, {"SW-ADP-01": 2, "SW-ADP-03": 1}),
        ]
        assert (found.whole.latency_ms(0.5), found.whole.latency_ms(0.95)) == (250, 15_000)
        assert found.answering == Answering(last_ok_at=at(1), down_since=at(6), away_at=at(7))
    two.record.answered(0.02, at(9), "valid")
    assert one.all.answering()["catch"].down_since == at(6), "nobody told it yet"
    await two.all.refresh()
    await one.all.refresh()
    assert one.all.answering()["catch"].down_since is None


async def test_what_was_written_is_written_once_and_again_by_nobody(store: Store, other: Store) -> None:
    one, two = Replica(store), Replica(other)
    for _ in range(3):
        one.record.answered(0.02, at(1), "valid")
        await one.all.refresh()
    assert (await two.all.lately())["catch"].whole.calls == 3
    one.record.answered(0.02, at(1), "valid")
    assert (await one.all.lately())["catch"].whole.calls == 4


async def test_slots_are_forgotten_after_some_days(store: Store, other: Store) -> None:
    one, two = Replica(store), Replica(other)
    one.record.answered(0.02, at(1), "valid")
    await one.all.refresh()
    two.now = one.now + KEPT + timedelta(hours=1)
    two.record.answered(0.02, two.now, "valid")
    await two.all.refresh()
    two.record.answered(0.02, two.now, "valid")
    await two.all.refresh()
    assert dict(await store.authority_figures.slots(at(0) - KEPT)).keys() == {"catch"}
    assert [slot.at for slot in (await other.authority_figures.slots(at(-60))).get("catch", ())] == []


@pytest.mark.parametrize(
    ("known", "down_since"),
    [
        ([], None),
        ([Answering()], None),
        ([Answering(last_ok_at=at(5))], None),
        ([Answering(down_since=at(1), away_at=at(3))], at(1)),
        ([Answering(down_since=at(1), away_at=at(3)), Answering(down_since=at(2), away_at=at(2))], at(1)),
        # Somebody else was answered afterwards.
        ([Answering(down_since=at(1), away_at=at(3)), Answering(last_ok_at=at(4))], None),
        # One is not answered and was not after the other was: it is down since the calls that followed.
        ([Answering(down_since=at(1), away_at=at(5)), Answering(last_ok_at=at(4))], at(5)),
        # It was away and is back, in the same process.
        ([Answering(last_ok_at=at(4), away_at=at(3))], None),
    ],
)
def test_it_is_down_if_nobody_was_answered_after_somebody_was_not(
    known: list[Answering], down_since: datetime | None
) -> None:
    assert over_all(known).down_since == down_since


def test_a_call_counts_by_the_first_bound_that_it_did_not_exceed() -> None:
    slot = CallSlot(at=slot_of(at(7.5)))
    assert (slot.at, slot.latency_ms(0.5)) == (at(5), None)
    for seconds in (0, 0.01, 0.0101, 40, 41):
        slot.note(seconds)
    assert (slot.calls, slot.latencies[0], slot.latencies[1], slot.latencies[-2:]) == (5, 2, 1, [1, 1])
    assert [slot.latency_ms(share) for share in (0.2, 0.6, 0.8, 1.0)] == [10, 20, 40_000, None]


def test_a_process_remembers_so_many_slots_only() -> None:
    record = HealthRecord()
    for minutes in range(0, 300, 5):
        record.answered(0.1, at(minutes), "valid")
    record.answered(0.1, at(0), "valid")
    slots = record.figures("catch").slots
    assert (len(slots), min(one.at for one in slots)) == (24, at(180))
