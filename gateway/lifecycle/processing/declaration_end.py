"""The end of a declaration: the quantities that it still has are given back, or officers decide on them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from gateway.domain.document import DocumentKey
from gateway.domain.events import Event, EventKind
from gateway.domain.movement import MovementKind, OwnPosition
from gateway.domain.record import Work
from gateway.domain.tables.in_force import InForce
from gateway.lifecycle.journal import Journal
from gateway.lifecycle.movements.driver import MovementDriver
from gateway.lifecycle.movements.orders import CarriedOut, carry_out, document_of, overtaken
from gateway.lifecycle.movements.release_gate import ReleaseGate
from gateway.quantities.book import MovementBook
from gateway.quantities.targets import Aim, nothing

_OF_RESERVATIONS = frozenset({MovementKind.RESERVE, MovementKind.CANCEL})


async def cancel_left(
    journal: Journal, driver: MovementDriver, view: InForce, clock: Callable[[], datetime]
) -> tuple[CarriedOut, bool]:
    """Cancel the reservations and write-offs that a declaration still has, as often as it takes; return whether it waits for officers.

    A write-off that was not made here is left to officers where no release is recorded, and every one where the goods are
    out: the invalidation waits for them.
    """
    book, going = driver.book, journal.work.ended is None
    await driver.read_back(everything=not going or bool(_left_to_officers(journal.work, book)))
    carried = await _corrected(journal.work, driver, view, clock)
    left = _left_to_officers(journal.work, book)
    left_over = [one for one in book.own_positions if not one.holding.empty and one.document not in left]
    await driver.towards([nothing(one, _aim_at_end(journal.work, one)) for one in left_over])
    # What was to be cancelled may turn out to be written off.
    left = _left_to_officers(journal.work, book)
    work, now = journal.work, clock()
    rest = carried.rest(work)
    over = tuple(step for step in rest.steps if document_of(step, work, book.cited, view) not in left)
    carried = replace(carried.then(overtaken(replace(rest, steps=over), now)), waiting=carried.waiting)
    if going and not left:
        invalidated = Event(kind=EventKind.INVALIDATED, at=now, body={"version": work.version})
        carried = replace(carried, events=(*carried.events, invalidated))
    return carried, going and bool(left)


async def _corrected(work: Work, driver: MovementDriver, view: InForce, clock: Callable[[], datetime]) -> CarriedOut:
    """Carry out what officers ordered of write-offs that keep an invalidation waiting."""
    book = driver.book
    left = _left_to_officers(work, book)
    steps = tuple(step for step in work.steps if document_of(step, work, book.cited, view) in left)
    if not steps or work.ended is not None:
        return CarriedOut(released=work.released)
    return await carry_out(replace(work, steps=steps), driver, view, clock, ReleaseGate(work=work))


def _left_to_officers(work: Work, book: MovementBook) -> set[DocumentKey]:
    """Return the documents whose write-off officers decide on: the goods are out, or no release is recorded and it was not made here."""
    if work.released is None:
        return {one.document for one in book.own_positions if one.foreign and not one.kept}
    if work.ended is not None or not work.keeps_write_offs:
        return set()
    return {one.document for one in book.own_positions if not one.kept and _may_be_written_off(one)}


def _may_be_written_off(one: OwnPosition) -> bool:
    """Whether something is written off, as far as is known while the end of an order is not."""
    return bool(one.holding.written_off) or (one.last.open and one.last.kind not in _OF_RESERVATIONS)


def _aim_at_end(work: Work, one: OwnPosition) -> Aim:
    """Return what an ended declaration has to come to with a document; goods that are out keep their write-off.

    What officers, or a gateway of before, ordered to be given back is so.
    """
    ordered = work.ended is not None and one.counting.kind is MovementKind.DELETE
    stays = one.kept or (work.keeps_write_offs and not ordered)
    return Aim.UNRESERVED if stays else Aim.NOTHING
