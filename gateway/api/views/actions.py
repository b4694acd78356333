"""The view of the acts that a caller may do with a declaration."""

from collections.abc import Iterable
from typing import Any

from gateway.api.localization import Wording
from gateway.domain.actions import PossibleAct
from gateway.domain.errors import ItemObstacle
from gateway.domain.release_gate import ItemGate


def actions(found: Iterable[PossibleAct], wording: Wording) -> list[dict[str, Any]]:
    """Return acts as JSON objects, with the obstacles of each as a sentence."""
    return [
        {
            "name": one.name,
            "allowed": one.allowed,
            "why_not": one.why_not,
            "message": None if one.why_not is None else wording.name("why_not", one.why_not),
            "needs_second": one.needs_second,
            "applies": one.applies,
            "goods_items": one.goods_items,
        }
        for one in found
    ]


def release_gate(gates: Iterable[ItemGate], wording: Wording | None) -> list[dict[str, Any]]:
    """Return the gate before the release of each goods item as JSON objects, in the reader's language if that is known."""

    def titled(said: str) -> str:
        return said if wording is None else wording.obstacle(said)

    return [
        {
            "goods_item": one.goods_item,
            "may_release": one.may_release,
            "obstacles": [
                {"code": each.code, "title": titled(each.title), "findings": each.findings} for each in one.obstacles
            ],
        }
        for one in gates
    ]


def by_item(obstacles: Iterable[ItemObstacle], wording: Wording | None) -> list[dict[str, Any]]:
    """Return the obstacles to an order to release goods as one JSON object for each goods item, as the gate has it."""
    found: dict[int, list[ItemObstacle]] = {}
    for one in obstacles:
        found.setdefault(one.goods_item, []).append(one)
    gates = (
        ItemGate(goods_item=number, may_release=False, obstacles=tuple(each)) for number, each in sorted(found.items())
    )
    return [{**one, "goods_item": one["goods_item"] or None} for one in release_gate(gates, wording)]
