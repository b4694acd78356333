"""The words for an order that waits for a second person: what is asked, and what will happen."""

from collections.abc import Sequence

from gateway.api.localization import Wording
from gateway.domain.approval import Approval, TablesOrder
from gateway.domain.record import OfficerVerification
from gateway.domain.release import InterventionKind, InterventionOrder, ReleaseOrder
from gateway.domain.tables.set_state import set_name
from gateway.web.numbers import quantity
from gateway.web.visit import Visit

_MOST = 40


def asked_for(visit: Visit, found: Approval, wording: Wording) -> Sequence[str]:
    """Return what is asked, in sentences; none: it was erased."""
    if found.asked is None:
        return ()
    ordered = found.asked.ordered
    if ordered.release is not None:
        return _release(visit, ordered.release, wording)
    if ordered.verification is not None:
        return _verification(visit, ordered.verification, wording)
    if ordered.intervention is not None:
        return _intervention(visit, ordered.intervention, wording)
    if ordered.window is not None:
        window = ordered.window
        name = visit.web.systems(visit.language).get(window.adapter, window.adapter)
        return [visit.text("approval.window", authority=name, mode=visit.text(f"approval.mode_{window.mode}"))]
    if ordered.tables is not None:
        return _tables(visit, ordered.tables, found.asked.goods)
    return ()


def happens(visit: Visit, found: Approval) -> Sequence[str]:
    """Return what will happen once it is approved."""
    order = found.asked.ordered.intervention if found.asked is not None else None
    if order is not None and order.kind is InterventionKind.KEEP:
        return [visit.text("approval.then_keep"), visit.text("approval.both_in_trail")]
    return [visit.text(f"approval.then_{found.kind}"), visit.text("approval.both_in_trail")]


def _release(visit: Visit, order: ReleaseOrder, wording: Wording) -> Sequence[str]:
    if not order.items:
        return [visit.text("approval.release_all")]
    return _first(
        visit,
        [
            visit.text("approval.release_item", item=one.goods_item)
            if one.quantity is None
            else visit.text(
                "approval.release_part", quantity=quantity(wording, f"{one.quantity:f}", one.unit), item=one.goods_item
            )
            for one in order.items
        ],
    )


def _verification(visit: Visit, one: OfficerVerification, wording: Wording) -> Sequence[str]:
    said = visit.text(f"outcome.{one.outcome}")
    if one.quantity is not None:
        said = f"{said}, {quantity(wording, f'{one.quantity:f}', one.unit)}"
    return [visit.text("approval.verification", document=f"{one.type} {one.reference}", outcome=said, means=one.means)]


def _intervention(visit: Visit, order: InterventionOrder, wording: Wording) -> Sequence[str]:
    document = f"{order.type} {order.document_reference}"
    return [
        f"{visit.text(f'kind.{order.kind}')}: {document}",
        *_first(
            visit,
            [
                visit.text(
                    "approval.line",
                    item=one.goods_item,
                    line=one.line,
                    quantity=quantity(wording, f"{one.quantity:f}", one.unit),
                )
                for one in order.lines
            ],
        ),
    ]


def _tables(visit: Visit, order: TablesOrder, goods: Sequence[str]) -> Sequence[str]:
    by_goods = [visit.text("approval.by_goods"), *_first(visit, goods)] if goods else []
    return [
        visit.text("approval.tables", version=set_name(order.version, order.digest)),
        *by_goods,
        *([visit.text("approval.by_rows")] if by_goods else []),
        *_first(visit, order.loosens),
    ]


def _first(visit: Visit, lines: Sequence[str]) -> Sequence[str]:
    """Return the first of many lines, and how many more there are: nobody approves what is silently left out."""
    more = len(lines) - _MOST
    return [*lines[:_MOST], visit.text("approval.more", count=more)] if more > 0 else lines
