"""Contingency windows (Impl. Reg. (EU) 2024/2145, Art. 11): what is done while an authority cannot be asked, and afterwards."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.contract import Unavailable
from gateway.domain.actor import Actor
from gateway.domain.decision import Effect
from gateway.domain.document import DocumentKey
from gateway.domain.movement import OrderLine
from gateway.domain.release import Released
from gateway.domain.verification import DocumentStatus

RELEASED_UNVERIFIED = "SW-DEC-131"
"""The finding of a document that is released without verification under a window."""

OUTAGES = frozenset({Unavailable.code})
"""The faults that a window may cover: the authority could not be reached, or did not answer in time. What it did answer, and what it
refused, is no outage."""

NEVER_RELEASED = frozenset({"C640", "N853", "C678", "C085", "C644"})
"""Documents without which goods are never released, outage or not: free circulation takes a finalised CHED (Reg. (EU) 2017/625,
Art. 57(2)(b)) or certificate of inspection (Delegated Reg. (EU) 2021/2306)."""


class WindowMode(StrEnum):
    """The treatment of a document that its authority cannot be asked about."""

    HOLD = "hold"
    """It is held, as without a window; the number is quoted, and it is listed."""
    RELEASE = "release"
    """It is released without verification, and verified afterwards."""
    MANUAL = "manual"
    """It is held until an officer has verified it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A window that is in force, as rules see it."""

    number: int
    adapter: str
    """Whose documents it is for: all types of this authority."""
    mode: WindowMode
    opened_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowStatement:
    """The statement of two officers who open or close a window: personal data, kept apart so that it can be erased."""

    officer: str
    second_officer: str | None = None
    """Always named at opening."""
    reason: str
    by: Actor | None = None
    """None: from before who acts was written down."""
    second: Actor | None = None

    def is_same(self, other: "WindowStatement | None") -> bool:
        """Whether the same people state the same, by any of their keys, and with any approver."""
        if other is None or (self.officer, self.reason) != (other.officer, other.reason):
            return False
        return self.second_officer is None or self.second_officer == other.second_officer


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowOrder:
    """The order of two officers to open a window."""

    adapter: str
    mode: WindowMode
    until: datetime | None = None
    """None: until it is closed."""
    word: WindowStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class ContingencyWindow:
    """A window as it is stored."""

    number: int
    """From 1, without gaps."""
    adapter: str
    mode: WindowMode
    opened_at: datetime
    until: datetime | None
    closed_at: datetime | None
    in_force: bool
    """By the database's clock, when it was read."""
    opening: WindowStatement | None
    """None: erased."""
    closing: WindowStatement | None
    """None: not closed, or erased."""
    decided: int = 0
    """Documents that were decided inside."""
    awaited: int = 0
    """Those of them that are not verified yet."""
    differing: int = 0
    """Those that turned out otherwise."""


class Afterwards(StrEnum):
    """The result of verifying afterwards a document that was decided inside a window."""

    AWAITED = "awaited"
    """The authority has not answered since."""
    CONFIRMED = "confirmed"
    """It comes out as it was decided inside."""
    DIFFERS = "differs"
    """It would have been decided otherwise."""
    DETERMINED = "determined"
    """It was held inside, for want of an answer; now there is one."""
    DROPPED = "dropped"
    """The declaration does not cite it any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The answer of the authority and of the rules afterwards."""

    status: DocumentStatus
    effect: Effect
    findings: tuple[str, ...] = ()
    """The codes of what would have held or refused it."""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedInside:
    """A document of a declaration as it was decided inside a window, and its verification afterwards."""

    window: int
    type: str
    reference: str
    version: int
    """The declaration's."""
    decision: int
    """The number of the last decision inside."""
    effect: Effect
    """What the document meant for the goods."""
    by_officer: bool = False
    """An officer verified it."""
    at: datetime
    released: bool = False
    """Goods were released on the strength of it, wholly or in part."""
    afterwards: Afterwards = Afterwards.AWAITED
    found: Found | None = None
    write_off: tuple[OrderLine, ...] = ()
    """With goods released: what officers have to write off themselves, because nothing could be reserved."""
    ended: bool = False
    """Whether the window has ended; as it was when this was read."""
    listed_as: str = ""
    """The reference under which the list has it, where the declaration spells it otherwise by now."""

    @property
    def document(self) -> DocumentKey:
        """The document."""
        return DocumentKey(self.type, self.reference)

    @property
    def awaited(self) -> bool:
        """Whether it is still to be verified."""
        return self.afterwards is Afterwards.AWAITED

    @property
    def unverified(self) -> bool:
        """Whether it was released unverified."""
        return not self.by_officer and self.effect.gravity <= Effect.RELEASE.gravity


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedInside:
    """A document that was decided inside a contingency window, at its place in the window's list."""

    place: int
    id: str
    lrn: str
    mrn: str | None
    entry: DecidedInside
    released: Released | None
    """What is released of its declaration by now."""
    looks: int
    """How often it was assessed since the window ended."""
    written_off: bool
    """Whether its quantity was written off, by an officer or otherwise."""
