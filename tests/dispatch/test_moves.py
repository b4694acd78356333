"""Which request of an exchange moves something, by the adapter's word, and how far that word is believed."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from gateway.contract import (
    Adapter,
    Answer,
    Certificate,
    Ledger,
    MovementKind,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Request,
    Status,
    Unavailable,
)
from gateway.dispatch import Moved
from gateway.domain.verification import DocumentStatus
from tests.dispatch.server import MRN, ONCE, Script, Seen, about, always, dispatching, http, order, wire
from tests.dispatch.server import loaded as server_loaded

DONE = Receipt(outcome=ReceiptOutcome.DONE)
REFUSED = Receipt(outcome=ReceiptOutcome.REFUSED, refusal=Refusal.STATUS)
QUERY = f"number=A%2F1&declaration={MRN}"
LOOK_UP = Request(path=f"/look-up?{QUERY}", moves=False)
MOVE = Request(path=f"/orders?{QUERY}", method="POST", moves=True)
SILENT = replace(MOVE, moves=None)


class Own:
    """An adapter whose every method is the same one."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.verify = self.position = self.reserve = method


def sending(*requests: Any, then: Any) -> Adapter:
    """An adapter that sends these requests, whatever it is asked, and returns or raises what stands behind them."""

    def method(about: Any, occasion: Any) -> Any:
        for request in requests:
            _ = yield request
        if isinstance(then, Exception):
            raise then
        return then

    return cast(Adapter, Own(method))


def dropping(target: str) -> Script:
    """A register that drops the connection at requests of that place, and says `{}` to all others."""

    async def script(seen: Seen, writer: asyncio.StreamWriter) -> None:
        if seen.target.startswith(target):
            writer.close()
        else:
            writer.write(http(b"{}"))

    return script


async def moved(script: Script, *requests: Any, then: Any = DONE, **more: Any) -> tuple[Moved, list[str]]:
    """What an exchange of these requests comes to, and the places that the register saw."""
    adapter = sending(*requests, then=then)
    async with wire(script) as server:
        async with dispatching(server_loaded(server.url, adapter, position=False)) as dispatcher:
            came = await dispatcher.move("toy", MovementKind.RESERVE, order(), **more)
        return came, [seen.target.partition("?")[0] for seen in server.seen]


GOOD = always(http(b"{}"))


async def test_a_look_up_that_fails_before_the_order_leaves_no_doubt() -> None:
    came, seen = await moved(dropping("/look-up"), LOOK_UP, MOVE)
    assert (came.receipt, came.cause, came.sent, seen) == (None, "SW-ADP-01", False, ["/look-up"])
    came, seen = await moved(GOOD, LOOK_UP, LOOK_UP, then=Unavailable("no room"))
    assert (came.receipt, came.cause, came.sent, len(seen)) == (None, "SW-ADP-01", False, 2)


async def test_an_order_that_was_on_its_way_is_in_doubt_whatever_was_looked_up_before_or_behind_it() -> None:
    for requests in ((LOOK_UP, MOVE), (MOVE,), (LOOK_UP, LOOK_UP, MOVE)):
        came, seen = await moved(dropping("/orders"), *requests)
        assert (came.receipt, came.cause, came.sent, seen[-1]) == (None, "SW-ADP-01", True, "/orders")
    came, seen = await moved(dropping("/look-up"), MOVE, LOOK_UP)
    assert (came.receipt, came.cause, came.sent, seen) == (None, "SW-ADP-01", True, ["/orders", "/look-up"])


async def test_a_request_that_does_not_say_counts_as_one_that_moves() -> None:
    came, _ = await moved(dropping("/orders"), LOOK_UP, SILENT)
    assert (came.receipt, came.sent) == (None, True)
    came, _ = await moved(dropping("/look-up"), replace(LOOK_UP, moves=None), MOVE)
    assert (came.receipt, came.sent) == (None, True)


@pytest.mark.parametrize("receipt", [REFUSED, Receipt(outcome=ReceiptOutcome.WRITTEN_OFF_ALREADY)])
async def test_an_authority_may_refuse_by_a_look_up_alone(receipt: Receipt) -> None:
    came, seen = await moved(GOOD, LOOK_UP, then=receipt)
    assert (came.receipt, came.cause, came.sent, seen) == (receipt, None, False, ["/look-up"])


async def test_what_is_done_was_moved_by_some_request() -> None:
    came, seen = await moved(GOOD, LOOK_UP, MOVE)
    assert (came.receipt, came.cause, came.sent, len(seen)) == (DONE, None, True, 2)
    # By looking up alone nothing is done: the receipt is not believed, and neither is that nothing was sent.
    came, seen = await moved(GOOD, LOOK_UP, replace(LOOK_UP, method="POST"))
    assert (came.receipt, came.cause, came.sent, len(seen)) == (None, "SW-ADP-04", True, 2)


@pytest.mark.parametrize("then", [None, "done", replace(REFUSED, refusal=None), replace(DONE, refusal=Refusal.STATUS)])
async def test_who_returns_no_receipt_is_not_believed_that_nothing_was_sent(then: Any) -> None:
    came, _ = await moved(GOOD, LOOK_UP, then=then)
    assert (came.receipt, came.cause, came.sent) == (None, "SW-ADP-04", True)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_a_method_that_changes_is_no_look_up(method: str) -> None:
    came, seen = await moved(GOOD, replace(LOOK_UP, method=method))
    assert (came.receipt, came.cause, came.sent, seen) == (None, "SW-ADP-08", False, [])
    came, seen = await moved(GOOD, replace(MOVE, method=method))
    assert (came.receipt, came.sent, seen) == (DONE, True, ["/orders"])


@pytest.mark.parametrize("said", [0, 1, "no", (), float("nan")])
async def test_it_is_said_as_what_it_is(said: Any) -> None:
    came, seen = await moved(GOOD, replace(LOOK_UP, moves=said))
    assert (came.receipt, came.cause, came.sent, seen) == (None, "SW-ADP-03", False, [])


async def test_without_a_lease_no_request_leaves_and_only_what_moves_counts() -> None:
    lasts = [True, False]
    came, seen = await moved(GOOD, LOOK_UP, MOVE, may_send=lambda: lasts.pop(0))
    assert (came.receipt, came.cause, came.sent, seen) == (None, "SW-ADP-00", False, ["/look-up"])
    lasts = [True, False]
    came, seen = await moved(GOOD, MOVE, LOOK_UP, may_send=lambda: lasts.pop(0))
    assert (came.receipt, came.cause, came.sent, seen) == (None, "SW-ADP-00", True, ["/orders"])


async def test_a_question_moves_nothing() -> None:
    certificate = Certificate(type="C999", reference="A/1", authority_status="V")
    answer = Answer(status=Status.VALID, certificate=certificate)

    async with wire(GOOD) as server:
        async with dispatching(server_loaded(server.url, sending(MOVE, then=answer)), policy=ONCE) as dispatcher:
            found = (await dispatcher.ask(about())).verification
            assert (found.status, found.cause) == (DocumentStatus.UNDETERMINED, "SW-ADP-08")
        async with dispatching(server_loaded(server.url, sending(MOVE, then=Ledger(lines=()))), policy=ONCE) as one:
            assert (await one.read_position("toy", about().query)).cause == "SW-ADP-08"
        assert server.connections == 0
        async with dispatching(server_loaded(server.url, sending(LOOK_UP, then=answer)), policy=ONCE) as dispatcher:
            assert (await dispatcher.ask(about())).verification.status is DocumentStatus.VALID
