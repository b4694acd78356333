"""The view of the open matters of a declaration."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

from gateway.domain.calendar import in_utc
from gateway.domain.matter import Matter, MatterKind

_WHERE: Mapping[MatterKind, str] = MappingProxyType(
    {MatterKind.APPLICATION: "/v1/applications", MatterKind.REQUEST: "/v1/approvals"}
)


def matters(found: Iterable[Matter]) -> list[dict[str, Any]]:
    """Return open matters as JSON objects, each with where more of it is read."""
    return [
        {
            "kind": one.kind,
            "turn": one.turn,
            "since": in_utc(one.since),
            "about": one.about,
            "by": one.by,
            "link": f"{_WHERE[one.kind]}/{one.id}" if one.kind in _WHERE and one.id is not None else None,
        }
        for one in found
    ]
