"""What may be done with a declaration as it stands, and what stands in the way: one function for pages, API and command line."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.control_order import controlled_items
from gateway.domain.decision import Effect
from gateway.domain.matter import application_of
from gateway.domain.obstacles import effect_on, effects_on
from gateway.domain.permission import Stage, Verdict
from gateway.domain.record import Record
from gateway.domain.release import ReleaseOrder
from gateway.domain.release_gate import examined, named_items
from gateway.domain.suspension import SCOPE_LOST, kept
from gateway.domain.verification import DocumentStatus


class ActionName(StrEnum):
    """The acts on a declaration, in the order in which they are offered."""

    VERIFY = "verify"
    RELEASE = "release"
    OVERRIDE = "override"
    CONFIRM = "confirm"
    ASSESS = "assess"
    CONTROL = "control"
    INTERVENE = "intervene"
    ACCEPT = "accept"
    AMEND = "amend"
    INVALIDATE = "invalidate"
    END_EXAMINATION = "end_examination"
    """Saying that the announced examination took place, or was given up."""
    DECIDE_APPLICATION = "decide_application"
    WITHDRAW_APPLICATION = "withdraw_application"
    """Taking back an application that one may make."""


class WhyNot(StrEnum):
    """The reasons why an act is not possible now; their sentences stand in the catalogue."""

    ENDED = "ended"
    NOT_ACCEPTED = "not_accepted"
    ACCEPTED = "accepted"
    NOT_DECIDED = "not_decided"
    AGAINST_DECISION = "against_decision"
    NOTHING_AGAINST = "nothing_against"
    NOTHING_REFUSED = "nothing_refused"
    CONFIRMED = "confirmed"
    RELEASED = "released"
    UNDER_WAY = "under_way"
    EXAMINATION = "examination"
    NO_DOCUMENT = "no_document"
    INVALIDATING = "invalidating"
    CONTROLLED = "controlled"
    """Control orders or an awaited examination keep all goods that are left."""
    SUSPENDED = "suspended"
    """All goods that are left are suspended, or an authority said something of them that is not entered yet."""
    NO_EXAMINATION = "no_examination"
    NO_APPLICATION = "no_application"
    APPLIED = "applied"
    """An application is open: another one is not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PossibleAct:
    """An act, and whether it is possible now."""

    name: ActionName
    why_not: WhyNot | None = None
    """None: it is possible."""
    needs_second: bool = False
    """Whether a second person has to approve it; of a verification: unless its outcome agrees with the authority."""
    applies: bool = False
    """Whether it is an application, which customs grants or refuses."""
    goods_items: tuple[int, ...] | None = None
    """Of a release: those that may go by the decision as it stands; of an override: those that it would be for. None: of other acts."""

    @property
    def allowed(self) -> bool:
        """Whether it is possible now."""
        return self.why_not is None


_AUTHORITY_SAID_NO = frozenset(
    {DocumentStatus.REFUSED, DocumentStatus.WITHDRAWN, DocumentStatus.SUSPENDED, DocumentStatus.EXPIRED}
)


_RELEASES = (ActionName.RELEASE, ActionName.OVERRIDE)
_WHILE_INVALIDATED = frozenset({ActionName.INTERVENE, ActionName.INVALIDATE, ActionName.CONFIRM})
"""What is done while an invalidation waits for officers; it again changes nothing."""


def action(name: ActionName, record: Record, verdict: Verdict = Verdict.ACT) -> PossibleAct:
    """Return whether an act is possible with a declaration as it was read.

    The last word has `domain.admission`, under the lock of the declaration's row. `verdict` is what the table of permissions says.
    """
    why_not = next(_obstacles(name, record, verdict), None)
    return PossibleAct(
        name=name,
        why_not=why_not,
        needs_second=_needs_second(name, record),
        applies=verdict is Verdict.APPLY and name in {ActionName.AMEND, ActionName.INVALIDATE},
        goods_items=None if name not in _RELEASES else () if why_not else _goods_items(name, record),
    )


