"""The quantities that a declaration has to hold of its documents. Once goods of it are out, written off stays what is released, as it is declared now.

What is out stays written off until as much is written off on what the declaration cites in its place. To give something back and
take nothing for it is for officers, and so is less than an order to release named.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from gateway.contract import OrderLine
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.movement import WRITING_OFF, Movement, MovementKind, MovementState
from gateway.domain.order_lines import Convert, taken, unit_of
from gateway.domain.record import Work
from gateway.domain.release import Released, ReleasedItem
from gateway.lifecycle.movements.release_scope import cut_to_release, with_nothing_out
from gateway.lifecycle.movements.reservation_scope import intended_targets
from gateway.lifecycle.processing.assessment import Seen
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import Aim, Target, but_for, given_back, nothing, reservation_targets, told_at_once

_WRITING_OFF = frozenset({MovementKind.WRITE_OFF, MovementKind.AMEND})


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """The targets for documents, and those that follow only once the rest is reached."""

    first: Sequence[Target]
    then: Sequence["LoweredDocument"] = ()
    held: Sequence[Target] = ()
    """The targets of every document that is not lowered, whether it is moved now or not."""
    corrected: Collection[DocumentKey] = ()
    """The documents that officers corrected for this version: they hold what officers say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoweredDocument:
    """A document of which less stays written off than before."""

    target: Target
    beside: Collection[DocumentKey]
    """The other documents of its type that are cited, and whose quantity counts."""
    in_place: Collection[DocumentKey]
    """The documents, of these, that are cited for the same goods items."""
    is_known: bool
    """Whether it is known what all of them have to hold."""
    named: Sequence[ReleasedItem] = ()
    """The quantities that orders to release named of its goods items and that it would fall below."""

    def may_be_lowered(self, reached: Collection[DocumentKey], written: Mapping[DocumentKey, int]) -> bool:
        """Whether it may be lowered: everything that stands in its place is written off, and was so after it.

        Args:
            reached: the documents that hold what they are to hold.
            written: the declaration's version for which each document was written off last.
        """
        if self.named or not self.is_known or any(one not in reached for one in self.beside):
            return False
        if self.target.aim is not Aim.NOTHING:
            return True
        since = written.get(self.target.document, 0)
        return any(written.get(one, 0) > since for one in self.in_place)


def targets_of(work: Work, seen: Seen, book: MovementBook, *, cancel_refused: bool) -> Targets:
    """Return what a declaration has to hold by its assessment.

    `cancel_refused`: nothing is reserved for refused goods items, and what was is cancelled.
    """
    judgement = seen.judgement
    if not judgement.opened:
        return Targets(first=())
    intended, counting = intended_targets(judgement), judgement.counting()
    if work.declaration.kind is Kind.SUPPLEMENTARY:
        return Targets(first=told_at_once(intended, book.own_positions, counting))
    refused = judgement.refused_items() if cancel_refused else ()
    if work.released is not None:
        return _after_release(work, work.released, intended, book, seen, refused)
    cancels = work.dormant or (cancel_refused and judgement.gives_all_back())
    first = reservation_targets(intended, book.own_positions, cited=counting, refused=refused, gives_all_back=cancels)
    return Targets(first=first)


def _after_release(
    work: Work, released: Released, intended: Sequence[Target], book: MovementBook, seen: Seen, refused: Collection[int]
) -> Targets:
    """Return the write-offs of released goods once the declaration is amended, or a part of them was released unverified;
    else they stay as they are. What none of the goods are released of yet is reserved, but for `refused` goods items.
    """
    by_document = {one.document: one for one in book.own_positions}
    counting, convert = seen.judgement.counting(), seen.view.convert
    moves = _Moves(work, book, seen)
    unreleased = () if work.dormant else with_nothing_out(intended, released, seen.view)
    kept, untouched = but_for(unreleased, refused), {target.document for target in unreleased}
    of_refused = untouched - {target.document for target in kept}
    freed = given_back([d for d in book.own_positions if d.document in of_refused and d.holding.reserved], refused)
    cut = cut_to_release(
        [one for one in intended if one.document not in untouched],
        released,
        book.own_positions,
        work.declaration,
        work.documents,
        seen.view,
    )
    out = dict.fromkeys(untouched, ()) | {target.document: target.lines for target in cut}
    dropped = [nothing(one) for d, one in by_document.items() if d not in counting and not one.holding.empty]
    lowered: dict[DocumentKey, LoweredDocument] = {}
    for target in (*cut, *dropped):
        own_position = by_document.get(target.document)
        written_off = own_position.holding.written_off if own_position is not None else ()
        if not written_off or not moves.has_to_move(target.document):
            continue
        found = _lowered_document(target, written_off, released, seen, counting, out)
        if found.named or _is_lowered(written_off, target.lines, convert):
            lowered[target.document] = found
    # What nothing was ordered of when the newer version was decided is written off once it is fit.
    wanted = {peer for one in lowered.values() for peer in one.beside}
    empty = {d for d in wanted if d not in by_document or by_document[d].holding.empty}
    first = [
        target
        for target in (*cut, *dropped)
        if target.document not in lowered and (moves.has_to_move(target.document) or target.document in empty)
    ]
    return Targets(
        first=(*kept, *freed, *first),
        then=tuple(lowered.values()),
        held=(*kept, *(target for target in cut if target.document not in lowered)),
        corrected=[
            one.document
            for one in book.own_positions
            if one.counting.by_officer and one.counting.version == work.version
        ],
    )


