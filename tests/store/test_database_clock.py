"""The database's clock as a process knows it: read now and then, gone on between, and never back by what a reading is inexact."""

from datetime import UTC, datetime

import pytest

from gateway.store.database_clock import DatabaseClock

NOON = datetime(2026, 12, 1, 12, tzinfo=UTC).timestamp()


class Passing:
    """A clock that a test lets go on."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def __call__(self) -> float:
        return self.at


def read(clock: DatabaseClock, passing: Passing, at: float, *, takes: float = 0.0) -> None:
    """Has the clock read, which takes a while; `at` is what the database says in the middle of it."""
    asked = clock.passed()
    passing.at += takes
    clock.note(at, asked=asked)


def told(clock: DatabaseClock) -> float:
    return clock.now().timestamp() - NOON


def test_it_goes_on_from_what_was_read() -> None:
    clock = DatabaseClock(passed=(passing := Passing()))
    read(clock, passing, NOON, takes=0.2)
    assert told(clock) == pytest.approx(0.1)
    passing.at += 60
    assert told(clock) == pytest.approx(60.1)


def test_what_is_within_the_inexactness_of_readings_is_no_news_and_what_is_beyond_is() -> None:
    clock = DatabaseClock(passed=(passing := Passing()))
    read(clock, passing, NOON, takes=0.01)
    before = told(clock)
    read(clock, passing, NOON + 0.2, takes=0.5)
    assert told(clock) == pytest.approx(before + 0.5)
    read(clock, passing, NOON + 3_600, takes=0.01)
    assert told(clock) == pytest.approx(3_600.005)


def test_it_goes_back_only_where_the_database_does() -> None:
    clock = DatabaseClock(passed=(passing := Passing()))
    read(clock, passing, NOON)
    passing.at += 10
    assert told(clock) == pytest.approx(10)
    read(clock, passing, NOON + 9.5)
    assert told(clock) == pytest.approx(10)
    passing.at += 1
    assert told(clock) == pytest.approx(10.5)
    read(clock, passing, NOON - 3_600)
    assert told(clock) == pytest.approx(-3_600)


def test_nothing_is_told_before_it_was_read() -> None:
    with pytest.raises(AssertionError, match="before it was read"):
        DatabaseClock().now()
