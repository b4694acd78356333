"""A receipt settles a movement only if it says all; a position settles it always."""

import pytest
from msgspec import structs

from gateway.contract import AllocationState, MovementKind, OrderLine, Receipt, ReceiptOutcome, Refusal
from gateway.domain.movement import Movement, MovementState, OwnQuantity, own_positions
from gateway.quantities.reconciliation import differs, in_doubt, reconciled_with_position, reconciled_with_receipt
from tests.quantities.lines import AT, allocation, amount, convert, ledger, line, movement, reserved, written_off

RESERVE, WRITE_OFF, CANCEL, FORCE, AMEND, DELETE = MovementKind
LINES = (line("100"), line("0.4", item=2))
AFTER = {
    RESERVE: reserved(*LINES),
    WRITE_OFF: written_off(*LINES),
    FORCE: written_off(*LINES),
    AMEND: written_off(*LINES),
    CANCEL: OwnQuantity(),
    DELETE: OwnQuantity(),
}
HELD = {
    "nothing": OwnQuantity(),
    "reserved": reserved(*LINES),
    "written off": written_off(*LINES),
    "otherwise": reserved(line("7")),
}


def order(kind: MovementKind) -> Movement:
    return movement(kind, *(() if kind in (CANCEL, DELETE) else LINES), cause="SW-ADP-01")


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("outcome", [one for one in ReceiptOutcome if one is not ReceiptOutcome.REFUSED])
def test_a_receipt_without_a_refusal(kind: MovementKind, outcome: ReceiptOutcome) -> None:
    receipt = Receipt(outcome=outcome, authority_code="01", status_changed=True)
    settled = reconciled_with_receipt(order(kind), receipt, reserved(*LINES), AT)
    if outcome is ReceiptOutcome.DONE or (kind is CANCEL and outcome is ReceiptOutcome.NO_RECORD):
        assert settled is not None
        assert (settled.state, settled.holding) == (MovementState.DONE, AFTER[kind])
        assert (settled.settled_at, settled.authority_code, settled.status_changed) == (AT, "01", True)
        assert settled.cause is None
    else:
        assert settled is None


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("refusal", Refusal)
def test_a_refusal_with_the_position_says_what_is_held_in_spite_of_it(kind: MovementKind, refusal: Refusal) -> None:
    held = line("7")
    receipt = Receipt(
        outcome=ReceiptOutcome.REFUSED,
        refusal=refusal,
        goods_item=2,
        certificate_line=1,
        authority_code="05",
        ledger=ledger(allocation(held), allocation(held, value="26FR001260000009R9")),
    )
    settled = reconciled_with_receipt(order(kind), receipt, reserved(*LINES), AT)
    assert settled is not None
    assert (settled.state, settled.refusal, settled.holding) == (MovementState.REFUSED, refusal, reserved(held))
    assert (settled.refused_item, settled.refused_line, settled.authority_code) == (2, 1, "05")


@pytest.mark.parametrize("kind", MovementKind)
def test_a_refusal_without_a_position_settles_only_who_held_nothing(kind: MovementKind) -> None:
    receipt = Receipt(outcome=ReceiptOutcome.REFUSED, refusal=Refusal.LINE)
    settled = reconciled_with_receipt(order(kind), receipt, OwnQuantity(), AT)
    assert settled is not None
    assert (settled.state, settled.holding) == (MovementState.REFUSED, OwnQuantity())
    assert reconciled_with_receipt(order(kind), receipt, reserved(*LINES), AT) is None


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("held", HELD)
def test_a_position_says_done_just_where_it_is_what_was_ordered(kind: MovementKind, held: str) -> None:
    settled = reconciled_with_position(order(kind), HELD[held], AT, convert)
    expected = MovementState.DONE if HELD[held] == AFTER[kind] else MovementState.NOT_DONE
    assert (settled.state, settled.holding, settled.settled_at) == (expected, HELD[held], AT)
    assert settled.cause == (None if expected is MovementState.DONE else "SW-ADP-01")


