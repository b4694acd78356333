"""The part of a document's lines that a partial release takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from gateway.contract import OrderLine, Quantity
from gateway.domain.order_lines import Convert, gathered
from gateway.domain.release import ReleasedItem

PartsByItem = Mapping[int, Sequence[ReleasedItem]]
"""Goods that are released in part, by the number of their item."""


def by_item(parts: Iterable[ReleasedItem]) -> PartsByItem:
    """Group the released parts by goods item, in their order."""
    found: dict[int, list[ReleasedItem]] = {}
    for part in parts:
        found.setdefault(part.goods_item, []).append(part)
    return found


class Out(NamedTuple):
    """The quantities of a document that released goods take."""

    lines: tuple[OrderLine, ...]
    untold: frozenset[int]
    """The goods items of which a part is released that cannot be converted to the unit of their line."""


def lines_out(
    lines: Iterable[OrderLine], parts: PartsByItem, convert: Convert, written_off: Iterable[OrderLine] = ()
) -> Out:
    """Return what the released parts take of lines. A part that is not known is what is written off of its line already."""
    there = gathered(written_off)
    out: list[OrderLine] = []
    untold = set()
    for line in lines:
        known = there.get((line.goods_item, line.certificate_line), ())
        released = parts.get(line.goods_item, ())
        if not _is_counted(line, released, convert):
            out += known
            if not known:
                untold.add(line.goods_item)
        else:
            out += released_part((line,), partial(share, parts=released, convert=convert))
    return Out(tuple(out), frozenset(untold))


def share(line: OrderLine, parts: Iterable[ReleasedItem], convert: Convert) -> Decimal | None:
    """Return how much of a line's counting amount the released parts take; None: all of it."""
    total = Decimal(0)
    for entry in parts:
        if entry.goods_item != line.goods_item:
            continue
        if entry.quantity is None or entry.unit is None:
            return None
        part = convert(Quantity(value=entry.quantity, unit=entry.unit), counting(line).unit)
        if part is not None:
            total += part.value
    return None if total >= counting(line).value else total


def released_part(lines: Iterable[OrderLine], shares: Callable[[OrderLine], Decimal | None]) -> tuple[OrderLine, ...]:
    """Return the released part of lines: `shares` gives how much of a counting amount is released, None: all of it."""
    parts = []
    for line in lines:
        part = shares(line)
        if part is None:
            parts.append(line)
        elif part > 0:
            parts.append(_cut(line, part))
    return tuple(parts)


def _is_counted(line: OrderLine, parts: Iterable[ReleasedItem], convert: Convert) -> bool:
    entries = [entry for entry in parts if entry.goods_item == line.goods_item]
    if any(entry.quantity is None or entry.unit is None for entry in entries):
        return True  # all of the item
    unit = counting(line).unit
    return all(
        convert(Quantity(value=entry.quantity, unit=entry.unit), unit) is not None
        for entry in entries
        if entry.quantity is not None and entry.unit is not None
    )


def counting(line: OrderLine) -> Quantity:
    """Return the amount in which a line counts; by value alone its value, with the currency in the unit's place."""
    if line.quantities:
        return line.quantities[0]
    assert line.amount is not None
    return Quantity(value=line.amount.value, unit=line.amount.currency)


def _cut(line: OrderLine, part: Decimal) -> OrderLine:
    if not line.quantities:
        assert line.amount is not None
        return replace(line, amount=replace(line.amount, value=part))
    first = line.quantities[0]
    ratio = part / first.value
    further = tuple(replace(one, value=_exact(one.value * ratio)) for one in line.quantities[1:])
    amount = None if line.amount is None else replace(line.amount, value=_exact(line.amount.value * ratio))
    return replace(line, quantities=(replace(first, value=part), *further), amount=amount)


def _exact(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.000001")).normalize() + Decimal(0)
