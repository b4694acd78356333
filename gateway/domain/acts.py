"""The acts on a declaration: who did what to it, and why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.events import EventKind


class ActKind(StrEnum):
    """The kinds of acts that officers do by their own judgement."""

    OVERRIDE = "override"
    VERIFICATION = "verification"
    INTERVENTION = "intervention"
    APPLICATION = "application"
    """An application of a trader that was granted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """The actor of an act, as far as it is still known."""

    id: str | None
    """None: from before who acts was written down."""
    role: str | None
    person: str | None
    """None: no name is kept of such an act, or it was erased."""
    asserted_by: str | None = None
    proven: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An act on a declaration."""

    seq: int
    """The number of the event that reports it."""
    event: EventKind
    at: datetime
    by: Who | None
    second: Who | None = None
    """The second person."""
    reason: str | None = None
    means: str | None = None
    """The means by which an officer verified a document."""
    ordered: Mapping[str, Any]
    """What was done, in codes and numbers."""
    approval: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedAct:
    """An act at its place in the list of all declarations' acts."""

    number: int
    kind: ActKind
    id: str
    """The declaration's."""
    lrn: str
    mrn: str | None
    act: Act
