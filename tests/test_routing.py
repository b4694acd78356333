"""What a declaration cites, and what is asked of whom."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Direction, Money, Quantity, Reference, ReferenceKind
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.tables.in_force import Tables
from gateway.routing import plan, query
from tests.builders.small_cases import altered
from tests.builders.story import shipped

DAY = date(2026, 11, 25)


def document(kind: str = "N853", reference: str = "CHEDP.FR.2026.0000001", **more: Any) -> SupportingDocument:
    return structs.replace(SupportingDocument(type=kind, reference=reference), **more)


def declared(*items: GoodsItem, **more: Any) -> Declaration:
    made = Declaration(
        lrn="LRN-1",
        declarant="FR1",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        customs_office="FR001260",
        importer="FR2",
        items=items,
    )
    return structs.replace(made, **more)


def item(number: int, *documents: SupportingDocument, **more: Any) -> GoodsItem:
    made = GoodsItem(number=number, commodity_code="04011010", requested_procedure="40", documents=documents)
    return structs.replace(made, **more)


def test_a_document_is_asked_about_once_with_every_line() -> None:
    made = plan(declared(item(1, document()), item(2), item(3, document(line=2))), shipped(), on=DAY, mrn="26FR1")
    (requirement,) = made.requirements
    assert requirement.adapter == "traces"
    assert [(line.goods_item, line.certificate_line, line.procedure) for line in requirement.query.lines] == [
        (1, None, "4000"),
        (3, 2, "4000"),
    ]
    assert requirement.query.declaration == Reference(kind=ReferenceKind.MRN, value="26FR1")
    assert (requirement.query.customs_office, requirement.query.importer) == ("FR001260", "FR2")
    assert made.documents[0].goods_items == (1, 3)


def test_everything_cited_is_listed_in_order_and_only_known_types_are_asked_about() -> None:
    made = plan(
        declared(
            item(1, document("N380", "INV/1"), document(), references=(AdditionalReference(type="Y929"),)),
            documents=(document("N271", "PL"),),
            references=(AdditionalReference(type="Y160", reference="x"),),
        ),
        shipped(),
        on=DAY,
    )
    assert [(d.key, d.additional, d.adapter) for d in made.documents] == [
        (("N271", "PL"), False, None),
        (("N380", "INV/1"), False, None),
        (("N853", "CHEDP.FR.2026.0000001"), False, "traces"),
        (("Y160", "x"), True, None),
        (("Y929", ""), True, None),
    ]
    assert [r.document.type for r in made.requirements] == ["N853"]
    assert made.documents[0].goods_items == ()


def test_two_references_are_two_documents_and_two_types_too() -> None:
    made = plan(declared(item(1, document(), document(reference="B"), document("C640"))), shipped(), on=DAY)
    assert len(made.requirements) == 3


@pytest.mark.parametrize("direction", [Direction.EXPORT])
def test_a_health_entry_document_is_not_for_export(direction: Direction) -> None:
    made = plan(declared(item(1, document()), direction=direction), shipped(), on=DAY)
    assert made.requirements == ()
    assert made.documents[0].adapter is None


@pytest.mark.parametrize(
    ("unit", "expected", "fault"),
    [
        ("DTN", Quantity(value=Decimal(250), unit="KGM"), None),
        ("kgm", Quantity(value=Decimal("2.5"), unit="KGM"), None),
        ("KGM#G", Quantity(value=Decimal("2.5"), unit="KGM"), None),
        ("MIL", Quantity(value=Decimal(2500), unit="H87"), None),
        ("HLT", Quantity(value=Decimal(250), unit="LTR"), None),
        ("XXX", None, "unit_unknown"),
        (None, None, "unit_missing"),
    ],
)
def test_a_stated_quantity_is_converted_once(unit: str | None, expected: Quantity | None, fault: str | None) -> None:
    made = plan(declared(item(1, document(quantity=Decimal("2.5"), unit=unit))), shipped(), on=DAY)
    (cited,) = made.documents[0].cited
    assert (cited.stated, cited.quantity, cited.quantity_fault) == (True, expected, fault)
    assert made.requirements[0].query.lines[0].quantity == expected


def test_an_amount_goes_along() -> None:
    amount = Money(value=Decimal(7), currency="EUR")
    made = plan(
        declared(item(1, document("X060", "L/1", amount=amount)), direction=Direction.EXPORT), shipped(), on=DAY
    )
    assert made.requirements[0].query.lines[0].amount == amount


def test_a_pre_lodged_declaration_has_no_date_that_counts_before_its_mrn() -> None:
    declaration = declared(item(1, document()), kind=Kind.PRE_LODGED)
    before = plan(declaration, shipped(), on=DAY).requirements[0].query
    after = plan(declaration, shipped(), on=DAY, mrn="26FR1").requirements[0].query
    assert (before.on, after.on) == (None, DAY)
    assert before.declaration == Reference(kind=ReferenceKind.LRN, value="LRN-1")


def test_the_tables_of_the_day_decide() -> None:
    fish = declared(item(1, document("C673", "CATCH-1")))
    assert plan(fish, shipped(), on=date(2026, 1, 9)).requirements == ()
    assert [r.adapter for r in plan(fish, shipped(), on=date(2026, 1, 10)).requirements] == ["catch"]


def test_a_document_alone_can_be_asked_about() -> None:
    found = query("X072", "T/1", shipped(), on=DAY)
    assert found is not None
    assert (found.adapter, found.query.direction, found.query.lines) == ("dual_use", Direction.TRANSIT, ())
    assert query("N853", "X", shipped(), on=DAY, direction=Direction.EXPORT) is None
    assert query("N380", "X", shipped(), on=DAY) is None
    assert query("N853", "", shipped(), on=DAY) is None


def test_a_document_is_found_by_its_identity_only_if_the_rule_knows_each_spelling() -> None:
    def identify(adapter: str | None, kind: str, reference: str) -> str | None:
        return None if reference.endswith("X") else reference.upper()

    spellings = ("chedp.1", "chedp.x", "chedp.2X", "CHEDP.X")
    declaration = declared(item(1, *(document(reference=one) for one in spellings)))
    made = plan(declaration, shipped(), on=DAY, identify=identify)
    assert made.citations == (
        ("N853", "CHEDP.1", True),
        # "CHEDP.X" may be another document, for all that the rule says of it.
        ("N853", "CHEDP.X", False),
        ("N853", "chedp.2X", False),
    )


JUDGED = ("40", "45")


def judged_under(*procedures: str) -> Tables:
    """The delivered tables, with veterinary certificates judged under some procedures alone."""
    return altered(
        routes=lambda rows: tuple(
            replace(row, procedures=procedures, reserves=("40",), verifies=()) if "N853" in row.types else row
            for row in rows
        )
    )


def test_a_document_is_asked_about_for_the_goods_under_whose_procedures_it_is_judged() -> None:
    goods = (item(1, document()), item(2, document(), requested_procedure="71"))
    found = plan(declared(*goods), judged_under(*JUDGED), on=DAY)
    (asked,) = found.requirements
    assert [line.goods_item for line in asked.query.lines] == [1]
    assert [(one.goods_items, one.elsewhere) for one in found.documents] == [((1, 2), False)]


@pytest.mark.parametrize("by_shipment", [False, True])
def test_a_document_under_other_procedures_alone_is_asked_about_by_nobody(by_shipment: bool) -> None:
    goods = item(1, *(() if by_shipment else (document(),)), requested_procedure="71")
    found = plan(declared(goods, documents=(document(),) if by_shipment else ()), judged_under(*JUDGED), on=DAY)
    assert not found.requirements
    assert [(one.adapter, one.elsewhere) for one in found.documents] == [(None, True)]


def test_a_document_of_the_shipment_is_asked_about_if_it_is_judged_for_some_goods() -> None:
    goods = (item(1, requested_procedure="71"), item(2, requested_procedure="45"))
    found = plan(declared(*goods, documents=(document(),)), judged_under(*JUDGED), on=DAY)
    assert [(one.adapter, one.elsewhere) for one in found.documents] == [("traces", False)]
    assert len(found.requirements) == 1


def test_goods_without_a_procedure_are_asked_about() -> None:
    for more in ({}, {"direction": Direction.TRANSIT, "declaration_type": "T1"}):
        goods = item(1, document(), requested_procedure=None)
        found = plan(declared(goods, **more), judged_under(*JUDGED), on=DAY)
        assert [(one.adapter, one.elsewhere) for one in found.documents] == [("traces", False)]
