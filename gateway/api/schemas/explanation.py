"""Models of an explanation's members, for the documentation."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel

from gateway.api.schemas.answers import Document, DocumentKey, Finding, ItemEffect, MovementBody, RulesIdentity
from gateway.api.views.actors import ActBody, ActorBody
from gateway.decisions.comparison import RecordFact
from gateway.domain.decision import Advice, Effect
from gateway.domain.declaration import Kind
from gateway.domain.events import EventKind
from gateway.domain.movement import Shown
from gateway.domain.record import State
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.history.explain import Again


class Rule(BaseModel):
    """A rule that may raise a finding, with what it promises."""

    name: str
    promise: str


class ExplainedFinding(Finding):
    """A finding with the rules behind it."""

    rules: list[Rule]


class AnswerBody(BaseModel):
    """One answer that the decision was made from."""

    at: datetime
    status: DocumentStatus
    authority: str | None
    verified_by: VerifiedBy
    attempts: int
    cause: str | None = None
    """As all that follows: not told to traders."""
    message_ids: list[str] | None = None
    evidence: list[str] | None = None
    """Digests of the messages, to be read under `evidence/{digest}`."""
    record: dict[str, Any] | None = None
    """What the authority's record says beside its lines."""
    left: list[dict[str, Any]] | None = None
    """What was left on each line."""
    officer: dict[str, Any] | None = None
    """With `verified_by` officer: who, by which means and why."""


class ComparedBody(BaseModel):
    """One fact of a document beside what is declared."""

    what: RecordFact
    goods_item: int | None
    """Null: it is of the whole document."""
    declared: str | None
    told: str | None
    """What the authority's record says; null: nothing."""
    unit: str | None
    """Of a quantity."""
    fits: bool | None
    """Null: not known, as where one side says nothing."""
    finding: str | None


class ExplainedDocument(Document):
    """A document with the answers behind its decision, every verification of it, its movements and its findings."""

    covers: list[int]
    """The goods items that it is for; those that cite it where more is not known."""
    compared: list[ComparedBody] | None
    """What was compared with what; not told to traders, and null where the decision does not come out the same."""
    authority_name: str | None
    """Who decides about it."""
    system_name: str | None
    """What was asked."""
    answers: list[AnswerBody]
    """Those that the decision was made from."""
    asked: list[dict[str, Any]]
    """Every verification of it so far."""
    movements: list[MovementBody]
    findings: list[ExplainedFinding]


class ExplainedDecision(BaseModel):
    """A decision whose findings are listed with their documents."""

    number: int
    version: int
    effect: Effect
    advice: Advice
    forecast: bool
    decided_at: datetime
    items: list[ItemEffect]
    rules: RulesIdentity
    newest: bool
    confirmed: bool


class CauseBody(BaseModel):
    """What gave an effect: a finding, or without a code a document that does not release whatever the findings say."""

    code: str | None
    goods_item: int | None
    document: DocumentKey | None
    says: str


class WeighedItem(BaseModel):
    """A goods item's effect with everything that gave it."""

    goods_item: int
    effect: Effect
    because: list[CauseBody]


class Count(BaseModel):
    """How many findings of an effect."""

    effect: Effect
    count: int


class WonBody(BaseModel):
    """How the gravest effect won."""

    effect: Effect
    items: list[WeighedItem]
    less_grave: list[Count]
    shadow: list[Count]


class ToldFinding(BaseModel):
    """What a trader is told of a finding."""

    code: str
    goods_item: int | None
    message: str
    remedy: str


class ToldToTrader(BaseModel):
    """What the trader is told; `softened`: a refusal is not told before it is confirmed."""

    effect: Effect
    advice: Advice
    softened: bool
    findings: list[ToldFinding]


class RowBody(BaseModel):
    """A row of the tables that was consulted, with the keys it was consulted by."""

    table: str
    place: str | None
    """File and line, where they are known."""
    keys: list[list[str]]
    source: str
    valid_from: date
    valid_to: date | None


class AgainBody(BaseModel):
    """What came of deciding once more from the stored facts, and under which tables."""

    outcome: Again
    same_tables: bool
    tables: RulesIdentity


class HistoryEntry(BaseModel):
    """A step that was taken."""

    seq: int
    kind: EventKind
    at: datetime


class SectionBody(BaseModel):
    """A section of the explanation as text."""

    title: str
    paragraphs: list[list[str]]
    """Sentences; the first of a paragraph says what it is about."""


class QuantityStage(BaseModel):
    """How far a document's quantity on a goods item was."""

    declared: str | None
    unit: str | None
    available: str | None
    movement: Shown
    moved: str | None
    reason: str | None


class ChangedQuantityBody(BaseModel):
    """A quantity that two decisions have otherwise; null: one of them has none."""

    goods_item: int
    line: int | None
    was: QuantityStage | None
    now: QuantityStage | None


class DocumentStage(BaseModel):
    """A document as a decision has it."""

    status: DocumentStatus
    effect: Effect
    verified_by: VerifiedBy | None
    goods_items: list[int]
    national: str | None
    """The national code; not told to traders."""


class ChangedDocumentBody(BaseModel):
    """A document that two decisions have otherwise; null: one of them does not have it."""

    type: str
    reference: str
    was: DocumentStage | None
    now: DocumentStage | None
    quantity: list[ChangedQuantityBody]
    """Those that became something else."""


class ChangedItemBody(BaseModel):
    """A goods item whose effect two decisions have otherwise; null: one of them does not have it."""

    goods_item: int
    was: Effect | None
    now: Effect | None


class ComparedDecision(BaseModel):
    """One of the two decisions."""

    number: int
    version: int
    effect: Effect
    advice: Advice
    forecast: bool
    decided_at: datetime


class ChangedFinding(BaseModel):
    """A finding that both decisions have, with other figures."""

    was: Finding
    now: Finding


class CauseBetween(BaseModel):
    """Something that happened between the two decisions."""

    kind: str
    """`step`, `tables`, `window`, `push`, `retry`, `authority_back` or `ordered`."""
    at: datetime | None
    event: EventKind | None
    """Of a step."""
    by: ActorBody | None
    """Null: nobody but the gateway, or not told to traders."""
    windows: list[int]
    sentence: str


class DifferenceBody(BaseModel):
    """What became what from one decision to a later one, as the reader may see both."""

    before: ComparedDecision
    after: ComparedDecision
    items: list[ChangedItemBody]
    documents: list[ChangedDocumentBody]
    appeared: list[Finding]
    went: list[Finding]
    changed: list[ChangedFinding]
    causes: list[CauseBetween]
    sentences: list[str]


class ExplanationBody(BaseModel):
    """Why a decision is what it is. `trader`, `rows`, `again` and `acts` are not told to traders."""

    id: str
    version: int
    lrn: str
    mrn: str | None
    kind: Kind
    state: State
    decision: ExplainedDecision | None
    documents: list[ExplainedDocument]
    findings: list[ExplainedFinding]
    won: WonBody | None
    trader: ToldToTrader | None
    rows: list[RowBody] | None
    again: AgainBody | None
    acts: list[ActBody] | None
    history: list[HistoryEntry]
    told: list[SectionBody]
    difference: DifferenceBody | None
    """Only where `against` names an earlier decision."""
