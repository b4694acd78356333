"""Notices: what EORIs, customs and officers are told of a declaration, to be read in order by whoever follows it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.decision import Effect
from gateway.domain.record import State


class NoticeKind(StrEnum):
    """What a notice tells of. Kinds are retired, never renamed."""

    DECIDED = "decided"
    """The first decision on a version of the declaration."""
    CHANGED = "changed"
    """A further decision with another meaning."""
    ALERT = "alert"
    """For customs and officers only: a document changed of which goods were released, or vanished at its authority; or the
    authority has a quantity of the declaration that no order puts right."""
    GAVE_UP = "gave_up"
    """Something is open, and the gateway does not ask about it again by itself."""
    CONFIRMED = "confirmed"
    """Customs confirmed the decision to the trader."""
    RELEASED = "released"
    """Goods were released, wholly or in part."""
    INVALIDATED = "invalidated"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notice as it is written, with what it tells of."""

    kind: NoticeKind
    decision: int | None
    """The number of the decision that stands; None: there is none."""
    effect: Effect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PostedNotice:
    """A notice in its place in the order of all notices."""

    number: int
    at: datetime
    declaration_id: str
    lrn: str
    mrn: str | None
    version: int
    state: State
    notice: Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticePage:
    """Some notices behind a number, in their order."""

    items: tuple[PostedNotice, ...]
    next: int
    """The number behind which the following page begins, whether there is anything yet or not."""
    more: bool
    """Whether the following page can be asked for at once."""