@pytest.mark.parametrize("kind", MovementKind)
@pytest.mark.parametrize("held", HELD)
def test_a_position_behind_an_unclear_receipt_says_refused_where_it_is_not_what_was_ordered(
    kind: MovementKind, held: str
) -> None:
    receipt = Receipt(outcome=ReceiptOutcome.NO_RECORD, authority_code="02")
    settled = reconciled_with_position(order(kind), HELD[held], AT, convert, receipt)
    done = HELD[held] == AFTER[kind]
    assert settled.state is (MovementState.DONE if done else MovementState.REFUSED)
    assert settled.holding == HELD[held]
    assert settled.authority_code == (None if done else "02")


@pytest.mark.parametrize(
    ("told", "done"),
    [
        ((line(amount("0.1", "TNE")), line(amount("400", "GRM"), item=2)), True),
        ((line("0.4", item=2), line("100.000")), True),
        ((line("100"), line("0.4", item=2), line("1", item=3)), False),
        ((line("100"),), False),
        ((line("100"), line("0.5", item=2)), False),
    ],
)
def test_a_position_in_other_units_is_told_in_the_words_of_the_order(told: tuple[OrderLine, ...], done: bool) -> None:
    settled = reconciled_with_position(order(RESERVE), reserved(*told), AT, convert)
    assert settled.state is (MovementState.DONE if done else MovementState.NOT_DONE)
    assert settled.holding == reserved(*(LINES if done else told))


def test_what_is_reserved_beside_a_write_off_is_not_what_was_ordered() -> None:
    holding = OwnQuantity(reserved=LINES, written_off=LINES)
    for kind in MovementKind:
        assert reconciled_with_position(order(kind), holding, AT, convert).state is MovementState.NOT_DONE


def test_a_line_by_value_is_told_in_the_quantity_s_place() -> None:
    by_value = movement(RESERVE, line(worth="50"))
    settled = reconciled_with_position(by_value, reserved(line(amount("50.00", "EUR"))), AT, convert)
    assert (settled.state, settled.holding) == (MovementState.DONE, reserved(line(worth="50")))
    settled = reconciled_with_position(by_value, reserved(line(amount("51", "EUR"))), AT, convert)
    assert settled.state is MovementState.NOT_DONE


def test_a_doubt_counts_its_looks_and_says_why() -> None:
    doubted = in_doubt(in_doubt(order(RESERVE), "SW-ADP-04"), None)
    assert (doubted.state, doubted.looks, doubted.doubted, doubted.cause) == (MovementState.IN_DOUBT, 2, True, None)
    assert doubted.open


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (reserved(*LINES), False),
        (reserved(line(amount("0.1", "TNE")), line(amount("400", "GRM"), item=2)), False),
        (reserved(line("100")), True),
        (written_off(*LINES), True),
        (OwnQuantity(), True),
    ],
)
def test_another_position_than_the_movements_left_is_noticed(read: OwnQuantity, expected: bool) -> None:
    done = movement(RESERVE, *LINES, state=MovementState.DONE, holding=reserved(*LINES))
    (own_position,) = own_positions([done])
    assert differs(own_position, read, convert) is expected


def test_the_state_of_an_allocation_is_what_it_is() -> None:
    receipt = Receipt(
        outcome=ReceiptOutcome.REFUSED,
        refusal=Refusal.WRITTEN_OFF,
        ledger=ledger(allocation(line("5"), AllocationState.CONSUMED)),
    )
    settled = reconciled_with_receipt(order(RESERVE), receipt, OwnQuantity(), AT)
    assert settled is not None
    assert settled.holding == written_off(line("5"))


def test_a_status_that_changed_with_the_first_half_stays_said_after_the_second() -> None:
    half = structs.replace(order(MovementKind.WRITE_OFF), status_changed=True)
    receipt = Receipt(outcome=ReceiptOutcome.DONE, authority_code="01")
    settled = reconciled_with_receipt(half, receipt, reserved(*LINES), AT)
    assert settled is not None
    assert settled.status_changed


def test_a_write_off_that_was_taken_back_still_says_that_the_status_changed() -> None:
    held = structs.replace(
        order(MovementKind.WRITE_OFF), number=1, state=MovementState.DONE, holding=OwnQuantity(written_off=LINES)
    )
    back = structs.replace(
        order(MovementKind.AMEND), number=2, state=MovementState.REFUSED, status_changed=True, holding=held.holding
    )
    (own_position,) = own_positions((held, back))
    assert own_position.used_under_change
    assert own_position.status_changed
    (plain,) = own_positions((held, structs.replace(back, status_changed=False)))
    assert not plain.used_under_change
