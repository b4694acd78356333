"""What an authority says was done is compared with what was ordered, by the position in the receipt or by one that is read."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, cast

import pytest

from gateway.contract import (
    Adapter,
    Allocation,
    AllocationState,
    Ledger,
    LedgerLine,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Request,
    Unavailable,
)
from gateway.dispatch import Moved
from tests.dispatch.server import MRN, always, dispatching, http, loaded, order, wire

OTHER = "SW-ADP-09"
RESERVED, CONSUMED = AllocationState.RESERVED, AllocationState.CONSUMED
DONE = Receipt(outcome=ReceiptOutcome.DONE)
REFUSED = Receipt(outcome=ReceiptOutcome.REFUSED, refusal=Refusal.STATUS)


def taken(
    value: str = "5",
    unit: str = "KGM",
    *,
    state: AllocationState = RESERVED,
    whose: str = MRN,
    kind: ReferenceKind = ReferenceKind.MRN,
    item: int = 1,
    line: int = 1,
    amount: Money | None = None,
) -> Allocation:
    return Allocation(
        declaration=Reference(kind=kind, value=whose),
        state=state,
        goods_item=item,
        certificate_line=line,
        quantity=Quantity(value=Decimal(value), unit=unit),
        amount=amount,
    )


def ledger(*allocations: Allocation) -> Ledger:
    left = LedgerLine(number=1, available=Quantity(value=Decimal(1), unit="KGM"))
    return Ledger(lines=(left,), allocations=allocations)


OURS = ledger(taken())
USED = ledger(taken(state=CONSUMED))
NOTHING = ledger(taken(whose="26XX000000000002A6"))


class Moves:
    """An adapter whose orders end in one receipt, and whose position is what a test says."""

    def __init__(self, receipt: Any, position: Any) -> None:
        self._receipt, self._position = receipt, position

    def _move(self, *args: Any) -> Any:
        yield Request(path="/move", method="PUT")
        return self._receipt

    reserve = write_off = cancel = intervene = _move

    def position(self, *args: Any) -> Any:
        """Reads."""
        yield Request(path="/position")
        if isinstance(self._position, Exception):
            raise self._position
        return self._position


async def moved(
    kind: MovementKind, receipt: Any, position: Any = None, *, tells: bool = True, ordered: QuantityOrder | None = None
) -> tuple[Moved, list[str], list[str]]:
    """Orders, and gives what came of it, the requests, and what operators were told."""
    told: list[str] = []
    more: dict[str, Any] = {"on_call": lambda adapter, outcome, seconds: told.append(outcome), "convert": _convert}
    adapter = cast(Adapter, Moves(receipt, position))
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, adapter, position=tells), **more) as dispatcher,
    ):
        came = await dispatcher.move("toy", kind, ordered or order())
    return came, [seen.target for seen in server.seen], told


def _convert(quantity: Quantity, unit: str) -> Quantity | None:
    grams = {"GRM": Decimal(1), "KGM": Decimal(1000), "TNE": Decimal(1_000_000)}
    if quantity.unit == unit:
        return quantity
    if quantity.unit not in grams or unit not in grams:
        return None
    return Quantity(value=quantity.value * grams[quantity.unit] / grams[unit], unit=unit)


AGREES: dict[MovementKind, Ledger] = {
    MovementKind.RESERVE: OURS,
    MovementKind.WRITE_OFF: USED,
    MovementKind.CANCEL: NOTHING,
    MovementKind.FORCE: USED,
    MovementKind.AMEND: USED,
    MovementKind.DELETE: NOTHING,
}


def ordered(kind: MovementKind) -> QuantityOrder:
    gives_back = kind in (MovementKind.CANCEL, MovementKind.DELETE)
    return replace(order(), lines=()) if gives_back else order()


@pytest.mark.parametrize("kind", MovementKind)
async def test_a_receipt_whose_position_is_the_order_is_believed_without_another_read(kind: MovementKind) -> None:
    receipt = replace(DONE, ledger=AGREES[kind])
    came, requests, told = await moved(kind, receipt, ordered=ordered(kind))
    assert (came.receipt, came.cause, came.by_receipt_alone) == (receipt, None, False)
    assert (requests, told) == (["/move"], [f"{kind.value}_done"])


LIES: dict[str, Ledger] = {
    "less": ledger(taken("2.5")),
    "more": ledger(taken("6")),
    "a little less": ledger(taken("4.999999")),
    "nothing": ledger(),
    "another declaration's": NOTHING,
    "an LRN of the same text": ledger(taken(kind=ReferenceKind.LRN)),
    "another line": ledger(taken(line=2)),
    "another goods item": ledger(taken(item=2)),
    "another unit": ledger(taken(unit="H87")),
    "tonnes": ledger(taken(unit="TNE")),
    "written off already": USED,
    "written off besides": ledger(taken(), taken(state=CONSUMED)),
    "a line more": ledger(taken(), taken(line=2)),
    "twice": ledger(taken(), taken()),
    "with a value": ledger(taken(amount=Money(value=Decimal(1), currency="EUR"))),
}


@pytest.mark.parametrize("how", ["in the receipt", "as it is read"])
@pytest.mark.parametrize("case", LIES)
async def test_a_reservation_is_not_done_where_the_position_says_otherwise(case: str, how: str) -> None:
    # `DONE` is said, and operators are told that it is not so; the lifecycle reads the position back and settles by it.
    in_receipt = how == "in the receipt"
    receipt = replace(DONE, ledger=LIES[case]) if in_receipt else DONE
    came, requests, told = await moved(MovementKind.RESERVE, receipt, LIES[case])
    assert (came.receipt, came.cause, came.sent) == (None, OTHER, True)
    assert came.unconfirmed == (None if in_receipt else DONE)
    assert requests == (["/move"] if in_receipt else ["/move", "/position"])
    assert told[-1] == OTHER


@pytest.mark.parametrize("kind", MovementKind)
async def test_no_movement_is_believed_whose_position_is_another(kind: MovementKind) -> None:
    wrong = {OURS, USED, NOTHING, ledger(taken("2", state=CONSUMED))} - {AGREES[kind]}
    for position in wrong:
        came, _, told = await moved(kind, replace(DONE, ledger=position), ordered=ordered(kind))
        assert (came.receipt, came.cause, told) == (None, OTHER, [OTHER]), position
        came, _, told = await moved(kind, DONE, position, ordered=ordered(kind))
        assert (came.receipt, came.cause, told[-1]) == (None, OTHER, OTHER), position


async def test_the_same_quantity_in_another_unit_is_the_same() -> None:
    for one in (taken("5000", "GRM"), taken("0.005", "TNE"), taken("5.000")):
        came, _, _ = await moved(MovementKind.RESERVE, replace(DONE, ledger=ledger(one)))
        assert came.receipt is not None


async def test_a_line_by_value_is_told_in_the_quantitys_place() -> None:
    line = OrderLine(
        goods_item=1, certificate_line=1, commodity_code="04069001", amount=Money(value=Decimal(70), currency="EUR")
    )
    by_value = replace(order(), lines=(line,))
    for value, believed in (("70", True), ("69", False)):
        receipt = replace(DONE, ledger=ledger(taken(value, "EUR")))
        came, _, _ = await moved(MovementKind.RESERVE, receipt, ordered=by_value)
        assert (came.receipt is not None) is believed


@pytest.mark.parametrize("kind", MovementKind)
async def test_without_a_position_in_the_receipt_it_is_read_and_kept_as_evidence(kind: MovementKind) -> None:
    came, requests, told = await moved(kind, DONE, AGREES[kind], ordered=ordered(kind))
    assert came.receipt == replace(DONE, ledger=AGREES[kind])
    assert (requests, told) == (["/move", "/position"], [f"{kind.value}_done", "position"])
    assert len(came.message_ids) == 2
    assert b"GET /position" in b"".join(item.body for item in came.evidence)


async def test_what_there_is_none_of_need_not_be_given_back_and_that_too_is_confirmed() -> None:
    nothing = Receipt(outcome=ReceiptOutcome.NO_RECORD)
    came, requests, _ = await moved(MovementKind.CANCEL, nothing, NOTHING, ordered=ordered(MovementKind.CANCEL))
    assert (came.receipt, len(requests)) == (replace(nothing, ledger=NOTHING), 2)
    for receipt, position in ((nothing, OURS), (replace(nothing, ledger=OURS), None)):
        came, _, _ = await moved(MovementKind.CANCEL, receipt, position, ordered=ordered(MovementKind.CANCEL))
        assert (came.receipt, came.cause) == (None, OTHER)


@pytest.mark.parametrize("kind", MovementKind)
async def test_where_no_position_is_told_it_is_done_by_the_receipt_alone_and_that_is_said(kind: MovementKind) -> None:
    came, requests, _ = await moved(kind, DONE, OURS, tells=False, ordered=ordered(kind))
    assert (came.receipt, came.by_receipt_alone, requests) == (DONE, True, ["/move"])


@pytest.mark.parametrize(
    ("position", "cause"),
    [
        (Unavailable("x"), "SW-ADP-01"),
        (ValueError("x"), "SW-ADP-04"),
        (None, "SW-ADP-04"),
        (ledger(taken("1e90000000")), "SW-ADP-07"),
        (ledger(cast(Any, replace)(taken(), quantity=Quantity(value=cast(Any, 5.0), unit="KGM"))), "SW-ADP-07"),
    ],
)
async def test_where_the_position_cannot_be_read_nothing_is_done_yet(position: Any, cause: str) -> None:
    came, _, _ = await moved(MovementKind.RESERVE, DONE, position)
    assert (came.receipt, came.cause, came.sent, came.unconfirmed) == (None, cause, True, DONE)


async def test_a_refusal_that_holds_what_was_ordered_is_none() -> None:
    came, _, _ = await moved(MovementKind.RESERVE, replace(REFUSED, ledger=OURS))
    assert (came.receipt, came.cause) == (None, OTHER)
    for held in (NOTHING, ledger(taken("2"))):
        came, requests, _ = await moved(MovementKind.RESERVE, replace(REFUSED, ledger=held))
        assert (came.receipt, requests) == (replace(REFUSED, ledger=held), ["/move"])


@pytest.mark.parametrize(
    ("item", "line", "named"), [(1, 1, True), (1, None, True), (None, 1, True), (2, None, False), (1, 2, False)]
)
async def test_a_refusal_names_an_item_and_a_line_that_were_ordered(
    item: int | None, line: int | None, named: bool
) -> None:
    receipt = replace(REFUSED, goods_item=item, certificate_line=line, ledger=NOTHING)
    came, _, _ = await moved(MovementKind.RESERVE, receipt)
    assert (came.receipt, came.cause) == ((receipt, None) if named else (None, OTHER))
