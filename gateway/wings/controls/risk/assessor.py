"""The assessment by packs: before a decision is committed, controls are ordered of what is chosen, and all of it is sealed."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import structlog
from msgspec import structs

from gateway.beside import beside_if_large
from gateway.domain.calendar import Calendar
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.errors import Stale, StoreError
from gateway.domain.events import EventKind
from gateway.domain.record import Work
from gateway.domain.tables.in_force import Tables
from gateway.store import Outcome
from gateway.wings.controls.acts import GOODS, MIDDLE, NewOrder
from gateway.wings.controls.kept import KeptOrders, LockedOrders
from gateway.wings.controls.order import ControlStage
from gateway.wings.controls.parties.authority import PartyQuestions
from gateway.wings.controls.parties.facts import PartyFacts, have_lost, hints_of, trusted
from gateway.wings.controls.risk.criteria import Assessed, Criteria, Hit
from gateway.wings.controls.risk.ledger import packs_of
from gateway.wings.controls.risk.replay import both_from
from gateway.wings.controls.risk.room import (
    AlertMatch,
    AssessedBy,
    Before,
    FoundCodes,
    SealedAssessment,
    SealedOrder,
    SealedRoom,
)
from gateway.wings.controls.rows import ControlLevel
from gateway.wings.controls.steps import OrderSteps

log = structlog.get_logger(__name__)

UNDETERMINED = "undetermined"
_ROWS_OF_SIZE = 3
"""The rows that take as long as a goods item does otherwise."""
_ALL = NewOrder(types=(GOODS,), level=MIDDLE)
"""A control of all goods."""


class AttemptsLost(Exception):
    """Too many processes ended while they had the declaration in hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenControl:
    """A control to order, with why."""

    new: NewOrder
    stage: ControlStage
    trigger: str
    criteria: tuple[str, ...]
    tells: bool = False
    """Whether an authorised operator may be told by itself: by the row of everything that is chosen."""
    unless_done: bool = False
    """Whether it is void once the same control was done at entry: by the row of everything that is ordered."""


