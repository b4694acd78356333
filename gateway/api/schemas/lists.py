"""What a list of declarations is searched by, and its rows and counts."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from gateway.api.schemas.answers import DeclarationBody, DocumentKey, Links
from gateway.api.schemas.bodies import Moment
from gateway.api.schemas.clocks import ClockBody
from gateway.api.schemas.matters import MatterBody
from gateway.domain.decision import Advice, Effect, Nature
from gateway.domain.declaration import Direction, Kind
from gateway.domain.record import State
from gateway.domain.work_list import EffectKind, Turn

SHORTEST_END = 6
"""Characters by which a declaration is found: fewer would find too many."""
MOST_AT_ONCE = 20
"""Values of one parameter."""

Code = Annotated[str, StringConstraints(pattern=r"^SW-(DEC-[0-9]{3}|API-HELD)$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=70)]
Office = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{8}$")]
Ending = Annotated[str, StringConstraints(min_length=SHORTEST_END, max_length=70)]


def _separated(value: Any) -> Any:
    return [part for part in value.replace(",", " ").split() if part] if isinstance(value, str) else value


SEPARATED = BeforeValidator(_separated)
FEW = Field(min_length=1, max_length=MOST_AT_ONCE)


class DeclarationsQuery(BaseModel):
    """What declarations are searched for; several values are separated by commas, and one of them is enough."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effect: Annotated[list[Effect], SEPARATED, FEW] | None = Field(
        default=None, description="Of the decision; hold and refuse: of what is held now"
    )
    effect_kind: Annotated[list[EffectKind], SEPARATED, FEW] | None = Field(
        default=None, description="With the kind of hold"
    )
    turn: Annotated[list[Turn], SEPARATED, FEW] | None = Field(default=None, description="Whose turn it is")
    state: Annotated[list[State], SEPARATED, FEW] | None = Field(default=None, description="Of the newest version")
    advice: Annotated[list[Advice], SEPARATED, FEW] | None = None
    finding: Annotated[list[Code], SEPARATED, FEW] | None = Field(default=None, description="Codes of findings")
    office: Annotated[list[Office], SEPARATED, FEW] | None = Field(
        default=None, description="Where it is lodged, or the goods are presented"
    )
    authority: Annotated[list[Name], SEPARATED, FEW] | None = Field(
        default=None, description="Whose documents stand against release, by the adapter's name"
    )
    document: Annotated[str, StringConstraints(min_length=1, max_length=75)] | None = Field(
        default=None, description="A cited document: TYPE/REFERENCE in any spelling, or the reference"
    )
    declarant: Annotated[str, StringConstraints(min_length=1, max_length=17)] | None = None
    mrn: Annotated[str, StringConstraints(max_length=35)] | None = None
    lrn: Annotated[str, StringConstraints(max_length=35)] | None = None
    q: Annotated[list[Ending], SEPARATED, FEW] | None = Field(
        default=None,
        description="The last six or more characters of an MRN, an LRN, an EORI, a document's reference, a container or a means of transport; several at once",
    )
    since: Moment | None = Field(default=None, description="Received not before this moment")
    until: Moment | None = Field(default=None, description="Received before this moment")
    order: Literal["received", "held_since"] = Field(
        default="received", description="`received`: the newest first; `held_since`: what is held, the oldest first"
    )
    cursor: Annotated[str, StringConstraints(pattern=r"^([0-9]{1,18}(-[0-9]{1,18})?|[A-Za-z0-9_-]{1,200})$")] | None = (
        Field(default=None, description="`next` of the page before")
    )
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    view: Literal["whole", "row"] = Field(
        default="whole", description="`row`: what a row shows alone; `whole`: the declaration beside it"
    )


class StopperBody(BaseModel):
    """One thing that stands against release."""

    code: str | None
    """The finding's; null: the document holds without a finding of its own."""
    title: str | None
    """In your language."""
    nature: Nature | None
    effect_kind: EffectKind
    turn: Turn | None
    document: DocumentKey | None
    goods_items: list[int]
    """The first of them; none: the whole declaration."""
    goods_items_in_all: int
    documents: list[str]
    """Codes of documents of which one cures it; none: it is cured otherwise, or that is not known."""
    statements: list[str]
    """Waiver codes of which one cures it, if it is true."""


class ListRow(BaseModel):
    """What a row of a list shows of a declaration, beside its names."""

    office: str | None
    presentation_office: str | None
    effect: Effect | None
    """Null: the newest version is not decided, or what lists show of it is not filled in yet."""
    effect_kind: EffectKind | None
    turn: Turn | None
    """By what stands against release, and by the open matters; null also where nothing that holds may be told."""
    matters: list[MatterBody]
    """What is open beside the decision, as far as you are told of it; in lists applications, examinations and orders that wait alone."""
    advice: Advice | None
    held_since: datetime | None
    """The first decision of those in a row that hold or refuse; null: it is not held."""
    stopper: StopperBody | None
    """The first thing against release, of the party whose turn it is."""
    further: dict[str, int]
    """How many more, by the code of the finding."""
    authorities: list[str]
    """The adapters of the authorities whose documents stand against release."""
    next_attempt_at: datetime | None
    clock: ClockBody | None
    """The time limit that ends first."""
    filled: bool
    """False: decided by another version of the gateway; till it is filled in it is on every list."""


class ListedDeclaration(DeclarationBody, ListRow):
    """A declaration with what its row shows."""


class DeclarationRow(ListRow):
    """A row of a list alone (`view=row`)."""

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
    links: Links


class SummaryOffice(BaseModel):
    """What is held at one office."""

    office: str | None
    declarations: int
    oldest: datetime


class SummaryCause(BaseModel):
    """Two or more held declarations for which one authority could not say."""

    authority: str
    declarations: int
    oldest: datetime


class SummaryBody(BaseModel):
    """What is held of the search, whosever turn it is, and by turns also what is not held and has an open matter."""

    held: int
    oldest: datetime | None
    turns: dict[Turn, int]
    effect_kinds: dict[EffectKind, int]
    offices: list[SummaryOffice]
    findings: dict[str, int]
    """Declarations that each finding holds, by its code."""
    authorities: dict[str, int]
    """Declarations of which documents of an authority stand against release, by the adapter's name."""
    same_cause: list[SummaryCause]
    not_filled: int
    """Declarations of the search of which it is not known yet whether they are held."""


class DeclarationPage(BaseModel):
    """A page of declarations; it may be short, and others follow."""

    items: list[ListedDeclaration | DeclarationRow]
    next: str | None
    summary: SummaryBody | None
    """On the first page."""
