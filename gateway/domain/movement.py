"""The movements of documents' certified quantities for a declaration, and each document's position after all of them."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from gateway.contract import MovementKind, OrderLine, Quantity, Refusal
from gateway.domain.document import DocumentKey

__all__ = [
    "Movement",
    "MovementKind",
    "MovementState",
    "OrderLine",
    "OwnPosition",
    "OwnQuantity",
    "Refusal",
    "Shown",
    "own_positions",
]


class MovementState(StrEnum):
    """The state of one movement. Every movement begins planned, is committed so, and only then sent."""

    PLANNED = "planned"
    """Committed as an intent; whether it was sent is known only to whoever planned it."""
    DONE = "done"
    REFUSED = "refused"
    """The authority refused it: nothing was done."""
    IN_DOUBT = "in_doubt"
    """It was sent and no clear answer came back. Never repeated before the position was read back."""
    NOT_DONE = "not_done"
    """The position was read back: the authority does not have it."""


OPEN = frozenset({MovementState.PLANNED, MovementState.IN_DOUBT})
"""What has to be read back before anything else is done to the document."""


CANCELLATIONS = frozenset({MovementKind.CANCEL, MovementKind.DELETE})
"""What leaves nothing at the authority."""
WRITING_OFF = frozenset({MovementKind.WRITE_OFF, MovementKind.FORCE, MovementKind.AMEND})
"""What leaves a write-off at the authority."""

FOUND = "found"
"""In the place of an authority's code: the authority had it, and it was not known here (as after a restore from a backup)."""


class Shown(StrEnum):
    """The progress of a declaration's quantity at the authority."""

    NONE = "none"
    RESERVED = "reserved"
    WRITTEN_OFF = "written_off"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    IN_DOUBT = "in_doubt"


