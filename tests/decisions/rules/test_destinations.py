"""Measures by place, destination and quantity: general authorisations, transit, small consignments, additional procedures."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from msgspec import structs

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.decision import Advice, Decision, Effect, Unasked
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.tables.in_force import Tables
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.routing import cited, plan
from tests.builders.small_cases import CHED, DAY, altered, case, codes, confirmed, declared
from tests.builders.story import shipped

BEFORE = altered(
    general_authorisations=lambda rows: (),
    offices=lambda rows: (),
    union_transit=lambda rows: (),
    judged_by_officer=lambda rows: (),
    required=lambda rows: tuple(
        replace(row, at_entry=False, limits=(), directions=(Direction.IMPORT,))
        if row.at_entry
        else replace(row, excepted_additional_procedures=())
        for row in rows
    ),
)
"""As a set says it that was stored before there were such rows."""


def told_of(decision: Decision) -> tuple[str, ...]:
    """What holds or refuses."""
    return tuple(codes(decision))


def found(declaration: Declaration, *words: Any, tables: Tables | None = None) -> tuple[str, ...]:
    return told_of(decide(case(declaration, *words, tables=tables)))


def export(kind: str, country: str | None, *, on_item: bool = False) -> Declaration:
    item = GoodsItem(
        number=1,
        commodity_code="85423110",
        requested_procedure="10",
        country_of_destination=country if on_item else None,
        documents=(SupportingDocument(type=kind, reference="1"),),
    )
    told = declared(item, direction=Direction.EXPORT)
    return told if on_item else structs.replace(told, country_of_destination=country)


@pytest.mark.parametrize("on_item", [False, True])
def test_a_general_authorisation_is_refused_for_a_country_that_it_does_not_cover(on_item: bool) -> None:
    assert "SW-DEC-200" in found(export("X061", "CN", on_item=on_item))
    assert "SW-DEC-200" not in found(export("X061", "JP", on_item=on_item))
    assert "SW-DEC-200" not in found(export("X061", "CN", on_item=on_item), tables=BEFORE)


@pytest.mark.parametrize("on_item", [False, True])
@pytest.mark.parametrize("code", ["UK", "EL", "ZZ"])
def test_what_is_no_country_is_not_determined_rather_than_refused(code: str, on_item: bool) -> None:
    decision = decide(case(export("X061", code, on_item=on_item)))
    assert "SW-DEC-265" in told_of(decision)
    assert "SW-DEC-200" not in told_of(decision)
    assert decision.effect is Effect.HOLD
    unjudged = altered(union_customs=lambda rows: ())
    assert "SW-DEC-200" in found(export("X061", code, on_item=on_item), tables=unjudged)


def test_an_officers_word_makes_no_destination_of_another_country() -> None:
    word = replace_word(type="X061", reference="1", verified_by=VerifiedBy.OFFICER, certificate=None, ledger=None)
    decision = decide(case(export("X061", "CN"), word))
    assert "SW-DEC-200" in told_of(decision)
    assert decision.effect is Effect.REFUSE


def replace_word(**more: Any) -> Any:
    return structs.replace(confirmed(), **more)


def test_without_a_destination_nobody_can_say_whether_it_is_covered() -> None:
    assert "SW-DEC-063" in found(export("X061", None))
    assert "SW-DEC-063" not in found(export("X061", None), tables=BEFORE)


def test_individual_licences_have_no_list_of_destinations() -> None:
    for kind in ("X060", "X070", "X071"):
        assert "SW-DEC-200" not in found(export(kind, "CN"))


def in_transit(regime: str, *documents: str, office: str | None = "FR001260", code: str = "040690") -> Declaration:
    item = GoodsItem(
        number=1,
        commodity_code=code,
        documents=tuple(SupportingDocument(type=kind, reference=CHED) for kind in documents),
    )
    told = declared(item, direction=Direction.TRANSIT)
    return structs.replace(told, declaration_type=regime, customs_office=office)


@pytest.mark.parametrize("regime", ["T2", "T2F", "T2SM"])
def test_of_union_goods_no_authority_is_asked(regime: str) -> None:
    told = in_transit(regime, "N853")
    assert plan(told, shipped(), on=DAY).requirements == ()
    assert [one.adapter for one in plan(told, shipped(), on=DAY).documents] == [None]
    assert plan(told, BEFORE, on=DAY).requirements != ()
    assert list(cited(told, shipped().at(DAY), lambda adapter, kind, reference: reference)) == [("N853", CHED)]
    decision = decide(case(told))
    assert decision.effect is Effect.RELEASE
    assert [one.unasked for one in decision.documents] == [Unasked.NOT_JUDGED]
    assert "SW-DEC-203" in [finding.code for finding in decision.findings]


def test_of_union_goods_a_certificate_that_no_transit_asks_about_is_still_for_an_officer() -> None:
    decision = decide(case(in_transit("T2", "C690")))
    assert decision.effect is Effect.HOLD
    assert told_of(decision) == ("SW-DEC-015",)


def test_goods_under_t_may_be_non_union_goods() -> None:
    assert "SW-DEC-034" in found(in_transit("T", "N853"))
    assert found(in_transit("T")) == ("SW-DEC-010",)


@pytest.mark.parametrize("office", ["FR00ZZZ9", None])
def test_no_table_releases_what_departs_nobody_knows_where(office: str | None) -> None:
    told = in_transit("T1", office=office)
    lax = altered(
        rules=lambda rows: tuple(
            replace(row, effect=Effect.RELEASE) if "SW-DEC-201" in row.codes else row for row in rows
        )
    )
    for tables in (shipped(), lax):
        decision = decide(case(told, tables=tables))
        assert (decision.effect, told_of(decision)) == (Effect.HOLD, ("SW-DEC-201",))
    assert found(told, tables=BEFORE) == ()


def test_what_departs_nobody_knows_where_needs_nothing_beside_its_document() -> None:
    word = confirmed(certificate={"decision": "ACCEPTABLE_FOR_DIRECT_TRANSIT"})
    assert "SW-DEC-201" not in found(in_transit("T1", "N853", office=None), word)


def test_in_transit_other_measures_hold_wherever_goods_depart() -> None:
    """A measure of an administration's own that says nothing of the place."""
    everywhere = altered(
        required=lambda rows: tuple(
            replace(row, at_entry=False) if row.measure.endswith("animal origin") else row for row in rows
        )
    )
    assert found(in_transit("T1", office="FR000220"), tables=everywhere) == ("SW-DEC-010",)
    assert found(in_transit("T1", office=None), tables=everywhere) == ("SW-DEC-010",)


