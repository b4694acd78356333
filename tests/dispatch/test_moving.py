"""A movement goes out once, whatever becomes of it, and only a clear receipt counts for one."""

import asyncio
import json
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from typing import Any, cast

import pytest

from gateway.contract import Adapter, MovementKind, Receipt, ReceiptOutcome, Refusal, Request, Unavailable
from gateway.dispatch import BreakerState, Moved, RetryPolicy
from gateway.domain.verification import DocumentStatus
from tests.builders.clock import Clock
from tests.builders.processes import PATIENCE_S
from tests.dispatch.bad_answers import ANSWERS, STATUSES
from tests.dispatch.server import (
    AT_ONCE,
    MRN,
    Seen,
    about,
    always,
    dispatching,
    http,
    obeying,
    order,
    receipt,
    valid,
    wire,
)
from tests.dispatch.server import loaded as server_loaded

# The register tells positions to whoever asks; here it is believed without (`test_receipts` has the other ones).
loaded = partial(server_loaded, position=False)
RESERVE = MovementKind.RESERVE
WIRE = {
    MovementKind.RESERVE: ("PUT", "/reservations"),
    MovementKind.WRITE_OFF: ("POST", "/write-offs"),
    MovementKind.CANCEL: ("DELETE", "/reservations"),
    MovementKind.FORCE: ("PATCH", "/write-offs/force"),
    MovementKind.AMEND: ("PATCH", "/write-offs/amend"),
    MovementKind.DELETE: ("PATCH", "/write-offs/delete"),
}
DONE = Receipt(outcome=ReceiptOutcome.DONE)


class Moves:
    """An adapter whose `reserve` is a test's own."""

    def __init__(self, reserve: Callable[..., Any]) -> None:
        self.reserve = reserve


def moves(reserve: Callable[..., Any]) -> Adapter:
    return cast(Adapter, Moves(reserve))


async def silent(seen: Seen, writer: asyncio.StreamWriter) -> None:
    await asyncio.Event().wait()


def in_doubt(moved: Moved, cause: str) -> None:
    assert (moved.receipt, moved.cause, moved.sent) == (None, cause, True)
    assert len(moved.message_ids) == 1


def not_sent(moved: Moved, cause: str) -> None:
    assert (moved.receipt, moved.cause, moved.sent) == (None, cause, False)


@pytest.mark.parametrize("kind", MovementKind)
async def test_each_movement_goes_its_way_with_its_key_and_brings_its_receipt(kind: MovementKind) -> None:
    told: list[tuple[str, str]] = []
    async with wire(obeying) as server:
        more: dict[str, Any] = {"on_call": lambda adapter, outcome, seconds: told.append((adapter, outcome))}
        async with dispatching(loaded(server.url), **more) as dispatcher:
            moved = await dispatcher.move("toy", kind, order("A/1"))
            (health,) = dispatcher.health()
    assert (moved.receipt, moved.cause, moved.sent) == (DONE, None, True)
    (seen,) = server.seen
    assert (seen.method, seen.target) == (WIRE[kind][0], f"{WIRE[kind][1]}?number=A%2F1&declaration={MRN}")
    assert seen.headers["idempotency-key"] == order().key
    assert json.loads(seen.body) == [[1, 1]]
    assert moved.message_ids == (seen.headers["x-message-id"],)
    request, answer = (item.body for item in moved.evidence)
    assert request.startswith(f"{seen.method} {seen.target} HTTP/1.1\r\n".encode())
    assert answer.startswith(b"HTTP/1.1 200\r\n")
    assert told == [("toy", f"{kind.value}_done")]
    assert (health.calls, health.failures, health.in_flight) == (1, 0, 0)


async def test_a_refusal_is_a_receipt_with_the_position_that_the_authority_tells() -> None:
    raw = receipt("A/1", "TOO_MUCH", lines=[{"line": 1, "left": "-3"}])
    async with wire(always(raw)) as server, dispatching(loaded(server.url)) as dispatcher:
        moved = await dispatcher.move("toy", RESERVE, order())
    assert moved.receipt is not None
    assert (moved.receipt.outcome, moved.receipt.refusal) == (ReceiptOutcome.REFUSED, Refusal.INSUFFICIENT)
    assert moved.receipt.ledger is not None
    assert moved.receipt.ledger.lines[0].available.value == Decimal(-3)
    assert (moved.cause, moved.sent, len(server.seen)) == (None, True, 1)


