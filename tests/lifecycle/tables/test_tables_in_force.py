"""The set of tables that counts changes at the moment that was said, and what was announced last is what comes."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.tables.in_force import Tables
from gateway.lifecycle import ScheduledSet, TablesInForce

OLD = Tables(version="old", digest="sha256:old")
MOMENTS = st.floats(0, 100)


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.at = 0.0

    def __call__(self) -> float:
        return self.at


def coming(at: float) -> ScheduledSet:
    return ScheduledSet(at, Tables(version=str(at), digest=f"sha256:{at}"))


@given(st.lists(MOMENTS, max_size=5, unique=True), st.lists(MOMENTS, max_size=8))
def test_the_newest_set_whose_moment_has_come_counts(moments: list[float], looks: list[float]) -> None:
    clock = Hand()
    tables = TablesInForce(OLD, clock=clock)
    tables.announce([coming(at) for at in moments])
    for clock.at in sorted(looks):
        begun = [at for at in moments if at <= clock.at]
        assert tables.current() == (coming(max(begun)).tables if begun else OLD)


def test_what_was_announced_before_and_has_not_begun_does_not_come() -> None:
    clock = Hand()
    tables = TablesInForce(OLD, clock=clock)
    tables.announce([coming(1), coming(2)])
    clock.at = 1
    tables.announce([])
    for clock.at in (1, 2, 3):
        assert tables.current() == coming(1).tables
    tables.announce([coming(5)])
    assert tables.current() == coming(1).tables
    clock.at = 5
    assert tables.current() == coming(5).tables
