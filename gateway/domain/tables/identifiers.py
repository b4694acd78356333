"""Rows about the numbers and codes that name movements, parties, customs offices and countries."""

from enum import StrEnum
from typing import Annotated

from gateway.contract import Direction
from gateway.domain.laxer import NEUTRAL, always, lower, switched_off
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Row

_TAKEN = "an MRN that cannot be one is taken from traders"
_NOT_CHECKED = "the check character of the MRN is not looked at any more"


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


@row_kind("own_mrn", "identifiers.toml", key="directions", removed=always(_NOT_CHECKED))
class OwnMrn(Row):
    """The MRN of a declaration, and the one by which a message names the declaration that it is about."""

    directions: tuple[Direction, ...]
    traders: Annotated[MrnAnswer, lower((MrnAnswer.TOLD, MrnAnswer.REFUSED), _TAKEN)]
    legal_basis: Annotated[str, NEUTRAL]


@row_kind("previous_mrn", "identifiers.toml", key="types", removed=always(_NOT_CHECKED))
class PreviousMrn(Row):
    """Previous documents (12 01) that are cited by an MRN."""

    types: Codes
    """12 01 002."""
    always: Annotated[bool, switched_off("only what has the form of an MRN is taken for one")]
    """Whether nothing else can stand there; otherwise only what has the form of an MRN is one."""
    traders: Annotated[MrnAnswer, lower((MrnAnswer.TOLD, MrnAnswer.REFUSED), _TAKEN)]
    legal_basis: Annotated[str, NEUTRAL]


@row_kind(
    "union_customs",
    "identifiers.toml",
    key="countries formats",
    for_all="formats",
    later=True,
    added=always("EORI numbers and offices of further countries are taken"),
)
class UnionCustoms(Row):
    """Countries whose customs apply the Code: they give EORI numbers, and have the offices where declarations are lodged."""

    countries: Codes
    formats: Codes = ()
    """Only in messages of these formats; empty: in every one."""


@row_kind(
    "transit_customs",
    "identifiers.toml",
    key="countries",
    later=True,
    added=always("offices, and in transit traders' numbers, of further countries are taken"),
)
class TransitCustoms(Row):
    """Countries beside the Union whose offices take part in transit, and whose traders have numbers of their own there."""

    countries: Codes
    legal_basis: Annotated[str, NEUTRAL]


@row_kind(
    "party_number",
    "identifiers.toml",
    key="parties formats",
    for_all="formats",
    removed=always("the number of the party is not judged any more"),
)
class PartyNumber(Row):
    """The identification number of a party: which country may have given it, beside an EORI number."""

    parties: tuple[NumberedParty, ...]
    formats: Codes = ()
    """Only in messages of these formats; empty: in those that no other row names."""
    data_element: Annotated[str, NEUTRAL]
    """The number of the data element: 13 04 017."""
    others: Annotated[
        NumberOrigin,
        lower(
            (NumberOrigin.ANY, NumberOrigin.COMMON_TRANSIT, NumberOrigin.NONE), "numbers of further countries are taken"
        ),
    ]
    legal_basis: Annotated[str, NEUTRAL]
