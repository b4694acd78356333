"""Models of answers, for the documentation: answers are written straight from the domain's values (`gateway.api.views`)."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from gateway.api.schemas.actions import ActionBody, ItemGateBody
from gateway.api.schemas.clocks import ClockBody
from gateway.api.schemas.matters import MatterBody
from gateway.api.schemas.requirements import ItemRequirementsBody
from gateway.api.views.actors import ActBody, ActorBody
from gateway.domain.control import ExaminationOf
from gateway.domain.decision import Advice, Effect, Mode, Nature, TaricCover, Unasked
from gateway.domain.declaration import Direction, Kind
from gateway.domain.events import EventKind
from gateway.domain.movement import MovementKind, MovementState, Refusal, Shown
from gateway.domain.record import State
from gateway.domain.required_report import ReportState
from gateway.domain.tables.applications import GoodsAre
from gateway.domain.verification import DocumentClass, DocumentStatus, VerifiedBy
from gateway.domain.work_list import EffectKind, Turn
from gateway.history.messages import MessageWay


class QuantityLine(BaseModel):
    """A document's quantity on one goods item."""

    goods_item: int
    line: int | None
    declared: str | None
    unit: str | None
    available: str | None
    movement: Shown
    reason: str | None
    moved: str | None
    amount: str | None
    currency: str | None
    stated: str | None
    stated_unit: str | None
    stated_available: str | None
    certificate_unit: str | None
    certificate_available: str | None
    certified: str | None
    """What the certificate's line certifies; not told to traders. As all that follows in `certificate_unit`; null: not known."""
    others: str | None
    """What others have of the line; not told to traders."""
    reserved: str | None
    written_off: str | None
    left_after: str | None
    """What is left of the line once that is taken."""
    read: bool
    """Whether the authority told its position of the line."""
    read_at: datetime | None
    """When the authority's position was read."""


class NationalBody(BaseModel):
    """What the profile of a national administration says of a document; `code` null: not determined."""

    profile: str
    code: str | None
    detail: str
    says: str
    facts: dict[str, str]
    """The profile's facts that are known."""
    unknown: list[str]
    """What the code depends on and is not known."""


class Document(BaseModel):
    """The state of one cited document."""

    type: str
    reference: str
    goods_items: list[int]
    authority: str | None
    status: DocumentStatus
    verified_by: VerifiedBy | None
    effect: Effect
    quantity: list[QuantityLine]
    national: NationalBody | None
    """Not told to traders."""
    document_class: DocumentClass | None
    """Of a document that no authority is asked about; null also where its code is known nowhere."""
    unasked: Unasked | None
    """What becomes of a document that no authority is asked about."""
    note: str | None
    """The same as text, in your language."""
    effect_kind: EffectKind


class AskedDocument(Document):
    """A cited document of a declaration, with when its authority was asked."""

    asked_at: datetime | None
    """When the authority last answered, or did not; null: nobody was asked, or it was not read (in lists)."""
    attempts: int | None
    asked_again_at: datetime | None
    """When it is asked again by itself."""
    gave_up: bool
    """Whether it is not asked again by itself any more."""


class DocumentKey(BaseModel):
    """The document that a finding speaks of."""

    type: str
    reference: str


class Finding(BaseModel):
    """One statement of a rule."""

    code: str
    effect: Effect
    advice: Advice
    goods_item: int | None
    document: DocumentKey | None
    message: str
    remedy: str
    legal_basis: str
    mode: Mode
    nature: Nature | None
    """Null: nothing that holds may be told, or the tables do not know the finding any more."""
    title: str | None
    """In your language."""
    effect_kind: EffectKind
    turn: Turn | None
    """Whose turn it is because of it."""


class ItemEffect(BaseModel):
    """The gravest effect on one goods item."""

    goods_item: int
    effect: Effect


