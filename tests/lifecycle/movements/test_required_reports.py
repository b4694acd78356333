"""Which reports a release requires: one for each document and release, of the goods that it let go."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Direction, Reference, ReferenceKind
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.release import Released, ReleasedItem, ReleaseOrder
from gateway.domain.required_report import RequiredReport
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.movements.required_reports import GoodsOut, asks_for_reports, required_reports
from gateway.routing import plan
from tests.builders.small_cases import altered
from tests.builders.story import ordinary

DAY = date(2026, 12, 1)
AT = datetime(2026, 12, 1, 9, tzinfo=UTC)
MRN = "26FR00000000000010"
CHED = "CHEDP.FR.2026.0000001"
OTHER = "CHEDP.FR.2026.0000002"
ALL = ReleaseOrder()


def reporting(**more: Any) -> Tables:
    """The tables with an authority that is told of releases on its veterinary certificates."""
    return altered(
        routes=lambda rows: tuple(replace(row, report=True, **more) if "N853" in row.types else row for row in rows)
    )


def item(number: int, *references: str, **more: Any) -> GoodsItem:
    documents = tuple(
        SupportingDocument(type="N853", reference=one, quantity=Decimal(5), unit="KGM") for one in references
    )
    made = GoodsItem(
        number=number, commodity_code="04011010", requested_procedure="40", documents=documents, origin="NO"
    )
    return structs.replace(made, **more)


def declared(*items: GoodsItem, **more: Any) -> Declaration:
    made = Declaration(
        lrn="LRN-1",
        declarant="FR1",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        customs_office="FR001260",
        items=items,
    )
    return structs.replace(made, **more)


def required(
    declaration: Declaration,
    order: ReleaseOrder = ALL,
    before: Released | None = None,
    *,
    tables: Tables | None = None,
    **more: Any,
) -> tuple[RequiredReport, ...]:
    tables = tables or reporting()
    release = GoodsOut(order=order, before=before, step=more.get("step", 7), at=AT)
    made = plan(declaration, tables, on=DAY, mrn=MRN)
    return required_reports(release, more.get("declaration_id", "d-1"), declaration, made, tables.at(DAY), on=DAY)


def of(*entries: ReleasedItem) -> ReleaseOrder:
    return ReleaseOrder(items=entries)


def gone(*entries: ReleasedItem, whole: bool = False) -> Released:
    return Released(whole=whole, items=entries, at=datetime(2026, 12, 1, tzinfo=UTC))


def told(reports: tuple[RequiredReport, ...]) -> dict[str, list[int]]:
    """The goods items that each document's authority is told of."""
    return {one.order.reference: [line.goods_item for line in one.order.lines] for one in reports}


TWO = declared(item(1, CHED), item(2, CHED, OTHER), item(3))


def test_each_document_is_reported_once_with_the_goods_that_cite_it_and_no_quantity() -> None:
    reports = required(TWO)
    assert told(reports) == {CHED: [1, 2], OTHER: [2]}
    first = reports[0]
    assert (first.adapter, first.identified) == ("traces", True)
    assert first.order.declaration == Reference(kind=ReferenceKind.MRN, value=MRN)
    assert (first.order.customs_office, first.order.released_on) == ("FR001260", DAY)
    line = first.order.lines[0]
    assert (line.commodity_code, line.origin, line.procedure) == ("04011010", "NO", "4000")
    assert (line.quantity, line.amount, dict(line.figures)) == (None, None, {})


def test_an_item_that_cites_a_document_twice_stands_in_its_report_once() -> None:
    assert told(required(declared(item(1, CHED, CHED)))) == {CHED: [1]}


def test_without_the_row_nothing_is_reported() -> None:
    assert required(TWO, tables=ordinary()) == ()


def test_a_document_that_is_cited_as_a_reference_is_reported_too() -> None:
    cited, view = AdditionalReference(type="N853", reference=CHED), reporting().at(DAY)
    for made in (declared(item(1, references=(cited,))), declared(item(1), references=(cited,))):
        assert asks_for_reports(made, view)
        assert told(required(made)) == {CHED: [1]}
    assert not asks_for_reports(declared(item(1)), view)
    assert not asks_for_reports(TWO, ordinary().at(DAY))


def test_each_release_is_reported_with_what_it_let_go() -> None:
    first = required(TWO, of(ReleasedItem(goods_item=1)), step=7)
    rest = required(TWO, ALL, gone(ReleasedItem(goods_item=1)), step=9)
    assert (told(first), told(rest)) == ({CHED: [1]}, {CHED: [2], OTHER: [2]})
    assert first[0].order.key != rest[0].order.key
    assert required(TWO, ALL, gone(whole=True), step=11) == ()
    assert required(TWO, of(ReleasedItem(goods_item=3))) == ()


def test_the_parts_of_an_item_are_reported_one_by_one() -> None:
    part = ReleasedItem(goods_item=1, quantity=Decimal(2), unit="KGM")
    assert told(required(TWO, of(part))) == {CHED: [1]}
    assert told(required(TWO, of(part), gone(part), step=9)) == {CHED: [1]}
    assert told(required(TWO, ALL, gone(part), step=9)) == {CHED: [1, 2], OTHER: [2]}


def test_a_document_of_the_shipment_is_reported_with_all_goods_that_went() -> None:
    cited = SupportingDocument(type="N853", reference=CHED)
    shipment = declared(item(1), item(2), documents=(cited,))
    assert told(required(shipment)) == {CHED: [1, 2]}
    assert told(required(shipment, of(ReleasedItem(goods_item=2)))) == {CHED: [2]}


def test_goods_under_procedures_in_which_it_is_not_judged_are_not_reported() -> None:
    tables = reporting(procedures=("40", "45"), reserves=("40",), verifies=())
    mixed = declared(item(1, CHED), item(2, CHED, requested_procedure="71"))
    assert told(required(mixed, tables=tables)) == {CHED: [1]}
    assert required(mixed, of(ReleasedItem(goods_item=2)), tables=tables) == ()


def test_the_key_is_the_same_for_one_document_and_release_and_for_no_other() -> None:
    assert required(TWO) == required(TWO)
    ways: list[dict[str, Any]] = [{}, {"step": 8}, {"declaration_id": "d-2"}]
    keys = [one.order.key for way in ways for one in required(TWO, **way)]
    assert len(set(keys)) == len(keys) == 6
    assert all(len(key) == 32 and int(key, 16) for key in keys)


@pytest.mark.parametrize("known", [True, False])
def test_a_spelling_that_its_authority_may_know_otherwise_is_marked(known: bool) -> None:
    tables = reporting()
    made = plan(TWO, tables, on=DAY, mrn=MRN, identify=lambda adapter, kind, text: text.lower() if known else None)
    report, _ = required_reports(GoodsOut(step=7, order=ALL, at=AT), "d-1", TWO, made, tables.at(DAY), on=DAY)
    assert (report.identified, report.order.reference) == (known, CHED.lower() if known else CHED)
    assert report.order.key == required(TWO)[0].order.key