def _lowered_document(
    target: Target,
    written_off: Sequence[OrderLine],
    released: Released,
    seen: Seen,
    counting: Collection[DocumentKey],
    out: Mapping[DocumentKey, Sequence[OrderLine]],
) -> LoweredDocument:
    numbers = {line.goods_item for line in written_off}
    beside = {key for key in counting if key != target.document and key.type == target.type}
    items = {one.key: set(one.goods_items) for one in seen.case.plan.documents}
    return LoweredDocument(
        target=target,
        beside=beside,
        in_place={key for key in beside if items[key] & numbers},
        is_known=beside <= out.keys(),
        # What is taken of an account is a figure, whatever quantity of the goods an order named.
        named=() if target.yearly else _fallen_below(target, released, numbers, out, seen.view.convert),
    )


def written_for(movements: Iterable[Movement], document: Mapping[int, DocumentKey]) -> Mapping[DocumentKey, int]:
    """Return the version of the declaration for which each document was written off last."""
    found: dict[DocumentKey, int] = {}
    for one in movements:
        if one.kind in WRITING_OFF and one.state is MovementState.DONE:
            found[document[one.number]] = max(found.get(document[one.number], 0), one.version)
    return found


def to_lower(targets: Targets, book: MovementBook) -> Sequence[Target]:
    """Return what is given back now that the rest was tried; what nothing stands in place of stays written off."""
    if not targets.then:
        return ()
    reached = {one.document for one in targets.held if book.reached(one)}
    # What is to be lowered holds more than it is to hold.
    reached |= {*targets.corrected, *(one.target.document for one in targets.then)}
    written = written_for(book.movements, {one.number: book.cited.document(one) for one in book.movements})
    return [one.target for one in targets.then if one.may_be_lowered(reached, written)]


class _Moves:
    """The documents of released goods that have to be moved."""

    def __init__(self, work: Work, book: MovementBook, seen: Seen) -> None:
        self._work = work
        self._positions = {one.document: one for one in book.own_positions}
        self._owed = {DocumentKey(kind, reference) for kind, reference, _ in seen.case.facts.released_under}
        self._unverified = seen.judgement.released_unverified(book.own_positions)

    def has_to_move(self, document: DocumentKey) -> bool:
        """Whether a document has to be moved."""
        work, own_position = self._work, self._positions.get(document)
        amended = work.last is None or work.last.version != work.version
        if document in self._unverified or (own_position is not None and own_position.late):
            return True
        if document in self._owed and (own_position is None or own_position.holding.empty):
            # Released under a contingency window: officers write it off themselves, but what was begun is tried again.
            last = own_position.counting if own_position is not None else None
            return last is not None and last.state is MovementState.NOT_DONE and last.kind in _WRITING_OFF
        if own_position is None:
            return amended
        last = own_position.counting
        if last.by_officer and last.version == work.version:
            return False
        # A document that was not fit when the newer version was decided is amended once it is.
        older = last.version != work.version and bool(own_position.holding.written_off)
        return amended or older or last.state is MovementState.NOT_DONE


def _is_lowered(before: Sequence[OrderLine], after: Sequence[OrderLine], convert: Convert) -> bool:
    """Whether less stays written off than before, or the two cannot be compared."""
    unit = unit_of(before[0])
    was, becomes = (taken(lines, unit, convert) for lines in (before, after)) if unit is not None else (None, None)
    return was is None or becomes is None or becomes < was


def _fallen_below(
    target: Target,
    released: Released,
    numbers: Collection[int],
    out: Mapping[DocumentKey, Sequence[OrderLine]],
    convert: Convert,
) -> tuple[ReleasedItem, ...]:
    """Return the quantities that orders to release named, and of which less would be out on all documents of the type together."""
    lines = [line for key, each in out.items() if key.type == target.type for line in each]
    found = []
    for entry in released.named:
        if entry.goods_item not in numbers or entry.quantity is None or entry.unit is None:
            continue
        left = taken([line for line in lines if line.goods_item == entry.goods_item], entry.unit, convert)
        if left is None or left < entry.quantity:
            found.append(entry)
    return tuple(found)
