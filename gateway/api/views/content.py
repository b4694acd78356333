"""The views of what a declaration says: its parties, its goods items, and the time limits that run."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from gateway.domain.calendar import in_utc
from gateway.domain.clocks import Deadline, TimeLimit
from gateway.domain.codec import encode
from gateway.domain.declaration import Declaration, GoodsItem, Kind
from gateway.domain.record import State
from gateway.lifecycle.time_limits import TimeLimits

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
    office: str | None,
    limits: TimeLimits,
) -> list[Mapping[str, Any]]:
    """Return the time limits that run, as JSON objects, the next one first.

    Those are the lapse of a declaration whose goods are not presented, an approval that waits, and the last day to decide on an
    application. When the right to be heard or a check by market surveillance ends, nothing here knows. Where the State lists no
    holidays no limit of the law ends, and none is among them.
    """
    found: list[Mapping[str, Any]] = []
    if kind is Kind.PRE_LODGED and accepted_at is None and state not in _ENDED:
        found += _of_law("lapse", limits.lapse(office, received_at), _LAPSE)
    if approval_ends_at is not None:
        found.append({"kind": "approval", "ends_at": in_utc(approval_ends_at), "not_before": None, "legal_basis": None})
    if applied_at is not None:
        found += _of_law("application", limits.decision(office, applied_at), _APPLICATION)
    return sorted(found, key=lambda one: one["ends_at"] or one["not_before"])


def _of_law(kind: str, limit: TimeLimit | None, basis: str) -> Iterator[Mapping[str, Any]]:
    if isinstance(limit, Deadline):
        yield {"kind": kind, "ends_at": limit.ends_at, "not_before": None, "legal_basis": basis}
    elif limit is not None:
        yield {"kind": kind, "ends_at": None, "not_before": limit.not_before_at, "legal_basis": basis}
