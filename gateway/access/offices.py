"""The calls that reach only the declarations of a caller's own customs offices, where the caller carries any."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.access.calls import Call


class OfficeReach(StrEnum):
    """Whether a call reaches declarations of all customs offices, or of the caller's own alone."""

    OWN = "own"
    """Another office's declaration looks as if there were none, and is in no list and no count."""
    ALL = "all"
    """It tells nothing of single declarations, or not more than its row in `WHO_MAY` lets anybody know."""


_ALL = frozenset(
    {
        Call.LODGE,
        Call.AMEND,
        Call.CHECK_DOCUMENT,
        Call.PREFLIGHT,
        Call.PACKS,
        Call.ADAPTERS,
        Call.ENABLE_ADAPTER,
        Call.DISABLE_ADAPTER,
        Call.NOTIFY,
        Call.METRICS,
        Call.CONTINGENCY,
        Call.APPROVE_TABLES,
        Call.COVERAGE,
        Call.REQUIREMENTS,
        Call.SHADOW,
        Call.ME,
        Call.ACCESS,
        Call.KEYS,
        Call.OWN_KEYS,
    }
)

OFFICE_REACH: Mapping[Call, OfficeReach] = MappingProxyType(
    {call: OfficeReach.ALL if call in _ALL else OfficeReach.OWN for call in Call}
)
"""The whole of what offices limit. Both offices of a centralised clearance count: where it is lodged, and where goods are presented."""
