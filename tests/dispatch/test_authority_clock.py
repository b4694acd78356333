"""An authority's clock is read of what it answers: now and then, and only where it says a moment."""

import pytest

from gateway.dispatch.authority_clock import EVERY_S, AuthorityClock

AT = 1_794_830_400.0
DATE = "Mon, 16 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(("wall", "ahead"), [(AT, 0.0), (AT + 3600, 3600.0), (AT - 3600, -3600.0)])
def test_it_is_told_by_how_much_the_clock_here_is_ahead(wall: float, ahead: float) -> None:
    told: list[float] = []
    AuthorityClock(told.append, wall=lambda: wall).read({"date": DATE})
    assert told == [ahead]


@pytest.mark.parametrize("headers", [{}, {"date": ""}, {"date": "tomorrow"}, {"date": "Mon, 99 Nov 2026 12:00:00 GMT"}])
def test_what_is_no_moment_tells_nothing(headers: dict[str, str]) -> None:
    told: list[float] = []
    AuthorityClock(told.append).read(headers)
    assert told == []


def test_it_is_not_read_at_each_answer() -> None:
    told: list[float] = []
    now = [0.0]
    clock = AuthorityClock(told.append, wall=lambda: AT, elapsed=lambda: now[0])
    for _ in range(100):
        clock.read({"date": DATE})
    assert len(told) == 1
    now[0] += EVERY_S
    clock.read({"date": DATE})
    assert len(told) == 2
