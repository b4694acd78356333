"""The quantities still written off for a declaration that ends, and who decides on them: the gateway or officers."""

from gateway.domain.document import DocumentKey
from gateway.domain.movement import MovementKind, OwnPosition
from gateway.domain.record import Work
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import Aim

_OF_RESERVATIONS = frozenset({MovementKind.RESERVE, MovementKind.CANCEL})


def left_to_officers(work: Work, book: MovementBook) -> set[DocumentKey]:
    """Return the documents whose write-off officers decide on: the goods are out, or no release is recorded and it was not made here."""
    if work.released is None:
        return {one.document for one in book.own_positions if one.foreign and not one.kept}
    if work.ended is not None or not work.keeps_write_offs:
        return set()
    return {one.document for one in book.own_positions if not one.kept and _may_be_written_off(one)}


def _may_be_written_off(one: OwnPosition) -> bool:
    """Whether something is written off, as far as is known while the end of an order is not."""
    return bool(one.holding.written_off) or (one.last.open and one.last.kind not in _OF_RESERVATIONS)


def aim_at_end(work: Work, one: OwnPosition) -> Aim:
    """Return what an ended declaration has to come to with a document; goods that are out keep their write-off.

    What officers, or a gateway of before, ordered to be given back is so.
    """
    ordered = work.ended is not None and one.counting.kind is MovementKind.DELETE
    stays = one.kept or (work.keeps_write_offs and not ordered)
    return Aim.UNRESERVED if stays else Aim.NOTHING
