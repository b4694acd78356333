"""The open matters of a case beside its decision, and whose turn it is because of them: lists, pages and API go by this alone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from msgspec import Struct

from gateway.domain.turn import Turn, first_turn


class MatterKind(StrEnum):
    """The kinds of open matters, in the order in which they are shown."""

    REQUEST = "request"
    """An officer asked for a second one."""
    APPLICATION = "application"
    """A party applied for something on which customs has not decided."""
    EXAMINATION = "examination"
    """Customs announced an examination that has not ended."""
    SUSPENSION = "suspension"
    """Goods are suspended, and an officer has to speak next: a clock ran out, or a word waits for a second person."""
    CONTROL = "control"
    """A control order keeps goods of which the parties are not told: it is to be carried out, or what it found to be settled."""
    REFUSED = "refused"
    """Customs confirmed a refusal to the declarant."""
    RELEASED = "released"
    """An officer released goods against the decision."""
    ENDED = "ended"
    """The declaration was invalidated, or lapsed."""


TURNS: Mapping[MatterKind, Turn] = MappingProxyType(
    {
        MatterKind.REQUEST: Turn.OFFICER,
        MatterKind.APPLICATION: Turn.OFFICER,
        MatterKind.EXAMINATION: Turn.OFFICER,
        MatterKind.SUSPENSION: Turn.OFFICER,
        MatterKind.CONTROL: Turn.OFFICER,
    }
)
"""Whose turn a matter makes it; the other kinds make it nobody's who was not already to move."""
TOLD = frozenset({MatterKind.APPLICATION, MatterKind.EXAMINATION, MatterKind.REFUSED, MatterKind.ENDED})
"""The kinds of which the parties are told: no other moves what they are shown."""


class Matter(Struct, frozen=True, kw_only=True):
    """One open matter of a case."""

    kind: MatterKind
    since: datetime | None = None
    id: str | None = None
    """The id of the application, or of the order that waits for a second person."""
    about: str | None = None
    """What is applied or asked for, what is examined, how the declaration ended."""
    by: str | None = None
    """The person who asked; None: erased, or nobody's to know."""
    ends_at: datetime | None = None

    @property
    def turn(self) -> Turn:
        """Whose turn it is because of it."""
        return TURNS.get(self.kind, Turn.NOBODY)


def whose_turn(decided: Turn | None, matters: Iterable[Matter]) -> Turn | None:
    """Return whose turn it is.

    Args:
        decided: whose it is by what stands against release; None: that is not told.
        matters: the open ones that the reader is told of.
    """
    moved = [TURNS[one.kind] for one in matters if one.kind in TURNS]
    return first_turn(moved if decided is None else [*moved, decided]) if moved else decided


def application_of(matters: Iterable[Matter]) -> Matter | None:
    """Return the application on which customs has not decided; None: none is open."""
    return next((one for one in matters if one.kind is MatterKind.APPLICATION), None)


def request_ends_at(matters: Iterable[Matter]) -> datetime | None:
    """Return when the first of the requests ends that wait for a second person; None: none waits."""
    return min(
        (one.ends_at for one in matters if one.kind is MatterKind.REQUEST and one.ends_at is not None), default=None
    )


def is_second_officers(matters: Sequence[Matter], person: str | None) -> bool:
    """Whether nothing is open of the officers' but what this person asked another one for; None: what anybody asked for."""
    theirs = [one for one in matters if one.turn is Turn.OFFICER]
    return bool(theirs) and all(
        one.kind is MatterKind.REQUEST and (person is None or one.by == person) for one in theirs
    )
