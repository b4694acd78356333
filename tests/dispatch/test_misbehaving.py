"""Adapters that misbehave: each is an undetermined document, and none of them stops anything else."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest

from gateway import observe
from gateway.contract import (
    Adapter,
    AdapterError,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Quantity,
    Request,
    Status,
    Unavailable,
)
from gateway.dispatch import RetryPolicy
from gateway.dispatch.exchange import MOST_LEFT
from gateway.domain.verification import DocumentStatus
from tests.builders.processes import PATIENCE_S
from tests.dispatch.server import AT_ONCE, ONCE, about, always, dispatching, good, http, loaded, wire

CERTIFICATE = Certificate(type="C999", reference="A/1", authority_status="VALID")


class Odd:
    """An adapter whose `verify` is a test's own."""

    def __init__(self, verify: Callable[..., Any]) -> None:
        self.verify = verify


def odd(verify: Callable[..., Any]) -> Adapter:
    return cast(Adapter, Odd(verify))


class OwnCode(AdapterError):
    code = "SW-OK"


class OwnUnavailable(Unavailable):
    code = "SW-ADP-99"


def returning(value: Any) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        return value

    return verify


def raising(error: BaseException) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        raise error

    return verify


def yielding(value: Any) -> Callable[..., Any]:
    def verify(query: Any, occasion: Any) -> Any:
        yield value
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    return verify


def forever(query: Any, occasion: Any) -> Any:
    while True:
        yield Request(path="/x")


def raising_at_once(query: Any, occasion: Any) -> Any:
    raise ZeroDivisionError


def no_generator(query: Any, occasion: Any) -> Any:
    return Answer(status=Status.VALID, certificate=CERTIFICATE)


async def a_coroutine_function(query: Any, occasion: Any) -> Any:
    yield Request(path="/x")


def holding_on(query: Any, occasion: Any) -> Any:
    try:
        yield from forever(query, occasion)
    except GeneratorExit:
        yield Request(path="/x")


def quantity(value: Any, unit: Any = "KGM") -> Quantity:
    return Quantity(value=value, unit=unit)


def with_line(value: Any) -> Answer:
    line = CertificateLine(number=1, commodity_code="0401", quantity=quantity(value))
    return Answer(status=Status.VALID, certificate=replace(CERTIFICATE, lines=(line,)))


def with_ledger(value: Any) -> Answer:
    ledger = Ledger(lines=(LedgerLine(number=1, available=quantity(value)),))
    return Answer(status=Status.VALID, certificate=CERTIFICATE, ledger=ledger)


any_: Any = object()
MISBEHAVIOUR: dict[str, tuple[Callable[..., Any], str]] = {
    "raises": (raising(ValueError("x")), "SW-ADP-04"),
    "raises at once": (raising_at_once, "SW-ADP-04"),
    "raises the bare error": (raising(AdapterError("x")), "SW-ADP-04"),
    "raises an error with a code of its own": (raising(OwnCode("x")), "SW-ADP-04"),
    "raises a kind with a code of its own": (raising(OwnUnavailable("x")), "SW-ADP-01"),
    "exits": (raising(SystemExit(0)), "SW-ADP-04"),
    "interrupts": (raising(KeyboardInterrupt()), "SW-ADP-04"),
    "cancels": (raising(asyncio.CancelledError()), "SW-ADP-04"),
    "times out": (raising(TimeoutError()), "SW-ADP-04"),
    "stops": (raising(StopIteration(Answer(status=Status.VALID, certificate=CERTIFICATE))), "SW-ADP-04"),
    "recurses": (raising(RecursionError()), "SW-ADP-04"),
    "returns nothing": (returning(None), "SW-ADP-04"),
    "returns true": (returning(True), "SW-ADP-04"),
    "returns a text": (returning("valid"), "SW-ADP-04"),
    "returns a status": (returning(Status.VALID), "SW-ADP-04"),
    "a status that is a text": (returning(Answer(status=cast(Status, "valid"), certificate=CERTIFICATE)), "SW-ADP-07"),
    "valid without a certificate": (returning(Answer(status=Status.VALID)), "SW-ADP-04"),
    "not found with a certificate": (returning(Answer(status=Status.NOT_FOUND, certificate=CERTIFICATE)), "SW-ADP-04"),
    "not found with a ledger": (returning(Answer(status=Status.NOT_FOUND, ledger=Ledger(lines=()))), "SW-ADP-04"),
    "a certificate that is none": (returning(Answer(status=Status.VALID, certificate=any_)), "SW-ADP-07"),
    "a ledger that is none": (
        returning(Answer(status=Status.VALID, certificate=CERTIFICATE, ledger=any_)),
        "SW-ADP-07",
    ),
    "a day that is a text": (
        returning(Answer(status=Status.VALID, certificate=replace(CERTIFICATE, valid_to=cast(Any, "soon")))),
        "SW-ADP-07",
    ),
    "a holder that is a list": (
        returning(Answer(status=Status.VALID, certificate=replace(CERTIFICATE, holder=cast(Any, ["x"])))),
        "SW-ADP-07",
    ),
    "a quantity that is no number": (returning(with_line(Decimal("NaN"))), "SW-ADP-07"),
    "a quantity without end": (returning(with_ledger(Decimal("Infinity"))), "SW-ADP-07"),
    "a quantity that is a word": (returning(with_ledger("lots")), "SW-ADP-07"),
    "yields a text": (yielding("/x"), "SW-ADP-03"),
    "yields nothing": (yielding(None), "SW-ADP-03"),
    "yields another host": (yielding(Request(path="http://evil.example/x")), "SW-ADP-03"),
    "yields a host without a scheme": (yielding(Request(path="//evil.example/x")), "SW-ADP-03"),
    "yields for ever": (forever, "SW-ADP-04"),
    "is no generator": (no_generator, "SW-ADP-04"),
    "is asynchronous": (a_coroutine_function, "SW-ADP-04"),
    "does not let go": (holding_on, "SW-ADP-04"),
}