class RulesIdentity(BaseModel):
    """Which tables decided, and whether they know all measures of TARIC on the goods."""

    version: str
    digest: str
    coverage: TaricCover | None = None
    """Of a load of TARIC; `none`: the gateway's own tables alone decided. Null: from before this was always told."""
    as_of: date | None = None
    """The day as of which that load knows the measures."""


class DecisionBody(BaseModel):
    """A decision with its reasons."""

    effect: Effect
    advice: Advice
    forecast: bool
    decided_at: datetime
    items: list[ItemEffect]
    findings: list[Finding]
    rules: RulesIdentity


class NumberedDecisionBody(DecisionBody):
    """A decision in its place in the declaration's history."""

    number: int
    version: int


class Links(BaseModel):
    """Where more is found."""

    self: str
    events: str
    evidence: str | None
    explanation: str
    movements: str
    approvals: str | None
    applications: str


class InvalidationBody(BaseModel):
    """The invalidation that was received; null in lists."""

    received_at: datetime
    grounds: str | None
    """A row of `applications.toml`; null: none was stated."""
    goods: GoodsAre | None
    """Where the goods are by the ground: what was written off for goods that are `out` is for officers to decide on. Null: it was
    received before release, or from before this was said, and counts as `out` where goods are released."""
    carried_out: bool


class ExaminationBody(BaseModel):
    """The last examination that customs announced; until it took place or was withdrawn it is awaited, and its goods items stay."""

    announced_at: datetime
    took_place_at: datetime | None
    reference: str | None
    of: ExaminationOf
    goods_items: list[int]
    """Those that are examined; empty: all."""
    withdrawn_at: datetime | None
    place: str | None
    """Where it takes place; null: that is not said."""
    time: datetime | None
    """When it takes place; null: that is not said."""
    released: list[int]
    """Those of them that were released before it ended, or before it was announced: what was begun is completed."""


class GoodsReleased(BaseModel):
    """What was released of one item; without a quantity the whole of it."""

    goods_item: int
    quantity: str | None
    unit: str | None


class ReleaseBody(BaseModel):
    """What was released so far; with `whole` everything, whatever the items say."""

    whole: bool
    items: list[GoodsReleased]
    at: datetime
    override: bool


class ReleaseObstacle(BaseModel):
    """One thing that stood against the release of a goods item."""

    goods_item: int | None
    """Null: of no item by itself."""
    code: str
    """Of the finding."""
    document: DocumentKey | None


class ReleasedDocument(BaseModel):
    """What became of a document's quantity by an order to release goods."""

    type: str
    reference: str
    movement: Shown
    reason: str | None


class ReleaseOrderBody(BaseModel):
    """The last order to release goods, and what became of it."""

    outcome: Literal["open", "carried_out", "not_carried_out"]
    """`open`: it is not carried out yet, and goes on by itself; nothing that it names may leave."""
    event: int
    """The number of the event that reports it."""
    ended_at: datetime | None
    reason: Literal["overtaken", "examined", "suspended", "against_decision", "not_written_off"] | None
    """Why it was not carried out. As all that follows: not told to traders."""
    obstacles: list[ReleaseObstacle]
    documents: list[ReleasedDocument]


class ViolationBody(BaseModel):
    """One reason why something was refused, or one thing that was taken otherwise than it was sent."""

    code: str
    message: str
    path: str | None
    line: int | None
    rule: str | None


class PartyBody(BaseModel):
    """A party that a declaration names."""

    role: Literal["declarant", "importer", "exporter", "representative", "holder"]
    eori: str


class GoodsItemBody(BaseModel):
    """A goods item as it is declared."""

    number: int
    description: str
    commodity_code: str
    origin: str | None
    procedure: str | None
    net_mass: str | None
    supplementary_units: str | None
    statistical_value: str | None


