"""Carrying movements out: intents are committed, orders sent once, doubts read back at once, and what remains is told."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
from uuid import NAMESPACE_OID, uuid5

from msgspec import structs

from gateway.contract import Ledger, QuantityOrder
from gateway.domain.event_bodies import movement_told
from gateway.domain.events import Event, EventKind
from gateway.domain.identity import AsCited
from gateway.domain.movement import (
    GIVING_BACK,
    Holding,
    Movement,
    MovementKind,
    MovementState,
    Refusal,
    Standing,
    standings,
)
from gateway.domain.order_lines import Convert
from gateway.domain.release import StepReceived
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import EvidenceItem
from gateway.lifecycle.journal import Journal
from gateway.lifecycle.movements.authorities import (
    LATE_EFFECT,
    Moved,
    Ordering,
    Pauses,
    PositionRead,
    found_there,
    order,
    question,
    stands_by_its_word,
)
from gateway.quantities.book import (
    Aim,
    Step,
    Target,
    as_ordered,
    came_true,
    differs,
    holding_of,
    in_doubt,
    is_left,
    next_step,
    not_left,
    not_sent,
    overdrawn,
    settled_by_position,
    settled_by_receipt,
)
from gateway.turns import in_line

SHARE = 16
"""Orders, or positions read, of one declaration that wait at one authority at the same time: others' come in between."""
ROUNDS = 4
"""Movements of one document in one look: an order that was read back as not done is sent once more, not for ever."""


