"""The name and the state of a set of tables: whether it counts, waits for a person or was rejected."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_DIGITS = 12


def set_name(version: str, digest: str) -> str:
    """Return the name of a set: its label, which sets may share, and the beginning of its digest, which they do not."""
    return f"{version} ({digest.removeprefix('sha256:')[:_DIGITS]})"


class SetState(StrEnum):
    """The state of a set."""

    IN_FORCE = "in_force"
    TO_COME = "to_come"
    """A switch to it is ordered for later."""
    REPLACED = "replaced"
    """It was put into force, and another one was since."""
    WAITING = "waiting"
    """A second person is asked about it."""
    REJECTED = "rejected"
    """A person rejected it, and nobody has asked about it since."""
    UNDECIDED = "undecided"
    """It was never put into force, nobody rejected it, and nobody is asked about it now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPublication:
    """The publication of a set, at one moment."""

    state: SetState
    since: datetime | None
    """When it counted or counts from, was asked about first, or was rejected; None: it is not stored."""
    age_s: float | None = None
    """Seconds since then, by the database's clock."""
    approval_id: str | None = None
    """The approval that waits, or by which it was rejected."""

    @property
    def waits(self) -> bool:
        """Whether it does not count because nobody decided."""
        return self.state in {SetState.WAITING, SetState.UNDECIDED}