class DeclarationBody(BaseModel):
    """One version of a declaration: its state and its decision."""

    resource: Literal["declaration"]
    """What this is, where a call has several answers."""
    id: str
    version: int
    lrn: str
    mrn: str | None
    declarant: str
    direction: Direction
    kind: Kind
    received_at: datetime
    accepted_at: datetime | None
    state: State
    documents: list[AskedDocument]
    decision: NumberedDecisionBody | None
    effect_kind: EffectKind | None
    """Null: it is not decided."""
    turn: Turn | None
    """By what stands against release, and by the open matters; null also where nothing that holds may be told."""
    matters: list[MatterBody]
    """What is open beside the decision, as far as you are told of it."""
    clocks: list[ClockBody] | None
    """Time limits that run, the next one first, those without a day last; null in lists. While goods are held also those of the law."""
    office: str | None
    presentation_office: str | None
    parties: list[PartyBody] | None
    """Null in lists, like all that it says from here on, and once that was erased."""
    dispatch: str | None
    destination: str | None
    goods_items: list[GoodsItemBody] | None
    goods_items_left_out: int
    """How many more there are than are shown."""
    confirmed: bool
    release: ReleaseBody | None
    released: bool | None
    """Whether the last order to release goods was carried out; null: none was ordered, it is open, or this is a list."""
    release_order: ReleaseOrderBody | None
    """That order; null: there was none, or this is a list."""
    invalidation: InvalidationBody | None
    examination: ExaminationBody | None
    links: Links
    acts: list[ActBody] | None
    """Who did what, and why; not told to traders, nor in lists."""
    warnings: list[ViolationBody]
    """Of the message or step that this is the answer to: what was taken otherwise than it was sent, or is doubtful."""
    actions: list[ActionBody] | None
    """What the caller may do with it as it stands; told where the newest version is read, not in lists nor in answers to acts."""
    release_gate: list[ItemGateBody] | None
    """Whether each goods item may be released, and all that stands against it; told to customs, officers and auditors, where
    `actions` are. Null: not told, or not decided yet."""


class EventBody(BaseModel):
    """One step of the trail; `hash` covers the canonical text, which is all that precedes it."""

    seq: int
    kind: EventKind
    at: datetime
    body: dict[str, Any] | None = None
    hash: str | None = None
    sentence: str | None = None
    """As all that follows: only with `sentences=true`."""
    actor: ActorBody | None = None
    """Who acted; null: nobody but the gateway. As all that follows: not told to traders."""
    second: ActorBody | None = None
    evidence: list[str] | None = None
    """Links to the messages that it cites."""


class EventPage(BaseModel):
    """A page of the trail; `next` is what `after` continues with."""

    items: list[EventBody]
    next: int | None


class EvidenceEntry(BaseModel):
    """A stored message and the first event that cites it."""

    digest: str
    event: int
    at: datetime
    """Of the event."""
    direction: MessageWay | None
    """Null: it is not stored any more."""
    authority: str | None
    media_type: str | None
    size: int | None
    """Bytes; null: it is not stored any more, or is not what the trail names."""
    link: str
    text: str | None
    """The same as text to look at."""


class EvidenceList(BaseModel):
    """The messages that a declaration's trail cites."""

    items: list[EvidenceEntry]


class Measure(BaseModel):
    """An exact amount with its unit (UN/ECE Recommendation 20)."""

    value: str
    unit: str


class Money(BaseModel):
    """An exact amount with its currency (ISO 4217)."""

    value: str
    currency: str


class MovedLine(BaseModel):
    """What a goods item takes from one line of a document; the first quantity is the one that counts."""

    goods_item: int
    line: int
    commodity_code: str
    quantities: list[Measure]
    amount: Money | None


class Held(BaseModel):
    """The quantities of a document that the authority has reserved or written off for the declaration."""

    reserved: list[MovedLine]
    written_off: list[MovedLine]


