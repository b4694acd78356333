"""What one client may take of a process: calls, messages, bytes and its part of what waits; customs' own goes before traders'."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any

import pytest

from gateway.access import Caller
from gateway.api.admission import PARSED, Admission, Admitted, Shares, share_of
from gateway.api.problems import Later
from gateway.domain.errors import GatewayError, Overloaded
from gateway.domain.permission import Role
from gateway.lifecycle.processes.pressure import Pressure
from gateway.resources import Resource
from gateway.store import Backlog

CUSTOMS = Caller(name="declaration system", roles=frozenset({Role.CUSTOMS}))
TRADER = Caller(name="trader", roles=frozenset({Role.TRADER}), eoris=frozenset({"FR1"}))


class Process:
    """A process with a clock and a backlog that the test sets."""

    def __init__(self, **shares: Any) -> None:
        self.now = 1_000.0
        self.pressure = Pressure(most=MOST, longest_s=60, few=4, clock=lambda: self.now)
        self.admission = Admission(Shares(**shares), clock=lambda: self.now, pressure=lambda: self.pressure)

    def counts(self, declarants: Mapping[str, int], oldest_s: float) -> None:
        """The database counts what waits."""

        async def found() -> Backlog:
            waiting = sum(declarants.values())
            return Backlog(waiting=waiting, oldest_s=oldest_s, lost=False, declarants=declarants)

        asyncio.run(self.pressure.count(found()))

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
    return Process(messages=16, bytes=1_000_000 * PARSED, calls=20)


def test_a_trader_has_a_quarter_of_the_messages_and_all_traders_three_quarters(process: Process) -> None:
    mine = [process.enter("a") for _ in range(4)]
    assert process.refused("a") is Later
    assert process.refused("a", message=False) is None, "other calls bring no message"
    others = [process.enter(name) for name in "bbbbcc"]
    assert process.refused("c") is Later, "nobody has more than is left"
    others += [process.enter(name) for name in "de"]
    assert process.refused("f") is Overloaded
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


MOST = 1_200
"""So many may wait; 60 s may the oldest."""
LADDER = [
    (0.0, {"heavy", "light", "new", "customs"}),
    (0.16, {"heavy", "light", "new", "customs"}),
    (0.17, {"light", "new", "customs"}),
    (0.83, {"light", "new", "customs"}),
    (0.84, {"customs"}),
    (0.99, {"customs"}),
    (1.0, set()),
]


def company(eori: str, name: str = "trader") -> Caller:
    return Caller(name=name, roles=frozenset({Role.TRADER}), eoris=frozenset({eori}))


FLOODED = {"heavy": company("FR1"), "light": company("FR2"), "new": company("FR3"), "customs": CUSTOMS}


@pytest.mark.parametrize("by", ["age", "number"])
@pytest.mark.parametrize(("pressure", "taken"), LADDER)
def test_who_has_most_of_what_waits_is_refused_first_and_customs_last_by_age_and_by_number(
    process: Process, by: str, pressure: float, taken: set[str]
) -> None:
    waiting = round(pressure * MOST) if by == "number" else 100
    process.counts({"FR1": waiting - waiting // 100, "FR2": waiting // 100}, pressure * 60 if by == "age" else 0.1)
    assert {name for name, caller in FLOODED.items() if process.is_taken(name, caller)} == taken
    if "heavy" not in taken:
        assert process.refused("heavy", FLOODED["heavy"]) is Later


def test_the_last_sixth_is_customs_however_many_traders_there_are(process: Process) -> None:
    companies = [f"FR{number}" for number in range(100)]
    process.counts(dict.fromkeys(companies, 0), 0)
    while taken := [one for one in companies if process.is_taken(one, company(one))]:
        for one in taken:
            process.lodged(one, company(one))
            process.pressure.leave(one)
    assert 5 / 6 * MOST <= process.pressure.number < 5 / 6 * MOST + len(companies)
    process.counts(dict.fromkeys(companies, MOST // 120), 0)
    for number in range(MOST // 6):
        assert process.is_taken("customs", CUSTOMS), number
        process.lodged("customs", CUSTOMS)
        process.pressure.leave("FR9")
    assert process.refused("customs", CUSTOMS) is Overloaded
    assert process.refused("other", CUSTOMS) is Overloaded


@pytest.mark.parametrize(("traders", "full"), [(3, 1 / 6), (8, 0.53), (16, 0.71), (60, 5 / 6)])
def test_who_floods_leaves_room_for_traders_who_have_little_the_more_the_fewer_they_are(
    process: Process, traders: int, full: float
) -> None:
    companies = [f"FR{number}" for number in range(traders)]
    while taken := [one for one in companies if process.is_taken(one, company(one))]:
        for one in taken:
            process.pressure.leave(one)
    assert process.pressure.now() == pytest.approx(full, abs=0.06)
    assert process.refused("FR0", company("FR0")) is (Later if traders < 50 else Overloaded)
    assert process.is_taken("new", company("DE1")) is (traders < 50)
    assert process.is_taken("customs", CUSTOMS)


def test_what_this_process_took_since_the_count_is_added_to_it(process: Process) -> None:
    process.counts({"FR1": 150}, 0)
    assert process.is_taken("a", company("FR1"))
    for _ in range(60):
        process.pressure.leave("FR1")
    assert process.refused("a", company("FR1")) is Overloaded, "all of it is this one's"
    for _ in range(40):
        process.pressure.leave("FR2")
    assert process.refused("a", company("FR1")) is Later
    assert process.is_taken("b", company("FR2"))
    process.counts({"FR1": 10, "FR2": 10}, 0)
    assert process.pressure.number == 20, "counted once"


def test_what_comes_while_the_database_counts_is_counted_once(process: Process) -> None:
    async def counting() -> Backlog:
        process.pressure.leave("FR1")
        return Backlog(waiting=5, oldest_s=1.0, lost=False, declarants={"FR1": 5})

    process.pressure.leave("FR1")
    asyncio.run(process.pressure.count(counting()))
    assert process.pressure.number == 6


def test_five_keys_of_one_company_have_the_part_of_one_and_a_company_that_of_all_its_numbers(process: Process) -> None:
    process.counts({"FR1": 60, "FR2": 50, "FR3": 240}, 0)
    keys = [company("FR3", f"key {number}") for number in range(5)]
    assert {share_of(one, f"192.0.2.{number}") for number, one in enumerate(keys)} == {"trader FR3"}
    assert [process.refused(share_of(one, ""), one) for one in keys] == [Later] * 5
    assert process.is_taken("a", company("FR1"))
    both = Caller(name="both", roles=frozenset({Role.TRADER}), eoris=frozenset({"FR1", "FR2"}))
    assert process.refused(share_of(both, ""), both) is Later, "a third of it is theirs"


def test_a_replica_that_joins_during_the_flood_goes_by_what_the_database_counts() -> None:
    joined = Process(messages=16)
    joined.counts({"FR1": 880, "FR2": 10, "FR3": 10}, 20)
    assert joined.refused("heavy", company("FR1")) is Later
    assert joined.is_taken("light", company("FR2"))
    joined.counts({"FR1": 880, "FR2": 10, "FR3": 10}, 59)
    joined.lodged("customs", CUSTOMS, count=40)
    assert joined.is_taken("customs", CUSTOMS), "all that this process took is customs', but not all that waits"


def test_a_clock_of_another_machine_counts_for_nothing(process: Process) -> None:
    process.counts({"FR1": 4, "FR2": 4, "FR3": 4, "FR4": 4}, 9.0)
    assert process.is_taken("a", company("FR1"))
    process.now += 60
    assert process.refused("customs", CUSTOMS) is Overloaded, (
        "nobody counted for a minute: it has grown as old meanwhile"
    )
    process.counts({}, 0)
    assert process.is_taken("a", company("FR1"))


def test_customs_that_floods_is_refused_before_the_others(process: Process) -> None:
    process.lodged("flood", CUSTOMS, count=100)
    process.lodged("a")
    process.counts({"FR1": 100}, 39.0)
    assert process.is_taken("flood", CUSTOMS)
    process.counts({"FR5": 100}, 41.0)
    assert process.refused("flood", CUSTOMS) is Later
    assert process.is_taken("a")
    assert process.is_taken("customs", CUSTOMS)


def test_a_flood_of_customs_over_several_processes_is_refused_before_the_others(process: Process) -> None:
    process.lodged("flood", CUSTOMS, count=100)
    process.lodged("a")
    process.counts({"FR5": 800}, 41.0)
    assert process.refused("flood", CUSTOMS) is Later, (
        "an eighth of what waits was taken here, and nearly nobody else's"
    )
    assert process.is_taken("customs", CUSTOMS)
    begun = Process(messages=16)
    begun.lodged("customs", CUSTOMS, count=10)
    begun.counts({"FR5": 800}, 41.0)
    assert begun.is_taken("customs", CUSTOMS), "all that was taken here, and next to nothing of what waits"


def test_a_client_that_has_next_to_nothing_in_hand_finds_room_while_storing_is_slow() -> None:
    process = Process(messages=64, durable_s=5)
    held = [process.enter("flood", CUSTOMS) for _ in range(32)]
    for _ in range(40):
        process.admission.took(4.0)
    assert process.refused("flood", CUSTOMS) is Later
    others = [process.enter("customs", CUSTOMS) for _ in range(3)]
    assert process.refused("customs", CUSTOMS) is Overloaded
    for one in (*held, *others):
        one.over()
    assert process.is_taken("flood", CUSTOMS)


def test_a_quiet_trader_with_one_message_in_hand_finds_room_while_others_fill_it() -> None:
    process = Process(messages=64)
    for _ in range(200):
        process.admission.took(4.0)
    for name in "abcdefgh":
        while process.refused(name, TRADER) is None:
            process.enter(name, TRADER)
    process.enter("quiet", TRADER)
    assert process.is_taken("quiet", TRADER)


def test_who_is_refused_again_and_again_is_told_later() -> None:
    process = Process()
    assert [process.admission.held_back_s("flood") for _ in range(300)] == [0.0] * 300
    assert process.admission.held_back_s("flood") == 5
    assert process.admission.held_back_s("other") == 0
    process.now += 1
    assert [process.admission.held_back_s("flood") for _ in range(6)] == [0, 0, 0, 0, 0, 5]


def test_what_is_decided_is_no_part_of_customs_own(process: Process) -> None:
    process.lodged("flood", CUSTOMS, count=100)
    process.counts({"FR5": 100}, 0.5)
    process.now += 30
    process.lodged("customs", CUSTOMS, count=10)
    process.now += 25
    process.counts({"FR5": 100}, 55.5)
    assert process.refused("flood", CUSTOMS) is Later
    process.now += 2
    process.counts({"FR5": 100}, 50.0)
    assert process.is_taken("flood", CUSTOMS), "what it lodged is older than the oldest that waits"
    assert process.refused("customs", CUSTOMS) is Overloaded, "all that waits here is its own"


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


def test_keys_that_are_not_known_are_counted_of_all_addresses_together() -> None:
    process = Process(failures_per_minute=2)
    tried = [process.admission.failed(f"192.0.2.{number}") for number in range(41)]
    assert tried[:40] == [0] * 40
    assert tried[40] == pytest.approx(1.5)
    assert process.admission.failing("198.51.100.1") > 0
    process.now += 60
    assert process.admission.failing("198.51.100.1") == 0


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
    async with first.whole_page(200), other.whole_page(200):
        waiting = asyncio.create_task(second.whole_page(5).__aenter__())
        await waits(process.admission.whole_pages)
        assert not waiting.done()
    await waiting
    assert process.admission.whole_pages.in_use == 5


async def test_small_pages_of_whole_declarations_wait_for_none_of_their_clients_own(process: Process) -> None:
    calls = [process.enter("officer", CUSTOMS, message=False) for _ in range(4)]
    async with AsyncExitStack() as held:
        for one in calls:
            await held.enter_async_context(one.whole_page(5))
        assert (process.admission.whole_pages.in_use, process.admission.whole_pages.waiting) == (20, 0)


def test_traders_leave_a_quarter_of_the_calls_to_customs_and_none_has_more_than_is_left() -> None:
    process = Process(calls=50, all_calls=100)
    held = [process.enter("a", message=False) for _ in range(38)]
    assert process.refused("a", message=False) is Later, "as many are left"
    held += [process.enter(f"trader {number}", message=False) for number in range(37)]
    assert process.refused("another", message=False) is Overloaded
    assert process.refused("customs", CUSTOMS, message=False) is None
    for one in held:
        one.over()
    assert process.refused("another", message=False) is None
