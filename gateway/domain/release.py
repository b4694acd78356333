"""The orders of customs after the decision: the release of goods, whole or in part, and an officer's interventions."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from gateway.domain.actor import Actor
from gateway.domain.decision import Effect
from gateway.domain.document import DocumentKey, OfDocument
from gateway.domain.movement import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedItem:
    """The goods of one item that are released."""

    goods_item: int
    quantity: Decimal | None = None
    """None: all of the item that is left."""
    unit: str | None = None
    """UN/ECE Recommendation 20, with a quantity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """An officer's release against the decision."""

    officer: str
    reason: str
    second_officer: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseOrder:
    """An order of customs to release goods (UCC Art. 194)."""

    items: tuple[ReleasedItem, ...] = ()
    """Empty: everything that is left."""
    override: Override | None = None
    reference: str | None = None
    """Customs' own number of this release: two releases of the same goods and quantity are one, unless it differs."""


def obstacle(effect: Effect, order: ReleaseOrder) -> str | None:
    """Return why a decision does not allow such a release; None: it does."""
    override = order.override
    if effect is Effect.RELEASE or effect is Effect.NONE:
        return None
    if override is None:
        return f"The decision is {effect}: a release needs an officer's override with its reason."
    if effect is Effect.REFUSE and override.second_officer is None:
        return "The decision is refuse: a release needs the approval of a second officer."
    return None


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Obstacle:
    """One thing by which a decision stands against the release of a goods item."""

    goods_item: int
    """0: of no item by itself."""
    code: str
    """That of the finding; `document` where a document holds without one."""
    type: str = ""
    """Of the document; empty: it is about none."""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """The goods of a declaration that were released so far."""

    whole: bool
    items: tuple[ReleasedItem, ...]
    """Each item once for each unit; without a quantity the whole item. Empty with `whole`: every item."""
    at: datetime
    """The last release."""
    override: bool = False
    """Whether an officer released against the decision."""
    named: tuple[ReleasedItem, ...] = ()
    """The quantities that orders named so far, each item once for each unit, whether a whole item went since or not: as much of it
    is out at least."""


class InterventionKind(StrEnum):
    """What officers do to a write-off themselves: the first three are orders to its authority."""

    FORCE = "force"
    AMEND = "amend"
    DELETE = "delete"
    KEEP = "keep"
    """It stays although the declaration is invalidated, because the goods are out; nothing is ordered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionLine:
    """The quantity of a line of the document that a goods item has used."""

    goods_item: int
    line: int
    quantity: Decimal
    unit: str
    """UN/ECE Recommendation 20; of a line by value its currency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InterventionOrder:
    """An order of two officers to correct a write-off themselves, or to let it stand (Impl. Reg. (EU) 2024/2145, Art. 7 and 8)."""

    kind: InterventionKind
    type: str
    document_reference: str
    lines: tuple[InterventionLine, ...] = ()
    officer: str
    second_officer: str | None = None
    """Always another person by the time that it is received."""
    reason: str
    reference: str | None = None
    """Customs' own number of this intervention: the same twice is one, unless it differs."""

    @property
    def document(self) -> DocumentKey:
        """The document that is corrected."""
        return DocumentKey(self.type, self.document_reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentMoved(OfDocument):
    """The result for one document's quantity in a step."""

    type: str
    reference: str
    movement: Shown
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepOutcome:
    """The outcome of a received step."""

    done: bool
    reason: str | None = None
    """A keyword: why it was not carried out."""
    documents: tuple[DocumentMoved, ...] = ()
    at: datetime
    obstacles: tuple[Obstacle, ...] = ()
    """Of a release that was not carried out: what stood against it by goods item."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepReceived:
    """A release or an intervention as it was received."""

    seq: int
    """The number of the event that reports it."""
    kind: Literal["release", "intervention"]
    version: int
    decision: int
    """The number of the decision that stood then; 0: none."""
    release: ReleaseOrder | None = None
    intervention: InterventionOrder | None = None
    by: Actor | None = None
    """None: from before who acts was written down."""
    second: Actor | None = None
    """Who approved it."""
    outcome: StepOutcome | None = None
    """None: it is not carried out yet."""
    stood: tuple[Obstacle, ...] | None = None
    """Of an override: what stood against the release when it was given, which is all that it passes. None: no override, or one
    from before that was written down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRelease:
    """The last order of customs to release goods of a declaration, and how it ended."""

    seq: int
    """The number of the event that reports it."""
    outcome: StepOutcome | None
    """None: it is not carried out yet."""
