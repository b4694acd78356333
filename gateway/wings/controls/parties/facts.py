"""What is known of an operator: whether its number is valid, and which authorisations it holds. A name says nothing of it."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

import msgspec
from msgspec import Struct

from gateway.domain.declaration import Declaration

ROLES = ("declarant", "importer", "exporter", "representative", "holder")
"""The roles in which operators stand in a declaration, each by an EORI."""


class AeoType(StrEnum):
    """The type of an authorised economic operator (UCC Art. 38(2))."""

    CUSTOMS = "AEOC"
    """Customs simplifications."""
    SECURITY = "AEOS"
    """Security and safety."""
    BOTH = "AEOF"


class AeoState(StrEnum):
    """How an authorisation stands."""

    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


class EoriState(StrEnum):
    """Whether an EORI is one."""

    VALID = "valid"
    INVALID = "invalid"
    UNKNOWN = "unknown"
    """It stood in the copy, and does so no more."""


SECURITY_LACKING = "39e"
"""The reason of a suspension for the standards of security alone (UCC Art. 39, point (e))."""


class AeoAuthorisation(Struct, frozen=True, kw_only=True):
    """An authorisation of one operator, by its EORI."""

    type: AeoType
    state: AeoState
    effective: date
    """The first day on which it counts: the fifth after the decision (Del. Reg. (EU) 2015/2446 Art. 29)."""
    number: str | None = None
    reason: str | None = None
    """Of a suspension."""

    def type_on(self, day: date) -> AeoType | None:
        """Return as what it counts on a day; None: as nothing."""
        if day < self.effective:
            return None
        if self.state is AeoState.IN_FORCE:
            return self.type
        only_security = self.state is AeoState.SUSPENDED and self.reason == SECURITY_LACKING
        # Suspended for security alone, the part for customs simplifications goes on (Del. Reg. (EU) 2015/2446 Art. 30).
        return AeoType.CUSTOMS if only_security and self.type is AeoType.BOTH else None


class PartyFacts(Struct, frozen=True, kw_only=True):
    """What is known of the holder of an EORI."""

    state: EoriState = EoriState.UNKNOWN
    authorisations: tuple[AeoAuthorisation, ...] = ()
    hints: tuple[AeoType, ...] = ()
    """Of authorisations that an authority shows without this number, as those of somebody of such a name: they grant nothing."""

    def types_on(self, day: date) -> tuple[AeoType, ...]:
        """Return as what its holder is trusted on a day."""
        if self.state is not EoriState.VALID:
            return ()
        return tuple(sorted({found for one in self.authorisations if (found := one.type_on(day)) is not None}))


def read_facts(text: str | None) -> PartyFacts:
    """Return what is kept of an operator; without anything, that nothing is known."""
    return msgspec.json.decode(text, type=PartyFacts) if text is not None else PartyFacts()


class TrustedParty(Struct, frozen=True, kw_only=True):
    """An operator of a declaration that is trusted on a day."""

    eori: str
    types: tuple[AeoType, ...]


def trusted(parties: Mapping[str, PartyFacts], day: date) -> tuple[TrustedParty, ...]:
    """Return those of some operators that are trusted on a day."""
    found = (TrustedParty(eori=one, types=parties[one].types_on(day)) for one in sorted(parties))
    return tuple(one for one in found if one.types)


class PartyHint(Struct, frozen=True, kw_only=True):
    """An operator of whose name somebody is authorised: for people, and for nothing else."""

    eori: str
    types: tuple[AeoType, ...]


def hints_of(parties: Mapping[str, PartyFacts]) -> tuple[PartyHint, ...]:
    """Return those of some operators of whose names somebody is authorised."""
    return tuple(PartyHint(eori=one, types=parties[one].hints) for one in sorted(parties) if parties[one].hints)


def types_by_role(parties: Iterable[TrustedParty], declaration: Declaration) -> Mapping[str, frozenset[AeoType]]:
    """Return as what the operator in each role is trusted."""
    known = {one.eori: frozenset(one.types) for one in parties}
    return {role: known[eori] for role in ROLES if (eori := getattr(declaration, role)) in known}


def have_lost(before: Iterable[TrustedParty], now: Mapping[str, PartyFacts], day: date) -> bool:
    """Whether one of some operators is trusted less than before; of what is not known now nothing is lost."""
    return any(one.eori in now and not set(one.types) <= set(now[one.eori].types_on(day)) for one in before)


class AskedParty(Struct, frozen=True, kw_only=True):
    """A question about an operator to an authority, as evidence."""

    eori: str
    authority: str
    message_ids: tuple[str, ...]
    cause: str | None = None
    """Without an answer: the code of the fault."""
