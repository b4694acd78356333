"""The view of the acts that a caller may do with a declaration."""

from collections.abc import Iterable
from typing import Any

from gateway.api.localization import Wording
from gateway.domain.actions import PossibleAct


def actions(found: Iterable[PossibleAct], wording: Wording) -> list[dict[str, Any]]:
    """Return acts as JSON objects, with what stands in the way of each as a sentence."""
    return [
        {
            "name": one.name,
            "allowed": one.allowed,
            "why_not": one.why_not,
            "message": None if one.why_not is None else wording.name("why_not", one.why_not),
            "needs_second": one.needs_second,
            "applies": one.applies,
        }
        for one in found
    ]
