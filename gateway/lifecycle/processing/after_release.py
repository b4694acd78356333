"""What a declaration has to hold of its documents once goods of it are out: written off stays what is released, as it is declared now."""

from collections.abc import Sequence

from gateway.domain.document import DocumentKey
from gateway.domain.movement import MovementKind, MovementState
from gateway.domain.record import Work
from gateway.domain.release import Released
from gateway.lifecycle.movements.release_scope import cut_to_release, with_nothing_out
from gateway.lifecycle.processing.assessment import Seen
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import Target, nothing

_WRITING_OFF = frozenset({MovementKind.WRITE_OFF, MovementKind.AMEND})


def after_release(
    work: Work, released: Released, intended: Sequence[Target], book: MovementBook, seen: Seen
) -> Sequence[Target]:
    """Return the write-offs of released goods once the declaration is amended, or a part of them was released unverified;
    else they stay as they are. What none of the goods are released of yet is reserved.
    """
    by_document = {one.document: one for one in book.own_positions}
    owed = {DocumentKey(kind, reference) for kind, reference, _ in seen.case.facts.released_under}
    unverified = seen.judgement.released_unverified(book.own_positions)
    counting = seen.judgement.counting()
    amended = work.last is None or work.last.version != work.version

    def has_to_move(document: DocumentKey) -> bool:
        own_position = by_document.get(document)
        if document in unverified or (own_position is not None and own_position.late):
            return True
        if document in owed and (own_position is None or own_position.holding.empty):
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

    reserving = not work.dormant and not seen.judgement.refuses()
    kept = with_nothing_out(intended, released, seen.view) if reserving else ()
    untouched = {target.document for target in kept}
    moved = [target for target in intended if target.document not in untouched and has_to_move(target.document)]
    dropped = [
        nothing(one) for d, one in by_document.items() if d not in counting and has_to_move(d) and not one.holding.empty
    ]
    return (*kept, *cut_to_release(moved, released, book.own_positions, seen.view), *dropped)