class Carrying:
    """One declaration's movements, while its lease is held."""

    def __init__(
        self,
        journal: Journal,
        *,
        ordering: Ordering,
        convert: Convert,
        clock: Callable[[], datetime],
        new_key: Callable[[], str],
        cited: AsCited,
        pauses: Pauses,
    ) -> None:
        self.cited = cited
        """Under which spelling each document is cited now."""
        self._journal = journal
        self._ordering = ordering
        self._convert = convert
        self._clock = clock
        self._new_key = new_key
        self._pauses = pauses
        self._movements = {movement.number: movement for movement in journal.work.movements}
        self._known: dict[tuple[str, str], Standing] | None = None
        self._touched: dict[int, list[str]] = {}
        """The movements about which something more is known now, each with the evidence of it."""
        self._differing: list[Movement] = []
        self.differed: set[tuple[str, str]] = set()
        """The documents of which an authority was found to have something else than was known."""
        self._overdrawn: list[Movement] = []
        self._read: set[tuple[str, str]] = set()
        self._suspect: set[tuple[str, str]] = set()
        """The documents of which an answer shows nothing any more: that has to be read for itself."""
        self._unreached: set[tuple[str, str]] = set()
        self.status_changed = False
        """Whether an authority said, to an order since this was last set, that a document's status had changed."""
        self._unread = False
        """Whether a position that had to be read could not be."""
        self.evidence: list[EvidenceItem] = []

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Where each document stands now."""
        return tuple(self._by_document.values())

    @property
    def _by_document(self) -> dict[tuple[str, str], Standing]:
        # Asked for often, and of a declaration with a thousand documents long to work out.
        if self._known is None:
            known = standings(self._movements.values(), self.cited.document)
            self._known = {one.document: one for one in known}
        return self._known

    @property
    def in_doubt(self) -> bool:
        """Whether it is not known of some movement what became of it."""
        return any(one.last.open for one in self.standings)

    def movements_of(self, step: int) -> tuple[Movement, ...]:
        """Gives the movements that belong to a received step."""
        return tuple(one for one in self._movements.values() if one.step == step)

    def concerns(self, step: StepReceived, view: InForce) -> tuple[str, str] | None:
        """Gives the document that an officer's intervention is about, as it is cited; None: the step is none."""
        order = step.intervention
        if order is None:
            return None
        route = view.route(order.type, self._journal.work.declaration.direction)
        adapter = route.adapter if route is not None else None
        return self.cited.key(adapter, order.type, order.document_reference)

    async def told(self, read: Mapping[tuple[str, str], tuple[str, Ledger]]) -> None:
        """Takes the positions that were read while verifying, each with who told it.

        They settle what is open, show where an authority has something else, and what it has that is not known here.

        Raises:
            LeaseLost, Stale, StoreUnavailable: what was found cannot be noted.
        """
        known, unsaid = self._by_document, self._unsaid()
        found = []
        for document, (adapter, ledger) in sorted(read.items()):
            standing = known.get(document)
            if standing is not None and self._has_to_be_read(standing, ledger, unsaid.get(document, ())):
                self._suspect.add(document)
            elif standing is not None:
                self._take(standing, ledger, (), unsaid.get(document, ()))
            elif (mrn := self._journal.work.mrn) and not (holding := holding_of(ledger, mrn)).empty:
                found.append(
                    found_there(self._journal.work, document, adapter, holding, self._new_key(), self._clock())
                )
        if found:
            found = [structs.replace(one, number=number) for number, one in enumerate(found, start=self._free())]
            body = {"movements": [movement_told(movement, ()) for movement in found]}
            await self._intend(found, Event(kind=EventKind.QUANTITY_DIFFERED, at=self._clock(), body=body))
        await self._mend()

    async def read_back(self, *, everything: bool = False) -> None:
        """Reads the positions of all documents whose movements are open, or of all that were moved."""
        unsaid = self._unsaid()
        asked = [
            one
            for one in self.standings
            if (
                everything
                or one.last.open
                or one.document in self._suspect
                or self._are_due_again(unsaid.get(one.document, ()))
            )
            and one.document not in self._read
        ]
        positions = await in_line([one.last for one in asked], self._position, line=attrgetter("adapter"), share=_share)
        for standing, position in zip(asked, positions, strict=True):
            digests = self._keep(position.evidence)
            if position.ledger is not None:
                self._take(standing, position.ledger, digests, unsaid.get(standing.document, ()))
            elif standing.last.open:
                self._set(in_doubt(standing.last, position.cause), digests)
            else:
                self._unread = True
                self._set(standing.last, digests)
        await self._mend()

    async def towards(self, targets: Sequence[Target], *, step: int | None = None, version: int | None = None) -> None:
        """Brings the documents to their targets as far as the authorities go along.

        `version` is the one that the targets are of: a release that was begun may be of an older one than the newest.

        Raises:
            LeaseLost, Stale, StoreUnavailable: nothing more may be ordered.
        """
        tries: Counter[tuple[tuple[str, str], MovementKind]] = Counter()
        for _ in range(ROUNDS):
            # One order for one document at a time: what comes after it is another round.
            steps = [(target, found) for target in targets if (found := self._next(target)) is not None]
            steps = [(target, found) for target, found in steps if tries[target.document, found.kind] < 2]
            if not steps:
                break
            carried = await self._carry_all([self._planned(target, found, step, version) for target, found in steps])
            for movement in carried:
                # What was refused or could not be sent is not tried again in this look; what a doubt ended as not done is, once.
                again = movement.state is MovementState.NOT_DONE and movement.doubted
                tries[self.cited.document(movement), movement.kind] += 1 if again else 2
        self._unreached |= {target.document for target in targets if self._next(target) is not None}

    def reached(self, target: Target) -> bool:
        """Whether a document is where it has to be, for sure."""
        standing = self._by_document.get(target.document)
        if standing is None or standing.last.open:
            return standing is None and target.aim is Aim.NOTHING
        return next_step(standing.holding, target, self._convert) is None

    async def intervene(self, movement: Movement) -> Movement:
        """Carries an officer's intervention out, and gives it as it ended; raises as `towards` does."""
        (carried,) = await self._carry_all([structs.replace(movement, key=self._new_key(), planned_at=self._clock())])
        return carried

    @property
    def movements(self) -> tuple[Movement, ...]:
        """All movements as they stand now."""
        return tuple(self._movements[number] for number in sorted(self._movements))

    @property
    def touched(self) -> tuple[Movement, ...]:
        """The movements about which something more is known than is committed."""
        return tuple(self._movements[number] for number in sorted(self._touched))

    def left_standing(self, *, ended: bool, released: bool) -> tuple[tuple[str, str], ...]:
        """Names the documents of which an authority has something that no order of this gateway puts right.

        Args:
            ended: whether nothing at all is to be held any more.
            released: whether goods are released: what is written off then stays, but for what came late.
        """
        return tuple(
            one.document
            for one in self.standings
            if not one.last.open
            and not (one.document in self._unreached and one.last.state is MovementState.NOT_DONE)
            and ((ended and not one.holding.empty) or (released and (one.late or one.both)))
        )

    def is_news(self, documents: Sequence[tuple[str, str]]) -> bool:
        """Whether something of these documents was found to differ, or was ordered in vain, in this look."""
        return not (self.differed | self._unreached).isdisjoint(documents)

    @property
    def holds(self) -> bool:
        """Whether something is reserved."""
        return any(one.holding.reserved for one in self.standings)

    def wait(self) -> timedelta | None:
        """Says after what time the authorities have to be looked at again; None: there is no need."""
        doubts = [one.last.looks for one in self.standings if one.last.open]
        if doubts:
            return self._pauses.after(min(doubts))
        if any(tries := self._tries_in_vain()):
            return self._pauses.after(min(filter(None, tries)))
        # What was read back as not done may still be done by a request that is on its way.
        now = self._clock()
        readings = [left for m in self._movements.values() if (left := self._pauses.until_read(m, now)) is not None]
        # Of what a later movement went beyond, that one's position was read.
        uncompared = any(one.last.by_receipt_alone and one.last.cause is not None for one in self.standings)
        waits = [left for left in readings if left > timedelta()]
        if self._unread or uncompared or len(waits) < len(readings):
            waits.append(LATE_EFFECT)
        return min(waits, default=None)

    def events(self, at: datetime) -> list[Event]:
        """Gives what the trail is told of the movements."""
        found = []
        if self._differing:
            found.append(
                Event(
                    kind=EventKind.QUANTITY_DIFFERED,
                    at=at,
                    body={"movements": [movement_told(m, ()) for m in self._differing]},
                )
            )
        if self._touched:
            body = {
                "movements": [
                    movement_told(self._movements[n], digests) for n, digests in sorted(self._touched.items())
                ]
            }
            found.append(Event(kind=EventKind.QUANTITY_SETTLED, at=at, body=body))
        return found

    def _tries_in_vain(self) -> list[int]:
        """How often each document that is not where it has to be was ordered in vain since it last came out otherwise."""
        tries = dict.fromkeys(self._unreached, 0)
        for movement in self.movements if tries else ():
            document = self.cited.document(movement)
            if document in tries:
                tries[document] = tries[document] + 1 if movement.state is MovementState.NOT_DONE else 0
        return list(tries.values())

    def _next(self, target: Target) -> Step | None:
        standing = self._by_document.get(target.document)
        if standing is not None and standing.last.open:
            return None
        return next_step(standing.holding if standing is not None else Holding(), target, self._convert)

    def _planned(self, target: Target, step: Step, received: int | None, version: int | None) -> Movement:
        work = self._journal.work
        standing = self._by_document.get(target.document)
        last = standing.last if standing is not None else None
        office = work.declaration.customs_office or (last.customs_office if last is not None else "")
        assert work.mrn is not None, "nothing moves before acceptance"
        return Movement(
            number=0,
            type=target.type,
            reference=target.reference,
            adapter=target.adapter,
            kind=step.kind,
            version=version or work.version,
            mrn=last.mrn if last is not None else work.mrn,
            key=self._new_key(),
            customs_office=office,
            lines=step.lines,
            restates=step.restates,
            replaces=standing.holding.written_off if standing is not None and step.kind is MovementKind.AMEND else (),
            step=received,
            planned_at=self._clock(),
        )

    def _free(self) -> int:
        return max(self._movements, default=0) + 1

    async def _carry_all(self, movements: Sequence[Movement]) -> tuple[Movement, ...]:
        before = {document: one.holding for document, one in self._by_document.items()}
        movements = [
            structs.replace(movement, number=number) for number, movement in enumerate(movements, start=self._free())
        ]
        planned = {"movements": [movement_told(movement, ()) for movement in movements]}
        await self._intend(movements, Event(kind=EventKind.QUANTITY_PLANNED, at=self._clock(), body=planned))
        held = [before.get(self.cited.document(movement), Holding()) for movement in movements]
        orders = list(zip(movements, held, strict=True))
        await in_line(orders, lambda one: self._carry(*one), line=lambda one: one[0].adapter, share=_share)
        return tuple(self._now(movement) for movement in movements)

    async def _intend(self, movements: Sequence[Movement], event: Event) -> None:
        """Commits movements, and with them whatever was settled so far."""
        events = (*self.events(self._clock()), event)
        await self._journal.intend(movements, events, settled=self.touched, evidence=self.evidence)
        self._touched, self._differing, self.evidence = {}, [], []
        self._movements |= {movement.number: movement for movement in movements}
        self._known = None

    async def _carry(self, movement: Movement, before: Holding) -> None:
        guarded = _is_guarded(movement)
        if guarded:
            position = await self._position(movement)
            self._keep(position.evidence)
            if position.ledger is None:
                self._set(not_sent(movement, before, position.cause, self._clock()), ())
                return
            if not is_left(movement, before, position.ledger, self._convert):
                self._set(not_left(movement, before, self._clock()), ())
                return
        if movement.restates:
            if not await self._restated(movement, before):
                return
            movement, before = self._now(movement), Holding(reserved=movement.lines)
        await self._sent(movement, before)
        if guarded and self._now(movement).state is MovementState.DONE:
            await self._make_sure_nothing_is_overdrawn(self._now(movement), before)

    async def _restated(self, movement: Movement, before: Holding) -> bool:
        """Reserves just what is to be written off; says whether that stands."""
        await self._sent(
            structs.replace(movement, kind=MovementKind.RESERVE, restates=False), before, restating=movement
        )
        settled = self._now(movement)
        if settled.state is not MovementState.DONE:
            # The number belongs to the write-off, of which this was the first half.
            self._set(structs.replace(settled, kind=movement.kind, restates=True), ())
            return False
        # What the authority said of the certificate with the first half counts for the whole.
        self._set(structs.replace(movement, status_changed=settled.status_changed, message_ids=settled.message_ids), ())
        return True

    async def _sent(self, movement: Movement, before: Holding, *, restating: Movement | None = None) -> None:
        key = movement.key if restating is None else uuid5(NAMESPACE_OID, movement.key).hex
        moved = await self._move(movement, movement.kind, key)
        digests = self._keep(moved.evidence)
        known = self._movements[movement.number]
        movement = structs.replace(movement, message_ids=(*known.message_ids, *moved.message_ids))
        if moved.receipt is not None:
            settled = settled_by_receipt(movement, moved.receipt, before, self._clock())
            if settled is not None:
                alone = moved.by_receipt_alone
                if settled.by_receipt_alone != alone:
                    settled = structs.replace(settled, by_receipt_alone=alone)
                self._set(settled, digests)
                return
        elif not moved.sent:
            self._set(not_sent(movement, before, moved.cause, self._clock()), digests)
            return
        if moved.unconfirmed is not None:
            said = moved.unconfirmed
            # What the authority said of the document stays known, whatever it comes to.
            movement = structs.replace(movement, authority_code=said.authority_code)
            movement = structs.replace(movement, status_changed=movement.status_changed or said.status_changed)
            if stands_by_its_word(movement, moved, before, self._convert):
                settled = settled_by_receipt(movement, said, before, self._clock())
                assert settled is not None, "a receipt that a position may confirm says that it was done"
                # Why it could not be compared yet is kept: it is, as soon as the position can be read.
                self._set(structs.replace(settled, by_receipt_alone=True, cause=moved.cause), digests)
                return
        position = await self._position(movement)
        digests = (*digests, *self._keep(position.evidence))
        if position.ledger is None:
            self._set(in_doubt(movement, moved.cause or position.cause), digests)
            return
        holding = holding_of(position.ledger, movement.mrn)
        settled = settled_by_position(movement, holding, self._clock(), self._convert, moved.receipt)
        if moved.receipt is None:
            cause = None if settled.state is MovementState.DONE else moved.cause
            settled = structs.replace(settled, cause=cause, doubted=True)
        self._set(settled, digests)

    async def _make_sure_nothing_is_overdrawn(self, movement: Movement, before: Holding) -> None:
        """An authority need not look whether an amended write-off is left: what took too much is taken back."""
        position = await self._position(movement)
        digests = self._keep(position.evidence)
        if position.ledger is None:
            self._set(in_doubt(movement, position.cause), digests)
        elif overdrawn(movement, before, position.ledger, self._convert):
            await self._taken_back(movement, before, digests)

    async def _taken_back(self, movement: Movement, before: Holding, digests: Sequence[str]) -> None:
        back = structs.replace(movement, lines=before.written_off)
        key = uuid5(NAMESPACE_OID, movement.key).hex
        moved = await self._move(back, MovementKind.AMEND, key)
        digests = (*digests, *self._keep(moved.evidence))
        said = moved.receipt or moved.unconfirmed
        if said is not None and said.status_changed:
            movement = structs.replace(movement, status_changed=True)
        done = moved.receipt is not None and settled_by_receipt(back, moved.receipt, before, self._clock())
        if done and done.state is MovementState.DONE:
            self._set(not_left(movement, before, self._clock()), digests)
        else:
            self._set(in_doubt(movement, moved.cause), digests)

    async def _mend(self) -> None:
        """Takes back what a movement took too much that somebody else had sent."""
        overdrawn, self._overdrawn = self._overdrawn, []
        for movement in overdrawn:
            await self._taken_back(movement, Holding(written_off=movement.replaces), ())

    def _take(self, standing: Standing, ledger: Ledger, digests: Sequence[str], unsaid: Sequence[Movement]) -> None:
        holding = holding_of(ledger, standing.last.mrn)
        self._read.add(standing.document)
        late = self._came_late(standing, holding, unsaid)
        last = self._now(standing.last)
        if last.open:
            # Whoever planned it and did not tell may still have sent it.
            settled = settled_by_position(
                structs.replace(last, doubted=True, readings=0), holding, self._clock(), self._convert
            )
            if settled.state is MovementState.NOT_DONE and differs(standing, holding, self._convert):
                self._differ(standing, settled)
            self._set(settled, digests)
            self._compare(settled, ledger)
        elif done := came_true(last, holding, self._clock(), self._convert):
            self._differ(standing, done)
            self._set(done, digests)
            self._compare(done, ledger)
        elif differs(standing, holding, self._convert):
            changed = structs.replace(last, holding=as_ordered(holding, last, self._convert))
            if not late and last.unsaid and not holding.empty:
                # Whatever said that it gave everything back was wrong.
                changed = structs.replace(changed, state=MovementState.NOT_DONE)
            self._differ(standing, changed)
            self._set(changed, digests)
        elif self._are_due_again((last,)):
            self._set(structs.replace(last, by_receipt_alone=False, cause=None), digests)
        elif digests or last.by_receipt_alone:
            # That it was read back, and found as it was left, is told too.
            cause = None if last.by_receipt_alone else last.cause
            self._set(structs.replace(last, by_receipt_alone=False, cause=cause), digests)
        self._count_reading(unsaid)

    def _compare(self, done: Movement, ledger: Ledger) -> None:
        """Notes an amended write-off that somebody else had sent, or that came late, if it took more than was left."""
        replaced = Holding(written_off=done.replaces)
        is_done = done.state is MovementState.DONE
        if is_done and _is_guarded(done) and overdrawn(done, replaced, ledger, self._convert):
            self._overdrawn.append(done)

    def _differ(self, standing: Standing, movement: Movement) -> None:
        self._differing.append(movement)
        self.differed.add(standing.document)

    def _came_late(self, standing: Standing, holding: Holding, unsaid: Sequence[Movement]) -> bool:
        """Settles as done an order of before the last one that has come true meanwhile; says whether there is one."""
        if not unsaid or not differs(standing, holding, self._convert):
            return False
        for movement in reversed(unsaid):
            done = came_true(movement, holding, self._clock(), self._convert)
            if done is not None and movement.number != standing.last.number:
                self._set(done, ())
                return True
        return False

    def _unsaid(self) -> Mapping[tuple[str, str], Sequence[Movement]]:
        """The movements of which only a position says what became of them, by document."""
        found: dict[tuple[str, str], list[Movement]] = {}
        for movement in self._movements.values():
            if movement.unsaid:
                found.setdefault(self.cited.document(movement), []).append(movement)
        return found

    def _count_reading(self, unsaid: Sequence[Movement]) -> None:
        now = self._clock()
        for before in unsaid:
            # Those whose time had come before it was read, whatever was found.
            over, movement = self._pauses.over(before, now), self._now(before)
            if over > movement.readings:
                self._set(structs.replace(movement, readings=over), ())

    def _has_to_be_read(self, standing: Standing, ledger: Ledger, unsaid: Sequence[Movement]) -> bool:
        """Whether a position that came with an answer is not enough: that nothing is held any more may be an answer cut short."""
        gone = holding_of(ledger, standing.last.mrn).empty
        expected = not standing.holding.empty or (standing.last.open and standing.last.kind in GIVING_BACK)
        return gone and (expected or self._are_due_again(unsaid))

    def _are_due_again(self, movements: Sequence[Movement]) -> bool:
        """Whether the time has come to read one of them again: something of it may have come late."""
        now = self._clock()
        waits = [left for one in movements if (left := self._pauses.until_read(one, now)) is not None]
        return any(left <= timedelta() for left in waits)

    def _now(self, movement: Movement) -> Movement:
        return self._movements[movement.number]

    def _set(self, movement: Movement, digests: Sequence[str]) -> None:
        said = self._movements.get(movement.number)
        self.status_changed |= _says_of_status(movement) and not (said is not None and _says_of_status(said))
        self._movements[movement.number] = movement
        self._known = None
        self._touched.setdefault(movement.number, []).extend(digests)

    def _keep(self, evidence: Sequence[EvidenceItem]) -> tuple[str, ...]:
        self.evidence.extend(evidence)
        return tuple(item.digest for item in evidence)

    async def _move(self, movement: Movement, kind: MovementKind, key: str) -> Moved:
        with self._journal.sending(movement.number) as sending:
            moved = await self._ordering.move(
                movement.adapter, kind, self._order(movement, key), may_send=self._journal.may_send
            )
            sending.sent = moved.sent
        return moved

    async def _position(self, movement: Movement) -> PositionRead:
        direction = self._journal.work.declaration.direction
        asked = replace(question(movement, direction), reference=self.cited.asked(movement))
        return await self._ordering.read_position(movement.adapter, asked)

    def _order(self, movement: Movement, key: str) -> QuantityOrder:
        ordered = order(movement, key, self._journal.work.declaration.direction)
        reference = self.cited.asked(movement)
        return ordered if reference == ordered.reference else replace(ordered, reference=reference)


def _says_of_status(movement: Movement) -> bool:
    """Whether the authority said with it that the document's status is another one than was asked for before."""
    refused = movement.state is MovementState.REFUSED and movement.refusal is Refusal.STATUS
    return movement.status_changed or refused


def _share(adapter: str) -> int:
    return SHARE


def _is_guarded(movement: Movement) -> bool:
    """Whether it amends a write-off without an officer's word: then nothing may be taken that is not left."""
    return movement.kind is MovementKind.AMEND and not movement.by_officer
