"""The movement book of one declaration: what has to be read, what is ordered next, and how each movement ended.

Pure: nothing here asks anybody, reads a clock or makes a key. An intent is committed before it is sent, and reconciled
with its receipt, or, where no clear answer came, with the position read back: as done, or as not done. It is never
repeated blindly. The next movement always follows from the difference between what is held and what has to be, so that
it does not matter at which moment something broke.

The methods stand in the order in which `gateway.lifecycle.movements.driver` calls them on the way of a release.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from msgspec import structs

from gateway.contract import Ledger
from gateway.domain.document import DocumentKey
from gateway.domain.event_bodies import movement_body
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AsCited
from gateway.domain.movement import (
    CANCELLATIONS,
    FOUND,
    Movement,
    MovementKind,
    MovementState,
    OwnPosition,
    OwnQuantity,
    Refusal,
    own_positions,
)
from gateway.domain.movement_results import Moved, PositionRead
from gateway.domain.order_lines import Convert
from gateway.domain.record import Work
from gateway.domain.verification import EvidenceItem
from gateway.quantities.pauses import LATE_EFFECT, Pauses
from gateway.quantities.reconciliation import (
    as_ordered,
    came_true,
    counts_unconfirmed,
    differs,
    in_doubt,
    is_guarded,
    is_left,
    not_left,
    not_sent,
    overdrawn,
    own_quantity_in,
    reconciled_with_position,
    reconciled_with_receipt,
)
from gateway.quantities.targets import Aim, NextOrder, Target, next_order

ROUNDS = 4
"""Movements of one document on the way to a target: an order that was read back as not done is sent once more, not for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdraft:
    """An amended write-off that took more than was left."""

    movement: Movement
    before: OwnQuantity
    digests: Sequence[str] = ()

    @property
    def correction(self) -> Movement:
        """The order that restores the earlier write-off."""
        return structs.replace(self.movement, lines=self.before.written_off)