class OwnQuantity(Struct, frozen=True, kw_only=True):
    """Our own quantity of one document at the authority."""

    reserved: tuple[OrderLine, ...] = ()
    written_off: tuple[OrderLine, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether nothing is reserved or written off."""
        return not self.reserved and not self.written_off


class Movement(Struct, frozen=True, kw_only=True):
    """One order to an authority, from its intent to its end."""

    number: int
    """Within the declaration, from 1."""
    type: str
    reference: str
    adapter: str
    kind: MovementKind
    version: int
    """The declaration's version that it is for."""
    mrn: str
    key: str
    customs_office: str
    lines: tuple[OrderLine, ...] = ()
    """What the declaration holds of the document afterwards."""
    restates: bool = False
    """A write-off of a part: the reservation is restated to the lines first."""
    replaces: tuple[OrderLine, ...] = ()
    """Of an amended write-off: what was written off before."""
    step: int | None = None
    """The number of the received step (release, intervention) that it belongs to."""
    by_officer: bool = False
    """An officer's intervention."""
    state: MovementState = MovementState.PLANNED
    holding: OwnQuantity | None = None
    """What the declaration holds after it; None: not known."""
    refusal: Refusal | None = None
    refused_item: int | None = None
    refused_line: int | None = None
    left: Quantity | None = None
    """With a refusal for want of quantity: what is left for the declaration on the line that was refused."""
    authority_code: str | None = None
    status_changed: bool = False
    cause: str | None = None
    """Why no clear answer came: the code of the fault."""
    by_receipt_alone: bool = False
    """It was done by the authority's receipt alone: it returns no position that could confirm it."""
    doubted: bool = False
    """No clear answer came to it at first, whatever became of it afterwards."""
    looks: int = 0
    """How often the position was read back in vain."""
    readings: int = 0
    """Of what only a position says: how many of the later readings that are planned of it are over."""
    kept: bool = False
    """Officers said that what is written off by it stays although the declaration is invalidated."""
    planned_at: datetime
    settled_at: datetime | None = None
    message_ids: tuple[str, ...] = ()

    @property
    def document(self) -> DocumentKey:
        """The document."""
        return tuple.__new__(DocumentKey, (self.type, self.reference))

    @property
    def open(self) -> bool:
        """Whether its outcome is not known."""
        return self.state in OPEN

    @property
    def may_come_late(self) -> bool:
        """Whether only a position shows that it left nothing: that it was not done, or that it cancelled everything.

        Whoever planned it may have slept, and another replica reconciled it: a request of it may still come.
        """
        if not self.doubted or self.settled_at is None:
            return False
        return self.state is MovementState.NOT_DONE or (self.state is MovementState.DONE and self.kind in CANCELLATIONS)

    @property
    def refused_to_officer(self) -> bool:
        """Whether it is an officer's correction that the authority refused."""
        return self.by_officer and self.state is MovementState.REFUSED


class OwnPosition(Struct, frozen=True, kw_only=True):
    """Our own position at the authority with one document's quantity, after all its movements."""

    type: str
    reference: str
    adapter: str
    progress: Shown
    holding: OwnQuantity
    """What it holds at the authority, as far as known."""
    last: Movement
    counting: Movement
    """The last movement but for corrections of officers that the authority refused: they changed nothing."""
    earlier_ended: bool = False
    """The refusal of the last movement ended what was reserved before it."""
    status_changed: bool = False
    """The last order that was carried out was so although the document's status had changed: what it is now counts no more."""
    used_under_change: bool = False
    """What is written off was written off, or corrected, although the document's status had changed, and no officer has
    corrected it since."""
    late: bool = False
    """An order came true after another one that was ordered behind it, and nothing was done about that since."""
    ours: bool = False
    """Something was written off for it by an order of this gateway, or may have been."""

    @property
    def both(self) -> bool:
        """Whether something is reserved beside what is written off, which no order leaves."""
        return bool(self.holding.reserved) and bool(self.holding.written_off)

    @property
    def kept(self) -> bool:
        """Whether officers let the write-off stand although the declaration is invalidated."""
        return self.counting.kept and bool(self.holding.written_off)

    @property
    def foreign(self) -> bool:
        """Whether the authority has a write-off that no order of this gateway made."""
        return bool(self.holding.written_off) and not self.ours

    @property
    def document(self) -> DocumentKey:
        """The document."""
        return tuple.__new__(DocumentKey, (self.type, self.reference))


def own_positions(
    movements: Iterable[Movement], document: Callable[[Movement], DocumentKey] | None = None
) -> tuple[OwnPosition, ...]:
    """Return each document's own position after its movements, in the order of the documents.

    `document` returns the document of a movement, where several spellings are one; else each spelling is one.
    """
    by_document: dict[DocumentKey, list[Movement]] = {}
    # Two spellings that were not known to be one may both be open: what is open is read back before all else.
    for movement in sorted(movements, key=lambda one: (one.open, one.number)):
        key = movement.document if document is None else document(movement)
        by_document.setdefault(key, []).append(movement)
    return tuple([_own_position(key, by_document[key]) for key in sorted(by_document)])


def _own_position(document: DocumentKey, movements: Sequence[Movement]) -> OwnPosition:
    last = movements[-1]
    quantities = [movement.holding for movement in movements if movement.holding is not None]
    newest = quantities[-1] if quantities else OwnQuantity()
    before = quantities[-2] if len(quantities) > 1 and last.holding is not None else OwnQuantity()
    ended = last.state is MovementState.REFUSED and bool(before.reserved) and newest.empty
    counting = next((one for one in reversed(movements) if not one.refused_to_officer), last)
    return OwnPosition(
        type=document.type,
        reference=document.reference,
        adapter=last.adapter,
        progress=_progress(counting, newest, movements),
        holding=newest,
        last=last,
        counting=counting,
        earlier_ended=ended,
        status_changed=next(
            (one.status_changed for one in reversed(movements) if one.state is MovementState.DONE or _is_reversed(one)),
            False,
        ),
        used_under_change=bool(newest.written_off) and _is_used_under_change(movements),
        late=_is_late(movements),
        ours=any(_may_have_written_off(one) for one in movements),
    )


def _is_late(movements: Sequence[Movement]) -> bool:
    """Whether the last order that was done came true although a later one was reconciled before."""
    if not any(one.doubted for one in movements):
        return False
    settled = [(one.settled_at, one) for one in movements if one.settled_at is not None and not one.refused_to_officer]
    done = [(at, one.number, one) for at, one in settled if one.state is MovementState.DONE]
    if not done:
        return False
    at, number, last = max(done, key=lambda one: one[:2])
    return last.doubted and any(one.number > number and earlier < at for earlier, one in settled)


def _is_used_under_change(movements: Sequence[Movement]) -> bool:
    used = [
        one for one in movements if one.kind in WRITING_OFF and (one.state is MovementState.DONE or _is_reversed(one))
    ]
    for movement in reversed(used):
        if movement.status_changed or movement.by_officer:
            return movement.status_changed
    return False


def _is_reversed(movement: Movement) -> bool:
    """Whether it was carried out under a changed status and taken back, since more was taken than was left."""
    return movement.state is MovementState.REFUSED and movement.status_changed


def _may_have_written_off(movement: Movement) -> bool:
    """Whether it is an order to write off that may have reached its authority, as far as is known."""
    if movement.kind not in WRITING_OFF or movement.authority_code == FOUND:
        return False
    return movement.open or movement.doubted or movement.state is MovementState.DONE


def _progress(last: Movement, own: OwnQuantity, movements: Sequence[Movement]) -> Shown:
    if last.open:
        return Shown.IN_DOUBT
    if own.written_off:
        return Shown.WRITTEN_OFF
    if last.state is MovementState.REFUSED and last.kind is MovementKind.RESERVE:
        return Shown.REFUSED
    if own.reserved:
        return Shown.RESERVED
    if any(movement.holding is not None and not movement.holding.empty for movement in movements):
        return Shown.CANCELLED
    return Shown.NONE
