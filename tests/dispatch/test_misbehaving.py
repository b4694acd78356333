"""Adapters that misbehave: each is an undetermined document, and none of them stops anything else."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from gateway import observe
from gateway.contract import Answer, Request, Status
from gateway.dispatch import RetryPolicy
from gateway.dispatch.exchange import MOST_LEFT
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.verification import DocumentStatus
from tests.builders.processes import PATIENCE_S
from tests.dispatch.misbehaviour import CERTIFICATE, MISBEHAVIOUR, odd, raising, returning, with_line
from tests.dispatch.server import AT_ONCE, ONCE, about, always, dispatching, good, http, loaded, wire


@pytest.mark.parametrize("case", MISBEHAVIOUR)
async def test_an_adapter_that_misbehaves_is_a_hold(case: str) -> None:
    verify, cause = MISBEHAVIOUR[case]
    async with wire(always(http(b"{}"))) as server:
        adapters = (
            loaded(server.url, odd(verify)),
            loaded(server.url, odd(returning(with_line(Decimal(1)))), name="fine"),
        )
        async with dispatching(*adapters, policy=ONCE) as dispatcher:
            asked = (await dispatcher.ask(about())).verification
            fine = (await dispatcher.ask(about(adapter="fine"))).verification
    assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, cause)
    assert asked.certificate is None
    assert fine.status is DocumentStatus.VALID
    assert {seen.target for seen in server.seen} == {"/x"}


async def test_an_outage_is_not_the_adapters_to_interpret() -> None:
    def hopeful(query: Any, occasion: Any) -> Any:
        try:
            yield Request(path="/x")
        except BaseException:
            return Answer(status=Status.VALID, certificate=CERTIFICATE)

    async with (
        wire(always(http(b"", 503))) as server,
        dispatching(loaded(server.url, odd(hopeful)), policy=ONCE) as one,
    ):
        asked = (await one.ask(about())).verification
    assert (asked.status, asked.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-01")


async def test_what_an_adapter_raises_is_kept_by_its_type_only() -> None:
    error = ValueError("the holder is Jane Doe")
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, odd(raising(error)))) as dispatcher:
        asked = await dispatcher.ask(about())
    assert any(b"ValueError" in item.body for item in asked.evidence)
    assert not any(b"Jane" in item.body for item in asked.evidence)


class Spinning:
    """Code that reckons until it is told to stop, and how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.stop = False

    def __call__(self, query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        self.begun += 1
        while not self.stop:
            pass
        return Answer(status=Status.VALID, certificate=CERTIFICATE)


@pytest.fixture
def spinning() -> Iterator[Spinning]:
    """Its threads end with the test."""
    one = Spinning()
    yield one
    one.stop = True


@contextmanager
def for_declaration(name: str | None) -> Iterator[None]:
    """What is called meanwhile is called for a declaration."""
    token = observe.declaration_id.set(name)
    try:
        yield
    finally:
        observe.declaration_id.reset(token)


async def test_code_that_spins_over_a_large_answer_costs_itself_alone(spinning: Spinning) -> None:
    overruns: list[tuple[str, str | None, OverrunKind]] = []
    policy = RetryPolicy(attempts=1, step_budget_s=0.05)
    async with wire(always(http(b" " * 1_020_000))) as server, wire(good) as other:
        adapters = loaded(server.url, odd(spinning)), loaded(other.url, name="fine")
        noted = dispatching(*adapters, policy=policy, on_overrun=lambda *overrun: overruns.append(overrun))
        async with noted as dispatcher:
            with for_declaration("1"):
                asked, fine = await asyncio.gather(dispatcher.ask(about()), dispatcher.ask(about(adapter="fine")))
                assert (asked.verification.status, asked.verification.cause) == (
                    DocumentStatus.UNDETERMINED,
                    "SW-ADP-10",
                )
                assert fine.verification.status is DocumentStatus.VALID
                assert overruns == [("toy", "1", OverrunKind.LATE)]
                # For the same declaration nothing more is begun while its code still runs, however often it is asked about.
                for _ in range(3):
                    asked = await dispatcher.ask(about())
                    assert (asked.verification.cause, spinning.begun) == ("SW-ADP-00", 1)
            for number in range(2, 2 * MOST_LEFT):
                with for_declaration(str(number)):
                    asked = await dispatcher.ask(about())
                    assert asked.verification.status is DocumentStatus.UNDETERMINED
            assert spinning.begun == len(overruns) == MOST_LEFT
            assert (await dispatcher.ask(about(adapter="fine"))).verification.status is DocumentStatus.VALID
            # Where its threads have ended, it is asked again by itself.
            spinning.stop = True
            async with asyncio.timeout(PATIENCE_S):
                with for_declaration("1"):
                    while (await dispatcher.ask(about())).verification.cause == "SW-ADP-00":
                        pass
            assert spinning.begun == MOST_LEFT + 1


async def test_what_is_disabled_is_not_run_until_it_is_enabled(spinning: Spinning) -> None:
    spinning.stop = True
    since = datetime.now(UTC)
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, odd(spinning)), policy=ONCE) as dispatcher,
    ):
        dispatcher.disable({"toy": since, "one that is not loaded here": since})
        (health,) = dispatcher.health()
        assert (health.enabled, health.disabled_at) == (False, since)
        assert (await dispatcher.ask(about())).verification.cause == "SW-ADP-00", "nobody asked"
        # Other settings do not enable it.
        dispatcher.renew({"toy": loaded(server.url, odd(spinning))})
        assert not dispatcher.health()[0].enabled
        assert (spinning.begun, server.seen) == (0, [])
        dispatcher.disable({})
        assert dispatcher.health()[0].enabled
        await dispatcher.ask(about())
        assert spinning.begun == 1
    assert dispatcher.knows("toy")
    assert not dispatcher.knows("nobody")


async def test_code_that_was_slow_in_the_loop_is_not_run_there_again() -> None:
    ran_in = []

    def slow(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        ran_in.append(threading.current_thread())
        end = time.thread_time() + 0.3
        while time.thread_time() < end:
            pass
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    policy = replace(AT_ONCE, attempts=1, step_budget_s=0.1)
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, odd(slow)), policy=policy) as one:
        for _ in range(2):
            assert (await one.ask(about())).verification.cause == "SW-ADP-10"
    assert [thread is threading.current_thread() for thread in ran_in] == [True, False]


async def test_a_machine_that_stands_still_is_no_fault_of_the_adapter() -> None:
    ran_in = []

    def delayed(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        ran_in.append(threading.current_thread())
        # The clock goes on, the processor does other things: so it looks when the machine is busy.
        threading.Event().wait(0.3)
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    policy = replace(AT_ONCE, attempts=1, step_budget_s=0.1)
    adapter = odd(delayed)
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter), policy=policy) as one:
        for _ in range(2):
            assert (await one.ask(about())).verification.status is DocumentStatus.VALID
        assert [thread is threading.current_thread() for thread in ran_in] == [True, True]
        assert one.health()[0].overruns == 0


async def test_code_that_waits_for_ever_is_ended_by_the_clock() -> None:
    end = threading.Event()

    def waiting(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        end.wait(60)
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    policy = RetryPolicy(attempts=1, step_budget_s=0.05)
    async with (
        wire(always(http(b" " * 1_020_000))) as server,
        dispatching(loaded(server.url, odd(waiting)), policy=policy) as one,
    ):
        assert (await one.ask(about())).verification.cause == "SW-ADP-10"
        assert one.health()[0].overruns == 1
    end.set()
