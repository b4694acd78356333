"""The progress of each line of a document's quantity at the authority, as readers see it."""

from collections.abc import Iterable, Sequence
from dataclasses import replace as with_documents
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from msgspec.structs import replace

from gateway.contract import Money, OrderLine, Quantity
from gateway.decisions.own_amounts import OwnAmounts, OwnAmountsBook, PlacedLines, untouched
from gateway.decisions.positions import QuantityFault, plain
from gateway.domain.decision import Decision, DocumentOutcome, QuantityLine
from gateway.domain.facts import Facts, verification_that_counts
from gateway.domain.movement import MovementState, OwnPosition, OwnQuantity, Shown
from gateway.domain.order_lines import taken
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import Verification

IN_DOUBT = "in_doubt"
REFUSED = "refused"
"""The reason where an authority gives none of those that have a meaning here."""

_FAULTS = frozenset(fault.value for fault in QuantityFault)
_NOTHING = OwnQuantity()
_OF_ALL_LINES = frozenset({Shown.IN_DOUBT, Shown.REFUSED, Shown.CANCELLED})


class Taken(NamedTuple):
    """The quantity that a goods item is declared to take of a certificate's line."""

    goods_item: int
    line: int | None
    declared: Decimal | None
    unit: str | None
    certificate_unit: str | None = None
    """The unit of the certificate's line."""
    left: Decimal | None = None
    """The amount that its authority had left on the line for this declaration, in that unit; None: not known."""


class Gone(NamedTuple):
    """The progress of a line, why it goes no further, and how much of it is reserved or written off."""

    movement: Shown
    reason: str | None
    moved: str | None
    own: OwnAmounts


def with_progress(
    documents: tuple[DocumentOutcome, ...], own_positions: Sequence[OwnPosition], tables: InForce
) -> tuple[DocumentOutcome, ...]:
    """Add to each document's quantity lines how far they have gone; nothing else of the documents changes.

    `tables` are those of the plan's day: they convert units.
    """
    by_document = {own_position.document: own_position for own_position in own_positions}
    return tuple(_with(document, by_document.get(document.key), tables) for document in documents)


def with_times_of_reading(decision: Decision, facts: Facts) -> Decision:
    """Note on a decision's documents when each position that it rests on was read; nothing is decided from that."""
    counting: Iterable[Verification] = facts.verifications
    if facts.before:
        before = {one.key: one for one in facts.before}
        counting = [verification_that_counts(one, before.get(one.key)) for one in counting]
    read_at = {one.key: one.asked_at for one in counting if one.asked_at is not None}
    documents = tuple([_read_at(document, read_at.get(document.key)) for document in decision.documents])
    return with_documents(decision, documents=documents)


def _read_at(document: DocumentOutcome, at: datetime | None) -> DocumentOutcome:
    if at is None or not any(line.read for line in document.quantity):
        return document
    return replace(
        document, quantity=tuple([replace(line, read_at=at) if line.read else line for line in document.quantity])
    )


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
    places = [line[:2] for line in lines]
    last = {place: index for index, place in enumerate(places)}
    if own_position is None and len(last) == len(lines):
        return [Gone(Shown.NONE, None, None, untouched(line.line, line.certificate_unit, line.left)) for line in lines]
    holding = own_position.holding if own_position is not None else _NOTHING
    written_off, reserved = PlacedLines(holding.written_off), PlacedLines(holding.reserved)
    in_doubt = own_position is not None and own_position.progress is Shown.IN_DOUBT
    book = OwnAmountsBook(reserved, written_off, tables.convert, in_doubt=in_doubt)
    amounts = [
        _own(book, line, is_last=last[place] == index)
        for index, (line, place) in enumerate(zip(lines, places, strict=True))
    ]
    if own_position is None:
        return [Gone(Shown.NONE, None, None, own) for own in amounts]
    counting = own_position.counting.lines
    is_of_all = own_position.progress in _OF_ALL_LINES
    counted = PlacedLines(counting if is_of_all else ())
    left: dict[tuple[int, int | None], Decimal | None] = {}
    found = []
    for index, line in enumerate(lines):
        off = written_off.of(line.goods_item, line.line)
        held = (*off, *reserved.of(line.goods_item, line.line))
        if is_of_all and (held or not counting or counted.of(line.goods_item, line.line)):
            movement = own_position.progress
        elif held:
            movement = Shown.WRITTEN_OFF if off else Shown.RESERVED
        else:
            found.append(Gone(Shown.NONE, None, None, amounts[index]))
            continue
        moved = None
        if held and line.unit is not None:
            place = places[index]
            total = left[place] if place in left else taken(held, line.unit, tables.convert)
            if total is not None:
                part = total if last[place] == index or line.declared is None else min(total, line.declared)
                moved, total = plain(part), total - part
            left[place] = total
        found.append(Gone(movement, _reason(own_position, line), moved, amounts[index]))
    return found


def _own(book: OwnAmountsBook, line: Taken, *, is_last: bool) -> OwnAmounts:
    most = None if is_last or line.unit != line.certificate_unit else line.declared
    return book.of(line.goods_item, line.line, line.certificate_unit, most=most, left=line.left)


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
        Taken(q.goods_item, q.line, _decimal(q.declared), q.unit, q.certificate_unit, _left(q))
        for q in document.quantity
    ]
    progress = zip(document.quantity, gone(lines, own_position, tables), strict=True)
    # A quantity that could not be judged keeps that reason.
    quantity = tuple(
        replace(line, movement=how, reason=line.reason if line.reason in _FAULTS else why, moved=moved, **own._asdict())
        for line, (how, why, moved, own) in progress
    )
    return replace(document, quantity=quantity)


def _decimal(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _left(line: QuantityLine) -> Decimal | None:
    """Return what the authority had left, where its position was read."""
    return _decimal(line.certificate_available) if line.read else None
