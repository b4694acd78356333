"""What an authority knows of an operator by its number: whether that is one, and which authorisations its holder has (contract 1.11)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class NumberState(StrEnum):
    """Whether a number is an operator's (contract 1.11)."""

    VALID = "valid"
    """The authority confirms it."""
    INVALID = "invalid"
    """The authority says that it is none, or is one no more."""
    UNKNOWN = "unknown"
    """The authority answered, and knows nothing of such numbers."""


class AuthorisationState(StrEnum):
    """How an authorisation stands (contract 1.11)."""

    IN_FORCE = "in_force"
    """It counts from its first day on."""
    SUSPENDED = "suspended"
    """It does not count at present; the authority may lift that."""
    REVOKED = "revoked"
    """It is over: revoked, annulled, given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyQuery:
    """The operator of whom an authority is asked what it knows (contract 1.11): never why it is asked."""

    number: str
    """An EORI, or the number that a partner country gave."""
    role: str
    """In which it stands in a declaration: `declarant`, `importer`, `exporter`, `representative`, `holder`."""
    day: date
    """On which it counts, of the customs administration's calendar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAuthorisation:
    """An authorisation that an authority shows (contract 1.11)."""

    type: str
    """`AEOC`, `AEOS`, `AEOF`, or the code of another one, of 1 to 35 characters."""
    state: AuthorisationState
    """How it stands on the day that was asked about."""
    effective: date
    """The first day on which it counts."""
    holder: str | None = None
    """The holder's number, as the authority states it. None: it states none, as where it was found by a name. **Only an authorisation whose
    holder has the very number that was asked about counts**; any other one is a hint for people. The number stands in the answer that lists
    the authorisation: one that the gateway does not find there is taken for None."""
    reference: str | None = None
    """Its own number."""
    issuer: str | None = None
    """The customs authority that gave it."""
    country: str | None = None
    """The partner country whose authorisation it is, two letters; None: it is one of the Union."""
    reason: str | None = None
    """Of a suspension: `39e` where standards of security alone are not met (UCC Art. 39, point (e))."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyAnswer:
    """What an authority knows of an operator (contract 1.11). An authority that cannot say is an error, and never an empty answer."""

    number: str
    """That which was asked about, as the authority states it."""
    state: NumberState
    """Whether the number is an operator's."""
    authorisations: tuple[PartyAuthorisation, ...] = ()
    """Empty: the authority answered, and shows none."""
