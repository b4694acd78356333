"""The values that the lifecycle passes to the store and gets from it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal, TypeAlias

from gateway.domain.actor import Actor
from gateway.domain.application import ApplicantStatement, Application
from gateway.domain.approval import ApprovalEnding
from gateway.domain.contingency import DecidedInside
from gateway.domain.control import Examination
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.document import DocumentKey
from gateway.domain.events import Event
from gateway.domain.movement import Movement
from gateway.domain.notice import Notice
from gateway.domain.permission import Party, Stage
from gateway.domain.record import OfficerVerification, State, Work
from gateway.domain.release import InterventionOrder, Released, ReleaseOrder, StepOutcome
from gateway.domain.required_report import RequiredReport
from gateway.domain.tables.applications import ApplicationKind, Phase
from gateway.domain.verification import CitedUnder, EvidenceItem, Plan
from gateway.domain.work_list import Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedApproval:
    """An approval that is ended by the change written with it."""

    id: str
    ending: ApprovalEnding


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDeclaration:
    """A declaration's first version, about to be made durable."""

    id: str
    declaration: Declaration
    digest: str
    raw: EvidenceItem
    documents: tuple[DocumentOutcome, ...]
    events: tuple[Event, ...]
    received_at: datetime
    accepted_at: datetime | None
    cited: tuple[CitedUnder, ...] | None = None
    """The keys by which the documents that it cites are found; None: as they are declared."""
    clock_due_at: datetime | None = None
    """The time at which its first time limit is acted on; None: none runs."""
    plan: Plan | None = None
    """The questions about it, for the process that works on it at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """The result of receiving a declaration: it is new, or one stands under its LRN already."""

    outcome: Literal["new", "same", "other_content"]
    id: str
    work: Work | None = None
    """With `new` and a lease: what its holder acts on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptanceReceived:
    """The acceptance of the declaration by customs."""

    mrn: str
    accepted_at: datetime
    by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidationReceived:
    """The invalidation of the declaration, to be carried out."""

    reason: str
    by: Actor | None = None
    grounds: str | None = None
    """The key of a row of the tables, which its event states; None: none is stated."""
    phase: Phase | None = None
    """The phase in which the grounds count: they were judged so; None: whenever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationReceived:
    """An officer's own verification of a document."""

    verification: OfficerVerification


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """The confirmation of a refusal to the trader by customs."""

    officer: str
    by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMade:
    """An officer's statement that an authority was told of a release in another way."""

    step: int
    """The number of the event that reports the order to release."""
    document: DocumentKey
    reason: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Lapsed:
    """The lapse of a pre-lodged declaration that was never presented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseReceived:
    """A release of goods by customs."""

    order: ReleaseOrder
    by: Actor | None = None
    second: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionReceived:
    """A correction of a write-off by two officers."""

    order: InterventionOrder
    by: Actor | None = None
    second: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dormant:
    """The dormancy of a declaration, untouched for long: its reservations are cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubted:
    """A doubt about movements, which have to be read back."""

    document: Callable[[Movement], DocumentKey] | None = None
    """The function that finds a movement's document; None: each spelling is one."""
    numbers: frozenset[int] | None = None
    """The movements whose documents are meant; None: everything that was moved."""
    by: Actor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlReceived:
    """An examination that customs announced, or that took place."""

    examination: Examination
    """The examination after this step."""
    result: str | None = None
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRequested:
    """A new assessment that customs or an officer wants at once."""

    pause: timedelta
    """The least between two of them."""
    by: Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class PresentationReceived:
    """The presentation of goods before customs accepts their declaration."""

    by: Actor


