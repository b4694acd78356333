"""What one client may take of a process: calls, messages, bytes and its part of what waits; customs' own goes before traders'."""

import asyncio
from typing import Any

import pytest

from gateway.access import Caller
from gateway.api.admission import PARSED, Admission, Admitted, Shares
from gateway.api.problems import Later
from gateway.domain.errors import GatewayError, Overloaded
from gateway.domain.permission import Role
from gateway.resources import Resource

CUSTOMS = Caller(name="declaration system", roles=frozenset({Role.CUSTOMS}))
TRADER = Caller(name="trader", roles=frozenset({Role.TRADER}), eoris=frozenset({"FR1"}))


class Process:
    """A process with a clock and a backlog that the test sets."""

    def __init__(self, **shares: Any) -> None:
        self.now = 1_000.0
        self.oldest = 0.0
        self.admission = Admission(Shares(**shares), clock=lambda: self.now, backlog=lambda: self.oldest)

    def enter(self, name: str, caller: Caller = TRADER, *, message: bool = True) -> Admitted:
        return self.admission.enter(name, caller, message=message)

    def lodged(self, name: str, caller: Caller = TRADER, *, count: int = 1) -> None:
        for _ in range(count):
            one = self.enter(name, caller)
            one.whole()
            one.durable(waits=True)
            one.over()

    def is_taken(self, name: str, caller: Caller = TRADER) -> bool:
        return not self.refused(name, caller)

    def refused(self, name: str, caller: Caller = TRADER, *, message: bool = True) -> type[GatewayError] | None:
        try:
            self.enter(name, caller, message=message).over()
        except GatewayError as error:
            return type(error)
        return None


@pytest.fixture
def process() -> Process:
    return Process(messages=16, bytes=1_000_000 * PARSED, calls=20, backlog_s=60)


def test_a_trader_has_a_quarter_of_the_messages_and_all_traders_three_quarters(process: Process) -> None:
    mine = [process.enter("a") for _ in range(4)]
    assert process.refused("a") is Later
    assert process.refused("a", message=False) is None, "other calls bring no message"
    others = [process.enter(name) for name in "bbbbcccc"]
    assert process.refused("d") is Overloaded
    own = [process.enter("customs", CUSTOMS) for _ in range(4)]
    assert process.refused("customs", CUSTOMS) is Overloaded
    for one in (*mine, *others, *own):
        one.over()
    assert process.is_taken("a")


def test_one_system_of_customs_has_half(process: Process) -> None:
    for _ in range(8):
        process.enter("customs", CUSTOMS)
    assert process.refused("customs", CUSTOMS) is Later
    assert process.is_taken("other", CUSTOMS)
    assert process.is_taken("a")


def test_what_is_durable_takes_no_place_though_its_caller_waits(process: Process) -> None:
    waiting = [process.enter("a") for _ in range(4)]
    for one in waiting:
        one.whole()
        one.durable(waits=False)
    assert process.is_taken("a")
    for one in waiting:
        one.over()


def test_calls_in_hand_have_a_bound(process: Process) -> None:
    held = [process.enter("a", message=False) for _ in range(20)]
    assert process.refused("a", message=False) is Later
    assert process.refused("b", message=False) is None
    held[0].over()
    assert process.refused("a", message=False) is None


def test_a_trader_has_so_many_calls_a_minute() -> None:
    process = Process(calls_per_minute=60)
    for _ in range(60):
        assert process.is_taken("a")
    with pytest.raises(Later) as refused:
        process.enter("a")
    assert refused.value.seconds == pytest.approx(1.0)
    assert process.is_taken("b")
    for _ in range(100):
        assert process.is_taken("customs", CUSTOMS)
    process.now += 1
    assert process.is_taken("a")


def test_what_is_told_by_the_head_takes_nothing() -> None:
    process = Process(calls_per_minute=2, calls=20)
    tell = process.admission.refusal
    assert [tell("a", TRADER, message=True) for _ in range(9)] == [None] * 9
    process.enter("a").over()
    process.enter("a").over()
    refused = tell("a", TRADER, message=False)
    assert isinstance(refused, Later)
    assert refused.seconds == pytest.approx(30)
    assert tell("b", TRADER, message=True) is None
    process.now += 30
    assert tell("a", TRADER, message=False) is None
    process.enter("a").over()
    assert process.refused("a") is Later


def test_a_trader_has_so_many_references_a_minute() -> None:
    process = Process(references_per_minute=60)
    process.enter("a").cites(50)
    with pytest.raises(Later) as refused:
        process.enter("a").cites(20)
    assert refused.value.seconds == pytest.approx(10)
    process.enter("b").cites(500)
    with pytest.raises(Later):
        process.enter("b").cites(1)
    process.now += 60
    process.enter("b").cites(500)


def test_bytes_have_a_budget_and_a_share(process: Process) -> None:
    first, second = process.enter("a"), process.enter("a")
    first.read(200_000)
    with pytest.raises(Later):
        second.read(200_000)
    process.enter("customs", CUSTOMS).read(500_000)
    process.enter("b").read(200_000)
    with pytest.raises(Overloaded):
        process.enter("d").read(150_000)
    first.over()
    process.enter("d").read(150_000)


def test_a_message_larger_than_the_share_is_taken_alone_and_small_ones_pass_beside_it(process: Process) -> None:
    large = process.enter("a")
    large.read(900_000)
    with pytest.raises(Overloaded):
        process.enter("b").read(300_000)
    process.enter("b").read(50_000)
    with pytest.raises(Overloaded):
        process.enter("c").read(60_000)
    large.over()
    process.enter("c").read(300_000)


