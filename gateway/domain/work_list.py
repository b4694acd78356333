"""The work list's words: what kind of effect something has, whose turn it is, and what a list shows of a declaration."""

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime
from enum import StrEnum

from msgspec import Struct, field

from gateway.domain.decision import Advice, Effect, Named, Nature
from gateway.domain.declaration import Direction, Kind
from gateway.domain.matter import Matter
from gateway.domain.record import State
from gateway.domain.suspension import Suspended
from gateway.domain.turn import Turn as Turn  # who lists declarations finds it here


class EffectKind(StrEnum):
    """The kind of an effect as people are shown it: a hold also says whether it is one because something is not known."""

    REFUSE = "refuse"
    HOLD = "hold"
    UNDETERMINED = "undetermined"
    """Held because something is not determined."""
    PENDING = "pending"
    """Held because an authority has not finished."""
    RELEASE = "release"
    NONE = "none"
    """Not judged here."""

    @property
    def holds(self) -> bool:
        """Whether it stands against release."""
        return self not in {EffectKind.RELEASE, EffectKind.NONE}


class Stopper(Struct, frozen=True, kw_only=True):
    """One thing that stands against release, as a row of a list shows it."""

    code: str | None
    """The finding's; None: the document itself holds, without a finding of its own."""
    effect_kind: EffectKind
    turn: Turn | None
    nature: Nature | None = None
    document: Named | None = None
    goods_items: tuple[int, ...] = ()
    """The first of them; none: the whole declaration."""
    goods_items_in_all: int = 0
    documents: tuple[str, ...] = ()
    """The codes of documents of which one cures it."""
    statements: tuple[str, ...] = ()
    """The waiver codes of which one does, if it is true."""


class ListedAs(Struct, frozen=True, kw_only=True):
    """A decided declaration as one kind of reader finds it in a list."""

    effect: Effect
    effect_kind: EffectKind
    turn: Turn | None
    """None: nothing that holds may be told, nor whose turn it is."""
    advice: Advice
    findings: tuple[str, ...]
    """The codes by which it is found."""
    authorities: tuple[str, ...] = ()
    """Those whose documents stand against release."""
    silent: tuple[str, ...] = ()
    """Those of them that could not say."""
    stopper: Stopper | None = None
    """The first thing against release, of those whose turn it is."""
    further: Mapping[str, int] = field(default_factory=dict)
    """How many more there are, by finding; without one by the word `document`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What lists show of a decided declaration, and find it by; it follows from the decision."""

    number: int
    """The decision's."""
    decided_at: datetime
    held: bool
    """Whether the declaration is held now: neither released as a whole nor ended."""
    officer: ListedAs
    officer_once_confirmed: ListedAs
    """What officers find once customs has confirmed a refusal."""
    trader: ListedAs
    trader_once_told: ListedAs
    """What traders find once they may be told of a refusal."""

    @property
    def readers(self) -> tuple[ListedAs, ListedAs, ListedAs, ListedAs]:
        """The four in the order in which they are stored."""
        return self.officer, self.officer_once_confirmed, self.trader, self.trader_once_told


class ListOrder(StrEnum):
    """The order of a list."""

    RECEIVED = "received"
    """The newest first."""
    HELD_SINCE = "held_since"
    """What is held, the oldest first."""
    HELD_LAST = "held_last"
    """What is held, the latest first."""

    @property
    def by_age(self) -> bool:
        """Whether it goes by how long something is held or open."""
        return self is not ListOrder.RECEIVED


class HeldAge(StrEnum):
    """How long something is held, in the steps in which it is counted and searched, the shortest first."""

    HOUR = "1h"
    """Up to an hour."""
    HOURS = "4h"
    DAY = "24h"
    DAYS = "3d"
    LONGER = "longer"


