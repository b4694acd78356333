"""The views of movements of quantities, and the narrower view for a trader."""

from collections.abc import Iterable, Sequence
from typing import Any

from gateway.access import Caller
from gateway.contract import Ledger
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.decision import DocumentOutcome
from gateway.domain.document import DocumentKey
from gateway.domain.movement import Movement, OrderLine, OwnQuantity
from gateway.domain.release import Released
from gateway.domain.required_report import ReleaseReports
from gateway.domain.verification import DocumentStatus


def movements(
    found: Iterable[Movement],
    caller: Caller,
    documents: Iterable[DocumentOutcome],
    told: Iterable[ReleaseReports] | None = None,
) -> bytes:
    """Write the movements of quantities that a declaration ordered, but for those of documents whose status is kept back.

    `documents` are the declaration's, as the caller may see them; `told` the reports of its releases, which no trader sees.
    """
    untold = {one.key for one in documents if one.status is DocumentStatus.NOT_TOLD}
    body: dict[str, Any] = {"items": [movement(one, caller) for one in found if one.document not in untold]}
    return encode(body if told is None else {**body, "reports": reports(told)})


def reports(of_releases: Iterable[ReleaseReports]) -> list[dict[str, Any]]:
    """Return the reports of releases as JSON objects, in their order."""
    return [
        {
            "step": release.step,
            "document": {"type": one.order.type, "reference": one.order.reference},
            "authority": one.adapter,
            "goods_items": [line.goods_item for line in one.order.lines],
            "released_on": one.order.released_on,
            "state": one.state,
            "cause": one.cause,
            "at": in_utc(one.at),
        }
        for release in of_releases
        for one in release.reports
    ]


def by_document(found: Iterable[Movement], caller: Caller) -> dict[DocumentKey, list[dict[str, Any]]]:
    """Return the movements of each document, in their order."""
    grouped: dict[DocumentKey, list[dict[str, Any]]] = {}
    for one in found:
        grouped.setdefault(one.document, []).append(movement(one, caller))
    return grouped


def movement(one: Movement, caller: Caller) -> dict[str, Any]:
    """Return a movement as a JSON object; the authority's own code and the handles of messages are not a trader's."""
    view = {
        "number": one.number,
        "version": one.version,
        "document": {"type": one.type, "reference": one.reference},
        "authority": one.adapter,
        "kind": one.kind,
        "state": one.state,
        "by_officer": one.by_officer,
        "lines": lines(one.lines),
        "holding": None if one.holding is None else _own_quantity_body(one.holding),
        "refusal": one.refusal,
        "planned_at": in_utc(one.planned_at),
        "settled_at": in_utc(one.settled_at),
    }
    if not caller.sees_as_trader:
        view |= {
            "by_receipt_alone": one.by_receipt_alone,
            "authority_code": one.authority_code,
            "cause": one.cause,
            "looks": one.looks,
            "message_ids": one.message_ids,
        }
    return view


def released(so_far: Released | None) -> dict[str, Any] | None:
    """Return what was released so far as a JSON object; the person who released it is in the audit trail only."""
    if so_far is None:
        return None
    return {"whole": so_far.whole, "items": so_far.items, "at": in_utc(so_far.at), "override": so_far.override}


def position(ledger: Ledger | None, caller: Caller) -> dict[str, Any] | None:
    """Return a document's quantity position as a JSON object: null if the authority did not give it, never empty.

    A trader sees what is left, not who holds the rest.
    """
    if ledger is None:
        return None
    view: dict[str, Any] = {
        "lines": [
            {
                "line": line.number,
                "available": line.available.value,
                "unit": line.available.unit,
                "commodity_code": line.commodity_code,
                "amount": line.amount,
            }
            for line in ledger.lines
        ]
    }
    if not caller.sees_as_trader:
        view["allocations"] = ledger.allocations
    return view


def _own_quantity_body(own: OwnQuantity) -> dict[str, Any]:
    return {"reserved": lines(own.reserved), "written_off": lines(own.written_off)}


def lines(found: Sequence[OrderLine]) -> list[dict[str, Any]]:
    """Return the lines of an order as JSON objects."""
    return [
        {
            "goods_item": line.goods_item,
            "line": line.certificate_line,
            "commodity_code": line.commodity_code,
            "quantities": line.quantities,
            "amount": line.amount,
        }
        for line in found
    ]
