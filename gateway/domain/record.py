"""A declaration as the gateway keeps it: its state, its questions to authorities and its decisions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from gateway.domain.actor import Actor
from gateway.domain.contingency import DecidedInside
from gateway.domain.control import Examination
from gateway.domain.control_order import Controlled
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration, Direction, Kind
from gateway.domain.document import OfDocument
from gateway.domain.facts import KnownBefore
from gateway.domain.invalidation import ReceivedInvalidation, keeps_write_offs
from gateway.domain.matter import Matter
from gateway.domain.movement import Movement
from gateway.domain.permission import Stage, stage_of
from gateway.domain.release import LastRelease, Released, StepReceived
from gateway.domain.suspension import Suspended
from gateway.domain.verification import DocumentStatus, Plan, Verification


class State(StrEnum):
    """The state of a version of a declaration."""

    RECEIVED = "received"
    PROCESSING = "processing"
    DECIDED = "decided"
    RELEASED = "released"
    INVALIDATED = "invalidated"
    SUPERSEDED = "superseded"
    LAPSED = "lapsed"


_ENDED = frozenset({State.INVALIDATED, State.LAPSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficerVerification(OfDocument):
    """An officer's verification of a document, on paper or by other means; it stands in the authority's place."""

    type: str
    reference: str
    outcome: DocumentStatus
    """`valid`, `refused`, `expired`, `withdrawn`, `suspended` or `not_found`."""
    quantity: Decimal | None = None
    unit: str | None = None
    means: str
    """How it was verified: on paper, by telephone, in another system."""
    reason: str
    officer: str
    second_officer: str | None = None
    at: datetime
    version: int = 1
    """The declaration's version that the officer verified: the verification does not outlive an amendment."""
    by: Actor | None = None
    """None: from before who acts was written down."""
    second: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadState:
    """The version and the decision of a declaration that somebody read, and on which they act."""

    version: int
    decision: int = 0
    """Its number; 0: the version was not decided yet."""
    seq: int | None = None
    """The number of the last event that was read: nothing at all may have happened since; None: what is no decision may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """The progress of a declaration, as far as it decides which step may be received (`domain.admission`)."""

    version: int
    """The newest one."""
    seq: int
    """The number of its last event."""
    mrn: str | None = None
    accepted_at: datetime | None = None
    ended: str | None = None
    """`invalidated` or `lapsed`."""
    invalidating: bool = False
    """An invalidation was received that is not carried out."""
    invalidation: ReceivedInvalidation | None = None
    """The one that was received, carried out or not; None: there is none, or it is not read here."""
    released: Released | None = None
    dormant: bool = False
    examination: Examination | None = None
    """The last one that customs announced."""
    suspended: tuple[Suspended, ...] = ()
    """Its suspensions that are not over."""
    controlled: tuple[Controlled, ...] = ()
    """Its control orders that keep goods."""
    words_wait: bool = False
    """What an authority said of its goods before it was accepted is not entered yet."""
    decision: int = 0
    """The number of the newest decision of this version; 0: there is none."""
    confirmed: bool = False
    erased: bool = False
    """Nobody knows any more what it says."""
    busy: bool = False
    """It is worked on, or something of it is not settled."""
    kind: Kind = Kind.STANDARD

    @property
    def stage(self) -> Stage:
        """The stage, as far as it decides who may act."""
        return stage_of(
            accepted=self.accepted_at is not None,
            released=self.released is not None,
            ended=self.ended is not None,
            examination=self.examination,
            found=any(one.found_in_goods for one in self.controlled),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedAbout(OfDocument):
    """When an authority was last asked about a document, and how often that was tried."""

    type: str
    reference: str
    at: datetime
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusalTold:
    """The confirmation of a refusal to the trader by customs."""

    at: datetime
    heard: bool
    """Whether the declarant was given the right to be heard before (UCC Art. 22(6))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is read of one declaration beside what pages of them have."""

    declared: Declaration | None
    """Its content; None: erased."""
    asked: tuple[AskedAbout, ...] = ()
    assess_at: datetime | None = None
    """When it is assessed again by itself; None: not."""
    gave_up: bool = False
    """Whether nothing of the decision that stands is asked again by itself any more."""
    matters: tuple[Matter, ...] = ()
    """What is open of it: orders that wait for a second person, an application, an examination."""
    invalidation: ReceivedInvalidation | None = None
    """The one that was received, carried out or not; None: there is none."""
    lodged_at: datetime | None = None
    """When its first version was received; None: that is not read."""
    refusal_told: RefusalTold | None = None
    """The last confirmation of a refusal to the trader; None: there is none, or it is not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One version of a declaration with everything that a reader sees of it."""

    id: str
    version: int
    current_version: int
    lrn: str
    mrn: str | None
    declarant: str
    eoris: tuple[str, ...]
    """Everybody whose declaration it is."""
    direction: Direction
    kind: Kind
    received_at: datetime
    accepted_at: datetime | None
    state: State
    due: bool
    """Something was received that is not decided yet."""
    event_seq: int
    """The number of its last event: it grows with everything that happens, so it shows whether a reading is current."""
    documents: tuple[DocumentOutcome, ...]
    """What it cites; before a decision with `undetermined` and `hold` where an authority is to be asked."""
    decision: NumberedDecision | None
    confirmed: bool = False
    """Whether customs has confirmed a refusal, so that its trader may see it (UCC Art. 22(6))."""
    released: Released | None = None
    """What was released so far."""
    outstanding: bool = False
    """A release or an intervention was received that is not carried out yet."""
    last_release: LastRelease | None = None
    """The last order to release goods; None: there was none, or it is one of a page."""
    examination: Examination | None = None
    """The last one that customs announced."""
    suspended: tuple[Suspended, ...] = ()
    """Its suspensions that are not over; of one of a page none are read."""
    controlled: tuple[Controlled, ...] = ()
    """Its control orders that keep goods; of one of a page none are read."""
    words_wait: bool = False
    """What an authority said of its goods is not entered yet; of one of a page it is not read."""
    detail: Detail | None = None
    """None: it is one of a page."""

    @property
    def examined_and_out(self) -> tuple[int, ...]:
        """Those goods items of the last examination that are released, wholly or in part, or were when it ended."""
        if self.examination is None or self.released is None:
            return ()
        if self.examination.released is not None:
            return self.examination.released
        named = self.examination.goods_items
        every = (
            self.decision.decision.items if self.released.whole and self.decision is not None else self.released.items
        )
        return tuple(sorted({one.goods_item for one in every if not named or one.goods_item in named}))

    @property
    def size(self) -> int:
        """The size of the record: documents, goods items and findings."""
        decision = self.decision.decision if self.decision is not None else None
        judged = len(decision.items) + len(decision.findings) if decision is not None else 0
        declared = self.detail.declared if self.detail is not None else None
        return len(self.documents) + judged + (len(declared.items) if declared is not None else 0)

    @property
    def reached(self) -> Reached:
        """The progress by this reading; what only its row holds is judged under the lock."""
        invalidation = self.detail.invalidation if self.detail is not None else None
        return Reached(
            version=self.current_version,
            seq=self.event_seq,
            mrn=self.mrn,
            accepted_at=self.accepted_at,
            ended=self.state if self.state in _ENDED else None,
            invalidating=invalidation is not None and self.state not in _ENDED,
            invalidation=invalidation,
            released=self.released,
            examination=self.examination,
            suspended=self.suspended,
            controlled=self.controlled,
            words_wait=self.words_wait,
            decision=self.decision.number if self.decision is not None else 0,
            confirmed=self.confirmed,
            kind=self.kind,
        )

    @property
    def stage(self) -> Stage:
        """The stage, as far as it decides who may act."""
        return self.reached.stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """The work on a declaration, for the holder of its lease."""

    id: str
    token: int
    """The lease's token; every commit carries it."""
    version: int
    event_seq: int
    event_head: str
    decisions: int
    """How many decisions were made so far, over all versions."""
    lost_attempts: int = 0
    """How many leases on it ended without being returned since the last decision: most likely with their process."""
    received_at: datetime
    accepted_at: datetime | None
    mrn: str | None
    declaration: Declaration
    officer_verifications: tuple[OfficerVerification, ...]
    last: NumberedDecision | None
    invalidating: bool
    """An invalidation was received and not acted on yet."""
    invalidation: ReceivedInvalidation | None = None
    """The one that was received, carried out or not; None: there is none."""
    ended: State | None = None
    """The state in which nothing is done any more, but to cancel what is still reserved."""
    confirmed: bool = False
    """Customs has confirmed the last decision to the trader."""
    documents: tuple[DocumentOutcome, ...] = ()
    """Where the cited documents of this version stand, as last decided."""
    movements: tuple[Movement, ...] = ()
    """Everything that was ordered of quantities, of all versions."""
    steps: tuple[StepReceived, ...] = ()
    """Releases and interventions that are not carried out yet, in their order."""
    released: Released | None = None
    examination: Examination | None = None
    """The last one that customs announced."""
    suspended: tuple[Suspended, ...] = ()
    """Its suspensions that are not over."""
    controlled: tuple[Controlled, ...] = ()
    """Its control orders that keep goods."""
    dormant: bool = False
    """It became dormant: its reservations are cancelled."""
    assessed: bool = False
    """The documents were asked about after everything that was received of them, and no other assessment is requested."""
    because: tuple[str, ...] = ()
    """Why another assessment was requested beside what was received, in their order, as `AssessmentCause` writes it; of a later
    version's causes, too. Empty: it was not, or nobody knows."""
    gave_up: int | None = None
    """The number of the decision on which nothing was asked again by itself any more."""
    assess_at: datetime | None = None
    """When it is assessed again by itself, as planned; None: not, or that is what is done now."""
    before: tuple[KnownBefore, ...] = ()
    """What earlier assessments at this version knew of its documents."""
    plan: Plan | None = None
    """What is to be asked, if that was worked out at receipt."""
    asks_again: bool = True
    """The declarant may have been told before of what it cites; False: it was just received, and
    it has no other, nobody else cites that, or this process received it of the declarant before."""
    mrn_yielded: bool = False
    """The declaration stated an MRN that customs has given to another one; `declaration` is without it."""
    verified: str | None = None
    """The text of the event that tells of its last assessment; None: there was none before."""
    inside: tuple[DecidedInside, ...] = ()
    """Its documents that were decided inside contingency windows, in the order of the windows."""
    answers: tuple[Verification, ...] = ()
    """What its last assessment, at this version, knew about its documents."""
    last_release: LastRelease | None = None
    """The last order to release goods that has ended; None: none has."""

    @property
    def keeps_write_offs(self) -> bool:
        """Whether it is invalidated, or is being so, and what was written off stays until officers decide."""
        invalidated = self.invalidating or self.ended is State.INVALIDATED
        return invalidated and keeps_write_offs(self.invalidation, self.released)