class MovementBook:
    """One declaration's movements, and what was found out about them since they were last committed."""

    def __init__(self, work: Work, *, cited: AsCited, convert: Convert, pauses: Pauses) -> None:
        self.cited = cited
        """The spelling under which each document is cited now."""
        self.evidence: list[EvidenceItem] = []
        self.status_changed = False
        """Whether an authority said, to an order since this was last set, that a document's status had changed."""
        self._work = work
        self._convert = convert
        self._pauses = pauses
        self._movements = {movement.number: movement for movement in work.movements}
        self._known: dict[DocumentKey, OwnPosition] | None = None
        self._before: dict[int, OwnQuantity] = {}
        """The quantity held before each movement that was ordered since."""
        self._touched: dict[int, list[str]] = {}
        """The movements about which something more is known now, each with the evidence of it."""
        self._differing: list[Movement] = []
        self._differed: set[DocumentKey] = set()
        """The documents of which an authority was found to have something else than was known."""
        self._overdrafts: list[Overdraft] = []
        self._read: set[DocumentKey] = set()
        self._suspect: set[DocumentKey] = set()
        """The documents of which an answer shows nothing any more: that has to be read for itself."""
        self._unread = False
        """Whether a position that had to be read could not be."""
        self._unreached: set[DocumentKey] = set()

    @property
    def own_positions(self) -> tuple[OwnPosition, ...]:
        """Our present position with each document."""
        return tuple((self._known if self._known is not None else self._by_document).values())

    @property
    def _by_document(self) -> dict[DocumentKey, OwnPosition]:
        # Asked for often, and of a declaration with a thousand documents long to work out.
        if self._known is None:
            known = own_positions(self._movements.values(), self.cited.document)
            self._known = {one.document: one for one in known}
        return self._known

    @property
    def movements(self) -> tuple[Movement, ...]:
        """All movements in their present state."""
        return tuple([self._movements[number] for number in sorted(self._movements)])

    def movements_of(self, step: int) -> tuple[Movement, ...]:
        """Return the movements that belong to a received step."""
        return tuple(one for one in self._movements.values() if one.step == step)

    @property
    def has_doubts(self) -> bool:
        """Whether the outcome of some movement is not known."""
        return any(one.last.open for one in self.own_positions)

    @property
    def has_reserved(self) -> bool:
        """Whether something is reserved."""
        return any(one.holding.reserved for one in self.own_positions)

    # Positions: those that came with answers, then those that have to be read for themselves.

    def reconcile(self, read: Mapping[DocumentKey, tuple[str, Ledger]], at: datetime) -> tuple[Movement, ...]:
        """Reconcile with the positions that came with answers, each with the adapter that returned it.

        They decide what is open, and show where an authority has something else. What it has of a document of which
        nothing is known here is returned, as movements that are done and not committed yet.
        """
        known, may_come = self._by_document, self._may_come_late()
        found = []
        for document, (adapter, ledger) in sorted(read.items()):
            own_position = known.get(document)
            if own_position is not None and self._has_to_be_read(own_position, ledger, may_come.get(document, ()), at):
                self._suspect.add(document)
            elif own_position is not None:
                self._take_ledger(own_position, ledger, (), may_come.get(document, ()), at)
            elif self._work.mrn and not (own := own_quantity_in(ledger, self._work.mrn)).empty:
                found.append(self._found_there(document, adapter, own, at))
        return self.numbered(found)

    def to_be_read(self, at: datetime, *, everything: bool = False) -> tuple[OwnPosition, ...]:
        """Return the documents whose movements are open or to be read again, or all that were moved, if not read yet."""
        may_come = self._may_come_late()
        return tuple(
            one
            for one in self.own_positions
            if (
                everything
                or one.last.open
                or one.document in self._suspect
                or self._are_due_again(may_come.get(one.document, ()), at)
            )
            and one.document not in self._read
        )

    def take_positions(self, own: Sequence[OwnPosition], positions: Sequence[PositionRead], at: datetime) -> None:
        """Reconcile documents with their positions as they were read back; what could not be read is in doubt."""
        may_come = self._may_come_late() if own else {}
        for own_position, position in zip(own, positions, strict=True):
            digests = self._keep(position.evidence)
            if position.ledger is not None:
                self._take_ledger(own_position, position.ledger, digests, may_come.get(own_position.document, ()), at)
            elif own_position.last.open:
                self._set(in_doubt(own_position.last, position.cause), digests)
            else:
                self._unread = True
                self._set(own_position.last, digests)

    # Orders: what is ordered next, what is known once its intent is committed, and what became of it.

    def rounds(
        self, targets: Sequence[Target], *, step: int | None = None, version: int | None = None
    ) -> Iterator[tuple[Movement, ...]]:
        """Yield the orders that bring documents to their targets, round by round, each once the one before is done.

        `step` is the received one that they belong to, `version` the one that the targets are of: a release that was
        begun may be of an older one than the newest.
        """
        tries: Counter[tuple[DocumentKey, MovementKind]] = Counter()
        found = self._off(targets)
        for _ in range(ROUNDS):
            # One order for one document at a time: what comes after it is another round.
            orders = self.numbered(
                [
                    self._planned(target, order, step, version)
                    for target, order in found
                    if tries[target.document, order.kind] < 2
                ]
            )
            if not orders:
                break
            yield orders
            for movement in [self.movement(one.number) for one in orders]:
                # What was refused or could not be sent is not tried again now; what a doubt ended as not done is, once.
                again = movement.state is MovementState.NOT_DONE and movement.doubted
                tries[self.cited.document(movement), movement.kind] += 1 if again else 2
            found = self._off(targets)
        self._unreached |= {target.document for target, _ in found}

    def _off(self, targets: Sequence[Target]) -> list[tuple[Target, NextOrder]]:
        """Return the targets that are not reached, each with the order that is next."""
        return [(target, order) for target in targets if (order := self._next(target)) is not None]

    def numbered(self, movements: Sequence[Movement]) -> tuple[Movement, ...]:
        """Return new movements with the numbers that they are committed under."""
        free = max(self._movements, default=0) + 1
        return tuple([structs.replace(one, number=number) for number, one in enumerate(movements, start=free)])

    def intended(self, movements: Sequence[Movement]) -> None:
        """Add movements that are committed now, and with them all that was known before."""
        for movement in movements:
            own_position = self._by_document.get(self.cited.document(movement))
            self._before[movement.number] = own_position.holding if own_position is not None else OwnQuantity()
        self._touched, self._differing, self.evidence = {}, [], []
        self._movements |= {movement.number: movement for movement in movements}
        self._known = None

    def movement(self, number: int) -> Movement:
        """Return a movement in its present state."""
        return self._movements[number]

    def may_be_sent(self, movement: Movement, position: PositionRead, at: datetime) -> bool:
        """Whether an authority has left what an amended write-off takes more than before; else it has ended."""
        before = self._before[movement.number]
        self._keep(position.evidence)
        if position.ledger is None:
            self._set(not_sent(movement, before, position.cause, at), ())
        elif not is_left(movement, before, position.ledger, self._convert):
            self._set(not_left(movement, before, at), ())
        else:
            return True
        return False

    def take_receipt(self, movement: Movement, moved: Moved, at: datetime) -> Movement | None:
        """Reconcile a movement with the answer to its order.

        Where only the position shows the outcome, the movement is returned with what is known by now.
        """
        digests, before = self._keep(moved.evidence), self._before[movement.number]
        known = self.movement(movement.number)
        movement = structs.replace(movement, message_ids=(*known.message_ids, *moved.message_ids))
        settled = None
        if moved.receipt is not None:
            settled = reconciled_with_receipt(movement, moved.receipt, before, at)
            if settled is not None:
                settled = structs.replace(settled, by_receipt_alone=moved.by_receipt_alone)
        elif not moved.sent:
            settled = not_sent(movement, before, moved.cause, at)
        elif (answer := moved.unconfirmed) is not None:
            # What the authority said of the document stays known, whatever it comes to.
            status_changed = movement.status_changed or answer.status_changed
            movement = structs.replace(movement, authority_code=answer.authority_code, status_changed=status_changed)
            if counts_unconfirmed(movement, moved.cause, before, self._convert):
                settled = reconciled_with_receipt(movement, answer, before, at)
                assert settled is not None, "a receipt that a position may confirm says that it was done"
                # Why it could not be compared yet is kept: it is, as soon as the position can be read.
                settled = structs.replace(settled, by_receipt_alone=True, cause=moved.cause)
        if settled is None:
            return movement
        self._set(settled, digests)
        return None

    def take_position(self, movement: Movement, moved: Moved, position: PositionRead, at: datetime) -> None:
        """Reconcile a movement, whose answer was incomplete, with the position that was read behind it."""
        digests = (*_digests(moved.evidence), *self._keep(position.evidence))
        if position.ledger is None:
            self._set(in_doubt(movement, moved.cause or position.cause), digests)
            return
        own = own_quantity_in(position.ledger, movement.mrn)
        settled = reconciled_with_position(movement, own, at, self._convert, moved.receipt)
        if moved.receipt is None:
            cause = None if settled.state is MovementState.DONE else moved.cause
            settled = structs.replace(settled, cause=cause, doubted=True)
        self._set(settled, digests)

    def take_reservation(self, movement: Movement) -> Movement | None:
        """Return the write-off that follows the restated reservation; None: that one failed, and it has ended."""
        settled = self.movement(movement.number)
        if settled.state is not MovementState.DONE:
            # The number belongs to the write-off, of which this was the first half.
            self._set(structs.replace(settled, kind=movement.kind, restates=True), ())
            return None
        # What the authority said of the certificate with the first half counts for the whole.
        movement = structs.replace(movement, status_changed=settled.status_changed, message_ids=settled.message_ids)
        self._before[movement.number] = OwnQuantity(reserved=movement.lines)
        self._set(movement, ())
        return movement

    def check_overdraft(self, movement: Movement, position: PositionRead) -> None:
        """Compare an amended write-off with what is left after it: an authority need not check this itself."""
        before, digests = self._before[movement.number], self._keep(position.evidence)
        if position.ledger is None:
            self._set(in_doubt(movement, position.cause), digests)
        elif overdrawn(movement, before, position.ledger, self._convert):
            self._overdrafts.append(Overdraft(movement=movement, before=before, digests=digests))

    def keep(self, own_position: OwnPosition) -> None:
        """Note that officers keep a write-off although the declaration is invalidated."""
        self._set(structs.replace(own_position.counting, kept=True), ())

    def overdrafts(self) -> Sequence[Overdraft]:
        """Return the overdrafts that are to be taken back now, also those that another process had sent."""
        overdrafts, self._overdrafts = self._overdrafts, []
        return overdrafts

    def take_correction(self, overdraft: Overdraft, moved: Moved, at: datetime) -> None:
        """Reconcile an amended write-off with the answer to the order that took it back."""
        movement, before = overdraft.movement, overdraft.before
        digests = (*overdraft.digests, *self._keep(moved.evidence))
        answer = moved.receipt or moved.unconfirmed
        if answer is not None and answer.status_changed:
            movement = structs.replace(movement, status_changed=True)
        done = moved.receipt is not None and reconciled_with_receipt(overdraft.correction, moved.receipt, before, at)
        if done and done.state is MovementState.DONE:
            self._set(not_left(movement, before, at), digests)
        else:
            self._set(in_doubt(movement, moved.cause), digests)

    # The end: what is committed, what is left, and when it goes on.

    def reached(self, target: Target) -> bool:
        """Whether a document has reached its target for sure."""
        own_position = self._by_document.get(target.document)
        if own_position is None or own_position.last.open:
            return own_position is None and target.aim is Aim.NOTHING
        return next_order(own_position.holding, target, self._convert) is None

    @property
    def touched(self) -> tuple[Movement, ...]:
        """The movements about which something more is known than is committed."""
        return tuple([self._movements[number] for number in sorted(self._touched)])

    def events(self, at: datetime) -> list[Event]:
        """Return the events for the audit trail of what is known now and not committed."""
        found = []
        if self._differing:
            found.append(event_of(EventKind.QUANTITY_DIFFERED, at, [(one, ()) for one in self._differing]))
        if self._touched:
            touched = [(self._movements[number], digests) for number, digests in sorted(self._touched.items())]
            found.append(event_of(EventKind.QUANTITY_SETTLED, at, touched))
        return found

    def left_at_authorities(self, *, ended: bool, released: bool) -> tuple[DocumentKey, ...]:
        """Return the documents of which an authority has something that no order of this gateway puts right.

        Args:
            ended: whether nothing at all is to be held any more.
            released: whether goods are released: what is written off then stays, but for what came late.
        """
        return tuple(
            one.document
            for one in self.own_positions
            if not one.last.open
            and not (one.document in self._unreached and one.last.state is MovementState.NOT_DONE)
            and (
                (ended and not one.holding.empty and (one.both or not one.kept))
                or (released and (one.late or one.both))
            )
        )

    def is_news(self, documents: Sequence[DocumentKey]) -> bool:
        """Whether something of these documents was found to differ, or was ordered in vain, since the book was opened."""
        return not (self._differed | self._unreached).isdisjoint(documents)

    def wait(self, now: datetime) -> timedelta | None:
        """Return after what time the authorities have to be asked again; None: there is no need."""
        doubts = [one.last.looks for one in self.own_positions if one.last.open]
        if doubts:
            return self._pauses.after(min(doubts))
        if any(tries := self._tries_in_vain()):
            return self._pauses.after(min(filter(None, tries)))
        # What was read back as not done may still be done by a request that is on its way.
        readings = [left for m in self._movements.values() if (left := self._pauses.until_read(m, now)) is not None]
        # Of what a later movement went beyond, that one's position was read.
        uncompared = any(one.last.by_receipt_alone and one.last.cause is not None for one in self.own_positions)
        waits = [left for left in readings if left > timedelta()]
        if self._unread or uncompared or len(waits) < len(readings):
            waits.append(LATE_EFFECT)
        return min(waits, default=None)

    def _tries_in_vain(self) -> list[int]:
        """Count for each document off its target the orders in vain since it last came out otherwise."""
        tries = dict.fromkeys(self._unreached, 0)
        for movement in self.movements if tries else ():
            document = self.cited.document(movement)
            if document in tries:
                tries[document] = tries[document] + 1 if movement.state is MovementState.NOT_DONE else 0
        return list(tries.values())

    # Within: new movements, a position of a document, and how a movement is noted.

    def _next(self, target: Target) -> NextOrder | None:
        own_position = self._by_document.get(target.document)
        if own_position is not None and own_position.last.open:
            return None
        return next_order(own_position.holding if own_position is not None else OwnQuantity(), target, self._convert)

    def _planned(self, target: Target, order: NextOrder, step: int | None, version: int | None) -> Movement:
        own_position = self._by_document.get(target.document)
        begun = self._begun(target.document, own_position, adapter=target.adapter, kind=order.kind, lines=order.lines)
        return structs.replace(
            begun,
            version=version or begun.version,
            restates=order.restates,
            replaces=own_position.holding.written_off if own_position and order.kind is MovementKind.AMEND else (),
            step=step,
        )

    def _found_there(self, document: DocumentKey, adapter: str, own: OwnQuantity, at: datetime) -> Movement:
        kind = MovementKind.WRITE_OFF if own.written_off else MovementKind.RESERVE
        begun = self._begun(document, None, adapter=adapter, kind=kind, lines=own.written_off or own.reserved)
        return structs.replace(begun, state=MovementState.DONE, holding=own, authority_code=FOUND, settled_at=at)

    def _begun(self, document: DocumentKey, own_position: OwnPosition | None, **order: Any) -> Movement:
        """Build a movement without its number, its key and its time: it gets them before it is committed."""
        work, last = self._work, own_position.last if own_position is not None else None
        assert work.mrn is not None, "nothing moves before acceptance"
        return Movement(
            number=0,
            type=document[0],
            reference=document[1],
            version=work.version,
            mrn=last.mrn if last is not None else work.mrn,
            key="",
            customs_office=work.declaration.customs_office or (last.customs_office if last is not None else ""),
            planned_at=work.received_at,
            **order,
        )

    def _take_ledger(
        self,
        own_position: OwnPosition,
        ledger: Ledger,
        digests: Sequence[str],
        may_come: Sequence[Movement],
        at: datetime,
    ) -> None:
        own = own_quantity_in(ledger, own_position.last.mrn)
        self._read.add(own_position.document)
        late = self._came_late(own_position, own, may_come, at)
        last = self.movement(own_position.last.number)
        if last.open:
            # Whoever planned it and reported nothing may still have sent it.
            opened = structs.replace(last, doubted=True, readings=0)
            settled = reconciled_with_position(opened, own, at, self._convert)
            if settled.state is MovementState.NOT_DONE and differs(own_position, own, self._convert):
                self._differ(own_position, settled)
            self._set(settled, digests)
            self._note_overdraft(settled, ledger)
        elif done := came_true(last, own, at, self._convert):
            self._differ(own_position, done)
            self._set(done, digests)
            self._note_overdraft(done, ledger)
        elif differs(own_position, own, self._convert):
            changed = structs.replace(last, holding=as_ordered(own, last, self._convert))
            if not late and last.may_come_late and not own.empty:
                # Whatever said that it gave everything back was wrong.
                changed = structs.replace(changed, state=MovementState.NOT_DONE)
            self._differ(own_position, changed)
            self._set(changed, digests)
        elif self._are_due_again((last,), at):
            self._set(structs.replace(last, by_receipt_alone=False, cause=None), digests)
        elif digests or last.by_receipt_alone:
            # That it was read back, and found as it was left, is recorded too.
            cause = None if last.by_receipt_alone else last.cause
            self._set(structs.replace(last, by_receipt_alone=False, cause=cause), digests)
        self._count_reading(may_come, at)

    def _came_late(
        self, own_position: OwnPosition, own: OwnQuantity, may_come: Sequence[Movement], at: datetime
    ) -> bool:
        """End as done an order before the last one that has come true meanwhile; return whether there is one."""
        if not may_come or not differs(own_position, own, self._convert):
            return False
        for movement in reversed(may_come):
            done = came_true(movement, own, at, self._convert)
            if done is not None and movement.number != own_position.last.number:
                self._set(done, ())
                return True
        return False

    def _note_overdraft(self, done: Movement, ledger: Ledger) -> None:
        """Note an amended write-off that another process had sent, or that came late, if it took more than was left."""
        replaced = OwnQuantity(written_off=done.replaces)
        is_done = done.state is MovementState.DONE
        if is_done and is_guarded(done) and overdrawn(done, replaced, ledger, self._convert):
            self._overdrafts.append(Overdraft(movement=done, before=replaced))

    def _differ(self, own_position: OwnPosition, movement: Movement) -> None:
        self._differing.append(movement)
        self._differed.add(own_position.document)

    def _may_come_late(self) -> Mapping[DocumentKey, Sequence[Movement]]:
        """Return the movements whose outcome only a position shows, by document."""
        found: dict[DocumentKey, list[Movement]] = {}
        for movement in self._movements.values():
            if movement.may_come_late:
                found.setdefault(self.cited.document(movement), []).append(movement)
        return found

    def _count_reading(self, may_come: Sequence[Movement], now: datetime) -> None:
        for before in may_come:
            # Those whose time had come before it was read, whatever was found.
            over, movement = self._pauses.over(before, now), self.movement(before.number)
            if over > movement.readings:
                self._set(structs.replace(movement, readings=over), ())

    def _has_to_be_read(
        self, own_position: OwnPosition, ledger: Ledger, may_come: Sequence[Movement], now: datetime
    ) -> bool:
        """Whether a position that came with an answer is not enough: that nothing is left of ours may be an answer cut short."""
        gone = own_quantity_in(ledger, own_position.last.mrn).empty
        expected = not own_position.holding.empty or (
            own_position.last.open and own_position.last.kind in CANCELLATIONS
        )
        return gone and (expected or self._are_due_again(may_come, now))

    def _are_due_again(self, movements: Sequence[Movement], now: datetime) -> bool:
        """Whether the time has come to read one of them again: something of it may have come late."""
        waits = [left for one in movements if (left := self._pauses.until_read(one, now)) is not None]
        return any(left <= timedelta() for left in waits)

    def _set(self, movement: Movement, digests: Sequence[str]) -> None:
        known = self._movements.get(movement.number)
        self.status_changed |= _says_of_status(movement) and not (known is not None and _says_of_status(known))
        self._movements[movement.number] = movement
        self._known = None
        self._touched.setdefault(movement.number, []).extend(digests)

    def _keep(self, evidence: Sequence[EvidenceItem]) -> tuple[str, ...]:
        self.evidence.extend(evidence)
        return _digests(evidence)


def event_of(kind: EventKind, at: datetime, movements: Iterable[tuple[Movement, Sequence[str]]]) -> Event:
    """Return the event of movements, each with the digests of its evidence."""
    return Event(kind=kind, at=at, body={"movements": [movement_body(one, digests) for one, digests in movements]})


def _digests(evidence: Sequence[EvidenceItem]) -> tuple[str, ...]:
    return tuple([item.digest for item in evidence])


def _says_of_status(movement: Movement) -> bool:
    """Whether the authority reported with it another status of the document than was read before."""
    refused = movement.state is MovementState.REFUSED and movement.refusal is Refusal.STATUS
    return movement.status_changed or refused