def fish(number: int, mass: str | None, *statements: str, code: str = "03038990") -> GoodsItem:
    return GoodsItem(
        number=number,
        commodity_code=code,
        requested_procedure="40",
        net_mass=None if mass is None else Decimal(mass),
        references=tuple(AdditionalReference(type=kind) for kind in ("Y927", *statements)),
    )


@pytest.mark.parametrize(
    ("masses", "enough"),
    [
        (("19",), True),
        (("20.000",), True),
        (("20.001",), False),
        (("10", "10"), True),
        (("10", "10.001"), False),
        (("5", None), False),
        ((None,), False),
    ],
)
def test_a_small_consignment_counts_all_goods_together(masses: tuple[str | None, ...], enough: bool) -> None:
    told = declared(*(fish(number, mass, "Y058") for number, mass in enumerate(masses, 1)))
    assert set(found(told)) == (set() if enough else {"SW-DEC-204"})


def test_goods_under_another_document_do_not_count() -> None:
    told = declared(fish(1, "20", "Y058"), fish(2, "500", "Y930"))
    assert found(told) == ()


def test_a_statement_beyond_its_limit_is_cured_by_no_other_number_of_digits_or_place() -> None:
    beyond = declared(fish(1, "20.001", "Y058"))
    assert decide(case(beyond)).effect is Effect.HOLD
    assert decide(case(structs.replace(beyond, kind=Kind.SUPPLEMENTARY))).effect is Effect.RELEASE


@pytest.mark.parametrize(("code", "mass", "expected"), [
    ("04090000", "2", ()),
    ("04090000", "2.001", ("SW-DEC-204",)),
    ("02013000", "1", ("SW-DEC-013",)),
    ("04069013", "1", ("SW-DEC-013",)),
])  # fmt: skip
def test_meat_and_milk_are_no_small_consignment(code: str, mass: str, expected: tuple[str, ...]) -> None:
    item = structs.replace(fish(1, mass, code=code), references=(AdditionalReference(type="Y058"),))
    assert found(declared(item)) == expected


def test_an_authorisation_for_samples_is_seen_by_an_officer() -> None:
    item = GoodsItem(
        number=1,
        commodity_code="02013000",
        requested_procedure="40",
        documents=(SupportingDocument(type="C084", reference="A-1"),),
    )
    assert found(declared(item)) == ("SW-DEC-015",)
    seen = replace_word(
        type="C084",
        reference="A-1",
        status=DocumentStatus.VALID,
        verified_by=VerifiedBy.OFFICER,
        certificate=None,
        ledger=None,
        adapter=None,
    )
    assert decide(case(declared(item), seen)).effect is Effect.RELEASE


@pytest.mark.parametrize("additional", ["F01", "F02", "F03", "F04"])
def test_returned_goods_are_judged_by_an_officer_and_not_rejected(additional: str) -> None:
    item = structs.replace(fish(1, "100", code="04069013"), additional_procedures=("C01", additional), references=())
    decision = decide(case(declared(item), accepted=False))
    assert (decision.effect, decision.advice, told_of(decision)) == (Effect.HOLD, Advice.CONTROL, ("SW-DEC-205",))
    assert found(declared(item), tables=BEFORE) == ("SW-DEC-010",)


def test_returned_goods_of_no_declared_country_are_asked_for_it_first() -> None:
    item = structs.replace(
        fish(1, "100", code="1202410000"), origin=None, additional_procedures=("F01",), documents=(), references=()
    )
    assert "SW-DEC-199" in found(declared(item))
    assert "SW-DEC-205" not in found(declared(item))


@pytest.mark.parametrize(
    ("additional", "expected"), [("F21", {"SW-DEC-205"}), ("F22", {"SW-DEC-205"}), ("F15", {"SW-DEC-010"})]
)
def test_vessels_of_the_union_need_no_catch_certificate(additional: str, expected: set[str]) -> None:
    item = structs.replace(fish(1, "100"), additional_procedures=(additional,), references=())
    decision = decide(case(declared(item)))
    assert set(told_of(decision)) == expected
    measures = {(finding.params or {})["measure"] for finding in decision.findings}
    assert ("catch certificate" in measures) is (additional == "F15")
