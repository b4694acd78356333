"""The consolidated, explained control decision."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from msgspec import Struct

from gateway.domain.document import OfDocument
from gateway.domain.movement import Shown
from gateway.domain.verification import DocumentClass, DocumentStatus, VerifiedBy


class TaricCover(StrEnum):
    """How far a load of TARIC covers the goods of a declaration."""

    WHOLE = "whole"
    PART = "part"
    NONE = "none"
    """The gateway's own tables alone decided."""


class Effect(StrEnum):
    """The effect of a finding on the goods. Gravity: refuse before hold before release; none has no effect."""

    NONE = "none"
    RELEASE = "release"
    HOLD = "hold"
    REFUSE = "refuse"

    @property
    def gravity(self) -> int:
        """The rank of the effect: higher is graver."""
        return _GRAVITY[self]

    @cached_property
    def stops(self) -> bool:
        """Whether goods are not released with it."""
        return self is Effect.HOLD or self is Effect.REFUSE


_GRAVITY = {Effect.NONE: 0, Effect.RELEASE: 1, Effect.HOLD: 2, Effect.REFUSE: 3}


def gravest(effects: Iterable[Effect]) -> Effect:
    """Return the gravest of the effects; none without any."""
    return max(effects, key=_GRAVITY.__getitem__, default=Effect.NONE)


class Advice(StrEnum):
    """The advice to customs."""

    NONE = "none"
    DOCUMENTS = "documents"
    """Request documents."""
    CONTROL = "control"
    """Control the goods."""
    REJECT = "reject"
    """Reject the declaration for correction, before acceptance."""
    NO_RELEASE = "no_release"
    """Do not release the goods."""


class Nature(StrEnum):
    """The nature of a finding: with effect and stage it decides the advice."""

    INFORMATION = "information"
    CORRECTION = "correction"
    """The declaration or its documents have to be corrected."""
    REFUSAL = "refusal"
    """The authority said no, or the document does not cover this."""
    WAIT = "wait"
    """The authority has not finished."""
    UNDETERMINED = "undetermined"
    """Nobody could say."""
    CHECK = "check"
    """An officer has to check it."""


class Disclosure(StrEnum):
    """When the declarant is told of a finding that holds, as its row says; without a word of its row the finding's nature says it.

    A finding that refuses is told once customs has confirmed that, or beforehand, whatever its row says.
    """

    AT_ONCE = "at_once"
    """The declarant has to keep, present or correct something, or to know who looks at it."""
    ONCE_CONFIRMED = "once_confirmed"
    """It may tell of a refusal: together with that one alone."""
    CONTROL = "control"
    """Never: it tells of an inquiry or a control that customs has not announced."""
    BOUNDS = "bounds"
    """Never: it tells of a check whose bounds need not be published."""
    FAULT = "fault"
    """Never: it is a fault of the gateway, and tells which check failed."""

    @property
    def is_secret(self) -> bool:
        """Whether the declarant is never told."""
        return self not in {Disclosure.AT_ONCE, Disclosure.ONCE_CONFIRMED}


class Mode(StrEnum):
    """The mode of a rule: whether it counts, only shows officers what it would say, or says it to officers alone."""

    ACTIVE = "active"
    SHADOW = "shadow"
    OFFICERS = "officers"
    """It is for officers alone and has no effect: nothing shows a trader that there is such a finding."""


class Named(OfDocument, Struct, frozen=True):
    """A document as a finding names it: its key as an object in JSON."""

    type: str
    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule's result about a document, an item or the declaration."""

    code: str
    """Stable, `SW-DEC-...`; retired, never reassigned."""
    effect: Effect
    advice: Advice
    goods_item: int | None
    """None: the whole declaration, or every item that cites the document."""
    document: Named | None
    message: str
    """In English."""
    remedy: str
    legal_basis: str
    mode: Mode = Mode.ACTIVE
    params: Mapping[str, str] | None = field(default=None, compare=False)
    """What stands in the sentences, beside the document; None: stored before this was kept.

    They follow from what is decided, and another language's sentences are made of them: they mean nothing of their own.
    """
    nature: Nature | None = field(default=None, compare=False)
    """By its row; None: stored before this was kept. With the effect it says whose turn it is."""
    told: Disclosure | None = field(default=None, compare=False)
    """When the declarant is told of it while it holds, by its row; None: by its nature, also where it was stored before this was kept."""


class ItemEffect(Struct, frozen=True, kw_only=True):
    """The gravest effect on one goods item."""

    goods_item: int
    effect: Effect


