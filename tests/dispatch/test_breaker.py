"""A breaker goes by what others get: what hangs itself opens nothing, and an authority that is away is left alone fast."""

import asyncio
from collections.abc import Iterable

import pytest

from gateway.dispatch.breaker import PROBE_S, AdmittedCall, Breaker, BreakerState, CallSubject, NotAsked
from tests.builders.clock import Clock

THRESHOLD, REST_S = 5, 10.0
HANGING = [CallSubject(("N853", f"HANG-{number}"), f"hanging-{number}") for number in range(6)]
OTHERS = [CallSubject(("N853", f"GOOD-{number}"), f"good-{number}") for number in range(12)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def breaker(clock: Clock) -> Breaker:
    return Breaker(threshold=THRESHOLD, rest_s=REST_S, clock=clock)


def admitted(breaker: Breaker, subject: CallSubject, *, lost: bool = False) -> AdmittedCall:
    """One that is admitted at once."""
    found = breaker.admit(subject, lost=lost)
    assert found is not None
    return found


def state(breaker: Breaker) -> BreakerState:
    """How it stands now."""
    return breaker.state


def hang(breaker: Breaker, subjects: Iterable[CallSubject], *, lost: bool = False) -> None:
    """All are asked about at once, and get no answer."""
    for call in [admitted(breaker, one, lost=lost) for one in subjects]:
        breaker.failed(call, certain=False)


def test_six_that_hang_alone_keep_nobody_else_out(breaker: Breaker) -> None:
    hang(breaker, HANGING)
    assert state(breaker) is BreakerState.HALF_OPEN, "in doubt, and not open"
    breaker.answered(admitted(breaker, OTHERS[0]))
    assert state(breaker) is BreakerState.CLOSED
    hang(breaker, HANGING)
    assert state(breaker) is BreakerState.CLOSED, "they are known to hang"


def test_what_hangs_while_others_are_answered_is_no_evidence(breaker: Breaker) -> None:
    calls = [admitted(breaker, one) for one in HANGING]
    breaker.answered(admitted(breaker, OTHERS[0]))
    assert [breaker.failed(one, certain=False) for one in calls] == [False] * len(calls)
    assert state(breaker) is BreakerState.CLOSED


@pytest.mark.parametrize("of_one", ["document", "declaration"])
def test_many_of_one_count_once(breaker: Breaker, of_one: str) -> None:
    """A document that many declare, and a declaration of thousands of documents."""
    for number in range(9_999):
        each = CallSubject(("N853", f"HANG-{number}"), "one")
        hang(breaker, [CallSubject(("N853", "one"), f"{number}") if of_one == "document" else each])
    assert state(breaker) is BreakerState.CLOSED


def test_what_was_lost_with_its_process_neither_opens_nor_probes(breaker: Breaker) -> None:
    hang(breaker, HANGING, lost=True)
    assert state(breaker) is BreakerState.CLOSED
    hang(breaker, OTHERS[:THRESHOLD])
    assert state(breaker) is BreakerState.HALF_OPEN
    hang(breaker, [CallSubject(("N853", f"LOST-{number}"), f"lost-{number}") for number in range(64)], lost=True)
    assert state(breaker) is BreakerState.HALF_OPEN


def test_an_authority_that_hangs_for_all_is_left_alone(breaker: Breaker, clock: Clock) -> None:
    hang(breaker, OTHERS[:THRESHOLD])
    hang(breaker, OTHERS[THRESHOLD : 2 * THRESHOLD])
    assert state(breaker) is BreakerState.OPEN
    with pytest.raises(NotAsked):
        breaker.admit(OTHERS[10])
    clock.now += REST_S
    hang(breaker, [OTHERS[10]])
    assert state(breaker) is BreakerState.OPEN, "and stays so"


def test_an_authority_that_cannot_be_reached_is_left_alone_at_once(breaker: Breaker) -> None:
    for _ in range(THRESHOLD):
        assert breaker.failed(admitted(breaker, HANGING[0]), certain=True)
    assert state(breaker) is BreakerState.OPEN


def test_one_probe_of_an_authority_in_doubt_that_cannot_reach_it_is_enough(breaker: Breaker) -> None:
    hang(breaker, HANGING)
    breaker.failed(admitted(breaker, OTHERS[0]), certain=True)
    assert state(breaker) is BreakerState.OPEN


def test_a_probe_that_hangs_does_not_keep_the_breaker_open(breaker: Breaker, clock: Clock) -> None:
    for _ in range(THRESHOLD):
        breaker.failed(admitted(breaker, HANGING[0]), certain=True)
    clock.now += REST_S
    slow = admitted(breaker, HANGING[0])
    with pytest.raises(NotAsked):
        breaker.admit(OTHERS[0])
    clock.now += PROBE_S
    breaker.answered(admitted(breaker, OTHERS[0]))
    assert state(breaker) is BreakerState.CLOSED
    assert not breaker.failed(slow, certain=False)
    assert state(breaker) is BreakerState.CLOSED, "somebody was answered since it was asked"


async def test_others_wait_while_enough_probe_an_authority_in_doubt(breaker: Breaker) -> None:
    hang(breaker, HANGING)
    probes = [admitted(breaker, one) for one in OTHERS[:THRESHOLD]]
    assert breaker.admit(OTHERS[THRESHOLD]) is None
    assert breaker.admit(HANGING[0]) is not None, "what is known to hang is no probe, and takes none's place"
    waiting = asyncio.create_task(breaker.probe_ended())
    await asyncio.sleep(0)
    assert not waiting.done()
    breaker.abandoned(probes[0])
    await waiting
    assert breaker.admit(OTHERS[THRESHOLD]) is not None
    breaker.answered(probes[1])
    for late in probes[2:]:
        breaker.failed(late, certain=False)
    assert state(breaker) is BreakerState.CLOSED