@pytest.mark.parametrize("kind", [RESERVE, MovementKind.CANCEL])
@pytest.mark.parametrize("case", ANSWERS)
async def test_a_bad_answer_is_no_receipt_and_nothing_is_sent_again(case: str, kind: MovementKind) -> None:
    raw, cause = ANSWERS[case]
    async with wire(always(raw, close=True)) as server, dispatching(loaded(server.url)) as dispatcher:
        in_doubt(await dispatcher.move("toy", kind, order()), cause)
    assert [seen.method for seen in server.seen] == [WIRE[kind][0]]


@pytest.mark.parametrize(("status", "cause"), STATUSES.items())
async def test_a_status_that_the_adapter_does_not_read_is_no_receipt_and_nothing_is_sent_again(
    status: int, cause: str
) -> None:
    body = b"" if status == 304 else b"<html>"
    async with (
        wire(always(http(body, status, "Location: /elsewhere\r\n"))) as server,
        dispatching(loaded(server.url)) as dispatcher,
    ):
        moved = await dispatcher.move("toy", RESERVE, order())
    in_doubt(moved, cause)
    assert len(server.seen) == 1
    assert any(item.body.startswith(b"HTTP/1.1 %d" % status) for item in moved.evidence)


async def test_every_beginning_of_a_good_receipt_is_none() -> None:
    good = receipt("A/1")
    for end in range(len(good)):
        async with wire(always(good[:end], close=True)) as server, dispatching(loaded(server.url)) as dispatcher:
            assert (await dispatcher.move("toy", RESERVE, order())).receipt is None, good[:end]
        assert len(server.seen) == 1


@pytest.mark.parametrize(
    ("raw", "cause"),
    [
        (receipt("A/2"), "SW-ADP-04"),
        (http({"number": "A/1", "declaration": "26XX000000000002A6", "outcome": "DONE"}), "SW-ADP-04"),
        (receipt("A/1", "PERHAPS"), "SW-ADP-04"),
        (receipt("A/1", lines=None), "SW-ADP-04"),
        (receipt("A/1", lines=[{"line": 1, "left": "1"}, {"line": 1, "left": "2"}]), "SW-ADP-07"),
        (valid("A/1"), "SW-ADP-04"),
    ],
    ids=["another document", "another declaration", "an unknown outcome", "no lines", "a line twice", "a status"],
)
async def test_an_answer_that_is_not_clear_is_no_receipt(raw: bytes, cause: str) -> None:
    async with wire(always(raw)) as server, dispatching(loaded(server.url)) as dispatcher:
        in_doubt(await dispatcher.move("toy", RESERVE, order()), cause)
    assert len(server.seen) == 1


