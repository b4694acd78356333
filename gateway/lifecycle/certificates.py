"""Certificates: who draws on a document, what its authority said of it last, and whether that agrees with what is known here."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from gateway.contract import Allocation, AllocationState, Ledger, MovementKind, OrderLine, ReferenceKind
from gateway.domain.decision import DocumentOutcome
from gateway.domain.document import DocumentKey
from gateway.domain.identity import IdentitiesOf
from gateway.domain.movement import MovementState, OwnPosition, OwnQuantity, Shown, own_positions
from gateway.domain.order_lines import as_line, taken, unconverted
from gateway.domain.record import Record
from gateway.domain.verification import Verification, VerifiedBy
from gateway.store import CitingDeclaration, Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDrawn:
    """The share of a declaration in one line of a document; None: not known, and never zero in its place."""

    line: int
    unit: str
    declared: Decimal | None
    reserved: Decimal | None
    written_off: Decimal | None
    told_reserved: Decimal | None
    """The amount that the authority has reserved for it, by its answer after the last order."""
    told_written_off: Decimal | None

    @property
    def agrees(self) -> bool | None:
        """Whether both have the same; None: one of them is not known."""
        ours, theirs = (self.reserved, self.written_off), (self.told_reserved, self.told_written_off)
        if None in ours or None in theirs:
            return None
        return ours == theirs


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingChange:
    """An order that was done: from when on a declaration holds what it holds."""

    at: datetime
    kind: MovementKind
    holding: OwnQuantity

    def held(self, line: int, unit: str) -> Decimal | None:
        """Return how much of a line it holds from then on, reserved and written off; None: that is not known in this unit."""
        found = (_sum(self.holding.reserved, line, unit), _sum(self.holding.written_off, line, unit))
        return None if None in found else sum((one for one in found if one is not None), Decimal(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """A declaration that draws on a document."""

    record: Record
    office: str | None
    document: DocumentOutcome | None
    """The document as its newest version cites it; None: it does not any more."""
    progress: Shown
    last_order_at: datetime | None
    lines: tuple[LineDrawn, ...]
    changes: tuple["HoldingChange", ...] = ()
    """What its orders made of its share, in their order."""

    @property
    def agrees(self) -> bool | None:
        """Whether the authority and this gateway have the same of it; None: that is not known."""
        found = [line.agrees for line in self.lines]
        return False if False in found else None if None in found or not found else True


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedCertificate:
    """A document with its stored answer and the declarations that draw on it."""

    answer: Verification | None
    """The latest answer of its authority that is stored; None: there is none."""
    position: Verification | None
    """The latest one that states a position."""
    drawings: tuple[Drawing, ...]
    """The drawings that differ first, else the newest first."""
    elsewhere: int
    """The number of this page that belong to other offices: they are counted, and not shown."""
    next: int | None
    """Below which number the following page begins."""


class Certificates:
    """The documents that declarations cite. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, store: Store, identities_of: IdentitiesOf) -> None:
        self._store = store
        self._identities_of = identities_of

    async def stored(self, kind: str, reference: str) -> Verification | None:
        """Return the latest answer of a document's authority that is stored; nobody is asked."""
        answer, _ = await self._known(kind, reference)
        return answer

    async def page(
        self,
        kind: str,
        reference: str,
        *,
        eoris: frozenset[str] | None = None,
        offices: frozenset[str] | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> CitedCertificate:
        """Return a page of the declarations that draw on a document.

        Args:
            kind: the document's type.
            reference: its reference, in whatever spelling.
            eoris: whose declarations; None: everybody's.
            offices: those whose declarations are shown, the others are counted; None: all.
            before: below which number the page begins.
            limit: declarations of one page.
        """
        found = await self._store.citations.page(
            kind, reference, self._identities_of, eoris=eoris, before=before, limit=limit + 1
        )
        answer, position = await self._known(kind, reference)
        is_it = await self._named(kind, reference, (key for one in found for key in _keys(one)))
        here = [one for one in found[:limit] if offices is None or not offices.isdisjoint(one.offices)]
        drawings = [drawing for one in here if (drawing := _drawing(one, is_it, position)) is not None]
        drawings.sort(key=lambda one: one.agrees is not False)
        return CitedCertificate(
            answer=answer,
            position=position,
            drawings=tuple(drawings),
            elsewhere=len(found[:limit]) - len(here),
            next=found[limit - 1].number if len(found) > limit else None,
        )

    async def _named(self, kind: str, reference: str, among: Iterable[DocumentKey]) -> Callable[[DocumentKey], bool]:
        """Return what says of documents, which are `among` these, whether they are this one."""
        spelled = dict.fromkeys([reference, *(one.reference for one in among if one.type == kind)])
        identities = await self._identities_of(kind, list(spelled))
        identity = identities[reference] or reference

        def is_it(key: DocumentKey) -> bool:
            return key.type == kind and (identities[key.reference] or key.reference) == identity

        return is_it

    async def _known(self, kind: str, reference: str) -> tuple[Verification | None, Verification | None]:
        known, answer = await self._store.citations.known(kind, reference, self._identities_of), None
        is_it = await self._named(kind, reference, (one.key for facts in known for one in facts.verifications))
        for facts in known:
            for one in facts.verifications:
                if is_it(one.key) and one.verified_by is VerifiedBy.AUTHORITY:
                    answer = answer or one
                    if one.ledger is not None:
                        return answer, one
        return answer, None


def _keys(one: CitingDeclaration) -> Iterator[DocumentKey]:
    """Yield all documents that are known with a declaration."""
    yield from (document.key for document in one.record.documents)
    yield from (movement.document for movement in one.movements)
    yield from (verification.key for verification in one.facts.verifications) if one.facts is not None else ()


def _drawing(
    one: CitingDeclaration, is_it: Callable[[DocumentKey], bool], position: Verification | None
) -> Drawing | None:
    """Return what a declaration draws on a document; None: only an earlier version cites it, and nothing is moved."""
    document = next((found for found in one.record.documents if is_it(found.key)), None)
    own = own_positions(
        (movement for movement in one.movements if is_it(movement.document)),
        lambda movement: DocumentKey(movement.type, ""),
    )
    ours = own[0] if own else None
    if document is None and (ours is None or (ours.holding.empty and not ours.last.open)):
        return None
    allocated = _allocated(one, ours, is_it, position)
    return Drawing(
        record=one.record,
        office=one.office,
        document=document,
        progress=ours.progress if ours is not None else Shown.NONE,
        last_order_at=_last_order_at(ours) if ours is not None and ours.last.version >= one.since else None,
        lines=tuple(_lines(document, ours, allocated)),
        changes=tuple(_changes(one, is_it)),
    )


def _changes(one: CitingDeclaration, is_it: Callable[[DocumentKey], bool]) -> Iterator[HoldingChange]:
    for movement in one.movements:
        # A party that is named from a version on is told nothing of what was ordered before.
        if not is_it(movement.document) or movement.version < one.since or movement.settled_at is None:
            continue
        if movement.state is MovementState.DONE and movement.holding is not None:
            yield HoldingChange(at=movement.settled_at, kind=movement.kind, holding=movement.holding)


def _last_order_at(ours: OwnPosition | None) -> datetime | None:
    return None if ours is None else ours.last.settled_at or ours.last.planned_at


def _allocated(
    one: CitingDeclaration, ours: OwnPosition | None, is_it: Callable[[DocumentKey], bool], latest: Verification | None
) -> OwnQuantity | None:
    """Return the authority's figure for a declaration, by its answer after the last order; None: it told nothing since.

    A position tells all of the declaration that asked for it, and of others what it likes: what it does not list of them is not
    known. What stands in a position that was read before an order is not what it has now.
    """
    own = [v for v in one.facts.verifications if is_it(v.key)] if one.facts is not None else []
    listing = [] if latest is None or latest.ledger is None or not _of(latest.ledger, one.record.mrn) else [latest]
    last_order_at = _last_order_at(ours) or _NEVER
    told = [(v.asked_at, v.ledger) for v in (*own, *listing) if v.ledger is not None and v.asked_at is not None]
    since = [(at, ledger) for at, ledger in told if at > last_order_at]
    if since:
        _, newest = max(since, key=lambda pair: pair[0])
        return _as_held(_of(newest, one.record.mrn))
    if ours is None or ours.last.open or ours.last.by_receipt_alone:
        return None
    return ours.last.holding


_NEVER = datetime.min.replace(tzinfo=UTC)


def _of(ledger: Ledger, mrn: str | None) -> Sequence[Allocation]:
    return [
        one
        for one in ledger.allocations
        if mrn is not None and one.declaration.kind is ReferenceKind.MRN and one.declaration.value == mrn
    ]


def _as_held(told: Sequence[Allocation]) -> OwnQuantity:
    return OwnQuantity(
        reserved=tuple(as_line(one) for one in told if one.state is AllocationState.RESERVED),
        written_off=tuple(as_line(one) for one in told if one.state is AllocationState.CONSUMED),
    )


def _lines(document: DocumentOutcome | None, ours: OwnPosition | None, told: OwnQuantity | None) -> Iterator[LineDrawn]:
    own = ours.holding if ours is not None else OwnQuantity()
    units: dict[int, str] = {}
    for held in (own, told or OwnQuantity()):
        for line in (*held.reserved, *held.written_off):
            units.setdefault(line.certificate_line, _unit(line))
    for stated in document.quantity if document is not None else ():
        if stated.line is not None and (unit := stated.certificate_unit or stated.unit) is not None:
            units[stated.line] = unit
    in_doubt = ours is not None and ours.last.open
    for number, unit in sorted(units.items()):
        yield LineDrawn(
            line=number,
            unit=unit,
            declared=_declared(document, number, unit),
            reserved=None if in_doubt else _sum(own.reserved, number, unit),
            written_off=None if in_doubt else _sum(own.written_off, number, unit),
            told_reserved=_sum(told.reserved, number, unit) if told is not None else None,
            told_written_off=_sum(told.written_off, number, unit) if told is not None else None,
        )


def _unit(line: OrderLine) -> str:
    if line.quantities:
        return line.quantities[0].unit
    return line.amount.currency if line.amount is not None else ""


def _sum(lines: Sequence[OrderLine], number: int, unit: str) -> Decimal | None:
    return taken([one for one in lines if one.certificate_line == number], unit, unconverted)


def _declared(document: DocumentOutcome | None, number: int, unit: str) -> Decimal | None:
    if document is None:
        return Decimal(0)
    amounts = [
        Decimal(line.declared) if line.declared is not None and line.unit == unit else None
        for line in document.quantity
        if line.line == number
    ]
    known = [one for one in amounts if one is not None]
    return sum(known, Decimal(0)) if len(known) == len(amounts) else None
