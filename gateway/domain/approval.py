"""Orders that need a second person: by whom, for what, and how they ended."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from gateway.domain.actor import Actor
from gateway.domain.codec import encode
from gateway.domain.contingency import WindowOrder
from gateway.domain.persons import person_key
from gateway.domain.record import OfficerVerification
from gateway.domain.release import InterventionOrder, ReleaseOrder

NO_END = datetime(9999, 1, 1, tzinfo=UTC)
"""Stands in rows and answers where an approval has no end: whoever read a time there before reads one still."""


class ApprovalKind(StrEnum):
    """The kinds of orders that need a second person."""

    OVERRIDE = "override"
    """The release of refused goods."""
    VERIFICATION = "verification"
    """A document that an officer verified against an authority's answer."""
    INTERVENTION = "intervention"
    WINDOW = "window"
    """Opening a contingency window."""
    TABLES = "tables"
    """A set of tables that loosens what is in force."""


class ApprovalState(StrEnum):
    """The state of an approval."""

    OPEN = "open"
    APPROVED = "approved"
    """The second person approved, and the order was taken."""
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    """The person who asked took it back: the same may be asked again."""
    VOID = "void"
    """What was ordered about has changed, or the person who ordered it is not known any more."""
    EXPIRED = "expired"
    """Nobody approved it in time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TablesOrder:
    """An order to put a stored set of tables into force."""

    digest: str
    version: str
    at: datetime | None = None
    """None: at once."""
    reason: str | None = None
    loosens: tuple[str, ...] = ()
    """What it loosens against the set in force, each in a sentence."""
    record: str | None = None
    """The same as it is kept with the switch."""
    against: tuple[str | None, ...] = ()
    """The sets that it was compared with: one of them has to count before it; none: whichever does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The content of an order: one of these."""

    release: ReleaseOrder | None = None
    verification: OfficerVerification | None = None
    intervention: InterventionOrder | None = None
    window: WindowOrder | None = None
    tables: TablesOrder | None = None

    @property
    def kind(self) -> ApprovalKind:
        """The kind of the order."""
        if self.release is not None:
            return ApprovalKind.OVERRIDE
        if self.verification is not None:
            return ApprovalKind.VERIFICATION
        if self.intervention is not None:
            return ApprovalKind.INTERVENTION
        return ApprovalKind.WINDOW if self.window is not None else ApprovalKind.TABLES

    def request(self, by: Actor, record_id: str | None) -> str:
        """Return the canonical text of an author's order: the same person's same order is the same at any time."""
        order = self
        if self.verification is not None:
            order = Ordered(verification=replace(self.verification, at=_NO_TIME, by=None))
        if self.window is not None:
            order = Ordered(window=replace(self.window, word=replace(self.window.word, by=None)))
        person = (person_key(by.person), by.asserted_by)
        return encode((record_id, person, order)).decode()


_NO_TIME = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOrder:
    """An order and its author: personal data, kept apart so that it can be erased."""

    ordered: Ordered
    by: Actor
    goods: tuple[str, ...] = ()
    """The goods of which ordered tables ask less or something else, in sentences by chapter and measure, as of the day of the order: told,
    and no part of the order, which is the same on another day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalEnding:
    """The person who approved or rejected an order, and why: personal data like the order."""

    by: Actor
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An order that waits, or waited, for a second person."""

    id: str
    number: int
    kind: ApprovalKind
    state: ApprovalState
    """As it stands, also where nobody has noted yet that it is void or over."""
    record_id: str | None
    """None: it is about no declaration."""
    lrn: str | None
    mrn: str | None
    asked_at: datetime
    ends_at: datetime | None
    """None: it waits until somebody decides."""
    ended_at: datetime | None
    asked: AskedOrder | None
    """None: erased."""
    ending: ApprovalEnding | None
    """None: open, or erased."""
