"""The progress of each line of a document's quantity at the authority, as readers see it."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.contract import Money, OrderLine, Quantity
from gateway.decisions.positions import QuantityFault, plain
from gateway.domain.decision import DocumentOutcome, QuantityLine
from gateway.domain.movement import MovementState, OwnPosition, Shown
from gateway.domain.order_lines import gathered, taken
from gateway.domain.tables.in_force import InForce

IN_DOUBT = "in_doubt"
REFUSED = "refused"
"""The reason where an authority gives none of those that have a meaning here."""

_FAULTS = frozenset(fault.value for fault in QuantityFault)
_OF_ALL_LINES = frozenset({Shown.IN_DOUBT, Shown.REFUSED, Shown.CANCELLED})


class Taken(NamedTuple):
    """The quantity that a goods item is declared to take of a certificate's line."""

    goods_item: int
    line: int | None
    declared: Decimal | None
    unit: str | None


class Gone(NamedTuple):
    """The progress of a line, why it goes no further, and how much of it is reserved or written off."""

    movement: Shown
    reason: str | None
    moved: str | None


_NOT_GONE = Gone(Shown.NONE, None, None)


def with_progress(
    documents: tuple[DocumentOutcome, ...], own_positions: Sequence[OwnPosition], tables: InForce
) -> tuple[DocumentOutcome, ...]:
    """Add to each document's quantity lines how far they have gone; nothing else of the documents changes.

    `tables` are those of the plan's day: they convert units.
    """
    by_document = {own_position.document: own_position for own_position in own_positions}
    return tuple(_with(document, by_document.get(document.key), tables) for document in documents)


def ordered(line: QuantityLine, commodity_code: str) -> OrderLine | None:
    """Return what a quantity line takes of its document, exactly as declared; None: it is not known."""
    if line.line is None or line.declared is None or line.unit is None or line.reason in _FAULTS:
        return None
    amount = None
    if line.amount is not None and line.currency is not None:
        amount = Money(value=Decimal(line.amount), currency=line.currency)
    by_value_alone = amount is not None and amount.currency == line.unit
    quantities = () if by_value_alone else (Quantity(value=Decimal(line.declared), unit=line.unit),)
    return OrderLine(
        goods_item=line.goods_item,
        certificate_line=line.line,
        commodity_code=commodity_code,
        quantities=quantities,
        amount=amount,
    )


def gone(lines: Sequence[Taken], own_position: OwnPosition | None, tables: InForce) -> list[Gone]:
    """Return how far each of a document's lines has gone, by our position with the document."""
    if own_position is None:
        return [_NOT_GONE] * len(lines)
    written_off, reserved = _Lines(own_position.holding.written_off), _Lines(own_position.holding.reserved)
    counting = _Lines(own_position.counting.lines)
    is_of_all = own_position.progress in _OF_ALL_LINES
    last = {line[:2]: index for index, line in enumerate(lines)}
    left: dict[tuple[int, int | None], Decimal | None] = {}
    found = []
    for index, line in enumerate(lines):
        off = written_off.of(line)
        held = (*off, *reserved.of(line))
        if is_of_all and (held or not own_position.counting.lines or counting.of(line)):
            movement = own_position.progress
        elif held:
            movement = Shown.WRITTEN_OFF if off else Shown.RESERVED
        else:
            found.append(_NOT_GONE)
            continue
        moved = None
        if held and line.unit is not None:
            place = line[:2]
            total = left[place] if place in left else taken(held, line.unit, tables.convert)
            if total is not None:
                part = total if last[place] == index or line.declared is None else min(total, line.declared)
                moved, total = plain(part), total - part
            left[place] = total
        found.append(Gone(movement, _reason(own_position, line), moved))
    return found


class _Lines:
    """The lines of our position with a document, indexed by the goods item and the line that a quantity is of."""

    def __init__(self, lines: Sequence[OrderLine]) -> None:
        self._by_place = gathered(lines)
        self._by_item: dict[int, list[OrderLine]] = {}
        for (item, _), there in self._by_place.items():
            self._by_item.setdefault(item, []).extend(there)

    def of(self, line: Taken) -> Sequence[OrderLine]:
        """Return the lines behind a quantity; without its certificate line all lines of its goods item."""
        if line.line is not None:
            return self._by_place.get((line.goods_item, line.line), ())
        return self._by_item.get(line.goods_item, ())


def _reason(own_position: OwnPosition, line: Taken) -> str | None:
    last = own_position.counting
    if last.open:
        return IN_DOUBT
    if last.state is not MovementState.REFUSED:
        return None
    named = last.refused_item in (None, line.goods_item) and last.refused_line in (None, line.line)
    return (last.refusal.value if last.refusal is not None else REFUSED) if named else None


def _with(document: DocumentOutcome, own_position: OwnPosition | None, tables: InForce) -> DocumentOutcome:
    lines = [
        Taken(q.goods_item, q.line, Decimal(q.declared) if q.declared is not None else None, q.unit)
        for q in document.quantity
    ]
    progress = zip(document.quantity, gone(lines, own_position, tables), strict=True)
    # A quantity that could not be judged keeps that reason.
    quantity = tuple(
        replace(line, movement=how, reason=line.reason if line.reason in _FAULTS else why, moved=moved)
        for line, (how, why, moved) in progress
    )
    return replace(document, quantity=quantity)
