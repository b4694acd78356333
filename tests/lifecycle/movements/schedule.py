"""Random lives of declarations, with everything that can go wrong on the way."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from hypothesis import strategies as st

from adapters.simulation.faults import Fault
from adapters.simulation.holds import Orphan, When
from gateway.domain.approval import Approval
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.errors import CallInvalid, Conflict
from gateway.domain.release import (
    InterventionKind,
    InterventionLine,
    InterventionOrder,
    Override,
    ReleasedItem,
    ReleaseOrder,
)
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import AMEND, CANCEL, DELETE, FORCE, READ, RESERVE, WRITE_OFF
from tests.builders.goods import COD, HADDOCK, JSON, KIND, MILK, Goods, Taken, message
from tests.builders.replicas import Office, Replica, invalidating, mrn_of, until
from tests.lifecycle.movements.invariants import Books, Known

CERTIFICATES = (
    (("0401", "20000", "KGM"),),
    (("0401", "300", "KGM"),),
    (("030363", "1.2", "TNE"), ("030364", "900000", "GRM")),
)
"""One with plenty, a hot one, and one with two lines in other units."""
AMOUNTS = (("50", "KGM"), ("100", "KGM"), ("150.5", "KGM"), ("0.1", "TNE"), ("75500.25", "GRM"))


@dataclass(frozen=True, slots=True)
class Lodge:
    items: tuple[tuple[tuple[int, int, int], ...], ...]
    """For each goods item: certificate, line and amount, each by its place."""
    pre_lodged: bool


@dataclass(frozen=True, slots=True)
class Accept:
    which: int


@dataclass(frozen=True, slots=True)
class Amend:
    which: int
    items: tuple[tuple[tuple[int, int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Release:
    which: int
    how: Literal["whole", "item", "half", "override"]
    item: int
    decided: bool
    """Customs waits for the decision first."""


@dataclass(frozen=True, slots=True)
class Intervene:
    which: int
    kind: InterventionKind
    amount: int


@dataclass(frozen=True, slots=True)
class Order:
    which: int
    what: Literal["invalidate", "abandon", "lapse", "doubt", "ask"]


@dataclass(frozen=True, slots=True)
class Fail:
    fault: Fault
    containing: str
    count: int


@dataclass(frozen=True, slots=True)
class Tamper:
    """The authority cancels or validates a certificate, or takes an allocation away."""

    which: int
    what: Literal["64", "70", "remove"]


@dataclass(frozen=True, slots=True)
class Traffic:
    """So many more requests come to the authority, unless nobody has anything in hand."""

    requests: int
    kill: bool
    """Then a replica is killed in mid-air, and another one started."""


@dataclass(frozen=True, slots=True)
class Linger:
    """A request waits at the authority, all replicas are killed, and it is done although nobody listens: at the next wait."""

    containing: str


@dataclass(frozen=True, slots=True)
class Outage:
    """The authority goes down, and officers open a contingency window; or it is back, and they close it."""

    begins: bool


@dataclass(frozen=True, slots=True)
class Wait:
    """Everything in hand is done, and what is due later is done too."""


Step: TypeAlias = (
    Lodge | Accept | Amend | Release | Intervene | Order | Fail | Tamper | Traffic | Linger | Outage | Wait
)

FAULTS = (
    Fault.DROP_AFTER, Fault.REFUSE_CONNECTION, Fault.ERROR, Fault.ERROR_AFTER, Fault.SOAP_FAULT, Fault.SOAP_FAULT_AFTER,
    Fault.HTML, Fault.EMPTY, Fault.TRUNCATED, Fault.HALF, Fault.SUMMARY_MISSING, Fault.UNKNOWN_CODE, Fault.CONTRADICTION,
    Fault.CONTRADICTION_ALLOCATION, Fault.CONTRADICTION_REASON, Fault.LATE, Fault.LATE_ANSWER, Fault.DOWN,
)  # fmt: skip
LATE_S = 0.03

_which = st.integers(0, 5)
_milk = st.lists(
    st.tuples(st.sampled_from((0, 1, 1)), st.just(0), st.integers(0, len(AMOUNTS) - 1)),
    min_size=1,
    max_size=2,
    unique_by=lambda taken: taken[0],
).map(tuple)
_fish = st.tuples(st.tuples(st.just(2), st.integers(0, 1), st.integers(0, len(AMOUNTS) - 1)))
_items = st.lists(st.one_of(_milk, _milk, _fish), min_size=1, max_size=3).map(tuple)

steps: st.SearchStrategy[Step] = st.one_of(
    st.builds(Lodge, _items, st.sampled_from((False, False, False, True))),
    st.builds(Amend, _which, _items),
    st.builds(
        Release,
        _which,
        st.sampled_from(("whole", "whole", "item", "half", "override")),
        st.integers(0, 2),
        st.sampled_from((True, True, True, False)),
    ),
    st.one_of(
        st.builds(Accept, _which),
        st.builds(Order, _which, st.sampled_from(("invalidate", "invalidate", "abandon", "lapse", "doubt", "ask"))),
        st.builds(
            Intervene,
            _which,
            st.sampled_from((InterventionKind.FORCE, InterventionKind.AMEND, InterventionKind.DELETE)),
            st.integers(0, len(AMOUNTS) - 1),
        ),
        st.builds(Tamper, _which, st.sampled_from(("64", "70", "remove"))),
    ),
    st.builds(
        Fail,
        st.sampled_from(FAULTS),
        st.sampled_from((RESERVE, RESERVE, WRITE_OFF, CANCEL, AMEND, DELETE, FORCE, READ)),
        st.integers(1, 2),
    ),
    st.builds(Traffic, st.integers(0, 6), st.booleans()),
    st.one_of(
        st.builds(Wait), st.builds(Wait), st.builds(Linger, st.sampled_from((RESERVE, WRITE_OFF, CANCEL, AMEND)))
    ),
)
_FIRST = Lodge(items=(((1, 0, 1),),), pre_lodged=False)
schedules = st.lists(steps, min_size=10, max_size=30).map(lambda found: (_FIRST, *found))

_contingent: st.SearchStrategy[Step] = st.one_of(
    st.builds(Outage, st.booleans()),
    st.builds(Lodge, _items, st.just(False)),
    st.builds(Release, _which, st.sampled_from(("whole", "item", "item", "half")), st.integers(0, 2), st.just(True)),
    st.builds(Release, _which, st.sampled_from(("whole", "item", "half")), st.integers(0, 2), st.just(True)),
    st.one_of(
        st.builds(Amend, _which, _items),
        st.builds(Tamper, _which, st.sampled_from(("64", "70", "70"))),
        st.builds(Order, _which, st.sampled_from(("ask", "ask", "invalidate", "doubt"))),
        st.builds(Fail, st.sampled_from(FAULTS), st.sampled_from((RESERVE, WRITE_OFF, AMEND)), st.just(1)),
        st.builds(Traffic, st.integers(0, 6), st.booleans()),
        st.builds(Wait),
    ),
)
contingent_schedules = st.lists(_contingent, min_size=10, max_size=20).map(
    lambda found: (Outage(begins=True), _FIRST, *found)
)
"""Lives of declarations with outages, inside whose windows goods are released."""


class Playing:
    """A schedule being played."""

    def __init__(self, office: Office, name: str, number: int) -> None:
        self.office = office
        self._name = name
        self._count = 0
        self._window: int | None = None
        self.books = Books(
            tuple(
                office.authority.issue(f"CHEDP.FR.2026.{number * 10 + place:07d}", *lines)
                for place, lines in enumerate(CERTIFICATES)
            )
        )

    async def play(self, schedule: tuple[Step, ...]) -> None:
        """Plays it, and afterwards waits until nothing is open any more."""
        for step in schedule:
            try:
                await self._do(step)
            except (CallInvalid, Conflict):
                # Who orders what cannot be done now is told so, and nothing happens.
                continue
        await self.end()

    async def end(self) -> None:
        """Lifts all faults and lets the gateway come to rest; the authority tells of whatever changed."""
        await self._outage(begins=False)
        self.office.authority.heal()
        await self._let_go()
        await self._rest()
        for reference in self.books.references:
            await self.office.lifecycle.steps.changed(KIND, reference)
        await self._rest()

    async def _rest(self) -> None:
        for past in range(12):
            for known in self.books.declarations:
                await self.office.settled(known.id)
            # What only officers can settle is looked at until it is given up: no rest comes sooner.
            if not await self.office.looks(timedelta(days=1, hours=1) if past < 8 else timedelta(days=31)):
                return
        raise AssertionError("it never comes to rest")

    async def _do(self, step: Step) -> None:
        match step:
            case Lodge():
                await self._lodge(step)
            case Fail(fault, containing, count):
                self.office.authority.fail(fault, containing, count=count, seconds=LATE_S)
            case Traffic():
                await self._traffic(step)
            case Outage(begins):
                await self._outage(begins=begins)
            case Linger(containing):
                await self._linger(containing)
            case Wait():
                await self._let_go()
                for known in self.books.declarations:
                    await self.office.settled(known.id)
                await self.office.looks()
            case Tamper(which, what):
                self._tamper(which, what)
            case _:
                await self._do_with(self._known(step.which), step)

    async def _do_with(self, known: Known, step: Accept | Amend | Release | Intervene | Order) -> None:
        match step:
            case Accept():
                await self._accept(known)
            case Amend(_, items):
                await self._amend(known, self._goods(items))
            case Release():
                await self._release(known, step)
            case Intervene():
                await self._intervene(known, step)
            case Order(_, what):
                await self._order(known, what)

    def _known(self, which: int) -> Known:
        return self.books.declarations[which % len(self.books.declarations)]

    def _goods(self, items: tuple[tuple[tuple[int, int, int], ...], ...]) -> Goods:
        return Goods(items=tuple(tuple(self._taken(*taken) for taken in item) for item in items))

    def _taken(self, certificate: int, line: int, amount: int) -> Taken:
        quantity, unit = AMOUNTS[amount]
        code = MILK if certificate < 2 else (COD, HADDOCK)[line]
        return Taken(
            reference=self.books.references[certificate], quantity=quantity, unit=unit, line=line + 1, code=code
        )

    async def _lodge(self, step: Lodge) -> None:
        self._count += 1
        lrn, what = f"{self._name}-{self._count}", self._goods(step.items)
        letter = "D" if step.pre_lodged else "A"
        raw = message(lrn, what, mrn=None if step.pre_lodged else mrn_of(lrn), additional_type=letter)
        lodged = await self.office.lifecycle.lodging.lodge(raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
        known = Known(lodged.id, lrn, mrn_of(lrn), step.pre_lodged, what, accepted=not step.pre_lodged)
        self.books.declarations.append(known)

    async def _accept(self, known: Known) -> None:
        await self.office.lifecycle.steps.accept(
            known.id, mrn=known.mrn, accepted_at=datetime.now(UTC), by=CUSTOMS, asker=AS_CUSTOMS
        )
        known.accepted = True

    async def _amend(self, known: Known, what: Goods) -> None:
        letter = "D" if known.pre_lodged else "A"
        mrn = known.mrn if known.accepted else None
        raw = message(known.lrn, what, mrn=mrn, version=known.version + 1, additional_type=letter)
        await self.office.lifecycle.lodging.amend(known.id, raw, JSON, by=CUSTOMS, asker=AS_CUSTOMS)
        known.version, known.goods, known.amended = known.version + 1, what, True

    async def _release(self, known: Known, step: Release) -> None:
        if step.decided:
            await self._let_go()
            await self.office.settled(known.id)
        number = step.item % len(known.goods.items) + 1
        self._count += 1
        items: tuple[ReleasedItem, ...] = ()
        if step.how == "item":
            items = (ReleasedItem(goods_item=number),)
        elif step.how == "half":
            first = known.goods.items[number - 1][0]
            half = Decimal(first.quantity) / 2
            items = (ReleasedItem(goods_item=number, quantity=half, unit=first.unit),)
        override = None
        if step.how == "override":
            override = Override(officer="one", reason="seen", second_officer="two")
        order = ReleaseOrder(items=items, override=override, reference=str(self._count))
        await self.office.lifecycle.steps.release(known.id, order, by=ONE, second=TWO if override is not None else None)
        known.amended = False

    async def _intervene(self, known: Known, step: Intervene) -> None:
        self._count += 1
        quantity, unit = AMOUNTS[step.amount]
        first = known.goods.items[0][0]
        line = InterventionLine(goods_item=1, line=first.line, quantity=Decimal(quantity), unit=unit)
        order = InterventionOrder(
            kind=step.kind,
            type=KIND,
            document_reference=first.reference,
            lines=() if step.kind is InterventionKind.DELETE else (line,),
            officer="one",
            second_officer="two",
            reason="seen",
            reference=str(self._count),
        )
        await self.office.lifecycle.steps.intervene(known.id, order, by=ONE, second=TWO)
        known.altered = True
        if step.kind is not InterventionKind.DELETE:
            self.books.forced.add(first.reference)

    async def _order(self, known: Known, what: str) -> None:
        lifecycle = self.office.lifecycle
        if what == "invalidate":
            await invalidating(lifecycle, known.id)
        elif what == "abandon":
            await lifecycle.steps.cancel_reservations(known.id)
        elif what == "lapse":
            await lifecycle.steps.lapse(known.id)
        elif what == "doubt":
            await lifecycle.steps.doubt(known.id, by=CUSTOMS)
        else:
            await lifecycle.steps.ask_again(known.id)

    def _tamper(self, which: int, what: str) -> None:
        reference = self.books.references[which % len(self.books.references)]
        if what != "remove":
            self.office.authority.frame.documents.put(reference, {"status": what})
            return
        known = self._known(which)
        if self.office.authority.parts(reference, known.mrn):
            self.office.authority.remove(reference, known.mrn)
            known.altered = True

    async def _traffic(self, step: Traffic) -> None:
        wanted = len(self.office.authority.came) + step.requests
        alive = [one for one in self.office.replicas if one.alive]
        await until(lambda: len(self.office.authority.came) >= wanted or not any(one.holding.in_hand for one in alive))
        if step.kill:
            await self._kill(alive[wanted % len(alive)])

    async def _linger(self, containing: str) -> None:
        held = self.office.authority.frame.holds.held
        self.office.authority.hold(When.BEFORE, containing, orphan=Orphan.PERFORM)
        alive = [one for one in self.office.replicas if one.alive]
        holds = self.office.authority.frame.holds
        await until(lambda: holds.held > held or not any(one.holding.in_hand for one in alive))
        if holds.held > held:
            for replica in alive:
                await self._kill(replica)

    async def _outage(self, *, begins: bool) -> None:
        if begins and self._window is None:
            word = WindowStatement(officer="one", second_officer="two", reason="it is down", by=ONE, second=TWO)
            order = WindowOrder(adapter="traces", mode=WindowMode.RELEASE, word=word)
            found = await self.office.lifecycle.contingency.open(order)
            assert not isinstance(found, Approval)
            self._window = found[0].number
            self.office.authority.fail(Fault.DOWN, count=None)
        elif not begins and self._window is not None:
            self.office.authority.heal()
            await self.office.lifecycle.contingency.close(
                self._window, WindowStatement(officer="one", reason="it is back", by=ONE)
            )
            self._window = None
            await self.office.lifecycle.contingency.verify_afterwards()

    async def _kill(self, replica: Replica) -> None:
        await self.office.kill(replica)
        if sum(one.alive for one in self.office.replicas) < 2:
            await self.office.open()

    async def _let_go(self) -> None:
        holds = self.office.authority.frame.holds
        holds.release()
        await until(lambda: not holds.held)