async def test_a_movement_that_cannot_be_connected_is_not_tried_again() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        async with dispatching(loaded(f"http://127.0.0.1:{free.getsockname()[1]}")) as dispatcher:
            # Nothing proves that nothing was sent: it is to be read back.
            in_doubt(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-01")
            (health,) = dispatcher.health()
    assert (health.calls, health.failures) == (1, 1)


@pytest.mark.parametrize("whose", ["the adapter's", "the dispatcher's"])
async def test_a_movement_is_over_at_the_earlier_deadline(whose: str) -> None:
    limits: dict[str, Any] = {"deadline_s": 0.2 if whose == "the adapter's" else 60.0}
    deadline_s = 60.0 if whose == "the adapter's" else 0.2
    async with (
        wire(silent) as server,
        dispatching(loaded(server.url, **limits), deadline_s=deadline_s) as dispatcher,
        asyncio.timeout(PATIENCE_S),
    ):
        in_doubt(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-01")
    assert len(server.seen) == 1


async def test_a_movement_that_is_cancelled_ends_and_leaves_its_place_to_the_next() -> None:
    arrived = asyncio.Event()

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if len(server.seen) == 1:
            arrived.set()
            await asyncio.Event().wait()
        writer.write(receipt(seen.number))

    async with wire(script) as server, dispatching(loaded(server.url, in_flight=1)) as dispatcher:
        task = asyncio.create_task(dispatcher.move("toy", RESERVE, order()))
        await arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert dispatcher.health()[0].in_flight == 0
        assert (await dispatcher.move("toy", RESERVE, order())).receipt == DONE
    assert len(server.seen) == 2


async def test_an_open_breaker_sends_nothing_and_both_questions_and_movements_open_it() -> None:
    clock = Clock()
    policy = replace(AT_ONCE, attempts=1, breaker_threshold=2, breaker_rest_s=10.0)
    async with (
        wire(always(http(b"", 503))) as server,
        dispatching(loaded(server.url), policy=policy, clock=clock) as dispatcher,
    ):
        assert (await dispatcher.ask(about())).verification.status is DocumentStatus.UNDETERMINED
        in_doubt(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-01")
        assert dispatcher.health()[0].breaker is BreakerState.OPEN
        refused = await dispatcher.move("toy", RESERVE, order())
        not_sent(refused, "SW-ADP-01")
        assert (refused.evidence, refused.message_ids) == ((), ())
        assert len(server.seen) == 2
        server.script = obeying
        clock.now += 10.0
        assert (await dispatcher.move("toy", RESERVE, order())).receipt == DONE
        assert dispatcher.health()[0].breaker is BreakerState.CLOSED


async def test_without_a_turn_in_time_nothing_is_sent() -> None:
    async with wire(silent) as server, dispatching(loaded(server.url, in_flight=1), deadline_s=0.4) as dispatcher:
        first, *others = await asyncio.gather(*(dispatcher.move("toy", RESERVE, order()) for _ in range(3)))
    in_doubt(first, "SW-ADP-01")
    for moved in others:
        not_sent(moved, "SW-ADP-00")
    assert len(server.seen) == 1


async def test_when_the_requests_of_the_minute_are_used_up_nothing_is_sent() -> None:
    async with wire(obeying) as server:
        adapter = loaded(server.url, requests_per_minute=1)
        async with dispatching(adapter, clock=Clock(), deadline_s=5.0) as dispatcher:
            assert (await dispatcher.move("toy", RESERVE, order())).receipt == DONE
            not_sent(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-00")
            assert dispatcher.health()[0].breaker is BreakerState.CLOSED
    assert len(server.seen) == 1


def returning_at_once(order: Any, occasion: Any) -> Any:
    yield from ()
    return DONE


def raising_at_once(error: Exception) -> Callable[..., Any]:
    def reserve(order: Any, occasion: Any) -> Any:
        raise error

    return reserve


def sending(*requests: Any, then: Any = DONE) -> Callable[..., Any]:
    def reserve(order: Any, occasion: Any) -> Any:
        for request in requests:
            _ = yield request
        if isinstance(then, Exception):
            raise then
        return then

    return reserve


PUT = Request(path="/x", method="PUT")
BEFORE: dict[str, tuple[Callable[..., Any], str]] = {
    "raises": (raising_at_once(ValueError("x")), "SW-ADP-04"),
    "raises that nobody is there": (raising_at_once(Unavailable("x")), "SW-ADP-04"),
    "raises in its first step": (sending(then=ValueError("x")), "SW-ADP-04"),
    "is no generator": (lambda order, occasion: DONE, "SW-ADP-04"),
    "claims a receipt that nobody gave": (returning_at_once, "SW-ADP-06"),
    "yields a text": (sending("/x"), "SW-ADP-03"),
    "yields another host": (sending(Request(path="//evil.example/x", method="PUT")), "SW-ADP-03"),
    "yields a header that is not its own": (sending(replace(PUT, headers={"Host": "x"})), "SW-ADP-03"),
}


@pytest.mark.parametrize("tier", ["conformant", "draft"])
@pytest.mark.parametrize("case", BEFORE)
async def test_an_adapter_that_fails_before_its_first_request_has_sent_nothing(case: str, tier: str) -> None:
    reserve, cause = BEFORE[case]
    async with wire(obeying) as server, dispatching(loaded(server.url, moves(reserve), tier=tier)) as dispatcher:
        not_sent(await dispatcher.move("toy", RESERVE, order()), cause)
    assert server.connections == 0


AFTER: dict[str, tuple[Callable[..., Any], int]] = {
    "raises": (sending(PUT, then=ValueError("x")), 1),
    "returns nothing": (sending(PUT, then=None), 1),
    "returns a text": (sending(PUT, then="done"), 1),
    "returns an outcome": (sending(PUT, then=ReceiptOutcome.DONE), 1),
    "refuses without a reason": (sending(PUT, then=replace(DONE, outcome=ReceiptOutcome.REFUSED)), 1),
    "does with a reason": (sending(PUT, then=replace(DONE, refusal=Refusal.STATUS)), 1),
    "yields for ever": (sending(*[PUT] * 99), 4),
}


@pytest.mark.parametrize("tier", ["conformant", "draft"])
@pytest.mark.parametrize("case", AFTER)
async def test_an_adapter_that_fails_after_its_first_request_leaves_a_doubt(case: str, tier: str) -> None:
    reserve, times = AFTER[case]
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, moves(reserve), tier=tier)) as dispatcher,
    ):
        in_doubt(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-04")
    assert len(server.seen) == times


async def test_what_fails_after_a_look_up_is_a_doubt_even_if_it_was_not_sent() -> None:
    reserve = sending(Request(path="/x"), Request(path="//evil.example/x", method="PUT"))
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, moves(reserve))) as dispatcher:
        in_doubt(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-03")
    assert [seen.method for seen in server.seen] == ["GET"]


async def test_an_adapter_that_is_disabled_sends_nothing() -> None:
    async with (
        wire(obeying) as server,
        dispatching(loaded(server.url), policy=RetryPolicy(step_budget_s=-1.0)) as dispatcher,
    ):
        not_sent(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-10")
        dispatcher.disable({"toy": datetime.now(UTC)})
        assert not dispatcher.health()[0].enabled
        not_sent(await dispatcher.move("toy", RESERVE, order()), "SW-ADP-04")
    assert server.connections == 0


CAPABLE = {
    ("verify",): frozenset[MovementKind](),
    ("verify", "quantity"): frozenset(MovementKind),
    ("usage",): frozenset({MovementKind.WRITE_OFF, MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE}),
}


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("capabilities", CAPABLE)
async def test_only_what_the_manifest_promises_is_ordered(capabilities: tuple[str, ...], kind: MovementKind) -> None:
    async with wire(obeying) as server, dispatching(loaded(server.url, capabilities=capabilities)) as dispatcher:
        moved = await dispatcher.move("toy", kind, order())
    if kind in CAPABLE[capabilities]:
        assert (moved.receipt, len(server.seen)) == (DONE, 1)
    else:
        not_sent(moved, "SW-ADP-03")
        assert server.connections == 0


async def test_nobody_to_order_from_is_not_sent() -> None:
    async with dispatching() as dispatcher:
        not_sent(await dispatcher.move("nobody", RESERVE, order()), "SW-ADP-00")


async def test_a_movement_shows_no_secret_in_its_evidence() -> None:
    request = replace(PUT, headers={"X-Signature": "s-12345678"}, body=b"key=s-12345678")
    async with wire(always(http({"you": "s-12345678"}))) as server:
        adapter = loaded(server.url, moves(sending(request)), secrets=("s-12345678",))
        async with dispatching(adapter) as dispatcher:
            moved = await dispatcher.move("toy", RESERVE, order())
    assert moved.receipt == DONE
    assert server.seen[0].body == b"key=s-12345678"
    kept = b"".join(item.body for item in moved.evidence)
    assert kept.count(b"[redacted]") == 3
    assert b"s-12345678" not in kept


async def test_an_order_is_asked_about_once_its_connection_stands_and_does_not_leave_without_a_lease() -> None:
    asked: list[int] = []
    async with wire(obeying) as server, dispatching(loaded(server.url)) as dispatcher:

        def over() -> bool:
            asked.append(server.connections)
            return False

        moved = await dispatcher.move("toy", RESERVE, order(), may_send=over)
        (health,) = dispatcher.health()
        not_sent(moved, "SW-ADP-00")
        assert (server.seen, len(asked)) == ([], 1)
        assert moved.evidence[-1].body == b"not sent: lease"
        assert (health.breaker, health.failures) == (BreakerState.CLOSED, 0)
        moved = await dispatcher.move("toy", RESERVE, order(), may_send=lambda: True)
    assert (moved.receipt, moved.sent, len(server.seen)) == (DONE, True, 1)


async def test_each_request_of_an_order_is_asked_about_and_what_left_before_is_in_doubt() -> None:
    lasts = [True, False]

    def twice(order: Any, occasion: Any) -> Any:
        yield Request(method="POST", path="/first?number=A&declaration=B")
        yield Request(method="PUT", path="/second?number=A&declaration=B")
        return DONE

    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, adapter=moves(twice))) as dispatcher:
        moved = await dispatcher.move("toy", RESERVE, order(), may_send=lambda: lasts.pop(0))
    in_doubt(moved, "SW-ADP-00")
    assert [seen.method for seen in server.seen] == ["POST"]


async def test_questions_need_no_lease_even_behind_an_order() -> None:
    async with wire(obeying) as server, dispatching(loaded(server.url)) as dispatcher:
        await dispatcher.move("toy", RESERVE, order(), may_send=lambda: False)
        asked = await dispatcher.ask(about("A/1"))
    assert asked.verification.cause != "SW-ADP-00"
    assert len(server.seen) >= 1
