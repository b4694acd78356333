"""The reports of released goods that a release requires: pure, by its goods, the documents that they cite and the rows in force."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import NAMESPACE_OID, uuid5

from gateway.contract import Line, Reference, ReferenceKind, ReportOrder
from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.release import Released, ReleaseOrder
from gateway.domain.required_report import RequiredReport
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import DocumentRoute
from gateway.domain.verification import CitedDocument, Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsOut:
    """A release that was carried out."""

    step: int
    """The number of the event that reports its order."""
    order: ReleaseOrder
    before: Released | None = None
    """The goods released before it; None: nothing."""
    at: datetime


def asks_for_reports(declaration: Declaration, view: InForce) -> bool:
    """Whether the row of a document that a declaration cites, be it as a reference, wants releases reported to its authority."""
    cited = {one.type for one in declaration.documents} | {one.type for one in declaration.references}
    for item in declaration.items:
        cited |= {one.type for one in item.documents} | {one.type for one in item.references}
    routes = (view.route(kind, declaration.direction) for kind in cited)
    return any(route is not None and route.report for route in routes)


def required_reports(
    release: GoodsOut, declaration_id: str, declaration: Declaration, plan: Plan, view: InForce, *, on: date
) -> tuple[RequiredReport, ...]:
    """Return the reports that a release requires, which was carried out on a day in the calendar of the office.

    One for each document whose row has `report`, whatever the document's status is, with those of its goods that this release let go
    under procedures in which it is judged. A report states no quantities: what was used is told by `usage`.
    """
    if plan.mrn is None:
        return ()
    out = released_items(release.order, release.before, declaration)
    goods = [item for item in declaration.items if item.number in out]
    reports = []
    for requirement in plan.requirements:
        document = requirement.document
        route = view.route(document.type, declaration.direction)
        if route is None or not route.report:
            continue
        lines = tuple(_line(item) for item in goods if _is_for(document, route, item))
        if lines:
            order = ReportOrder(
                type=document.type,
                reference=requirement.query.reference,
                declaration=Reference(kind=ReferenceKind.MRN, value=plan.mrn),
                customs_office=declaration.customs_office or "",
                key=report_key(declaration_id, release.step, document),
                direction=declaration.direction,
                released_on=on,
                lines=lines,
            )
            reports.append(RequiredReport(adapter=requirement.adapter, order=order, identified=requirement.identified))
    return tuple(reports)


def report_key(declaration_id: str, step: int, document: CitedDocument) -> str:
    """Return the key of a document's report of a release: always the same for both, so that a process that ended knows it again."""
    return uuid5(NAMESPACE_OID, "\n".join((declaration_id, str(step), *document.key))).hex


def released_items(order: ReleaseOrder, before: Released | None, declaration: Declaration) -> Collection[int]:
    """Return the goods items of which an order releases something."""
    if order.items:
        return {entry.goods_item for entry in order.items}
    if before is None:
        return {item.number for item in declaration.items}
    if before.whole:
        return ()
    gone = {entry.goods_item for entry in before.items if entry.quantity is None}
    return {item.number for item in declaration.items} - gone


def _is_for(document: CitedDocument, route: DocumentRoute, item: GoodsItem) -> bool:
    """Whether a document is cited for a goods item, by itself or with the whole shipment, and judged under its procedure."""
    return route.judges(item.requested_procedure) and any(
        one.goods_item in (None, item.number) for one in document.cited
    )


def _line(item: GoodsItem) -> Line:
    return Line(
        goods_item=item.number, commodity_code=item.commodity_code, origin=item.origin, procedure=item.procedure
    )