@pytest.mark.parametrize("delivered", [True, False])
@pytest.mark.parametrize("case", MISBEHAVIOUR)
async def test_an_adapter_that_misbehaves_is_a_hold(case: str, delivered: bool) -> None:
    verify, cause = MISBEHAVIOUR[case]
    async with wire(always(http(b"{}"))) as server:
        adapters = (
            loaded(server.url, odd(verify), delivered=delivered),
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


@pytest.mark.parametrize(("delivered", "size"), [(False, 2), (True, 1_020_000)], ids=["not delivered", "large answer"])
async def test_code_that_spins_costs_itself_alone(spinning: Spinning, delivered: bool, size: int) -> None:
    overruns: list[tuple[str, str | None]] = []
    policy = RetryPolicy(attempts=1, step_budget_s=0.05)
    async with wire(always(http(b" " * size))) as server, wire(good) as other:
        adapters = loaded(server.url, odd(spinning), delivered=delivered), loaded(other.url, name="fine")
        noted = dispatching(*adapters, policy=policy, on_overrun=lambda *overrun: overruns.append(overrun))
        async with noted as dispatcher:
            with for_declaration("1"):
                asked, fine = await asyncio.gather(dispatcher.ask(about()), dispatcher.ask(about(adapter="fine")))
                assert (asked.verification.status, asked.verification.cause) == (
                    DocumentStatus.UNDETERMINED,
                    "SW-ADP-04",
                )
                assert fine.verification.status is DocumentStatus.VALID
                assert overruns == [("toy", "1")]
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
            assert (await one.ask(about())).verification.cause == "SW-ADP-04"
    assert [thread is threading.current_thread() for thread in ran_in] == [True, False]


@pytest.mark.parametrize("delivered", [False, True])
async def test_a_machine_that_stands_still_is_no_fault_of_the_adapter(delivered: bool) -> None:
    ran_in = []

    def delayed(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        ran_in.append(threading.current_thread())
        # The clock goes on, the processor does other things: so it looks when the machine is busy.
        threading.Event().wait(0.3)
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    policy = replace(AT_ONCE, attempts=1, step_budget_s=0.1)
    adapter = odd(delayed)
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, adapter, delivered=delivered), policy=policy) as one,
    ):
        for _ in range(2):
            assert (await one.ask(about())).verification.status is DocumentStatus.VALID
        assert [thread is threading.current_thread() for thread in ran_in] == [delivered, delivered]
        assert one.health()[0].overruns == 0


async def test_code_that_waits_for_ever_is_ended_by_the_clock() -> None:
    end = threading.Event()

    def waiting(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        end.wait(60)
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    policy = RetryPolicy(attempts=1, step_budget_s=0.05)
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, odd(waiting), delivered=False), policy=policy) as one,
    ):
        assert (await one.ask(about())).verification.cause == "SW-ADP-04"
        assert one.health()[0].overruns == 1
    end.set()