def test_a_body_of_unknown_length_takes_what_came(process: Process) -> None:
    growing = process.enter("a")
    for _ in range(9):
        growing.read(100_000)
    with pytest.raises(Overloaded):
        process.enter("b").read(150_000)
    growing.over()
    process.enter("b").read(150_000)


def test_a_large_message_takes_its_bytes_until_it_is_decided(process: Process) -> None:
    large, small = process.enter("customs", CUSTOMS), process.enter("a")
    large.read(700_000)
    small.read(100_000)
    assert [large.durable(waits=True), small.durable(waits=True)] == [True, False]
    large.over()
    small.over()
    with pytest.raises(Overloaded):
        process.enter("b").read(300_000)
    large.decided()
    process.enter("b").read(300_000)


def test_what_grows_is_large_once_it_is(process: Process) -> None:
    process.enter("customs", CUSTOMS).read(500_000)
    growing = process.enter("a")
    growing.read(150_000)
    growing.read(50_000)
    with pytest.raises(Overloaded):
        growing.read(100_000)


def flooded(process: Process) -> None:
    """A trader has nearly all of what waits."""
    process.lodged("light")
    process.lodged("light customs", CUSTOMS)
    process.lodged("heavy", count=100)


@pytest.mark.parametrize(
    ("oldest", "taken"),
    [
        (0, {"heavy", "light", "new", "customs"}),
        (9, {"heavy", "light", "new", "customs"}),
        (10, {"light", "new", "customs"}),
        (49, {"light", "new", "customs"}),
        (50, {"customs"}),
        (60, set()),
    ],
)
def test_who_has_most_of_what_waits_is_refused_first_and_customs_last(
    process: Process, oldest: float, taken: set[str]
) -> None:
    flooded(process)
    process.now += oldest
    process.oldest = oldest + 0.5
    callers = {"heavy": TRADER, "light": TRADER, "new": TRADER, "customs": CUSTOMS}
    assert {name for name, caller in callers.items() if process.is_taken(name, caller)} == taken
    if "heavy" not in taken:
        assert process.refused("heavy") is Later


def test_customs_that_floods_is_refused_before_the_others(process: Process) -> None:
    process.lodged("flood", CUSTOMS, count=100)
    process.lodged("a")
    process.oldest = 39.0
    assert process.is_taken("flood", CUSTOMS)
    process.oldest = 41.0
    assert process.refused("flood", CUSTOMS) is Later
    assert process.is_taken("a")
    assert process.is_taken("customs", CUSTOMS)


def test_who_is_alone_is_told_that_all_is_full(process: Process) -> None:
    process.lodged("flood", count=100)
    process.oldest = 11.0
    assert process.refused("flood") is Overloaded


def test_what_is_decided_does_not_count(process: Process) -> None:
    process.lodged("a", count=100)
    process.now += 30
    process.lodged("b", count=10)
    process.now += 25
    process.oldest = 26.0
    assert process.is_taken("a"), "what it lodged is older than the oldest that waits"
    assert process.refused("b") is Overloaded
    process.oldest = 0.0
    process.now += 2
    assert process.is_taken("b")
    process.oldest = 30.0
    assert process.is_taken("b"), "nothing of it waited meanwhile"


def test_a_slow_database_takes_fewer_at_once_but_always_some() -> None:
    process = Process(messages=64, durable_s=5)

    def stored(after: float) -> None:
        one = process.enter("customs", CUSTOMS)
        one.read(1_000)
        one.whole()
        process.now += after
        one.durable(waits=False)
        one.over()

    def at_once() -> int:
        held = []
        while not process.refused("customs", CUSTOMS):
            held.append(process.enter("customs", CUSTOMS))
        for one in held:
            one.over()
        return len(held)

    assert at_once() == 32
    for _ in range(100):
        stored(after=3.0)
    assert at_once() == 8
    for _ in range(100):
        stored(after=0.01)
    assert at_once() == 32


def test_keys_that_are_not_known_are_counted_by_address() -> None:
    process = Process(failures_per_minute=2)
    assert [process.admission.failed("192.0.2.1") for _ in range(2)] == [0, 0]
    assert process.admission.failed("192.0.2.1") == pytest.approx(30)
    assert process.admission.failed("192.0.2.2") == 0


def test_clients_that_rest_are_forgotten(process: Process) -> None:
    held = process.enter("held")
    for number in range(12_000):
        process.is_taken(f"client {number}")
    assert process.admission.remembered <= 10_001
    held.over()
    assert process.is_taken("held")


async def waits(resource: Resource) -> None:
    """Waits until somebody waits for some of it."""
    while not resource.waiting:  # noqa: ASYNC110  # it is the loop's own turns that are waited for
        await asyncio.sleep(0)


async def test_a_call_that_reads_waits_for_its_clients_turn_and_keeps_nobody_else_waiting(process: Process) -> None:
    mine = [process.enter("a", message=False) for _ in range(6)]
    for one in mine[:4]:
        await one.reads()
    waiting = asyncio.create_task(mine[4].reads())
    await waits(process.admission.reads)
    other = process.enter("b", message=False)
    await other.reads()
    assert (process.admission.reads.waiting, waiting.done()) == (1, False)
    mine[0].rests()
    mine[0].rests()
    await waiting
    for one in (*mine, other):
        one.over()
    assert (process.admission.reads.in_use, process.admission.reads.waiting) == (0, 0)


async def test_pages_of_whole_declarations_are_read_one_at_a_time_by_one_client(process: Process) -> None:
    first, second, other = (process.enter(name, message=False) for name in "aab")
    async with first.whole_page(), other.whole_page():
        waiting = asyncio.create_task(second.whole_page().__aenter__())
        await waits(process.admission.whole_pages)
        assert not waiting.done()
    await waiting
    assert process.admission.whole_pages.in_use == 1
