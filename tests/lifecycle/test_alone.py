"""Emptying the hands for one declaration: how long a process is patient, and that it grows where patience was not enough."""

import pytest

from gateway.lifecycle.single_handed import PATIENCE_S, REST_S, Alone

LONGEST_S = 18.0


def waited(alone: Alone, since: float) -> float:
    """Has hands emptied that do not become empty; gives after how many seconds other work goes on."""
    alone.empty(since, under_way=0)
    now = since
    while alone.reserved:
        assert not alone.is_ready(now, in_hand=1)
        now += 0.5
    return now - since


def test_it_waits_longer_each_time_up_to_what_is_in_hand_may_take() -> None:
    alone, now, found = Alone(longest_s=LONGEST_S), 0.0, []
    for _ in range(4):
        found.append(waited(alone, now))
        now += found[-1] + REST_S
    # The half second is the step of the clock here.
    assert found == [pytest.approx(one, abs=1) for one in (PATIENCE_S, 2 * PATIENCE_S, LONGEST_S, LONGEST_S)]
    alone.empty(now, under_way=0)
    assert alone.is_ready(now, in_hand=0)
    alone.take("one")
    alone.drop("one")
    assert waited(alone, now) == pytest.approx(PATIENCE_S, abs=1), "hands that were empty begin anew"


def test_it_is_never_less_patient_than_at_first() -> None:
    alone = Alone(longest_s=1.0)
    first = waited(alone, 0.0)
    assert waited(alone, first + REST_S) == pytest.approx(PATIENCE_S, abs=1)


def test_it_does_not_begin_again_before_other_work_went_on_for_a_while() -> None:
    alone = Alone()
    over = waited(alone, 0.0)
    alone.empty(over + REST_S - 1, under_way=0)
    assert not alone.reserved
    alone.empty(over + REST_S, under_way=0)
    assert alone.reserved
