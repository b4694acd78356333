"""Rows about the numbers and codes that name movements, parties, customs offices and countries."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.tables.rows import Codes, Row


class MrnAnswer(StrEnum):
    """The answer to a trader who sends an MRN with a wrong check character."""

    REFUSED = "refused"
    TOLD = "told"
    """It is taken; the decision says so."""


class Party(StrEnum):
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
class MrnPlace(Row):
    """A place where an MRN stands: the declaration's own, or the reference of previous documents."""

    types: Codes = ()
    """Codes of previous documents (12 01 002); empty: the declaration's own MRN, or that of the declaration it is about."""
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

    parties: tuple[Party, ...]
    formats: Codes = ()
    """Only in messages of these formats; empty: in those that no other row names."""
    data_element: str
    """The number of the data element: 13 04 017."""
    others: NumberOrigin
    legal_basis: str
