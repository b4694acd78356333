"""The account of a declaration: what it has to hold of its documents' quantities, beside our own positions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from gateway.contract import Money, OrderLine, Quantity, ReferenceKind
from gateway.decisions.case import Dossier, OpenedCase
from gateway.decisions.positions import LinePosition, positions
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.movement import MovementKind, MovementState, OwnPosition, OwnQuantity, Shown
from gateway.domain.order_lines import gathered, in_their_years, same, taken
from gateway.domain.release_parts import Out, PartsByItem, by_item, counting, lines_out
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import DocumentRoute, QuantityMode

MOVING = frozenset({Kind.STANDARD, Kind.PRE_LODGED})
"""The kinds of declaration for which the gateway moves quantities by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """The quantity that a declaration has to hold of one document."""

    type: str
    reference: str
    adapter: str
    mode: QuantityMode
    lines: tuple[OrderLine, ...]
    """One for each goods item and line, in this order."""

    @property
    def document(self) -> DocumentKey:
        """The document."""
        return tuple.__new__(DocumentKey, (self.type, self.reference))


class Owed(NamedTuple):
    """A quantity of released goods that is not written off."""

    goods_item: int | None
    """None: what of the document is not known."""
    line: int | None
    """None: it is not known what it takes of the certificate."""
    quantity: Decimal | None
    """The quantity still to be written off; on a line by value alone the amount."""
    unit: str | None


ALL = Owed(None, None, None, None)

_WRITING_OFF = frozenset({MovementKind.WRITE_OFF, MovementKind.AMEND, MovementKind.FORCE})