class Assessor:
    """The assessor of one replica. Every call raises `StoreUnavailable` without a database."""

    def __init__(
        self,
        room: SealedRoom,
        kept: KeptOrders,
        steps: OrderSteps,
        *,
        tables: Callable[[], Tables],
        calendar: Calendar,
        clock: Callable[[], datetime],
        attempts: int,
        questions: PartyQuestions | None = None,
    ) -> None:
        self._room = room
        self._kept = kept
        self._steps = steps
        self._tables = tables
        self._calendar = calendar
        self._clock = clock
        self._attempts = attempts
        self._questions = questions
        self._criteria: tuple[int, Criteria, Criteria] | None = None
        self._reading = asyncio.Lock()

    @property
    def applies(self) -> bool:
        """Whether a pack was ever published."""
        return self._room.has_packs

    async def before_release(self, work: Work) -> Work:
        """Order what the packs in force choose of what is not assessed yet, so that no release passes it; return the work as it is then.

        Raises:
            Stale: something was received meanwhile.
        """
        work, _ = await self._determined(work, None)
        return work

    async def before_commit(self, work: Work, outcome: Outcome) -> tuple[Work, Outcome]:
        """Order what the packs in force choose, and seal what they come to; return the work and the outcome as they are committed then.

        Raises:
            Stale: something was received meanwhile, or what is ordered now has to be known where goods are released.
        """
        done, digest = await self._determined(work, outcome)
        if done.event_seq != work.event_seq and work.steps:
            raise Stale
        if digest is None:
            return done, outcome
        events = tuple(
            structs.replace(one, body={**one.body, "assessed": digest}) if one.kind is EventKind.DECIDED else one
            for one in outcome.events
        )
        return done, replace(outcome, events=events)

    async def _determined(self, work: Work, outcome: Outcome | None) -> tuple[Work, str | None]:
        """Assess, and where that fails, order all of the goods to be controlled: what is not determined is not released."""
        if work.ended is not None or work.invalidating:
            return work, None
        try:
            if work.lost_attempts >= self._attempts:
                raise AttemptsLost  # the assessment may be what ends the process
            return await self._sealed(work, outcome)
        except StoreError:
            raise
        except Exception as error:  # whatever it is: no fault of a pack lets goods go, or is told of by name
            if await self._counts_nothing():
                return work, None
            log.error("risk_not_determined", error=type(error).__name__)
            return await self._undetermined(work), None

    async def _sealed(self, work: Work, outcome: Outcome | None) -> tuple[Work, str | None]:
        if not ((await self._now())[1].names or (await self._shadow()).names or self._room.is_unreadable):
            return work, None
        before, accepted = await self._room.before(work.id, work.declaration), work.accepted_at is not None
        last, decision = before.last, outcome.decision if outcome is not None else None
        if decision is None and await self.has_counted(last, work.version, before.parties, accepted=accepted):
            return work, None
        if decision is not None and self._questions is not None:
            before = await self._with_parties(before, work.declaration, self._questions)
        # A publication may have been read with what is known.
        assessed, shadow, grounds = await self._assessed(work, decision or work.last, before)
        chosen = await self._chosen(assessed, last, work.version)
        sealed = SealedAssessment(
            assessed=assessed,
            accepted=accepted,
            chosen=tuple(sorted({one.drawn_as for one in assessed.chosen} | set(last.chosen if last else ()))),
            orders=last.orders if last is not None else (),
            grounds=grounds,
            shadow=shadow,
        )
        if chosen:
            work, digest = await self._ordered(work, before, sealed, chosen)
        else:
            digest = await self._room.write(work.id, work.token, before, sealed)
        if digest is None:
            raise Stale
        await self._room.keep_matches(await self.matches(work.id, assessed))
        return work, digest

    async def _with_parties(self, before: Before, declaration: Declaration, questions: PartyQuestions) -> Before:
        """Ask about the operators of a declaration that are not known, where a weight is in force or in shadow, or any may be told by itself."""
        _, criteria = await self._now()
        if not (criteria.weighs or criteria.may_tell or (await self._shadow()).weighs):
            return before
        found, asked = await questions.facts(declaration, before.registered, day=criteria.day, now=self._clock())
        return structs.replace(before, parties={**before.parties, **found}, asked=asked)

    async def matches(self, record_id: str, assessed: Assessed, *, released: bool = False) -> Sequence[AlertMatch]:
        """Return what of an assessment is told to analysts."""
        (_, criteria), published = await self._now(), self._room.ledger.published_at
        items: dict[tuple[str, str], set[int]] = {}
        for one in assessed.hits:
            if one.pack in criteria.alerts:
                items.setdefault((one.pack, one.criterion), set()).add(one.goods_item)
        return [
            AlertMatch(
                alert=alert,
                published=published(alert),
                criterion=criterion,
                declaration=record_id,
                version=assessed.version,
                goods_items=tuple(sorted(found)),
                released=released,
            )
            for (alert, criterion), found in items.items()
        ]

    async def has_counted(
        self, last: SealedAssessment | None, version: int, parties: Mapping[str, PartyFacts], *, accepted: bool
    ) -> bool:
        """Whether an assessment is of the declaration and its parties as they are, by each pack that looks back as it is now."""
        if last is None or (last.assessed.version, last.accepted) != (version, accepted):
            return False
        by, counted = last.grounds, last.assessed.packs
        if by is not None and have_lost(by.trusted, parties, self._calendar.day(self._clock())):
            return False
        wanted = await self.reaching_back()
        return not wanted or (by is not None and all(name in counted and at <= by.ledger for name, at in wanted))

    async def reaching_back(self) -> tuple[tuple[str, int], ...]:
        """Return the packs in force that look back, each with the number of the entry by which it was published last."""
        _, criteria = await self._now()
        return tuple((one, self._room.ledger.published_at(one)) for one in criteria.looking_back)

    async def void_if_done(self, record_id: str, lent: LockedOrders) -> frozenset[int]:
        """Return the orders of a declaration that are void once the same control was done at entry; where that cannot be read, none is."""
        try:
            return await self._room.void_if_done(record_id, lent.connection)
        except StoreError:
            raise
        except Exception as error:  # whatever it is: the orders stay, and so do the goods
            log.error("risk_not_determined", error=type(error).__name__)
            return frozenset()

    async def weighs(self) -> bool:
        """Whether trusted operators are chosen less often by any pack in force."""
        _, criteria = await self._now()
        return criteria.weighs

    async def alerts(self) -> tuple[tuple[tuple[str, int], ...], Callable[[Declaration, int], Assessed]]:
        """Return the alerts in force, each with the number of its entry, and what a version of a declaration comes to by them."""
        (_, now), ledger = await self._now(), self._room.ledger
        criteria = Criteria(tuple(one for one in ledger.packs if one.name in now.alerts), now.day)
        view = self._tables().at(now.day)

        def held(declaration: Declaration, version: int) -> Assessed:
            return criteria.assess(declaration, view, version=version, findings=lambda _: frozenset(), draw=lambda _: 0)

        return tuple((one, ledger.published_at(one)) for one in sorted(now.alerts)), held

    async def _undetermined(self, work: Work) -> Work:
        """Order a control of all goods, once a version, where what is sealed cannot be read or written."""
        async with self._kept.locked(work.id) as lent:
            _must_be_read(lent, work)
            for one in lent.known.values():
                first = one.acts[0]
                if first.version == work.version and not one.goods_items and await lent.who_did(first.seq) is None:
                    return work
            await self._steps.open_chosen(lent, _ALL, after_release=False)
            return _moved(work, lent)

    async def _now(self) -> tuple[int, Criteria]:
        """Return the criteria in force, with the number of the ledger's last entry that they come from."""
        async with self._reading:
            day, seq = self._calendar.day(self._clock()), self._room.ledger.packs_seq
            if self._criteria is None or (self._criteria[0], self._criteria[1].day) != (seq, day):
                packs, shadows = self._room.ledger.packs, packs_of(self._room.ledger.shadows)
                rows = sum(len(one.row) for one in (*packs, *shadows))
                self._criteria = await beside_if_large(
                    rows, lambda: (seq, Criteria(packs, day), Criteria(shadows, day))
                )
            return self._criteria[:2]

    async def _shadow(self) -> Criteria:
        """Return the criteria in shadow, read with those in force."""
        await self._now()
        assert self._criteria is not None, "it was read"
        return self._criteria[2]

    async def _counts_nothing(self) -> bool:
        """Whether no pack is in force, by what can be read: what fails then is in shadow alone, and holds nothing."""
        try:
            return not (self._room.is_unreadable or (await self._now())[1].names)
        except Exception:  # whatever it is: more may be in force than was read
            return False

    async def _assessed(
        self, work: Work, decision: NumberedDecision | None, before: Before
    ) -> tuple[Assessed, Assessed | None, AssessedBy]:
        """Return what the packs in force come to, what those in shadow do, and what that was made from."""
        (ledger, criteria), shadow, tables = await self._now(), await self._shadow(), self._tables()
        month = work.received_at.astimezone(UTC).strftime("%Y-%m")
        epoch = await self._room.ledger.epoch(month, self._clock())
        weighs = criteria.weighs or shadow.weighs
        grounds = AssessedBy(
            ledger=ledger,
            day=criteria.day,
            tables=tables.digest,
            month=month,
            before=tuple(sorted(before.chosen & criteria.drawing)),
            findings=findings_of(decision, criteria.findings | shadow.findings),
            mrn=work.mrn if criteria.lists_mrn or shadow.lists_mrn else None,
            trusted=trusted(before.parties, criteria.day) if weighs else (),
            hints=hints_of(before.parties) if weighs else (),
            asked=before.asked,
        )

        def assess() -> tuple[Assessed, Assessed | None]:
            return both_from(
                grounds,
                criteria,
                shadow,
                work.declaration,
                tables,
                record_id=work.id,
                version=work.version,
                epoch=epoch,
            )

        # Each goods item may meet many rows: what is large is said by both.
        most = criteria.most + shadow.most
        size = max(work.declaration.size, len(work.declaration.items) * most // _ROWS_OF_SIZE)
        return *(await beside_if_large(size, assess)), grounds

    async def _chosen(self, assessed: Assessed, last: SealedAssessment | None, version: int) -> list[ChosenControl]:
        """Return the controls to order: one a stage, of all that is chosen and was not ordered before."""
        _, criteria = await self._now()
        tells = not assessed.failed and all((one.pack, one.criterion) in criteria.may_tell for one in assessed.chosen)
        orders = last.orders if last is not None else ()
        known = {(one, item) for order in orders for one in order.criteria for item in order.goods_items}
        made = []
        for stage in ControlStage:
            hits = [
                one
                for one in assessed.chosen
                if one.types and one.stage is stage and (one.drawn_as, one.goods_item) not in known
            ]
            if hits:
                made.append(self._control(hits, stage, criteria, tells=tells))
        fault = f"{UNDETERMINED} {version}"
        if assessed.failed and all(fault not in order.criteria for order in orders):
            log.error("risk_not_determined", error="measure")
            made.append(
                ChosenControl(new=_ALL, stage=ControlStage.BEFORE_RELEASE, trigger=UNDETERMINED, criteria=(fault,))
            )
        return made

    def _control(self, hits: list[Hit], stage: ControlStage, criteria: Criteria, *, tells: bool) -> ChosenControl:
        levels = self._tables().at(self._calendar.day(self._clock())).further
        ranks = {one.level: row.rank if (row := levels.find(ControlLevel, one.level)) else 0 for one in hits}
        gravest = max(hits, key=lambda one: ranks[one.level])
        by_criteria = any(not one.random for one in hits)
        return ChosenControl(
            new=NewOrder(
                types=tuple(sorted({each for one in hits for each in one.types})),
                goods_items=tuple(sorted({one.goods_item for one in hits})),
                level=gravest.level,
                instruction=gravest.instruction,
            ),
            stage=stage,
            trigger="criterion" if by_criteria else "random",
            criteria=tuple(sorted({one.drawn_as for one in hits})),
            tells=tells,
            unless_done=all((one.pack, one.criterion) in criteria.unless_done for one in hits),
        )

    async def _ordered(
        self, work: Work, before: Before, sealed: SealedAssessment, chosen: list[ChosenControl]
    ) -> tuple[Work, str | None]:
        """Write the orders with the assessment that they come from: all of it or nothing."""
        async with self._kept.locked(work.id) as lent:
            _must_be_read(lent, work)
            orders = list(sealed.orders)
            for one in chosen:
                made = await self._steps.open_chosen(
                    lent, one.new, after_release=one.stage is ControlStage.AFTER_RELEASE, tells=one.tells
                )
                orders.append(
                    SealedOrder(
                        number=made.number,
                        trigger=one.trigger,
                        criteria=one.criteria,
                        goods_items=one.new.goods_items,
                        unless_done=one.unless_done,
                    )
                )
            whole = structs.replace(sealed, orders=tuple(orders))
            digest = await self._room.write(work.id, work.token, before, whole, connection=lent.connection)
            if digest is None:
                raise Stale
            work = _moved(work, lent)
        return work, digest


def _must_be_read(lent: LockedOrders, work: Work) -> None:
    if lent.reached.seq != work.event_seq:
        raise Stale


def _moved(work: Work, lent: LockedOrders) -> Work:
    """Return the work as it is moved on by what was written under the lock."""
    reached = lent.reached
    examination = reached.examination
    return replace(
        work, event_seq=reached.seq, event_head=lent.last_hash, controlled=reached.controlled, examination=examination
    )


def findings_of(decision: NumberedDecision | None, measured: frozenset[str]) -> tuple[FoundCodes, ...]:
    """Return the codes that are measured of the decision that counts, by goods item; those of None concern all."""
    found: dict[int | None, set[str]] = {}
    for one in decision.decision.findings if decision is not None else ():
        if one.code in measured:
            found.setdefault(one.goods_item, set()).add(one.code)
    return tuple(FoundCodes(goods_item=item, codes=tuple(sorted(codes))) for item, codes in found.items())
