"""Rows of tables as text: a label for each field that has a value."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from gateway.domain.row_kind import RowKind
from gateway.settings.tables.loosenings import printed

_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "authority": "authority",
        "system": "its system",
        "adapter": "asked through the adapter",
        "quantity": "quantities are compared with",
        "reserves": "quantities count under the procedures",
        "verifies": "quantities do not count under the procedures",
        "report": "the authority is told of releases",
        "decided": "the authority's decision has to fit the procedure",
        "commodity": "the goods of the record are compared",
        "holder": "the holder of the record is compared",
        "party": "its holder is",
        "destination": "the destination of the record is compared",
        "dispatch": "the country of dispatch of the record is compared",
        "level": "is cited at level",
        "waivers": "statements that contradict it",
        "form": "form of references",
        "example": "as in",
        "element": "in the data element",
        "elements": "may stand in the data elements",
        "waives": "stands in for",
        "self_declared": "the declarant's word is enough",
        "commodities": "goods",
        "excepted": "but not",
        "directions": "directions",
        "procedures": "procedures",
        "origins": "origins",
        "excepted_origins": "but not from",
        "excepted_destinations": "but not to",
        "excepted_additional_procedures": "but not with the additional procedures",
        "at_entry": "in transit, only where the goods entered the Union",
        "limits": "enough only for",
        "destinations": "destinations",
        "declared_country": "only where the country is declared",
        "excluded": "but not to",
        "entry": "goods enter the Union there",
        "described": "goods described with",
        "all_of": "asks for",
        "banned": "the goods are banned",
        "one_country": "offices of one country need no authorisation",
        "only_told": "is only told",
        "alternatives": "also enough",
        "transit": "fits transit",
        "refused": "refusal",
        "monitored": "goods are monitored to their destination",
        "opens": "the decision counts under this status",
        "pending": "a further decision is awaited under",
        "rule": "gives the finding",
        "outage": "a contingency window covers it",
        "effect": "effect",
        "nature": "kind",
        "told": "while it holds, the declarant is told",
        "mode": "mode",
        "modes": "a contingency window may",
        "advice": "advice to customs",
        "percent": "percent by which more may be declared than is left",
        "unit": "unit",
        "factor": "factor",
        "base": "in terms of",
        "instead": "instead",
        "whose": "given out by",
        "first_minutes": "minutes until it is asked again",
        "longest_minutes": "minutes between questions at most",
        "for_days": "days for which it is asked",
        "legal_basis": "legal basis",
    }
)
"""By the field's name; one without a label goes by its name."""


def labelled(kind: RowKind, row: Any) -> Iterator[tuple[str, str]]:
    """Yield the content of a row: for each field its label and its value."""
    for name in kind.inherited:
        value = getattr(row, name)
        if value in (None, ()):
            continue
        yield _LABELS.get(name, name.replace("_", " ")), printed(value)


def days(row: Any) -> str:
    """Return the days on which a row is in force."""
    until = f" until {row.valid_to.isoformat()}" if row.valid_to is not None else ""
    return f"since {row.valid_from.isoformat()}{until}"