class MovementBody(BaseModel):
    """One order to an authority. `lines`: the quantities intended; `holding`: those that the authority has, null if not known."""

    number: int
    version: int
    document: DocumentKey
    authority: str
    kind: MovementKind
    state: MovementState
    by_officer: bool
    lines: list[MovedLine]
    holding: Held | None
    refusal: Refusal | None
    planned_at: datetime
    settled_at: datetime | None
    by_receipt_alone: bool | None = None
    """Whether the authority's receipt alone confirms it. As all that follows: not told to traders."""
    authority_code: str | None = None
    cause: str | None = None
    looks: int | None = None
    message_ids: list[str] | None = None


class ReportBody(BaseModel):
    """A report of released goods to an authority. `at`: since when it is in this state; null: since the release."""

    step: int
    document: DocumentKey
    authority: str
    goods_items: list[int]
    released_on: date
    state: ReportState
    cause: str | None
    at: datetime | None


class MovementList(BaseModel):
    """Everything that a declaration ordered of quantities, in its order."""

    items: list[MovementBody]
    reports: list[ReportBody] | None = None
    """The reports of its releases to authorities whose rows want them. Not told to traders."""


class AvailableLine(BaseModel):
    """What is left on one line of a certificate."""

    line: int
    available: str
    unit: str
    commodity_code: str | None
    amount: Money | None
    """What is left of the value, where the line is limited by quantity and value."""


class Position(BaseModel):
    """A certificate's quantity position."""

    lines: list[AvailableLine]
    allocations: list[dict[str, Any]] | None = None


class CertificateBody(BaseModel):
    """What the authority's record says."""

    model_config = ConfigDict(extra="allow")

    type: str
    reference: str
    valid_from: date | None
    valid_to: date | None
    lines: list[dict[str, Any]]


class DocumentCheck(BaseModel):
    """What an authority says of one document."""

    type: str
    reference: str
    authority: str | None
    status: DocumentStatus
    verified_by: VerifiedBy
    cause: str | None
    asked_at: datetime
    certificate: CertificateBody | None
    quantity: Position | None


class FormatBody(BaseModel):
    """The format of a message."""

    name: str
    title: str


class PlacedDocument(Document):
    """A document with the line of the message at which it is cited first; null: not known."""

    line: int | None


class PlacedFinding(Finding):
    """A finding with the line of the document or goods item that it is about; null: it is about neither, or not known."""

    line: int | None


class ForeseenDecision(DecisionBody):
    """The decision that a declaration would get."""

    findings: list[PlacedFinding]  # type: ignore[assignment]


class PreflightBody(BaseModel):
    """The decision that a declaration would get now."""

    stored: bool
    format: FormatBody | None
    documents: list[PlacedDocument]
    decision: ForeseenDecision
    not_known: list[DocumentKey]
    requirements: list[ItemRequirementsBody]
    """Those on the goods, whatever is declared; items alike stand together."""
    requirements_left_out: list[int]
    """The goods items for which they are left out, because the declaration has so many kinds of goods."""
    warnings: list[ViolationBody]
    """What would be taken otherwise than it was sent."""


class ReadyBody(BaseModel):
    """What this replica can do now."""

    model_config = ConfigDict(extra="allow")

    ready: bool


class ChangedState(BaseModel):
    """A version with its decision."""

    version: int
    decision: int | None
    """Its number; null: it was not decided yet."""
    effect: Effect | None
    """Not told to traders."""


class NamedAlike(BaseModel):
    """A declaration that may be meant."""

    id: str
    declarant: str
    link: str


class Problem(BaseModel):
    """A refusal (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[ViolationBody]
    continue_at: int | str | None = None
    """Where a follower of the notices goes on whose place is gone; in no other problem."""
    links: dict[str, str] | None = None
    """Of a conflict: where what stands in the way is found: `declaration`, `application`, `approval`, `window`."""
    seen: ChangedState | None = None
    """With SW-API-605: what the caller had read."""
    stands: ChangedState | None = None
    """With SW-API-605: what stands there instead; nothing was done."""
    candidates: list[NamedAlike] | None = None
    """With SW-API-604: the declarations that have this LRN."""
