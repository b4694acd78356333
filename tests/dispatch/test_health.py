"""The record of an adapter's calls: each counts in the slot of its own moment, in whatever order they end."""

from datetime import UTC, datetime, timedelta

from gateway.dispatch.health import HealthRecord
from gateway.domain.authority_figures import SLOT_S

NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    """A moment so many seconds after noon."""
    return NOON + timedelta(seconds=seconds)


def test_calls_that_end_out_of_order_count_in_the_slots_of_their_moments() -> None:
    record = HealthRecord()
    for seconds in (0, SLOT_S - 0.001, SLOT_S, 1, SLOT_S + 1, -0.001):
        record.answered(0.1, at(seconds), "valid")
    counted = {one.at: one.calls for one in record.figures("catch").slots}
    assert counted == {at(-SLOT_S): 1, at(0): 3, at(SLOT_S): 2}


def test_the_last_exchange_is_the_one_that_ended_last() -> None:
    assert HealthRecord().last_exchange is None
    record = HealthRecord()
    record.answered(0.0421, at(9), "valid")
    record.failed(1.2, "SW-ADP-01", at(3), away=True)
    last = record.last_exchange
    assert last is not None
    assert (last.at, last.outcome, last.milliseconds) == (at(3), "SW-ADP-01", 1200)
