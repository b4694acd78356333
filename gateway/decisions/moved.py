"""How far each line of a document's quantity has gone at the authority, as readers are shown it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from gateway.contract import Money, OrderLine, Quantity
from gateway.decisions.account import gathered, taken
from gateway.decisions.quantity import QuantityFault, shown
from gateway.domain.decision import DocumentOutcome, QuantityLine
from gateway.domain.in_force import InForce
from gateway.domain.movement import MovementState, Shown, Standing

Place = tuple[int, int | None]
"""A goods item, and the certificate's line that it draws on."""

IN_DOUBT = "in_doubt"
REFUSED = "refused"
"""The reason where an authority gives none of those that have a meaning here."""

_FAULTS = frozenset(fault.value for fault in QuantityFault)
_OF_ALL_LINES = frozenset({Shown.IN_DOUBT, Shown.REFUSED, Shown.CANCELLED})


def with_standings(
    documents: tuple[DocumentOutcome, ...], standings: Sequence[Standing], tables: InForce
) -> tuple[DocumentOutcome, ...]:
    """Shows on each document's quantity lines how far they have gone; nothing else of the documents changes."""
    by_document = {standing.document: standing for standing in standings}
    return tuple(
        _with(document, by_document.get((document.type, document.reference)), tables) for document in documents
    )


def ordered(line: QuantityLine, commodity_code: str) -> OrderLine | None:
    """Gives what a quantity line takes of its document, exactly as declared; None: it is not known."""
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


def _with(document: DocumentOutcome, standing: Standing | None, tables: InForce) -> DocumentOutcome:
    if not document.quantity:
        return document
    if standing is None:
        lines = tuple(_as(line, Shown.NONE, None, None) for line in document.quantity)
    else:
        lines = tuple(_lines(document.quantity, standing, tables))
    return document if lines == document.quantity else replace(document, quantity=lines)


def _lines(quantity: Sequence[QuantityLine], standing: Standing, tables: InForce) -> list[QuantityLine]:
    gone, reserved = gathered(standing.holding.written_off), gathered(standing.holding.reserved)
    told_of_all = standing.shown in _OF_ALL_LINES
    places = [(line.goods_item, line.line) for line in quantity]
    last = {place: index for index, place in enumerate(places)}
    left: dict[Place, Decimal | None] = {}
    told = []
    for index, (line, place) in enumerate(zip(quantity, places, strict=True)):
        written_off = _there(gone, place)
        held = written_off + _there(reserved, place)
        movement, reason, moved = Shown.NONE, None, None
        if held:
            movement = Shown.WRITTEN_OFF if written_off else Shown.RESERVED
        if told_of_all and (held or _is_ordered(standing, place)):
            movement = standing.shown
        if movement is not Shown.NONE:
            reason = _reason(standing, line)
        if held and line.unit is not None:
            if place not in left:
                left[place] = taken(held, line.unit, tables)
            part = _part(line, left[place], is_last=last[place] == index)
            if part is not None:
                left[place] = (left[place] or Decimal(0)) - part
                moved = shown(part)
        told.append(_as(line, movement, reason, moved))
    return told


def _there(lines: Mapping[tuple[int, int], list[OrderLine]], place: Place) -> list[OrderLine]:
    """A certificate's line that is not known any more stands for all that its goods item takes."""
    item, number = place
    if number is not None:
        return lines.get((item, number), [])
    return [line for (taker, _), there in lines.items() if taker == item for line in there]


def _is_ordered(standing: Standing, place: Place) -> bool:
    return not standing.last.lines or bool(_there(gathered(standing.last.lines), place))


def _part(line: QuantityLine, left: Decimal | None, *, is_last: bool) -> Decimal | None:
    """What of all that is held for a place falls on one of its citations, in their order; the last one has the rest."""
    if left is None or is_last or line.declared is None:
        return left
    return min(left, Decimal(line.declared))


def _reason(standing: Standing, line: QuantityLine) -> str | None:
    last = standing.last
    if last.open:
        return IN_DOUBT
    if last.state is not MovementState.REFUSED:
        return None
    named = last.refused_item in (None, line.goods_item) and last.refused_line in (None, line.line)
    return (last.refusal.value if last.refusal is not None else REFUSED) if named else None


def _as(line: QuantityLine, movement: Shown, reason: str | None, moved: str | None) -> QuantityLine:
    """A quantity that could not be judged keeps that reason."""
    kept = line.reason if line.reason in _FAULTS else reason
    if (line.movement, line.reason, line.moved) == (movement, kept, moved):
        return line
    return QuantityLine(
        goods_item=line.goods_item,
        line=line.line,
        declared=line.declared,
        unit=line.unit,
        available=line.available,
        movement=movement,
        reason=kept,
        moved=moved,
        amount=line.amount,
        currency=line.currency,
    )
