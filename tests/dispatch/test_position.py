"""A quantity position is read like a question; what an authority pushes is read without asking anybody."""

import asyncio
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any, cast

import pytest

from gateway.contract import Adapter, Change, Ledger, Request, RequestRejected, UnexpectedAnswer
from gateway.dispatch import PositionRead, RetryPolicy
from gateway.domain.adapter_switch import OverrunKind
from tests.dispatch.server import Seen, about, always, dispatching, http, loaded, wire

QUERY = about().query
LINES = [{"line": 1, "left": "12"}, {"line": 2, "left": "-3"}]
POSITION = http({"number": "A/1", "lines": LINES})


class Own:
    """An adapter whose `position` and `read_notification` are a test's own."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.position = self.read_notification = method


def own(method: Callable[..., Any]) -> Adapter:
    return cast(Adapter, Own(method))


def not_known(read: PositionRead, cause: str) -> None:
    assert (read.ledger, read.cause) == (None, cause)


async def test_a_position_is_read_with_its_evidence_below_zero_too() -> None:
    told: list[str] = []
    more: dict[str, Any] = {"on_call": lambda adapter, outcome, seconds: told.append(outcome)}
    async with wire(always(POSITION)) as server, dispatching(loaded(server.url), **more) as dispatcher:
        read = await dispatcher.read_position("toy", QUERY)
    assert read.ledger is not None
    assert [line.available.value for line in read.ledger.lines] == [Decimal(12), Decimal(-3)]
    assert (read.cause, told) == (None, ["position"])
    (seen,) = server.seen
    assert (seen.method, seen.target) == ("GET", "/positions?number=A%2F1")
    assert read.message_ids == (seen.headers["x-message-id"],)
    assert [item.body.split(b" ")[0] for item in read.evidence] == [b"GET", b"HTTP/1.1"]


async def test_a_position_is_asked_for_again_with_a_new_occasion() -> None:
    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        writer.write(POSITION if len(server.seen) == 3 else http(b"", 503))

    async with wire(script) as server, dispatching(loaded(server.url)) as dispatcher:
        read = await dispatcher.read_position("toy", QUERY)
    assert read.ledger is not None
    assert len(set(read.message_ids)) == 3
    assert len({seen.headers["x-nonce"] for seen in server.seen}) == 3


@pytest.mark.parametrize(
    ("raw", "cause", "times"),
    [
        (http(b"", 503), "SW-ADP-01", 3),
        (http(b"", 403), "SW-ADP-02", 1),
        (http(b"", 404), "SW-ADP-03", 1),
        (http(b"<html>"), "SW-ADP-04", 1),
        (http({"number": "A/2", "lines": LINES}), "SW-ADP-04", 1),
        (http({"number": "A/1"}), "SW-ADP-04", 1),
        (http({"number": "A/1", "lines": [*LINES, *LINES]}), "SW-ADP-07", 1),
    ],
)
async def test_a_position_that_is_not_clear_is_not_known(raw: bytes, cause: str, times: int) -> None:
    async with wire(always(raw)) as server, dispatching(loaded(server.url)) as dispatcher:
        read = await dispatcher.read_position("toy", QUERY)
    not_known(read, cause)
    assert (len(server.seen), len(read.message_ids)) == (times, times)


NO_POSITIONS: list[Any] = [None, (), {}, "12"]


@pytest.mark.parametrize(
    ("value", "cause"),
    [*((value, "SW-ADP-04") for value in NO_POSITIONS), (cast(Any, Ledger)(lines=None), "SW-ADP-07")],
)
async def test_what_is_no_position_is_not_an_empty_one(value: Any, cause: str) -> None:
    def position(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        return value

    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url, own(position))) as dispatcher:
        not_known(await dispatcher.read_position("toy", QUERY), cause)


@pytest.mark.parametrize("capability", ["quantity", "usage"])
async def test_a_position_is_read_where_reservations_are_kept_and_where_usage_is_told(capability: str) -> None:
    adapter: dict[str, Any] = {"capabilities": (capability,)}
    async with wire(always(POSITION)) as server, dispatching(loaded(server.url, **adapter)) as dispatcher:
        assert (await dispatcher.read_position("toy", QUERY)).ledger is not None


async def test_where_there_is_no_position_nobody_is_asked() -> None:
    adapter: dict[str, Any] = {"capabilities": ("verify",)}
    async with wire(always(POSITION)) as server, dispatching(loaded(server.url, **adapter)) as dispatcher:
        not_known(await dispatcher.read_position("toy", QUERY), "SW-ADP-03")
        not_known(await dispatcher.read_position("nobody", QUERY), "SW-ADP-00")
    assert server.connections == 0


def pushed(body: bytes) -> Request:
    return Request(path="", method="POST", body=body)


async def test_what_an_authority_pushed_is_read_and_nobody_is_asked() -> None:
    async with wire(always(POSITION)) as server, dispatching(loaded(server.url)) as dispatcher:
        changes = await dispatcher.read_notification("toy", pushed(b'{"changed": ["A/1", "A/2"]}'))
    assert changes == (Change(type="C999", reference="A/1"), Change(type="C999", reference="A/2"))
    assert server.connections == 0


@pytest.mark.parametrize("body", [b"", b"<x/>", b'{"changed": [7]}', b"[" * 100_000])
async def test_a_push_that_its_adapter_does_not_know_is_none(body: bytes) -> None:
    async with dispatching(loaded("http://127.0.0.1:9")) as dispatcher:
        with pytest.raises(UnexpectedAnswer):
            await dispatcher.read_notification("toy", pushed(body))


@pytest.mark.parametrize(
    "value", [None, [Change(type="C999", reference="A/1")], ("A/1",), (cast(Any, Change)(type="C999", reference=None),)]
)
async def test_what_is_no_list_of_changes_is_none(value: Any) -> None:
    async with dispatching(loaded("http://127.0.0.1:9", own(lambda request: value))) as dispatcher:
        with pytest.raises(UnexpectedAnswer):
            await dispatcher.read_notification("toy", pushed(b"x"))


async def test_an_authoritys_push_reaches_documents_of_its_own_types_alone() -> None:
    ours, others = Change(type="C999", reference="A/1"), Change(type="C690", reference="A/1")
    for pushed_ones, taken in (((others, ours, others), (ours,)), ((), ())):
        async with dispatching(loaded("http://127.0.0.1:9", own(lambda request, some=pushed_ones: some))) as dispatcher:
            assert await dispatcher.read_notification("toy", pushed(b"x")) == taken
    async with dispatching(loaded("http://127.0.0.1:9", own(lambda request: (others,)))) as dispatcher:
        with pytest.raises(UnexpectedAnswer):
            await dispatcher.read_notification("toy", pushed(b"x"))


async def test_code_that_spins_over_a_large_push_costs_itself() -> None:
    def spinning(request: Request) -> Any:
        end = time.thread_time() + 1.0
        while time.thread_time() < end:
            pass
        return ()

    policy, overruns = RetryPolicy(step_budget_s=0.1), list[tuple[str, str | None, OverrunKind]]()
    adapter = loaded("http://127.0.0.1:9", own(spinning))
    noted = dispatching(adapter, policy=policy, on_overrun=lambda *overrun: overruns.append(overrun))
    async with noted as dispatcher:
        with pytest.raises(UnexpectedAnswer):
            await dispatcher.read_notification("toy", pushed(b"x" * 1_020_000))
        assert overruns == [("toy", None, OverrunKind.LATE)]


async def test_a_push_that_no_adapter_reads_is_rejected() -> None:
    async with dispatching(loaded("http://127.0.0.1:9", capabilities=("verify",))) as dispatcher:
        for name in ("toy", "nobody"):
            with pytest.raises(RequestRejected):
                await dispatcher.read_notification(name, pushed(b'{"changed": []}'))
