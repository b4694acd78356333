"""The names of grounds, on every page that shows an application or an invalidation."""

from collections.abc import Mapping
from typing import Any

from gateway.web.visit import Visit

NOT_STATED = "not_stated"


def invalidated_on(visit: Visit, declared: Mapping[str, Any]) -> str:
    """Say on what ground a declaration is invalidated, or is being so; empty: it is not, or was so without a ground."""
    found = declared["invalidation"]
    if found is None or (found["carried_out"] and found["grounds"] is None):
        return ""
    said = "invalidated_on" if found["carried_out"] else "being_invalidated_on"
    return visit.text(f"case.{said}", grounds=ground_name(visit, found["grounds"]))


def ground_name(visit: Visit, name: str | None) -> str:
    """Name grounds; those of an administration's own, which no text names, stand as they are."""
    name = name or NOT_STATED
    try:
        return visit.text(f"grounds.{name}")
    except KeyError:
        return name
