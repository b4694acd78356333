"""The quantities on order lines: their sums, and whether two sets of lines take the same."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from decimal import Decimal

from gateway.contract import Allocation, OrderLine, Quantity

Convert = Callable[[Quantity, str], Quantity | None]
"""Gives a quantity in another Rec 20 unit; None: the two do not convert."""


def unconverted(quantity: Quantity, unit: str) -> Quantity | None:
    """Return a quantity in its own unit, and in no other."""
    return quantity if quantity.unit == unit else None


Place = tuple[int, int]
"""A goods item and the line of the document that it draws on."""


def taken(lines: Iterable[OrderLine], unit: str, convert: Convert) -> Decimal | None:
    """Return the sum of lines in a unit, or in a currency where they count by value alone; None: it is not known."""
    total: Decimal | None = None
    for line in lines:
        value = _value_in(line, unit, convert)
        if value is None:
            return None
        total = value if total is None else total + value
    return Decimal(0) if total is None else total


def unit_of(line: OrderLine) -> str | None:
    """Return the unit that a line is counted in, or its currency where it counts by value alone; None: it states neither."""
    if line.quantities:
        return line.quantities[0].unit
    return line.amount.currency if line.amount is not None else None


def worth(lines: Iterable[OrderLine], currency: str) -> Decimal | None:
    """Return the value that lines take together; None: some of it is not known in that currency."""
    total = Decimal(0)
    for line in lines:
        if line.amount is not None and line.amount.currency == currency:
            total += line.amount.value
        elif line.amount is None and line.quantities and line.quantities[0].unit == currency:
            total += line.quantities[0].value  # as an authority tells of a line by value alone
        else:
            return None
    return total


def same(one: Iterable[OrderLine], other: Iterable[OrderLine], convert: Convert) -> bool:
    """Whether two sets of lines take the same from the same lines for the same goods items, units converted."""
    one, other = tuple(one), tuple(other)
    if one == other:
        return True
    mine, theirs = gathered(one), gathered(other)
    return mine.keys() == theirs.keys() and all(_same(lines, theirs[place], convert) for place, lines in mine.items())


def as_line(allocation: Allocation) -> OrderLine:
    """Return the line that an authority reports for a declaration, as an order would state it."""
    return OrderLine(
        goods_item=allocation.goods_item,
        certificate_line=allocation.certificate_line,
        commodity_code=allocation.commodity_code or "",
        quantities=(allocation.quantity,),
        amount=allocation.amount,
    )


def by_value(lines: Iterable[OrderLine], ordered: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    """Move the value of a line by value, which an authority reports as its quantity, to where the order has it."""
    places = {(line.goods_item, line.certificate_line): line for line in ordered}
    restated = []
    for line in lines:
        order = places.get((line.goods_item, line.certificate_line))
        if order is not None and not order.quantities and order.amount is not None and line.quantities:
            (quantity, *_) = line.quantities
            if quantity.unit == order.amount.currency:
                line = replace(line, quantities=(), amount=replace(order.amount, value=quantity.value))
        restated.append(line)
    return tuple(restated)


def in_their_years(lines: Iterable[OrderLine], taken_before: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    """Return lines of an account with what was taken of other years left there: the rest is taken of the year that they name.

    Where less is to be taken than other years have, the latest of them gives it back.
    """
    before = [line for line in taken_before if line.quantities]
    found: list[OrderLine] = []
    for line in lines:
        (quantity, *_) = line.quantities
        rest = quantity.value
        others = [
            one for one in before if one.goods_item == line.goods_item and one.certificate_line != line.certificate_line
        ]
        for one in sorted(others, key=lambda other: other.certificate_line):
            kept = min(one.quantities[0].value, rest)
            if kept > 0:
                found.append(replace(one, quantities=(replace(quantity, value=kept),)))
            rest -= kept
        if rest > 0:
            found.append(replace(line, quantities=(replace(quantity, value=rest),)))
    return tuple(found)


def gathered(lines: Iterable[OrderLine]) -> dict[Place, list[OrderLine]]:
    """Group lines by goods item and line of the document."""
    found: dict[Place, list[OrderLine]] = {}
    for line in lines:
        found.setdefault((line.goods_item, line.certificate_line), []).append(line)
    return found


def _same(mine: list[OrderLine], theirs: list[OrderLine], convert: Convert) -> bool:
    both = mine + theirs
    currencies = {line.amount.currency for line in both if line.amount is not None}
    by_value = len(currencies) == 1
    if currencies:
        values = [worth(lines, currency) for lines in (mine, theirs) for currency in currencies]
        if not by_value or values[0] != values[1] or values[0] is None:
            return False
    if not any(line.quantities for line in mine) or not any(line.quantities for line in theirs):
        return by_value
    # Either may state a line's other measure beside: one in which both are known decides.
    for unit in dict.fromkeys([quantity.unit for line in both for quantity in line.quantities]):
        ours, others = taken(mine, unit, convert), taken(theirs, unit, convert)
        if ours is not None and others is not None:
            return ours == others
    return False


def _value_in(line: OrderLine, unit: str, convert: Convert) -> Decimal | None:
    for quantity in line.quantities:
        if quantity.unit == unit:
            return quantity.value
        converted = convert(quantity, unit)
        if converted is not None:
            return converted.value
    if not line.quantities and line.amount is not None and line.amount.currency == unit:
        return line.amount.value
    return None