HELD_UP_TO_S = (3_600, 14_400, 86_400, 259_200)
"""The seconds at which each age but the last ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What declarations are searched for; None: whatever it is."""

    eoris: frozenset[str] | None = None
    """Whose declarations a trader may see, as a trader may be told of them; None: an officer searches."""
    of_offices: frozenset[str] | None = None
    """The offices whose cases the officer may see; None: all."""
    at_once: bool = False
    """Whether traders are told of a refusal before it is confirmed."""
    person: str | None = None
    """Who reads the list, so that their own requests for approval are told apart; None: they are not."""
    own_request: bool | None = None
    """Whether only the person's own request waits for an answer; None: whether or not."""
    refused: bool | None = None
    """Whether it is held by a refusal that customs has confirmed, and no officer is to move; None: whether or not."""
    is_open: bool = False
    """Whether only what is held is found, and what has an open matter."""
    held: bool | None = None
    """Whether it is held; None: whether or not."""
    ages: frozenset[HeldAge] | None = None
    """How long it has been held, or open; None: however long."""
    order: ListOrder = ListOrder.RECEIVED
    effects: frozenset[Effect] | None = None
    effect_kinds: frozenset[EffectKind] | None = None
    turns: frozenset[Turn] | None = None
    states: frozenset[str] | None = None
    advices: frozenset[Advice] | None = None
    findings: frozenset[str] | None = None
    offices: frozenset[str] | None = None
    authorities: frozenset[str] | None = None
    document_type: str | None = None
    document: str | None = None
    """A reference, in any spelling where the type is named."""
    declarant: str | None = None
    mrn: str | None = None
    lrn: str | None = None
    ends: frozenset[str] = frozenset()
    """Last characters of an MRN, an LRN, an EORI, a document's reference, a container or a means of transport: one of them is enough."""
    since: datetime | None = None
    """Received not before."""
    until: datetime | None = None
    """Received before."""
    among: frozenset[str] | None = None
    """The ids of the only declarations that are looked at, whatever else is searched for but `ends`; None: of all."""

    @property
    def is_unnamed(self) -> bool:
        """Whether no name, number or document is searched for."""
        return self.mrn is None and self.lrn is None and self.document is None and not self.ends

    @property
    def is_of_all(self) -> bool:
        """Whether nothing is searched for: whatever declaration comes next is found."""
        return self == Search(person=self.person, at_once=self.at_once, order=self.order)

    @property
    def only_open(self) -> bool:
        """Whether nothing but what is held, or has an open matter, can be found."""
        return (
            self.is_open
            or (self.effects is not None and self.effects <= {Effect.HOLD, Effect.REFUSE})
            or (self.effect_kinds is not None and all(one.holds for one in self.effect_kinds))
            or (self.turns is not None and Turn.NOBODY not in self.turns)
        )

    def texts(self) -> list[str]:
        """Return all texts that are compared with what is stored."""
        many = (self.eoris, self.of_offices, self.findings, self.offices, self.authorities, self.ends)
        one = (self.document_type, self.document, self.declarant, self.mrn, self.lrn, self.person)
        return [text for texts in many for text in texts or ()] + [text for text in one if text is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """The place in a list behind which a page begins: it stays where it is, whatever comes before or behind it."""

    number: int
    """The declaration's, in the order of receipt."""
    held_at: datetime | None = None
    """In a list by age."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDeclaration:
    """One declaration as a row of a list."""

    number: int
    id: str
    version: int
    lrn: str
    mrn: str | None
    declarant: str
    direction: Direction
    kind: Kind
    office: str | None
    presentation_office: str | None
    received_at: datetime
    accepted_at: datetime | None
    state: State
    held_since: datetime | None
    filled: bool
    """Whether what lists show of its decision is filled in; without that it is on every list."""
    entry: ListedAs | None
    """None: its newest version is not decided, or it is not filled in."""
    turn: Turn | None
    """By the entry and the open matters."""
    place: ListPlace
    """Where it stands in a list by age."""
    assess_at: datetime | None
    matters: tuple[Matter, ...] = ()
    """The open ones that the reader is told of."""
    suspended: tuple[Suspended, ...] = ()
    """Its suspensions that are not over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedGoods:
    """The goods of a declaration, as a row of officers shows them."""

    description: str
    """That of the first item."""
    items: int
    importer: str | None
    country: str | None
    """Where the first item comes from, else where it is sent from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldAlike:
    """How many held declarations are alike in all that a summary counts."""

    age: "HeldAge"
    turn: Turn | None
    effect_kind: EffectKind | None
    office: str | None
    filled: bool
    own_request: bool
    """Whether only the reader's own request for approval waits for an answer."""
    held: bool
    """Whether they are held; else something of them is open."""
    refused: bool
    """Whether by a refusal that customs has confirmed, and no officer is to move."""
    declarations: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SameCause:
    """Held declarations for which one authority could not say."""

    authority: str
    declarations: int
    oldest: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What is held of a search, whosever turn it is."""

    counts: tuple[HeldAlike, ...] = ()
    findings: Mapping[str, int] = dataclass_field(default_factory=dict)
    """How many declarations each finding holds, by its code."""
    authorities: Mapping[str, int] = dataclass_field(default_factory=dict)
    """How many of each authority's documents hold, by the adapter's name."""
    same_cause: tuple[SameCause, ...] = ()
