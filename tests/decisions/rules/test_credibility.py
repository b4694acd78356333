"""What is declared of goods is compared with the bounds of credibility checks."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decisions import decide
from gateway.domain.decision import Advice, Decision, Effect, Mode
from gateway.domain.declaration import Direction, Kind, SupportingDocument
from gateway.domain.tables.credibility import CheckCondition, CredibilityType, Equality, Judged
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import SupplementaryUnit, UnitWord
from tests.builders.credibility import FROM, SUSPICIONS, check, judged, maximum, rate, under, value_check, wheat
from tests.builders.small_cases import case, declared
from tests.builders.story import shipped
from tests.builders.taric import load, tables_of

DAY = date(2018, 5, 2)
PIECES = SupplementaryUnit(commodities=("10",), unit="H87", valid_from=FROM, source="a test")
HECTOLITRES = SupplementaryUnit(commodities=("10",), unit="LTR", factor=Decimal(100), valid_from=FROM, source="a test")


def codes(decision: Decision) -> list[str]:
    """The findings of checks, in the order of goods items."""
    return [
        one.code
        for one in sorted(decision.findings, key=lambda one: (one.goods_item or 0, one.code))
        if "SW-DEC-180" <= one.code <= "SW-DEC-199"
    ]


def why(decision: Decision) -> str:
    """Why something is not determined."""
    (one,) = (one for one in decision.findings if one.code == "SW-DEC-184")
    assert (one.effect, one.mode) == (Effect.HOLD, Mode.ACTIVE)
    assert one.params is not None
    return one.params["unjudged"]


@pytest.mark.corpus
@pytest.mark.parametrize(
    ("net", "held"), [("319.999", True), ("320.000", False), ("470.000", False), ("470.001", True)]
)
def test_a_real_check_judges_its_edges_exactly(corpus: Path, net: str, held: bool, tmp_path: Path) -> None:
    found = load(tmp_path / "home", corpus / "taric" / "credibility-482.csv")
    assert found.report.counts == {}
    tables = tables_of(found)
    decision = judged(tables, wheat(net=net), day=DAY)
    assert (decision.effect is Effect.HOLD) is held
    assert codes(decision) == (["SW-DEC-180", "SW-DEC-191"] if held else [])
    by_three = judged(tables, wheat(net=str(Decimal(net) * 3), units="3"), day=DAY)
    assert codes(by_three) == codes(decision)
    assert codes(judged(tables, wheat(net=net), day=date(2021, 1, 1))) == [], "the measure has ended"


@given(
    net=st.decimals("0.000001", "9999999999", places=6),
    units=st.decimals("0.000001", "9999999999", places=6),
    bound=st.decimals("0.001", "99999", places=3),
)
def test_a_ratio_is_compared_exactly(net: Decimal, units: Decimal, bound: Decimal) -> None:
    tables = under(check((str(bound), "10"), ("0", "28")))
    decision = judged(tables, wheat(net=str(net), units=str(units)))
    # Whole millionths, so that nothing is rounded on either side.
    reached = int(net * 10**6) * 1000 >= int(bound * 1000) * int(units * 10**6)
    assert ("SW-DEC-180" in codes(decision)) is reached


def test_a_declaration_to_be_corrected_is_rejected_before_acceptance() -> None:
    tables = under(check())
    before, after = (judged(tables, wheat(net="319.999"), accepted=accepted) for accepted in (False, True))
    assert (before.effect, before.advice) == (Effect.HOLD, Advice.REJECT)
    assert (after.effect, after.advice) == (Effect.HOLD, Advice.DOCUMENTS)
    not_allowed = judged(under(check(("0", "08"))), accepted=False)
    assert (codes(not_allowed)[0], not_allowed.advice) == ("SW-DEC-182", Advice.REJECT)
    assert "SW-DEC-001" not in [one.code for one in before.findings], "nothing is needed is not said beside it"


@pytest.mark.parametrize(("net", "units", "missing"), [
    ("320", None, "supplementary_units"),
    ("320", "0", "supplementary_units"),
    (None, "1", "net_mass"),
    ("0", "1", "net_mass"),
])  # fmt: skip
def test_a_missing_figure_is_a_correction_and_never_a_division(
    net: str | None, units: str | None, missing: str
) -> None:
    decision = judged(under(check()), wheat(net=net, units=units), accepted=False)
    (one,) = decision.findings
    assert (one.code, one.effect, one.advice) == ("SW-DEC-183", Effect.HOLD, Advice.REJECT)
    assert one.params is not None
    assert one.params["missing"] == missing


def test_several_items_of_one_subheading_are_judged_each_for_itself() -> None:
    items = (wheat(1, net="100"), wheat(2, net="540"), wheat(3, net="400"))
    decision = judged(under(check()), *items)
    assert [(one.goods_item, one.code) for one in decision.findings if one.mode is Mode.ACTIVE] == [
        (1, "SW-DEC-180"),
        (2, "SW-DEC-180"),
        (3, "SW-DEC-005"),
    ]
    assert [item.effect for item in decision.items] == [Effect.HOLD, Effect.HOLD, Effect.RELEASE]


@pytest.mark.parametrize(("unit", "per", "net", "units", "held"), [
    ("DTN", None, "32000", "1", False),
    ("DTN", None, "31999.9", "1", True),
    ("GRM", None, "0.32", "1", False),
    ("KGM", "NAR", "320", "1", False),
    ("KGM", "CEN", "3.2", "1", False),
    ("KGM", "CEN", "3.199", "1", True),
])  # fmt: skip
def test_units_convert(unit: str, per: str | None, net: str, units: str, held: bool) -> None:
    tables = under(check(taric_unit=unit, per=per), supplementary=(PIECES,))
    assert ("SW-DEC-180" in codes(judged(tables, wheat(net=net, units=units)))) is held


def test_gross_mass_is_that_of_its_own_element() -> None:
    tables = under(check(taric_unit="KGMG"))
    assert codes(judged(tables, wheat(net="1", gross_mass=Decimal(320)))) == []
    assert codes(judged(tables, wheat(net="320"))) == ["SW-DEC-183"]


@pytest.mark.parametrize(("more", "said"), [
    ({"taric_unit": "KGMT"}, "unit"),
    ({"taric_unit": "XYZ"}, "unit"),
    ({"taric_unit": "NAR"}, "unit"),
    ({"per": "LTR"}, "unit"),
    ({"per": "NARB"}, "unit"),
])  # fmt: skip
def test_a_unit_that_a_declaration_does_not_have_is_not_determined(more: dict[str, Any], said: str) -> None:
    tables = under(check(**more), supplementary=(PIECES,))
    assert why(judged(tables)) == said


def test_a_qualifier_is_never_left_out() -> None:
    dry = UnitWord(word="KGMN", unit="KGM", valid_from=FROM, source="for certificates")
    tables = under(check(taric_unit="KGMN"), units=(*shipped().units, dry))
    assert why(judged(tables)) == "qualifier"
    assert why(judged(under(check(per="NAR"), supplementary=()))) == "unit_of_code"


def test_none_satisfied_is_not_determined() -> None:
    assert why(judged(under(check(("320", "28"))), wheat(net="319"))) == "no_threshold"
    assert why(judged(under(check(("0", "99"))))) == "action"


@pytest.mark.parametrize(("counts", "code"), [(False, "SW-DEC-180"), (True, None), (None, "SW-DEC-184")])
def test_whether_the_bound_itself_is_enough_is_a_dated_row(counts: bool | None, code: str | None) -> None:
    row = (
        ()
        if counts is None
        else (Equality(condition=CheckCondition.VALUE, counts=counts, valid_from=FROM, source="t"),)
    )
    tables = under(value_check(published=True), equalities=row)
    at: dict[str, Any] = {"statistical_value": Decimal("640"), "net": "320"}
    assert codes(judged(tables, wheat(**at))) == ([] if code is None else [code])
    assert codes(judged(tables, wheat(**at | {"statistical_value": Decimal("640.01")}))) == []
    assert codes(judged(tables, wheat(**at | {"statistical_value": Decimal("639.99")}))) == ["SW-DEC-180"]


def test_a_mass_that_is_the_bound_is_enough_whatever_that_row_says() -> None:
    row = Equality(condition=CheckCondition.VALUE, counts=False, valid_from=FROM, source="t")
    assert codes(judged(under(check(), equalities=(row,)))) == []


@pytest.mark.parametrize(("more", "head", "held"), [
    # 640 EUR for 320 kg is 2.00 EUR/kg.
    ({"statistical_value": Decimal("640.01")}, {}, False),
    ({"statistical_value": Decimal("704.02"), "statistical_currency": "USD"}, {}, False),
    ({"statistical_value": Decimal("704.00"), "statistical_currency": "USD"}, {}, True),
    ({"statistical_value": Decimal("704.02")}, {"internal_currency": "USD"}, False),
    ({"statistical_value": Decimal("640.01")}, {"internal_currency": "USD"}, True),
    ({"statistical_value": Decimal("7360.1")}, {"customs_office": "SE001260"}, False),
    ({"invoiced": Decimal("704.02")}, {"invoice_currency": "USD"}, False),
    ({"invoiced": Decimal("704.02"), "invoiced_currency": "USD"}, {"invoice_currency": "EUR"}, False),
    ({"invoiced": Decimal("1"), "statistical_value": Decimal("640.01")}, {"invoice_currency": "EUR"}, False),
])  # fmt: skip
def test_values_are_converted_by_the_rates_of_the_day(more: dict[str, Any], head: dict[str, Any], held: bool) -> None:
    tables = under(value_check(), rates=(rate("USD", "1.1"), rate("SEK", "11.5")))
    assert ("SW-DEC-180" in codes(judged(tables, wheat(**more), **head))) is held


@pytest.mark.parametrize(("more", "head", "said"), [
    ({"statistical_value": Decimal(1), "statistical_currency": "USD"}, {}, "rate"),
    ({"statistical_value": Decimal(1), "statistical_currency": "usd"}, {}, "rate"),
    ({"statistical_value": Decimal(1)}, {"customs_office": None}, "currency"),
    ({"statistical_value": Decimal(1)}, {"customs_office": "GB001260"}, "currency"),
    ({"statistical_value": Decimal(1)}, {"customs_office": "PL001260"}, "rate"),
])  # fmt: skip
def test_without_a_rate_or_a_currency_it_is_not_determined(
    more: dict[str, Any], head: dict[str, Any], said: str
) -> None:
    tables = under(value_check(), rates=(rate("USD", "1.1", valid_from=date(2026, 12, 1), valid_to=None),))
    decision = judged(tables, wheat(**more), **head)
    assert why(decision) == said
    assert decision.effect is Effect.HOLD


def test_a_rate_that_is_no_figure_is_not_determined() -> None:
    tables = under(value_check(), rates=(rate("USD", "0"),))
    assert why(judged(tables, wheat(statistical_value=Decimal(1), statistical_currency="USD"))) == "rate"


@pytest.mark.parametrize(("more", "missing"), [
    ({}, "value"),
    ({"statistical_value": Decimal(0)}, "value"),
    ({"invoiced": Decimal(5)}, "invoice_currency"),
    ({"statistical_value": Decimal(5), "net": None}, "net_mass"),
])  # fmt: skip
def test_a_value_that_is_not_declared_is_a_correction(more: dict[str, Any], missing: str) -> None:
    (one,) = judged(under(value_check()), wheat(**more)).findings
    assert one.code == "SW-DEC-183"
    assert one.params is not None
    assert one.params["missing"] == missing


def test_a_value_by_supplementary_unit() -> None:
    tables = under(value_check(taric_unit="HLT"), supplementary=(HECTOLITRES,))
    assert codes(judged(tables, wheat(statistical_value=Decimal("2.01"), net=None))) == []
    assert "SW-DEC-180" in codes(judged(tables, wheat(statistical_value=Decimal("2.01"), units="2", net=None)))


@pytest.mark.parametrize("condition", [CheckCondition.MAXIMUM, CheckCondition.MAXIMUM_OF_ACT])
@pytest.mark.parametrize(("net", "held"), [("19", False), ("20.000", False), ("20.001", True)])
def test_a_maximum_is_at_or_below(condition: CheckCondition, net: str, held: bool) -> None:
    decision = judged(under(maximum(condition=condition, published=True)), wheat(net=net))
    assert codes(decision) == (["SW-DEC-182"] if held else [])


def test_or_the_document() -> None:
    tables = under(maximum(documents=("N853", "Y930")))
    assert "SW-DEC-188" in codes(judged(tables, wheat(net="21")))
    by_statement = wheat(net="21", documents=(SupportingDocument(type="Y930", reference="x"),))
    assert codes(judged(tables, by_statement)) == []
    certified = judged(
        tables, wheat(net=None, documents=(SupportingDocument(type="N853", reference="CHEDP.FR.2026.0000001"),))
    )
    assert codes(certified) == []
    assert certified.effect is Effect.HOLD, "what is known of the document is judged by itself"
    commercial = wheat(net="21", documents=(SupportingDocument(type="N380", reference="x"),))
    assert why(judged(under(maximum(documents=("N380",))), commercial)) == "document"


def test_a_maximum_of_a_price() -> None:
    tables = under(maximum(currency="EUR", published=True))
    assert codes(judged(tables, wheat(net="10", statistical_value=Decimal(200)))) == []
    assert codes(judged(tables, wheat(net="10", statistical_value=Decimal("200.01")))) == ["SW-DEC-182"]
    assert why(judged(under(maximum(otherwise=None)), wheat(net="21"))) == "no_threshold"


def test_a_maximum_in_a_currency_without_a_unit_is_of_the_value_itself() -> None:
    tables = under(maximum(currency="EUR", taric_unit=None, published=True))
    assert codes(judged(tables, wheat(net=None, units=None, statistical_value=Decimal(20)))) == []
    decision = judged(tables, wheat(units="100", statistical_value=Decimal("20.01")))
    assert codes(decision) == ["SW-DEC-182"]
    (told,) = decision.findings
    assert (told.params or {})["elements"] == "value"
    assert told.message.endswith(" Compared is 20.01 EUR; allowed is x ≤ 20.")


@pytest.mark.parametrize("more", [{"condition": None}, {"measure_type": "999"}, {"measure_type": "431"}])
def test_a_suspicion_that_is_not_understood_is_an_officers_and_holds(more: dict[str, Any]) -> None:
    decision = judged(under(check(*SUSPICIONS, **more)), wheat(net="1"))
    assert codes(decision) == ["SW-DEC-185"]
    assert decision.effect is Effect.HOLD


@pytest.mark.parametrize(("kind", "description", "code"), [
    ("481", None, "SW-DEC-180"),
    ("430", None, "SW-DEC-185"),
    ("430", "control of particulars", "SW-DEC-180"),
    ("999", "whatever", "SW-DEC-185"),
])  # fmt: skip
def test_types_that_nobody_knows_are_an_officers(kind: str, description: str | None, code: str) -> None:
    row = check(measure_type=kind, description=description, published=True)
    decision = judged(under(row), wheat(net="1"))
    assert codes(decision) == [code]
    assert decision.effect is Effect.HOLD
    assert codes(judged(under(check(condition=None, thresholds=())))) == ["SW-DEC-185"]


def test_by_conditions_is_a_row() -> None:
    row = CredibilityType(measure_types=("999",), judged=Judged.BY_CONDITIONS, valid_from=FROM, source="t")
    tables = under(check(measure_type="999"), credibility_types=(row,))
    assert codes(judged(tables)) == []


def test_a_code_that_is_too_short_is_a_correction() -> None:
    tables = under(check(commodities=("1001190000",)))
    assert codes(judged(tables, wheat(commodity_code="10011900"))) == ["SW-DEC-186"]
    assert codes(judged(tables, wheat(commodity_code="10011100"))) == []
    hidden = judged(under(check(*SUSPICIONS, commodities=("1001190000",))), wheat(commodity_code="10011900"))
    assert codes(hidden) == ["SW-DEC-192"]
    assert hidden.effect is Effect.RELEASE


def test_goods_that_do_not_come_under_it() -> None:
    low = wheat(net="1")
    assert codes(judged(under(check(excepted=("1001",))), low)) == []
    assert codes(judged(under(check(origins=("AR",))), low)) == []
    assert codes(judged(under(check(excepted_origins=("UA",))), low)) == []
    assert codes(judged(under(check(origins=("AR",))), wheat(net="1", origin=None))) != [], (
        "of an unknown origin it counts"
    )
    assert codes(judged(under(check(directions=(Direction.EXPORT,))), low)) == []


@given(net=st.decimals("0.001", "9999999", places=3))
@pytest.mark.parametrize("outcome", [(), (("0", "08"),), (("470.001", "10"),)])
def test_figures_find_no_bound_beforehand_that_is_not_published(
    outcome: tuple[tuple[str, str], ...], net: Decimal
) -> None:
    def beforehand(tables: Tables) -> Decision:
        made = case(declared(wheat(net=str(net))), tables=tables)
        return decide(replace(made, unpublished_untold=True)).for_parties()

    told = beforehand(under(check(*outcome)))
    assert (told.effect, codes(told)) == (Effect.RELEASE, ["SW-DEC-193"])
    assert beforehand(under(replace(check(), published=True))) == judged(
        under(replace(check(), published=True)), wheat(net=str(net))
    )


def test_a_figure_that_is_missing_is_told_beforehand() -> None:
    made = case(declared(wheat(net=None)), tables=under(check()))
    assert codes(decide(replace(made, unpublished_untold=True))) == ["SW-DEC-183"]


@pytest.mark.parametrize("additional_type", ["B", "C", "E", "F", "J"])
def test_a_simplified_declaration_is_judged_at_its_supplementary_one(additional_type: str) -> None:
    tables, kind = under(check()), Kind.PRE_LODGED if additional_type in "EF" else Kind.STANDARD
    simplified = judged(tables, wheat(net=None), additional_type=additional_type, kind=kind)
    assert codes(simplified) == ["SW-DEC-187"]
    assert simplified.effect is Effect.RELEASE
    supplementary = judged(tables, wheat(net="1"), additional_type="X", kind=Kind.SUPPLEMENTARY)
    assert codes(supplementary) == ["SW-DEC-180", "SW-DEC-191"]
    assert supplementary.effect is Effect.RELEASE, "the goods were released already"
    without_a_code = judged(tables, wheat(commodity_code=""), additional_type="J")
    assert codes(without_a_code) == [], "no figure is judged"
    assert {one.code for one in without_a_code.findings if one.effect is Effect.HOLD} == {"SW-DEC-206"}
    hidden = judged(under(check(*SUSPICIONS)), wheat(), additional_type=additional_type, kind=kind)
    assert codes(hidden) == [], "nothing tells of a check for officers alone"


def test_what_is_not_published_is_read_by_officers_alone() -> None:
    decision = judged(under(check()), wheat(net="319.9999999"))
    told, figures = decision.findings
    assert (told.code, told.params) == (
        "SW-DEC-180", {"commodity": "1001190000", "elements": "mass_and_units", "band": ""},
    )  # fmt: skip
    assert (figures.code, figures.mode, figures.effect) == ("SW-DEC-191", Mode.OFFICERS, Effect.NONE)
    assert "319.999999… kg / supplementary unit" in figures.message
    published = judged(under(check(published=True)), wheat(net="319.5"))
    (told,) = published.findings
    assert told.message.endswith(" Compared is 319.5 kg / supplementary unit; allowed is 320 ≤ x < 470.001.")


def test_suspicion_has_no_effect_whatever_the_tables_say() -> None:
    tables = under(check(*SUSPICIONS))
    clean = judged(replace(tables, credibility_checks=()))
    rules = tuple(replace(row, effect=Effect.HOLD) if "SW-DEC-190" in row.codes else row for row in tables.rules)
    for one in (tables, replace(tables, rules=rules)):
        for item in (wheat(net="1"), wheat(units=None), wheat(net="1", units="0")):
            decision = judged(one, item)
            assert [found.mode for found in decision.findings if found.code != "SW-DEC-005"] == [Mode.OFFICERS]
            shown = tuple(found for found in decision.findings if found.mode is Mode.ACTIVE)
            assert replace(decision, findings=shown, rules=clean.rules) == replace(clean, items=decision.items)
            assert (decision.effect, decision.advice) == (Effect.RELEASE, Advice.NONE)
    assert codes(judged(tables, wheat(net="1"))) == ["SW-DEC-190"]
    assert codes(judged(tables, wheat(units=None))) == ["SW-DEC-192"]
    assert codes(judged(tables)) == []


def test_suspicion_is_told_of_goods_that_were_released_too() -> None:
    tables = under(check(*SUSPICIONS))
    supplementary = judged(tables, wheat(net="1"), additional_type="Y", kind=Kind.SUPPLEMENTARY)
    assert codes(supplementary) == ["SW-DEC-190"]


def test_beside_suspicion_what_is_for_everybody_is_told() -> None:
    tables = under(check(("470.001", "30"), ("320", "28"), ("0", "10")))
    assert codes(judged(tables, wheat(net="500"))) == ["SW-DEC-190"]
    assert codes(judged(tables, wheat(net="1"))) == ["SW-DEC-180", "SW-DEC-191"]
    assert codes(judged(tables, wheat(units=None))) == ["SW-DEC-183"]
