"""Amounts are compared by what they are worth, cut exactly, and never taken where they are not left."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import AllocationState, Money, MovementKind, OrderLine, Quantity, ReferenceKind
from gateway.domain.movement import OwnQuantity
from gateway.domain.order_lines import same
from gateway.domain.release_parts import released_part
from gateway.quantities.reconciliation import is_left, overdrawn, own_quantity_in
from tests.quantities.lines import MRN, allocation, amount, convert, ledger, line, movement, written_off

LONG = Decimal("123456789012345678901234.567891")
"""30 digits."""


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([], [], True),
        ([line("1")], [], False),
        ([line("1000")], [line(amount("1", "TNE"))], True),
        ([line("1000")], [line(amount("1000000.000", "GRM"))], True),
        ([line("1000")], [line(amount("1.000001", "TNE"))], False),
        ([line("1")], [line(amount("1", "H87"))], False),
        ([line("1", item=1), line("2", item=2)], [line("2", item=2), line("1", item=1)], True),
        ([line("1", item=1), line("2", item=2)], [line("1", item=2), line("2", item=1)], False),
        ([line("1", number=1)], [line("1", number=2)], False),
        ([line("1"), line("1")], [line("1")], False),
        ([line("1"), line("1")], [line("2")], True),
        ([line("1"), line(amount("1", "H87"))], [line("2")], False),
        ([line("100", amount("7", "H87"))], [line(amount("7", "H87"))], True),
        ([line("100", amount("7", "H87"))], [line("100")], True),
        ([line("100", amount("7", "H87"))], [line(amount("8", "H87"))], False),
        ([line(worth="5.00")], [line(worth="5")], True),
        ([line(worth="5")], [line(worth="6")], False),
        ([line("1", worth="5")], [line("1", worth="6")], False),
        ([line("1", worth="5")], [line("2", worth="5")], False),
        ([line("1", worth="5")], [line("1")], False),
        ([line("1")], [line(worth="5")], False),
        ([line(Quantity(value=LONG, unit="KGM"))], [line(Quantity(value=LONG, unit="KGM"))], True),
        ([line(Quantity(value=LONG, unit="KGM"))], [line(Quantity(value=LONG + 0, unit="KGM"))], False),
    ],
)
def test_same(one: list[OrderLine], other: list[OrderLine], expected: bool) -> None:
    assert same(one, other, convert) is expected
    assert same(other, one, convert) is expected


def test_a_position_is_told_apart_by_kind_and_value_of_the_declaration() -> None:
    ours, used, stranger, namesake = line("1"), line("2", item=2), line("4"), line("8", item=3)
    read = ledger(
        allocation(ours),
        allocation(used, AllocationState.CONSUMED),
        allocation(stranger, value="26FR001260000002R5"),
        allocation(namesake, kind=ReferenceKind.LRN),
        allocation(namesake, AllocationState.CONSUMED, kind=ReferenceKind.LRN),
    )
    assert own_quantity_in(read, MRN) == OwnQuantity(reserved=(ours,), written_off=(used,))
    assert own_quantity_in(read, "26FR001260000003R4").empty


def part(*lines: OrderLine, **shares: str | None) -> tuple[OrderLine, ...]:
    """Cuts lines; `i1="5"` releases 5 of goods item 1, None all of it."""

    def share(line: OrderLine) -> Decimal | None:
        told = shares.get(f"i{line.goods_item}", "0")
        return None if told is None else Decimal(told)

    return released_part(lines, share)


def test_a_part_is_what_is_released_of_each_line() -> None:
    lines = line("100"), line("7", item=2), line("9", item=3)
    assert part(*lines, i1="40.5", i3=None) == (line("40.5"), line("9", item=3))


def test_the_other_measure_and_the_value_are_cut_with_the_first() -> None:
    (cut,) = part(line("3", amount("10", "H87"), worth="100"), i1="1")
    assert cut == line("1", amount("3.333333", "H87"), worth="33.333333")
    (cut,) = part(line("4", amount("10", "H87"), worth="100"), i1="1")
    assert [str(one.value) for one in cut.quantities] == ["1", "2.5"]
    assert cut.amount == Money(value=Decimal(25), currency="EUR")


def test_a_line_by_value_alone_is_cut_by_its_value() -> None:
    assert part(line(worth="100"), i1="33.33") == (line(worth="33.33"),)


_exact = st.decimals("0.000001", "1000000000000000000000000", places=6)


@given(_exact, _exact)
def test_a_part_is_exact_to_thirty_digits(whole: Decimal, share: Decimal) -> None:
    (cut,) = released_part((line(Quantity(value=whole, unit="KGM")),), lambda line: share)
    assert cut.quantities == (Quantity(value=share, unit="KGM"),)


@pytest.mark.parametrize(
    ("before", "after", "left", "expected"),
    [
        ([line("100")], [line("150")], "50", True),
        ([line("100")], [line("150.000001")], "50", False),
        ([line("100")], [line(amount("0.15", "TNE"))], "50", True),
        ([line("100")], [line(amount("150001", "GRM"))], "50", False),
        ([line("100")], [line("100")], "-30", True),
        ([line("100")], [line("99")], "-30", True),
        ([line("100")], [line("101")], "-30", False),
        ([line("60"), line("40", item=2)], [line("90"), line("10", item=3)], "0", True),
        ([line("60"), line("40", item=2)], [line("90"), line("11", item=3)], "0", False),
        ([], [line("1")], "1", True),
        ([line("1")], [line(amount("1", "H87"))], "1000", False),
        ([line("1")], [line("1"), line("1", number=2)], "1000", False),
    ],
)
def test_more_is_taken_only_where_it_is_left(
    before: list[OrderLine], after: list[OrderLine], left: str, expected: bool
) -> None:
    ordered, held = movement(MovementKind.AMEND, *after), written_off(*before)
    assert is_left(ordered, held, ledger(left={1: amount(left)}), convert) is expected


def test_what_is_left_of_the_value_counts_too() -> None:
    held = written_off(line("10", worth="100"))
    position = ledger(left={1: amount("1000")}, worth="50")
    assert is_left(movement(MovementKind.AMEND, line("10", worth="150")), held, position, convert)
    assert not is_left(movement(MovementKind.AMEND, line("10", worth="150.01")), held, position, convert)


@pytest.mark.parametrize(
    ("after", "left", "expected"),
    [
        ([line("150")], "0", False),
        ([line("150")], "-0.000001", True),
        ([line("100")], "-5", False),
        ([line("50")], "-5", False),
        ([line(amount("1", "H87"))], "5", True),
        ([line("150", number=2)], "5", True),
    ],
)
def test_below_zero_is_overdrawn_only_by_who_takes_more(after: list[OrderLine], left: str, expected: bool) -> None:
    ordered, held = movement(MovementKind.AMEND, *after), written_off(line("100"))
    assert overdrawn(ordered, held, ledger(left={1: amount(left)}), convert) is expected
