"""The reading of a call's subject from a recording."""

from collections.abc import Mapping
from typing import Any

from gateway.conformance.members import Fault, read_value
from gateway.contract import (
    DocumentFilter,
    DocumentQuery,
    Intervention,
    MovementKind,
    PartyQuery,
    QuantityOrder,
    ReportOrder,
    SuspensionNotice,
    SuspensionQuery,
)

INTERVENTIONS = frozenset({MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE})
SUBJECTS: Mapping[str, type[Any]] = {
    "verify": DocumentQuery,
    "position": DocumentQuery,
    "list": DocumentFilter,
    "reserve": QuantityOrder,
    "write_off": QuantityOrder,
    "cancel": QuantityOrder,
    "report": ReportOrder,
    "reported": DocumentQuery,
    "tell": SuspensionNotice,
    "said": SuspensionQuery,
    "party": PartyQuery,
    **dict.fromkeys(("force", "amend", "delete"), QuantityOrder),
}
"""The type of each method's argument; an intervention by its kind, with the order that it is about."""


def read_subject(method: str, table: Any, fault: Fault) -> Any:
    """Return the subject of a method; every fault is reported with the path of its key."""
    value = read_value(table, SUBJECTS[method], ("call", "subject"), fault)
    if method in INTERVENTIONS and value is not None:
        return Intervention(kind=MovementKind(method), order=value)
    return value
