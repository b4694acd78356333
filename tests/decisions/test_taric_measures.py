"""Goods under measures of TARIC: groups with waivers and limits, additional codes, and what an officer decides."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.decisions import decide
from gateway.domain.decision import Advice, Effect
from gateway.domain.declaration import AdditionalReference, GoodsItem, SupportingDocument
from gateway.domain.tables.in_force import Tables
from tests.builders.small_cases import case, declared
from tests.builders.taric import condition, envelope, limit, load, loaded, measure, tables_of

OYSTERS = "0307111010"
IN_2022 = date(2022, 4, 1)


def found(tables: Tables, item: GoodsItem, day: date) -> dict[str, list[str]]:
    """The measures that findings of TARIC name, by the finding's code."""
    by_code: dict[str, list[str]] = {}
    for finding in decide(case(declared(item), tables=tables, on=day, day=day)).findings:
        if "(TARIC " in finding.message:
            by_code.setdefault(finding.code, []).append((finding.params or {})["measure"])
    return by_code


def item(*types: str, net: str | None = "100", **more: Any) -> GoodsItem:
    documents = tuple(SupportingDocument(type=kind, reference=f"R-{kind}") for kind in types if kind[0] != "Y")
    references = tuple(AdditionalReference(type=kind, reference="") for kind in types if kind[0] == "Y")
    facts: dict[str, Any] = {
        "number": 1, "commodity_code": OYSTERS, "requested_procedure": "40", "previous_procedure": "00", "origin": "US",
        "net_mass": Decimal(net) if net is not None else None, "documents": documents, "references": references,
    }  # fmt: skip
    return GoodsItem(**(facts | more))


