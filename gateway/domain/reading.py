"""A reading of a case by a person: who read what of it, and when."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """A person who reads, as they were proven."""

    name: str
    """Of the key, the certificate or the subject."""
    person: str | None
    """None: it is erased."""
    role: str
    proven: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A part of a declaration that a person read."""

    number: int
    at: datetime
    version: int
    what: str
    """The call by which it was read."""
    reader: Reader
