"""The goods that an order waiting for a second person is about, and whose they are: who answers judges by them."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.api.localization import Wording
from gateway.domain.approval import Approval
from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.errors import ContentErased
from gateway.domain.record import Record
from gateway.domain.release import ReleaseOrder
from gateway.web.numbers import quantity
from gateway.web.visit import Visit

_MOST = 40
_KILOGRAM = "KGM"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedGoods:
    """The goods of an order, each in a sentence, and the facts of their declaration: what each is called, and what it is."""

    items: Sequence[str]
    left_out: int
    facts: Sequence[tuple[str, str]]


async def ordered_goods(visit: Visit, found: Approval, record: Record | None, wording: Wording) -> OrderedGoods | None:
    """Return the goods that an order is about; None: it is about no declaration, or what that says was erased."""
    declared = record.detail.declared if record is not None and record.detail is not None else None
    if record is None or declared is None:
        return None
    ordered = found.asked.ordered if found.asked is not None else None
    release = ordered.release if ordered is not None else None
    amounts = await _amounts(visit, record, release)
    items = [one for one in declared.items if release is None or one.number in amounts]
    return OrderedGoods(
        items=[_said(visit, one, amounts.get(one.number), wording) for one in items[:_MOST]],
        left_out=max(0, len(items) - _MOST),
        facts=_facts(visit, declared),
    )


async def _amounts(visit: Visit, record: Record, release: ReleaseOrder | None) -> dict[int, tuple[str, str]]:
    """Return how much of each goods item an order is for, with its unit: what it names, or all that is left; empty: not known."""
    try:
        left = [one for one in await visit.web.lifecycle.dry_runs.left(record) if not one.is_over]
    except ContentErased:
        left = []
    rest = {one.goods_item: ("" if one.quantity is None else f"{one.quantity:f}", one.unit or "") for one in left}
    if release is None or not release.items:
        return rest
    return {
        one.goods_item: rest.get(one.goods_item, ("", ""))
        if one.quantity is None
        else (f"{one.quantity:f}", one.unit or "")
        for one in release.items
    }


def _said(visit: Visit, item: GoodsItem, amount: tuple[str, str] | None, wording: Wording) -> str:
    said, unit = amount or ("", "")
    if not said and item.net_mass is not None:
        said, unit = f"{item.net_mass}", _KILOGRAM
    code = f"{item.commodity_code[:4]} {item.commodity_code[4:]}".strip()
    named = visit.text("approval.goods_item", item=item.number, description=item.description, code=code)
    parts = [named, quantity(wording, said, unit) if said else ""]
    parts.append(visit.text("approval.goods_origin", country=item.origin) if item.origin else "")
    return ", ".join(part for part in parts if part)


def _facts(visit: Visit, declared: Declaration) -> list[tuple[str, str]]:
    found = [(visit.text("case.role_declarant"), declared.declarant)]
    if declared.importer is not None and declared.importer != declared.declarant:
        found.append((visit.text("case.role_importer"), declared.importer))
    if declared.exporter is not None and declared.exporter != declared.declarant:
        found.append((visit.text("case.role_exporter"), declared.exporter))
    way = [one for one in (declared.country_of_dispatch, declared.country_of_destination) if one]
    if way:
        found.append((visit.text("approval.way"), " – ".join(way)))
    return found