@pytest.fixture(scope="module")
def oysters(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    home = tmp_path_factory.mktemp("oysters")
    return tables_of(load(home, corpus / "tariff-answers" / "flat-oysters-for-human-consumption.json"))


@pytest.mark.parametrize(
    ("types", "net", "unmet"),
    [
        (("N853",), "100", {}),
        (("C084",), "100", {}),
        (("C640",), "100", {}),
        (("Y058",), "19", {}),
        (("Y058",), "20.000", {}),
        (("Y058",), "20.001", {"SW-DEC-241"}),
        (("Y058",), None, {"SW-DEC-242"}),
        ((), "19", {"SW-DEC-010"}),
        ((), "100", {"SW-DEC-010", "SW-DEC-241"}),
    ],
)
def test_both_groups_of_the_veterinary_control_are_to_be_met(
    types: tuple[str, ...], net: str | None, unmet: set[str], oysters: Tables
) -> None:
    codes = found(oysters, item(*types, net=net), IN_2022)
    missing = {code for code, measures in codes.items() if any("TARIC 410" in one for one in measures)} - {"SW-DEC-011"}
    assert missing == set(unmet)


def test_a_certificate_of_one_measure_does_not_meet_another(oysters: Tables) -> None:
    codes = found(oysters, item("N853"), IN_2022)
    assert sorted(codes["SW-DEC-010"]) == [
        "animal health certificate (TARIC 350)", "import control of organic products (TARIC 750)",
    ]  # fmt: skip
    met = found(oysters, item("N853", "9120", "Y929"), IN_2022)
    assert "SW-DEC-010" not in met
    universal = found(oysters, item("N853", "999L", "Y929"), IN_2022)
    assert "SW-DEC-010" not in universal
    assert "animal health certificate (TARIC 350)" in {
        *universal.get("SW-DEC-011", []), "animal health certificate (TARIC 350)" if _by_officer(oysters, "999L") else "",
    }  # fmt: skip


def _by_officer(tables: Tables, kind: str) -> bool:
    return tables.at(IN_2022).needs_officer(kind, additional=False)


def test_the_universal_waiver_is_an_officers_until_it_has_a_class(oysters: Tables) -> None:
    assert _by_officer(oysters, "999L")


def test_the_limit_is_named_with_what_is_declared(oysters: Tables) -> None:
    decision = decide(case(declared(item("Y058", net="20.001")), tables=oysters, on=IN_2022, day=IN_2022))
    (finding,) = (one for one in decision.findings if one.code == "SW-DEC-241")
    params = finding.params or {}
    assert (params["limit"], params["declared"]) == ("20 KGM", "20.001 KGM")
    assert (finding.effect, finding.advice) == (Effect.HOLD, Advice.DOCUMENTS)


def of_records(tmp_path: Path, *records: object) -> Tables:
    return tables_of(loaded(tmp_path, envelope("260001", *records), name="full.xml"))  # type: ignore[arg-type]


TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(
    ("types", "missing"), [(("C672",), 0), (("C669", "C670"), 0), (("C669",), 1), (("C670",), 1), ((), 2)]
)
def test_certificates_that_belong_together_are_asked_for_together(
    types: tuple[str, ...], missing: int, tmp_path: Path
) -> None:
    tables = of_records(
        tmp_path,
        measure(1, "755", "3915100000"),
        condition(11, 1, "B", "C669"),
        condition(12, 1, "B", "C672"),
        condition(13, 1, "C", "C670"),
        condition(14, 1, "C", "C672"),
    )
    codes = found(tables, item(*types, commodity_code="3915100000"), TODAY)
    assert len(codes.get("SW-DEC-010", [])) == missing


def test_a_limit_without_a_document_lifts_nothing_above_it(tmp_path: Path) -> None:
    tables = of_records(
        tmp_path, measure(1, "465", "9706100000"), limit(11, 1, "E", "10"), condition(12, 1, "E", "", "04")
    )
    goods: dict[str, Any] = {"commodity_code": "9706100000"}
    assert found(tables, item(net="10", **goods), TODAY) == {}
    assert set(found(tables, item(net="10.001", **goods), TODAY)) == {"SW-DEC-243"}


@pytest.mark.parametrize(
    ("unit", "currency", "facts", "code"),
    [
        ("NAR", "", {"supplementary_units": Decimal(3)}, "SW-DEC-242"),
        ("XYZ", "", {}, "SW-DEC-242"),
        ("", "EUR", {"statistical_value": Decimal(1000)}, None),
        ("", "EUR", {"statistical_value": Decimal("1000.01")}, "SW-DEC-241"),
        ("", "EUR", {"statistical_value": Decimal(900), "statistical_currency": "GBP"}, "SW-DEC-242"),
        ("", "EUR", {}, "SW-DEC-242"),
        ("", "EUR", {"statistical_value": Decimal(0)}, "SW-DEC-242"),
        ("", "USD", {"statistical_value": Decimal(1)}, "SW-DEC-242"),
        ("KGM", "EUR", {"statistical_value": Decimal(100000)}, None),
        ("KGM", "EUR", {"statistical_value": Decimal("100000.01")}, "SW-DEC-241"),
        ("KGM", "EUR", {"statistical_value": Decimal(1), "net_mass": None}, "SW-DEC-242"),
        ("KGM", "", {"net_mass": Decimal(0)}, "SW-DEC-242"),
        ("TNE", "", {"net_mass": Decimal("1000000")}, None),
    ],
    ids=[
        "a unit that these goods have not", "a unit that nobody knows", "value", "value above", "value in a currency without a rate", "no value", "no value stated",
        "another currency", "a price for each unit", "a price above", "a price of no mass", "no mass stated", "tonnes",
    ],
)  # fmt: skip
def test_a_limit_is_compared_in_its_unit_or_not_determined(
    unit: str, currency: str, facts: dict[str, Any], code: str | None, tmp_path: Path
) -> None:
    more = {"condition__monetary__unit__code": currency} if currency else {}
    records = [measure(1, "410", "2501009900"), condition(11, 1, "E", "N853"), limit(12, 1, "E", "1000", unit, **more)]
    tables = of_records(tmp_path, *records)
    codes = found(tables, item(commodity_code="2501009900", **facts), TODAY)
    assert set(codes) == ({code} if code else set())


@pytest.mark.parametrize(
    ("unit", "currency", "facts", "said"),
    [
        ("KGM", "", {"net_mass": None}, ("missing", "net_mass", "declare")),
        ("KGM", "EUR", {}, ("missing", "value", "declare")),
        ("KGME", "", {}, ("unit", "", "officer")),
        ("DTNE", "", {}, ("unit", "", "officer")),
        ("HLT", "", {}, ("unit", "", "officer")),
        ("", "USD", {"statistical_value": Decimal(1), "statistical_currency": "EUR"}, ("rate", "", "officer")),
    ],
)  # fmt: skip
def test_what_is_not_compared_says_why(
    unit: str, currency: str, facts: dict[str, Any], said: tuple[str, ...], tmp_path: Path
) -> None:
    more = {"condition__monetary__unit__code": currency} if currency else {}
    if len(unit) > 3:
        unit, more["condition__measurement__unit__qualifier__code"] = unit[:3], unit[3]
    records = [measure(1, "410", "2501009900"), condition(11, 1, "E", "N853"), limit(12, 1, "E", "5", unit, **more)]
    tables = of_records(tmp_path, *records)
    decision = decide(case(declared(item(commodity_code="2501009900", **facts)), tables=tables, on=TODAY, day=TODAY))
    (finding,) = (one for one in decision.findings if one.code == "SW-DEC-242")
    params = finding.params or {}
    assert (params["uncompared"], params.get("missing", ""), params["compare"]) == said
    assert finding.effect is Effect.HOLD
    if currency == "EUR":
        assert "Up to 5 EUR / kg it" in finding.message


def test_gross_mass_counts_where_the_limit_is_of_gross_mass(tmp_path: Path) -> None:
    gross = limit(12, 1, "E", "20", condition__measurement__unit__qualifier__code="G")
    tables = of_records(tmp_path, measure(1, "410", "2501009900"), condition(11, 1, "E", "N853"), gross)
    goods: dict[str, Any] = {"commodity_code": "2501009900", "net": "19"}
    assert set(found(tables, item(gross_mass=Decimal(21), **goods), TODAY)) == {"SW-DEC-241"}
    assert found(tables, item(gross_mass=Decimal(20), **goods), TODAY) == {}
    assert set(found(tables, item(**goods), TODAY)) == {"SW-DEC-242"}


def test_a_measure_that_is_not_understood_holds_the_goods_for_an_officer(tmp_path: Path) -> None:
    tables = of_records(tmp_path, measure(1, "999", "2501009900"), condition(11, 1, "B", "N853"))
    decision = decide(case(declared(item("N853", commodity_code="2501009900")), tables=tables, on=TODAY))
    (finding,) = (one for one in decision.findings if one.code == "SW-DEC-240")
    assert (finding.effect, finding.advice) == (Effect.HOLD, Advice.CONTROL)
    assert "its type is not known here" in finding.message
    elsewhere = decide(case(declared(item("N853", commodity_code="2502000000")), tables=tables, on=TODAY))
    assert not any(one.code == "SW-DEC-240" for one in elsewhere.findings)


def test_an_additional_code_that_is_not_declared_is_asked_for(tmp_path: Path) -> None:
    tables = of_records(
        tmp_path,
        measure(1, "410", "2501009900", additional__code__type="4", additional__code="999"),
        condition(11, 1, "B", "N853"),
        measure(2, "103", "2501009900", additional__code__type="4", additional__code="111"),
    )
    goods: dict[str, Any] = {"commodity_code": "2501009900"}
    assert set(found(tables, item(**goods), TODAY)) == {"SW-DEC-244"}
    assert set(found(tables, item(additional_codes=("4999",), **goods), TODAY)) == {"SW-DEC-010"}
    assert found(tables, item(additional_codes=("4111",), **goods), TODAY) == {}
    assert set(found(tables, item(additional_codes=("4XYZ",), **goods), TODAY)) == {"SW-DEC-244"}, "no measure has it"


@pytest.mark.parametrize("net", ["20.001", None], ids=["above the limit", "not to be compared"])
@pytest.mark.parametrize("additional", ["F01", "F02", "F03", "F04", "F21", "F22"])
def test_of_returned_goods_above_a_limit_an_officer_judges_what_is_missing(
    additional: str, net: str | None, tmp_path: Path
) -> None:
    records = [measure(1, "410", "2501009900"), condition(11, 1, "E", "N853"), limit(12, 1, "E", "20")]
    tables = of_records(tmp_path, *records)
    goods: dict[str, Any] = {"commodity_code": "2501009900", "additional_procedures": (additional,)}
    assert set(found(tables, item(net=net, **goods), TODAY)) == {"SW-DEC-205"}
    assert found(tables, item(net="20", **goods), TODAY) == {}
    other = set(found(tables, item(net=net, **goods | {"additional_procedures": ("F15",)}), TODAY))
    assert other == {"SW-DEC-242" if net is None else "SW-DEC-241"}


def test_a_limit_without_a_document_is_compared_of_returned_goods_too(tmp_path: Path) -> None:
    tables = of_records(
        tmp_path, measure(1, "465", "9706100000"), limit(11, 1, "E", "10"), condition(12, 1, "E", "", "04")
    )
    goods: dict[str, Any] = {"commodity_code": "9706100000", "additional_procedures": ("F01",)}
    assert set(found(tables, item(net="10.001", **goods), TODAY)) == {"SW-DEC-243"}


def test_a_consignment_in_several_items_keeps_no_limit_that_it_exceeds(tmp_path: Path) -> None:
    """Items of the same goods that rest on a limit count together; one with a document, and other goods, do not."""
    records = [measure(1, "410", "2501000000"), condition(11, 1, "E", "N853"), limit(12, 1, "E", "20")]
    tables = of_records(tmp_path, *records)

    def codes(*items: GoodsItem) -> list[str]:
        decision = decide(case(declared(*items), tables=tables, on=TODAY, day=TODAY))
        return [one.code for one in decision.findings if "SW-DEC-241" <= one.code <= "SW-DEC-243"]

    salt: dict[str, Any] = {"commodity_code": "2501009900"}
    assert codes(item(net="15", **salt), item(net="15", number=2, **salt)) == ["SW-DEC-241", "SW-DEC-241"]
    assert codes(item(net="10", **salt), item(net="10.000", number=2, **salt)) == []
    assert codes(item(net="15", **salt), item("N853", net="100", number=2, **salt)) == []
    assert codes(item(net="15", **salt), item(net="15", number=2, commodity_code="2501009100")) == []
    assert codes(item(net="15", **salt), item(net="15", number=2, origin="NO", **salt)) == []
    assert codes(item(net="15", **salt), item(net=None, number=2, **salt)) == ["SW-DEC-242", "SW-DEC-242"]
