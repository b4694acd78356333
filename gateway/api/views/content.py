"""The views of what a declaration says: its parties and its goods items."""

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.domain.codec import encode
from gateway.domain.declaration import Declaration, GoodsItem

GOODS_BYTES = 2 * 1024 * 1024
"""Bytes of the goods items that are shown with a declaration; the rest is counted."""
_ROLES = ("declarant", "importer", "exporter", "representative", "holder")


def content(declared: Declaration | None) -> dict[str, Any]:
    """Return what a declaration says, as a JSON object; of what was erased nothing is known."""
    if declared is None:
        names = ("office", "presentation_office", "parties", "dispatch", "destination", "goods_items")
        return {**dict.fromkeys(names), "goods_items_left_out": 0}
    items, left_out = _filled(declared.items)
    return {
        "office": declared.customs_office,
        "presentation_office": declared.presentation_office,
        "parties": [{"role": role, "eori": eori} for role in _ROLES if (eori := getattr(declared, role)) is not None],
        "dispatch": declared.country_of_dispatch,
        "destination": declared.country_of_destination,
        "goods_items": items,
        "goods_items_left_out": left_out,
    }


def _filled(items: Sequence[GoodsItem]) -> tuple[msgspec.Raw | list[msgspec.Raw], int]:
    """Return goods items as they are written, and how many are left out."""
    whole = encode([_goods_item(item) for item in items])
    # All commas and brackets are one more than there are items.
    if len(whole) - len(items) - 1 <= GOODS_BYTES:
        return msgspec.Raw(whole), 0
    found: list[msgspec.Raw] = []
    left = GOODS_BYTES
    for item in items:
        written = encode(_goods_item(item))
        left -= len(written)
        if left < 0:
            break
        found.append(msgspec.Raw(written))
    return found, len(items) - len(found)


def _goods_item(item: GoodsItem) -> dict[str, Any]:
    return {
        "number": item.number,
        "description": item.description,
        "commodity_code": item.commodity_code,
        "origin": item.origin,
        "procedure": item.procedure,
        "net_mass": item.net_mass,
        "supplementary_units": item.supplementary_units,
        "statistical_value": item.statistical_value,
    }
