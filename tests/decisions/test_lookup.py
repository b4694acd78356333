"""Requirements on goods before anything is declared: what applies, what may apply, and how far that is known."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.decisions.lookup import MOST, DependsOn, Extent, Requirements, StatedGoods, requirements
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.taric import Applicability
from gateway.domain.verification import DocumentClass
from tests.builders.small_cases import case, declared
from tests.builders.story import shipped
from tests.builders.taric import condition, envelope, limit, load, loaded, measure, tables_of

IN_2022 = date(2022, 4, 1)
TODAY = date(2026, 11, 25)
OYSTERS = StatedGoods(commodity_code="0307111010", direction=Direction.IMPORT, procedure="40", origin="US")
SALT = "2501009900"


@pytest.fixture(scope="module")
def oysters(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Tables:
    home = tmp_path_factory.mktemp("oysters")
    answer = corpus / "tariff-answers" / "flat-oysters-for-human-consumption.json"
    return tables_of(load(home, answer, as_of=IN_2022))


def of_records(tmp_path: Path, *records: Any) -> Tables:
    return tables_of(loaded(tmp_path, envelope("260001", *records), name="full.xml"))


def ask(tables: Tables, code: str = SALT, on: date = TODAY, **more: Any) -> Requirements:
    facts: dict[str, Any] = {"direction": Direction.IMPORT, "procedure": "40", "origin": "US"}
    return requirements(tables.at(on), StatedGoods(commodity_code=code, **(facts | more)))


def named(found: tuple[Any, ...]) -> list[str]:
    return [one.row.measure for one in found]


def test_both_groups_of_the_veterinary_control_are_told(oysters: Tables) -> None:
    found = requirements(oysters.at(IN_2022), OYSTERS)
    (control,) = (one for one in found.measures if one.row.measure == "veterinary control (TARIC 410)")
    documents, limited = control.groups
    assert {"N853", "C640"} <= {one.type for one in documents.documents}
    assert [(one.type, one.self_declared) for one in documents.waivers] == [("C084", False), ("Y058", True)]
    assert [*documents.limits] == []
    assert [one.type for one in limited.waivers] == ["C084"]
    assert [(str(one.amount), one.unit) for one in limited.limits] == [("20", "KGM")]
    asked = {one.type: one.adapter for one in documents.documents}
    assert asked["N853"] == "traces"
    assert all(one.optional for one in documents.documents)
    assert found.extent is Extent.WHOLE


def test_what_applies_is_what_a_decision_asks_for(oysters: Tables) -> None:
    item = GoodsItem(
        number=1, commodity_code="0307111010", requested_procedure="40", previous_procedure="00", origin="US"
    )
    decision = decide(case(declared(item), tables=oysters, on=IN_2022, day=IN_2022))
    missing = {(one.params or {})["measure"] for one in decision.findings if one.code in ("SW-DEC-010", "SW-DEC-242")}
    found = requirements(oysters.at(IN_2022), StatedGoods(**{**_fields(OYSTERS), "description": ""}))
    assert set(named(found.measures)) == missing
    assert not found.may_apply


def _fields(goods: StatedGoods) -> dict[str, Any]:
    return {name: getattr(goods, name) for name in goods.__struct_fields__}


def test_a_fact_that_is_not_stated_is_named(oysters: Tables) -> None:
    goods = StatedGoods(commodity_code="0307111010", direction=Direction.IMPORT)
    found = requirements(oysters.at(IN_2022), goods)
    depends = {one.row.measure: one.depends_on for one in found.may_apply}
    assert depends["veterinary control (TARIC 410)"] == (DependsOn.ORIGIN,)
    assert depends["animal health certificate (TARIC 350)"] == (DependsOn.PROCEDURE,)
    assert "organic products" not in depends  # TARIC covers the goods: what was derived for want of it has ended
    stated = {*named(requirements(oysters.at(IN_2022), OYSTERS).measures)}
    assert stated <= {*named(found.measures), *depends}


def test_a_code_that_is_too_short_names_what_its_goods_may_need(oysters: Tables) -> None:
    found = requirements(oysters.at(IN_2022), StatedGoods(**{**_fields(OYSTERS), "commodity_code": "030711"}))
    depends = {one.row.measure: one.depends_on for one in found.may_apply}
    assert depends["veterinary control (TARIC 410)"] == (DependsOn.DIGITS,)
    assert found.extent is Extent.PART


def test_an_additional_code_decides_where_it_is_stated(tmp_path: Path) -> None:
    coded = measure(1, "410", SALT, additional__code__type="4", additional__code="999")
    elsewhere = measure(2, "103", SALT, additional__code__type="4", additional__code="111")
    tables = of_records(tmp_path, coded, condition(11, 1, "B", "N853"), elsewhere)
    (one,) = ask(tables).may_apply
    assert one.depends_on == (DependsOn.ADDITIONAL_CODE,)
    assert named(ask(tables, additional_codes=("4999",)).measures) == ["veterinary control (TARIC 410)"]
    other = ask(tables, additional_codes=("4111",))
    assert (other.measures, other.may_apply) == ((), ())


def test_what_is_not_understood_is_left_to_an_officer_also_of_a_short_code(tmp_path: Path) -> None:
    tables = of_records(tmp_path, measure(1, "999", SALT), condition(11, 1, "B", "N853"))
    whole = ask(tables)
    assert [one.by_officer for one in whole.by_officer] == [("type",)]
    assert (whole.measures, whole.may_apply) == ((), ())
    (short,) = ask(tables, "250100").may_apply
    assert (short.by_officer, short.depends_on) == (("type",), (DependsOn.DIGITS,))


def test_an_export_depends_on_its_destination(tmp_path: Path) -> None:
    records = [measure(1, "467", SALT, "KP"), condition(11, 1, "B", "C085", "25")]
    tables = of_records(tmp_path, *records)
    facts: dict[str, Any] = {"direction": Direction.EXPORT, "procedure": "10"}
    depends = {one.row.measure: one.depends_on for one in ask(tables, **facts).may_apply}
    (taric,) = (measure for measure in depends if "TARIC 467" in measure)
    assert depends[taric] == (DependsOn.DESTINATION,)
    assert named(ask(tables, destination="KP", **facts).measures) == [taric]
    assert ask(tables, destination="CH", **facts).may_apply == ()


def test_goods_in_transit_have_no_procedure() -> None:
    found = ask(shipped(), "01", direction=Direction.TRANSIT, procedure=None)
    assert not any(DependsOn.PROCEDURE in one.depends_on for one in found.may_apply)


def test_a_limit_alone_is_a_group_without_documents(tmp_path: Path) -> None:
    tables = of_records(
        tmp_path, measure(1, "465", "4911990000"), limit(11, 1, "E", "10"), condition(12, 1, "E", "", "04")
    )
    (one,) = ask(tables, "4911990000").measures
    assert [group.types for group in one.groups] == [()]
    assert one.waivable


def test_the_only_document_of_a_group_is_not_optional(tmp_path: Path) -> None:
    tables = of_records(tmp_path, measure(1, "410", SALT), condition(11, 1, "B", "N853"))
    (one,) = ask(tables).measures
    (document,) = one.groups[0].documents
    assert (document.optional, document.document_class, one.waivable) == (False, DocumentClass.VERIFIED, False)


def test_without_taric_nothing_is_covered() -> None:
    found = ask(shipped(), "94036090")
    assert (found.extent, found.measures) == (Extent.NONE, ())


class Counting(tuple[Applicability, ...]):
    """Applicabilities that count how often one is read: once for each measure that is considered."""

    reads = 0

    def __getitem__(self, index: Any) -> Any:
        type(self).reads += 1
        return super().__getitem__(index)


def test_only_the_goods_that_are_asked_about_are_read(tmp_path: Path) -> None:
    records = [measure(number, "410", f"25{number:04}9900") for number in range(1, 60)]
    records += [condition(100 + number, number, "B", "N853") for number in range(1, 60)]
    tables = of_records(tmp_path, *records)
    taric = tables.taric
    assert taric is not None
    measures = taric.parts["25"].measures
    counting = replace(measures, applicabilities=Counting(measures.applicabilities))
    part = replace(taric.parts["25"], measures=counting)
    tables = replace(tables, taric=replace(taric, parts={"25": part}))
    assert len(ask(tables, "2500079900").measures) == 1
    # Once for what applies, twice for its row, and once for what may: of 59 measures one.
    assert Counting.reads == 4


def test_further_measures_of_a_short_code_are_counted(tmp_path: Path) -> None:
    count = MOST + 7
    records = [measure(number, "410", f"250100{number:04}") for number in range(1, count + 1)]
    records += [condition(10_000 + number, number, "B", "N853") for number in range(1, count + 1)]
    found = ask(of_records(tmp_path, *records), "250100")
    assert (len(found.may_apply), found.more) == (MOST, 7)


def test_in_transit_a_measure_at_entry_depends_on_the_office_of_departure() -> None:
    found = ask(shipped(), "040690", direction=Direction.TRANSIT, procedure=None)
    (cheese,) = (one for one in found.may_apply if one.row.at_entry and DependsOn.DIGITS not in one.depends_on)
    assert DependsOn.PLACE_OF_ENTRY in cheese.depends_on
    assert not any(one.row.at_entry for one in found.measures)
