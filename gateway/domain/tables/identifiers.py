"""Rows about the numbers and codes that name movements, parties, customs offices and countries."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.contract import Direction
from gateway.domain.tables.rows import Codes, Row


class MrnAnswer(StrEnum):
    """The answer to a trader who sends an MRN with a wrong check character."""

    REFUSED = "refused"
    TOLD = "told"
    """It is taken; the decision says so."""


class NumberedParty(StrEnum):
    """The party to whom an identification number belongs, by the field of the declaration."""

    DECLARANT = "declarant"
    IMPORTER = "importer"
    EXPORTER = "exporter"
    REPRESENTATIVE = "representative"
    HOLDER = "holder"


class NumberOrigin(StrEnum):
    """The countries whose own numbers a data element takes beside EORI numbers."""

    NONE = "none"
    COMMON_TRANSIT = "common_transit"
    ANY = "any"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMrn(Row):
    """The MRN of a declaration, and the one by which a message names the declaration that it is about."""

    directions: tuple[Direction, ...]
    traders: MrnAnswer
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousMrn(Row):
    """Previous documents (12 01) that are cited by an MRN."""

    types: Codes
    """12 01 002."""
    always: bool
    """Whether nothing else can stand there; otherwise only what has the form of an MRN is one."""
    traders: MrnAnswer
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionCustoms(Row):
    """Countries whose customs apply the Code: they give EORI numbers, and have the offices where declarations are lodged."""

    countries: Codes
    formats: Codes = ()
    """Only in messages of these formats; empty: in every one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TransitCustoms(Row):
    """Countries beside the Union whose offices take part in transit, and whose traders have numbers of their own there."""

    countries: Codes
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyNumber(Row):
    """The identification number of a party: which country may have given it, beside an EORI number."""

    parties: tuple[NumberedParty, ...]
    formats: Codes = ()
    """Only in messages of these formats; empty: in those that no other row names."""
    data_element: str
    """The number of the data element: 13 04 017."""
    others: NumberOrigin
    legal_basis: str