class Account:
    """The input of rules about movements: the case, our own positions and what the other rules have left fit."""

    def __init__(
        self,
        file: OpenedCase,
        *,
        intended: Sequence[Intended],
        own_positions: Sequence[OwnPosition],
        held: frozenset[DocumentKey],
        refused: frozenset[int],
    ) -> None:
        self.file = file
        self.own_positions = dict(sorted([(one.document, one) for one in own_positions], key=itemgetter(0)))
        intended = [self._in_their_years(one) for one in intended]
        self.of_all = {one.document: one for one in intended}
        """The quantities that a document has to cover for all of its goods items, refused ones too."""
        of_others = [(one, tuple([line for line in one.lines if line.goods_item not in refused])) for one in intended]
        self.intended = {
            one.document: one if len(lines) == len(one.lines) else replace(one, lines=lines)
            for one, lines in of_others
            if lines
        }
        """The quantities to be held for the goods items that are not refused."""
        self.held = held
        """The documents about which another rule's finding holds or refuses already."""
        self._refused = refused

    def _in_their_years(self, one: Intended) -> Intended:
        own_position = self.own_positions.get(one.document) if one.mode is QuantityMode.ACCOUNT else None
        if own_position is None:
            return one
        return replace(one, lines=in_their_years(one.lines, own_position.holding.written_off))

    @property
    def moving(self) -> bool:
        """Whether the declaration is one for which quantities are moved, and is accepted."""
        return self.file.case.accepted and self.file.declaration.kind in MOVING

    def is_refused(self, dossier: Dossier) -> bool:
        """Whether another rule's finding refuses all goods items that a document is for: then nothing of it is reserved."""
        return all(item.number in self._refused for item in dossier.items)

    def position(self, dossier: Dossier) -> OwnPosition | None:
        """Return our position with a document; None: nothing was ever moved."""
        return self.own_positions.get(dossier.key)

    @property
    def counting(self) -> tuple[tuple[Dossier, DocumentRoute], ...]:
        """The documents whose authority keeps a position and whose quantity counts, each once."""
        return self.file.counting

    @cached_property
    def unheld(self) -> frozenset[DocumentKey]:
        """The confirmed documents whose quantity has to be reserved or written off at the authority, and is not."""
        if not self.moving:
            return frozenset()
        return frozenset(
            dossier.key
            for dossier, route in self.counting
            if route.quantity is QuantityMode.LEDGER
            and dossier.valid
            and not dossier.by_officer
            # What a trader is not told beforehand is not compared, so nobody can say what would be reserved.
            and dossier.key not in self.file.case.untold
            and (self._has_unreleased_rest if self.is_owed(dossier) else not self._is_held(dossier))
        )

    @property
    def _has_unreleased_rest(self) -> bool:
        """Whether unreleased goods are left, which are held until the released ones are written off."""
        return self.file.facts.partly and self.file.facts.parts is not None

    def is_owed(self, dossier: Dossier) -> bool:
        """Whether goods that were released with a document under a contingency window are not written off yet."""
        return bool(self.owed(dossier))

    def owed(self, dossier: Dossier) -> tuple[Owed, ...]:
        """Return the quantity of goods released with a document under a contingency window that is not written off yet.

        Nothing while a write-off of it is read back or tried again. What officers entered counts as they entered it.
        """
        if dossier.key not in self.file.released_under:
            return ()
        own_position = self.position(dossier)
        if self.file.facts.parts is None:
            return (ALL,) if own_position is None or _is_untouched(own_position) else ()
        holding = own_position.holding if own_position is not None else OwnQuantity()
        if own_position is not None and (own_position.last.open or _is_tried_again(own_position) or holding.reserved):
            return ()
        by_officer = (
            own_position is not None
            and own_position.counting.by_officer
            and not own_position.counting.refused_to_officer
        )
        if by_officer and holding.empty:
            return ()
        out = self._out(dossier, holding)
        if out is None:
            return (ALL,) if holding.empty and self._is_any_out(dossier) else ()
        return tuple(self._missing(out, holding, whole_lines=by_officer))

    def _missing(self, out: Out, holding: OwnQuantity, *, whole_lines: bool) -> Iterator[Owed]:
        """Return what is released and not written off; with `whole_lines` only of lines of which nothing is."""
        there = gathered(holding.written_off)
        for line in out.lines:
            known = there.get((line.goods_item, line.certificate_line), [])
            counts = counting(line)
            gone = taken(known, counts.unit, self.file.tables.convert) or Decimal(0)
            if counts.value > gone and not (whole_lines and known):
                yield Owed(line.goods_item, line.certificate_line, counts.value - gone, counts.unit)
        for number in sorted(out.untold):
            for entry in self._parts_by_item.get(number, ()):
                yield Owed(entry.goods_item, None, entry.quantity, entry.unit)

    def _out(self, dossier: Dossier, holding: OwnQuantity) -> Out | None:
        """Return what released goods take of a document; None: its quantity is not known."""
        route, parts = dossier.route, self.file.facts.parts
        lines = _order_lines([p for p in positions(self.file, dossier, route) if p.counts]) if route is not None else ()
        if not lines or parts is None:
            return None
        if not self.file.facts.partly:
            return Out(lines, frozenset())
        return lines_out(lines, self._parts_by_item, self.file.tables.convert, holding.written_off)

    @cached_property
    def _parts_by_item(self) -> PartsByItem:
        return by_item(self.file.facts.parts or ())

    def _is_any_out(self, dossier: Dossier) -> bool:
        out = self._parts_by_item
        return not self.file.facts.partly or any(citation.item.number in out for citation in dossier.citations)

    @cached_property
    def released_unverified(self) -> frozenset[DocumentKey]:
        """The documents of which a part is owed that the gateway writes off itself, because it has to move them for the rest.

        Left to officers: what they corrected, what is not known, what the authority refused or has otherwise than it was left.
        """
        if not self.moving or not self._has_unreleased_rest:
            return frozenset()
        return frozenset(
            dossier.key
            for dossier, _ in self.counting
            if dossier.key in self.intended
            and self.is_owed(dossier)
            and not any(one.line is None for one in self.owed(dossier))
            and self._is_as_left(self.position(dossier))
        )

    def _is_as_left(self, own_position: OwnPosition | None) -> bool:
        if own_position is None or own_position.counting.kind not in _WRITING_OFF:
            return True
        last = own_position.counting
        left = last.state is MovementState.DONE and not last.by_officer
        return left and same(own_position.holding.written_off, last.lines, self.file.tables.convert)

    def _is_held(self, dossier: Dossier) -> bool:
        own_position = self.position(dossier)
        if own_position is None or own_position.last.open:
            return False
        if self.file.facts.released and own_position.holding.written_off:
            return True
        return self.takes_intended(own_position)

    def takes_intended(self, own_position: OwnPosition) -> bool:
        """Whether all that is intended of a document, and nothing else, is reserved or written off; what refused goods would take may be."""
        document = own_position.document
        found = (one for one in (self.intended.get(document), self.of_all.get(document)) if one is not None)
        return any(takes_exactly(own_position.holding, one.lines, self.file.tables) for one in found)