class QuantityLine(Struct, frozen=True, kw_only=True):
    """A document's quantity on one goods item: what is declared, what the authority has left, and how far it has gone.

    Amounts are exact decimals. On a line by value alone `unit` is the currency, and `declared` is the amount.
    """

    goods_item: int
    line: int | None
    declared: str | None
    unit: str | None
    available: str | None
    """None: not known. Never zero in its place."""
    movement: Shown = Shown.NONE
    reason: str | None = None
    """A keyword: why the quantity could not be judged, or why it is not moved."""
    moved: str | None = None
    """What is reserved or written off of it at the authority, in `unit`; None: nothing, or not known in that unit."""
    amount: str | None = None
    """The declared value, where the line is limited by value."""
    currency: str | None = None
    stated: str | None = None
    """What the declaration states, in its own unit; `declared` is that in the certificate's, where they convert."""
    stated_unit: str | None = None
    stated_available: str | None = None
    """What the authority has left, in the unit of the declaration; None: not known, or they do not convert."""
    certificate_unit: str | None = None
    """The unit that the certificate's line counts in."""
    certificate_available: str | None = None
    """What the authority has left, in that unit; None: not known."""
    certified: str | None = None
    """What the certificate's line certifies. As all that follows: in `certificate_unit`, and None where it is not known, or was
    stored before this was kept."""
    others: str | None = None
    """What others than this declaration have of the line, by the authority's position."""
    reserved: str | None = None
    """What this declaration has reserved of it by our movements."""
    written_off: str | None = None
    left_after: str | None = None
    """What the authority has left of the line once that is taken, by its position as it was read."""
    read: bool = False
    """Whether the authority told its position of the line."""
    read_at: datetime | None = None
    """When it did. It is noted beside the decision, which depends on no time of asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class National:
    """The code of another administration's profile for a document, beside the decision; it changes nothing in it."""

    profile: str
    code: str | None
    """None: not determined. Never a code that releases beside a document that is held or refused here."""
    detail: str = ""
    says: str = ""
    """What the code means."""
    facts: Mapping[str, str] = field(default_factory=dict, hash=False)
    """The profile's facts that are known."""
    unknown: tuple[str, ...] = ()
    """Why it is not determined: columns on which it depends and that are not known, or what is known and no row reads; in
    alphabetical order. Empty: the document is held or refused here, or several words are known of it that differ."""


class Unasked(StrEnum):
    """The treatment of a document that no authority is asked about."""

    NOT_JUDGED = "not_judged"
    """Its class is judged elsewhere: by customs, not here."""
    BY_OFFICER = "by_officer"
    """It holds the goods until an officer has verified it."""
    COVERED = "covered"
    """The authority has checked it with another document of the same goods."""


class DocumentOutcome(OfDocument, Struct, frozen=True, kw_only=True):
    """The outcome of one cited document."""

    type: str
    reference: str
    goods_items: tuple[int, ...]
    authority: str | None
    status: DocumentStatus
    verified_by: VerifiedBy | None
    """None: nobody was asked."""
    effect: Effect
    quantity: tuple[QuantityLine, ...] = ()
    national: National | None = None
    """None: no profile is in force, or it is not about documents of this type."""
    document_class: DocumentClass | None = None
    """Of a document that no authority is asked about; None: any other, one with an unknown code, or stored before classes were kept."""
    unasked: Unasked | None = None
    """Of a document that no authority is asked about; None: any other, or stored before this was kept."""
    holder: str | None = None
    """The party of the declaration that the certificate names as its holder, in no answer; None: none of them, or stored before."""


class RulesIdentity(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The identity of the tables that decided, and whether they know all measures on the goods."""

    version: str
    digest: str
    coverage: TaricCover | None = None
    """How far a load of TARIC covers the goods; None: decided before this was always kept. No comparison rests on it."""
    as_of: date | None = None
    """The day as of which that load knows the measures."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All findings of one assessment of a declaration, with the gravest effect per document, item and declaration."""

    effect: Effect
    advice: Advice
    forecast: bool
    items: tuple[ItemEffect, ...]
    findings: tuple[Finding, ...]
    documents: tuple[DocumentOutcome, ...]
    rules: RulesIdentity

    def for_parties(self) -> "Decision":
        """Return the decision without what is for officers alone."""
        findings = tuple(finding for finding in self.findings if finding.mode is not Mode.OFFICERS)
        return self if len(findings) == len(self.findings) else replace(self, findings=findings)

    def means_the_same(self, other: "Decision") -> bool:
        """Whether a reader would act the same on both: what is left at an authority may differ, what is held may not."""
        return (self.effect, self.advice, self.forecast, self.items, self.findings) == (
            other.effect,
            other.advice,
            other.forecast,
            other.items,
            other.findings,
        ) and [_acted_on(document) for document in self.documents] == [
            _acted_on(document) for document in other.documents
        ]


def _acted_on(document: DocumentOutcome) -> tuple[object, ...]:
    moved = [(line.goods_item, line.line, line.movement, line.moved) for line in document.quantity]
    national = document.national and (document.national.code, document.national.detail)
    return document.type, document.reference, document.status, document.verified_by, document.effect, moved, national


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedDecision:
    """A decision at its place in the declaration's history."""

    number: int
    """Counts over all versions of the declaration, from 1."""
    version: int
    decided_at: datetime
    decision: Decision
