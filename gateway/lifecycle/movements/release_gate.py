"""The gate before a release that was ordered: whether it may go on by what is known, or has to be judged once more.

What goods are released on may be over by the time that they go: an answer grows old, an authority refuses the write-off, a
document is reported to have changed. Then everything is asked and judged anew, and the order goes on, waits or ends by that.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import Enum, auto

from gateway.decisions import becomes_known
from gateway.domain.contingency import DecidedInside
from gateway.domain.control_order import controlled_items
from gateway.domain.decision import Decision, Effect
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.errors import GoodsSuspended, UnderExamination
from gateway.domain.obstacles import effect_on, obstacles
from gateway.domain.record import Work
from gateway.domain.release import Obstacle, StepReceived, obstacle
from gateway.domain.release_gate import against, examined, named_items
from gateway.domain.suspension import kept
from gateway.domain.tables.in_force import InForce
from gateway.domain.verification import Verification, VerifiedBy

_UNDONE = "SW-DEC-118"
"""The finding of an order other than a reservation that was not carried out."""
_UNRESERVED = "SW-DEC-112"
"""The finding of a quantity of which a part is neither reserved nor written off."""


class Course(Enum):
    """The course of an order to release goods."""

    GO = auto()
    JUDGE = auto()
    """The order is judged once more by what the authorities say now."""
    WAIT = auto()
    """The order stays open: something is not known that the gateway asks for again by itself."""
    OVER = auto()
    """The order is not carried out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseFound:
    """The course of an order, and its obstacles."""

    course: Course
    obstacles: tuple[Obstacle, ...] = ()


_GO, _JUDGE, _WAIT = CourseFound(course=Course.GO), CourseFound(course=Course.JUDGE), CourseFound(course=Course.WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseGate:
    """The gate before the releases of one declaration."""

    work: Work
    decision: Decision | None = None
    """The decision by what the authorities say now; None: nothing was judged anew."""
    fresh: bool = True
    """Whether what is known may be relied on without asking again."""

    @property
    def judged(self) -> bool:
        """Whether everything was judged again."""
        return self.decision is not None

    def course(
        self,
        step: StepReceived,
        *,
        begun: bool,
        undone: Collection[DocumentKey] = (),
        written_off: Collection[DocumentKey] = (),
    ) -> CourseFound:
        """Return what becomes of an order.

        Args:
            step: the order.
            begun: whether something of it was ordered of an authority already.
            undone: the documents whose write-off it could not send, or that was found not to be done: it orders that anew.
            written_off: the documents that it has written off: until it ends nothing is reserved beside that, nor amended.
        """
        assert step.release is not None
        if not begun and (stopped := self._stopped(step)):
            return CourseFound(course=Course.OVER, obstacles=stopped)
        if self.decision is not None:
            return self._by(self.decision, step, {_UNDONE: undone, _UNRESERVED: written_off})
        last = self.work.last
        if not self.fresh or last is None:
            return _JUDGE
        if begun or last.number == step.decision or not self._beyond(last.decision, step):
            return _GO
        return _JUDGE

    def _by(self, decision: Decision, step: StepReceived, own: Mapping[str, Collection[DocumentKey]]) -> CourseFound:
        # What only says that the order itself is not carried out yet would keep it from being carried out for ever.
        beyond = tuple(
            one
            for one in self._beyond(decision, step)
            if DocumentKey(one.type, one.reference) not in own.get(one.code, ())
        )
        if not beyond:
            return _GO
        return (
            _WAIT
            if all(becomes_known(one.code) for one in beyond)
            else CourseFound(course=Course.OVER, obstacles=beyond)
        )

    def _beyond(self, decision: Decision, step: StepReceived) -> tuple[Obstacle, ...]:
        """Return the obstacles to an order that its override does not pass: that passes what stood when it was given."""
        assert step.release is not None
        named = self._named(step)
        found, effect = against(decision, named), effect_on(decision, named)
        if step.release.override is None or (effect is Effect.REFUSE and obstacle(effect, step.release) is not None):
            return found
        stood = self._stood(step)
        unknown = {_place(one) for one in stood if becomes_known(one.code)}
        return tuple(
            one for one in found if one not in stood and not (becomes_known(one.code) and _place(one) in unknown)
        )

    def _named(self, step: StepReceived) -> tuple[int, ...]:
        """Return the goods items that an order is for: what it does not name is all that is left."""
        assert step.release is not None
        return named_items(step.release, self.work.released, (one.number for one in self.work.declaration.items))

    def _stopped(self, step: StepReceived) -> tuple[Obstacle, ...]:
        """Return the goods items of an order that a suspension, a control order or an announced examination keeps, under any decision and any order."""
        named, declaration = self._named(step), self.work.declaration
        at = (declaration.kind, self.work.version, named)
        lost = any(one.has_changed(declaration.items) for one in self.work.suspended)
        by = {
            GoodsSuspended.code: kept(self.work.suspended, named, all_of_it=lost),
            UnderExamination.code: (
                *controlled_items(self.work.controlled, *at),
                *examined(self.work.examination, *at),
            ),
        }
        return tuple(
            Obstacle(goods_item=number, code=code) for code, numbers in by.items() for number in dict.fromkeys(numbers)
        )

    def _stood(self, step: StepReceived) -> frozenset[Obstacle]:
        if step.stood is not None:
            return frozenset(step.stood)
        # From before it was written down: what the decision says by which it was given, if that one stands.
        last = self.work.last
        return frozenset(obstacles(last.decision)) if last is not None and last.number == step.decision else frozenset()


def _place(one: Obstacle) -> tuple[int, str, str]:
    return one.goods_item, one.type, one.reference


def must_be_asked(work: Work, view: InForce, now: datetime, today: date) -> bool:
    """Whether goods are not released on what is known of a declaration: something was reported since, an answer is too old, or it
    tells what is left of an account of another year than today's.

    Not asked for again: what an officer verified, what a contingency window lets through, and of a supplementary declaration,
    whose goods are out already, anything.
    """
    if work.declaration.kind is Kind.SUPPLEMENTARY:
        return False
    if not work.assessed:
        return True
    through = unverified_documents(work.inside)
    answered = {one.key for one in work.answers}
    if any(
        one.authority is not None and one.verified_by is not VerifiedBy.OFFICER and one.key not in answered | through
        for one in work.documents
    ):
        return True
    told = (
        account for one in work.answers for account in ((one.account,) if one.account is not None else one.accounts)
    )
    if any(account.year != today.year for account in told):
        return True
    return any(_is_too_old(one, view, now) for one in work.answers if one.key not in through)


def _is_too_old(one: Verification, view: InForce, now: datetime) -> bool:
    if one.verified_by is VerifiedBy.OFFICER:
        return False
    return one.asked_at is None or abs(now - one.asked_at) > view.answer_ages.longest(one.adapter, one.type)


def unverified_documents(inside: Iterable[DecidedInside]) -> frozenset[DocumentKey]:
    """Return the documents that a contingency window lets through unverified."""
    return frozenset(one.document for one in inside if one.awaited and one.unverified and not one.ended)