def _is_untouched(own_position: OwnPosition) -> bool:
    by_officer = own_position.counting.by_officer and not own_position.counting.refused_to_officer
    return own_position.holding.empty and own_position.progress in (Shown.NONE, Shown.CANCELLED) and not by_officer


def _is_tried_again(own_position: OwnPosition) -> bool:
    return own_position.counting.state is MovementState.NOT_DONE and own_position.counting.kind in _WRITING_OFF


def intend(file: OpenedCase, unfit: frozenset[DocumentKey]) -> tuple[Intended, ...]:
    """Compute what an accepted declaration has to hold of each document that is fit.

    Fit is a document that its authority confirms, about which no finding holds or refuses, and whose quantity is known
    on every goods item where it counts. One that is not fit is missing here: what is held of it stays as it is.

    A supplementary declaration tells accounts alone, and those that the declaration before it did not: its goods are out.
    """
    supplementary = file.declaration.kind is Kind.SUPPLEMENTARY
    if not file.case.accepted or not (supplementary or file.declaration.kind in MOVING):
        return ()
    orderable = {
        requirement.document.key
        for requirement in file.case.plan.requirements
        if is_office(requirement.query.customs_office)
        and requirement.query.declaration is not None
        and requirement.query.declaration.kind is ReferenceKind.MRN
    }
    count_of: dict[DocumentKey, int] = {}
    for dossier in file.dossiers:
        count_of[dossier.key] = count_of.get(dossier.key, 0) + 1
    found = []
    for dossier, route in file.counting:
        fit = dossier.valid and not dossier.by_officer and count_of[dossier.key] == 1 and dossier.key not in unfit
        if not fit or dossier.key not in orderable:
            continue
        if supplementary and (route.quantity is not QuantityMode.ACCOUNT or dossier.key in file.moved_before):
            continue
        lines = _order_lines([p for p in positions(file, dossier, route) if p.counts])
        adapter = dossier.document.adapter
        if lines and adapter is not None:
            found.append(
                Intended(
                    type=dossier.key.type,
                    reference=dossier.key.reference,
                    adapter=adapter,
                    mode=route.quantity,
                    lines=lines,
                )
            )
    return tuple(found)


def is_office(office: str | None) -> bool:
    """Whether this names a customs office: 1 to 8 letters and digits."""
    return office is not None and 1 <= len(office) <= 8 and office.isascii() and office.isalnum()


def _order_lines(counted: Sequence[LinePosition]) -> tuple[OrderLine, ...]:
    """Return one line for each goods item and certificate line; none if any quantity of the document is not known."""
    taken: dict[tuple[int, int], list[LinePosition]] = {}
    for position in counted:
        left = position.available
        if position.fault is not None or position.line is None or position.declared is None or left is None:
            return ()
        if position.declared.unit != left.unit or position.declared.value <= 0:
            return ()
        taken.setdefault((position.citation.item.number, position.line), []).append(position)
    return tuple(_order_line(place, together) for place, together in sorted(taken.items()))


def _order_line(place: tuple[int, int], together: Sequence[LinePosition]) -> OrderLine:
    first = together[0]
    quantities: tuple[Quantity, ...] = ()
    if not first.by_value_alone:
        quantities = (_summed([position.declared for position in together if position.declared is not None]),)
        if first.other is not None and all(position.other == first.other for position in together):
            quantities = (*quantities, first.other)  # the item states it once, for all of its goods
    amounts = [position.amount for position in together if position.amount is not None]
    amount = None
    if amounts:
        amount = Money(value=sum((one.value for one in amounts), Decimal(0)), currency=amounts[0].currency)
    return OrderLine(
        goods_item=place[0],
        certificate_line=place[1],
        commodity_code=first.citation.item.commodity_code,
        quantities=quantities,
        amount=amount,
    )


def _summed(quantities: Sequence[Quantity]) -> Quantity:
    if len(quantities) == 1:
        return quantities[0]
    return Quantity(value=sum((quantity.value for quantity in quantities), Decimal(0)), unit=quantities[0].unit)


def takes_exactly(holding: OwnQuantity, lines: Sequence[OrderLine], tables: InForce) -> bool:
    """Whether what is reserved and written off together is exactly these lines, units converted."""
    return same((*holding.reserved, *holding.written_off), lines, tables.convert)