Change: TypeAlias = (
    AcceptanceReceived
    | InvalidationReceived
    | VerificationReceived
    | Confirmed
    | ReportMade
    | Lapsed
    | ReleaseReceived
    | InterventionReceived
    | Dormant
    | Doubted
    | ControlReceived
    | AssessmentRequested
    | PresentationReceived
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApplication:
    """An application, about to be made durable."""

    id: str
    kind: ApplicationKind
    version: int
    """The declaration's, that it speaks of."""
    stage: Stage
    """The stage of the declaration when it was judged that this is an application."""
    party: Party
    grounds: str
    last_day: date | None
    applied: ApplicantStatement
    declaration: Declaration | None = None
    """The amended declaration."""
    content: str | None = None
    """Its digest."""
    raw: EvidenceItem | None = None

    def is_same(self, known: Application) -> bool:
        """Whether the same was applied for already, on the same grounds and with the same reason."""
        if known.applied is None:
            return False
        mine = (self.kind, self.version, self.content, self.grounds, self.applied.reason)
        return mine == (known.kind, known.version, known.content, known.grounds, known.applied.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextVersion:
    """A declaration's next version, about to be made durable."""

    declaration: Declaration
    digest: str
    raw: str
    """The digest of the message as it came."""
    documents: tuple[DocumentOutcome, ...]
    cited: tuple[CitedUnder, ...] | None = None
    """The keys by which the documents that it cites are found; None: as they are declared."""
    event: Event


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of an assessment that a lease's holder commits."""

    decision: NumberedDecision | None
    """None: the meaning of the last one stands."""
    documents: tuple[DocumentOutcome, ...] | None
    """None: they stay as they are."""
    events: tuple[Event, ...]
    evidence: tuple[EvidenceItem, ...]
    state: State
    assess_at: datetime | None = None
    """The time at which the declaration is assessed again by itself, in place of any planned before; None: not."""
    gave_up: int | None = None
    """The number of the decision on which nothing is asked again by itself any more; None: as before."""
    still_confirmed: bool = False
    """Whether a new decision refuses only for what customs has confirmed already, so that the trader still reads it."""
    notices: tuple[Notice, ...] = ()
    """The notices of it to the declaration's parties and customs."""
    movements: tuple[Movement, ...] = ()
    """The movements that were settled, or about which something more is known."""
    steps: tuple[tuple[int, StepOutcome], ...] = ()
    """Releases and interventions that were carried out, by the number of their event."""
    reports: tuple[tuple[int, tuple[RequiredReport, ...]], ...] = ()
    """The reports that become due with those releases, by the number of the release's event."""
    released: Released | None = None
    """None: as before."""
    unsettled: bool = False
    """Whether something has to be read at an authority later."""
    reserves: bool = False
    """Whether something is reserved."""
    keeps_lost: bool = False
    """Whether the attempts that ended with their process still count: nothing was assessed."""
    left: bool | None = None
    """Whether an authority has something of it that no order puts right: officers do. None: as it was."""
    waits_for: tuple[str, ...] | None = None
    """The adapters whose authorities gave no answer, so that it waits for them; None: as before."""
    waits_asked: timedelta = timedelta()
    """The time since the first of them was asked."""
    windows: tuple[int, ...] = ()
    """The contingency windows that the decision rests on: it is not committed unless they are in force."""
    listed: Listed | None = None
    """The entries for lists of the decision that counts; None: there is none."""
    inside: tuple[DecidedInside, ...] = ()
    """Documents decided inside contingency windows, and those about which more is known than before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenMovement:
    """A movement whose end is not known, or that left something that no order puts right, with its declaration."""

    id: str
    lrn: str
    mrn: str | None
    movement: Movement


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReport:
    """The findings of recomputing every chain."""

    declarations: int
    events: int
    rows: int
    """Rows that were compared with what events report of them."""
    evidence: int
    """Pieces of evidence whose bytes were hashed again."""
    checkpoints: int
    faults: tuple[str, ...]
    """The faults, each in a sentence that begins with the declaration's id."""
    not_covered: tuple[str, ...] = ()
    """The rows from before events reported rows: no fault, but nobody can know whether it was changed."""
    erased: tuple[str, ...] = ()
    """The erased things, by whom and when."""