def _obstacles(name: ActionName, record: Record, verdict: Verdict) -> Iterator[WhyNot]:
    """Yield what is in the way of an act, the gravest first."""
    if record.stage is Stage.ENDED:
        yield WhyNot.ENDED
    if record.reached.invalidating and name not in _WHILE_INVALIDATED:
        yield WhyNot.INVALIDATING
    match name:
        case ActionName.RELEASE | ActionName.OVERRIDE:
            yield from _against_release(name, record)
        case ActionName.CONFIRM:
            yield from _against_confirmation(record)
        case ActionName.VERIFY if not record.documents:
            yield WhyNot.NO_DOCUMENT
        case ActionName.INTERVENE:
            yield from _against_intervention(record)
        case ActionName.ACCEPT if record.accepted_at is not None:
            yield WhyNot.ACCEPTED
        case ActionName.CONTROL if _is_examined(record):
            yield WhyNot.EXAMINATION
        case ActionName.END_EXAMINATION if not _is_examined(record):
            yield WhyNot.NO_EXAMINATION
        case _:
            yield from _of_application(name, record, verdict)
    if verdict is Verdict.REFUSED:
        yield WhyNot.EXAMINATION


def _of_application(name: ActionName, record: Record, verdict: Verdict) -> Iterator[WhyNot]:
    is_open = record.detail is not None and application_of(record.detail.matters) is not None
    if name in {ActionName.DECIDE_APPLICATION, ActionName.WITHDRAW_APPLICATION} and not is_open:
        yield WhyNot.NO_APPLICATION
    if name in {ActionName.AMEND, ActionName.INVALIDATE} and verdict is Verdict.APPLY and is_open:
        yield WhyNot.APPLIED


def _is_examined(record: Record) -> bool:
    return record.examination is not None and record.examination.is_awaited


def _against_intervention(record: Record) -> Iterator[WhyNot]:
    if record.accepted_at is None:
        yield WhyNot.NOT_ACCEPTED
    if not any(document.authority is not None for document in record.documents):
        yield WhyNot.NO_DOCUMENT


def _against_release(name: ActionName, record: Record) -> Iterator[WhyNot]:
    if record.accepted_at is None:
        yield WhyNot.NOT_ACCEPTED
    if record.released is not None and record.released.whole:
        yield WhyNot.RELEASED
    waits = record.last_release is not None and record.last_release.outcome is None
    if record.outstanding and not (name is ActionName.OVERRIDE and waits):
        # An order that waits for an answer gives way to an officer's override.
        yield WhyNot.UNDER_WAY
    if record.decision is None or record.due:
        yield WhyNot.NOT_DECIDED
        return
    if record.words_wait or (
        not _left(record) and kept(record.suspended, _left(record, kept_too=True), all_of_it=_has_lost_scope(record))
    ):
        yield WhyNot.SUSPENDED
    elif not _left(record) and _controlled(record, _left(record, kept_too=True)):
        yield WhyNot.CONTROLLED
    elif not _goods_items(name, record):
        yield WhyNot.AGAINST_DECISION if name is ActionName.RELEASE else WhyNot.NOTHING_AGAINST


def _has_lost_scope(record: Record) -> bool:
    return record.decision is not None and any(one.code == SCOPE_LOST for one in record.decision.decision.findings)


def _left(record: Record, *, kept_too: bool = False) -> tuple[int, ...]:
    """Return the goods items that are left to release; those that suspensions or an examination keep only where they are wanted, too."""
    if record.decision is None:
        return ()
    every = (one.goods_item for one in record.decision.decision.items)
    left = named_items(ReleaseOrder(), record.released, every)
    if kept_too:
        return left
    stopped = {*kept(record.suspended, left, all_of_it=_has_lost_scope(record)), *_controlled(record, left)}
    return tuple(one for one in left if one not in stopped)


def _controlled(record: Record, left: tuple[int, ...]) -> tuple[int, ...]:
    """Return those of the goods items that are left which a control order or an announced examination keeps."""
    return (
        *controlled_items(record.controlled, record.kind, record.version, left),
        *examined(record.examination, record.kind, record.version, left),
    )


def _goods_items(name: ActionName, record: Record) -> tuple[int, ...]:
    """Return the goods items that a release, or an override, would be for."""
    if record.decision is None:
        return ()
    effects, against = effects_on(record.decision.decision), name is ActionName.OVERRIDE
    return tuple(one for one in _left(record) if effects[one].stops is against)


def _against_confirmation(record: Record) -> Iterator[WhyNot]:
    if record.decision is None:
        yield WhyNot.NOT_DECIDED
    elif record.decision.decision.effect is not Effect.REFUSE:
        yield WhyNot.NOTHING_REFUSED
    elif record.confirmed:
        yield WhyNot.CONFIRMED


def _needs_second(name: ActionName, record: Record) -> bool:
    if name is ActionName.OVERRIDE:
        return record.decision is not None and effect_on(record.decision.decision, _left(record)) is Effect.REFUSE
    if name is ActionName.VERIFY:
        return any(document.status in _AUTHORITY_SAID_NO for document in record.documents)
    return name is ActionName.INTERVENE
