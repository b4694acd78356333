"""The views of what a declaration says: its parties, its goods items, and the time limits that run."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from gateway.domain.application import last_day_to_decide
from gateway.domain.calendar import Calendar, in_utc
from gateway.domain.codec import encode
from gateway.domain.declaration import Declaration, GoodsItem, Kind
from gateway.domain.record import State
from gateway.lifecycle.processing.processor import LAPSE_AFTER

GOODS_BYTES = 2 * 1024 * 1024
"""Bytes of the goods items that are shown with a declaration; the rest is counted."""
_ROLES = ("declarant", "importer", "exporter", "representative", "holder")
_LAPSE = "Regulation (EU) No 952/2013 Art. 171"
_APPLICATION = "Regulation (EU) No 952/2013 Art. 22(3)"
_ENDED = frozenset({State.INVALIDATED, State.LAPSED, State.RELEASED})


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


def clocks(
    *,
    kind: Kind,
    state: State,
    received_at: datetime,
    accepted_at: datetime | None,
    approval_ends_at: datetime | None,
    applied_at: datetime | None,
    calendar: Calendar,
) -> list[Mapping[str, Any]]:
    """Return the time limits that run, as JSON objects, the next one first.

    Those are the lapse of a declaration whose goods are not presented, an approval that waits, and the last day to decide on an
    application. When the right to be heard or a check by market surveillance ends, nothing here knows.
    """
    found: list[Mapping[str, Any]] = []
    if kind is Kind.PRE_LODGED and accepted_at is None and state not in _ENDED:
        found.append({"kind": "lapse", "ends_at": in_utc(received_at + LAPSE_AFTER), "legal_basis": _LAPSE})
    if approval_ends_at is not None:
        found.append({"kind": "approval", "ends_at": in_utc(approval_ends_at), "legal_basis": None})
    if applied_at is not None:
        ends_at = calendar.start(last_day_to_decide(calendar.day(applied_at)) + timedelta(days=1))
        found.append({"kind": "application", "ends_at": in_utc(ends_at), "legal_basis": _APPLICATION})
    return sorted(found, key=lambda one: one["ends_at"])
