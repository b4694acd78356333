"""What the answer about goods says of how far it is known, and of how much of a declaration it is."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from gateway.api.localization import Wording
from gateway.api.views.authority_states import AuthorityState
from gateway.api.views.requirements import KINDS_OF_GOODS, RequirementView
from gateway.contract import Direction
from gateway.decisions.lookup import StatedGoods, requirements
from gateway.domain.contingency import Window, WindowMode
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.in_force import Tables
from gateway.domain.texts.section_texts import SectionTexts
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG
from tests.builders.small_cases import declared, releasing
from tests.builders.story import catalogue, shipped
from tests.builders.taric import AS_OF, condition, envelope, limit, loaded, measure, tables_of

CATALOGUE = catalogue()
SALT = "2501009900"


def view(
    tables: Tables, on: date = AS_OF, language: str = "en", *, windows: Sequence[Window] = (), as_trader: bool = True
) -> RequirementView:
    wording = Wording.chosen(CATALOGUE, [language], at_once=False)
    texts = SectionTexts(CATALOGUE.requirements[language], language)
    states = {"traces": AuthorityState.DOES_NOT_ANSWER}
    return RequirementView(tables.at(on), wording, texts, states, windows=windows, as_trader=as_trader)


def body(tables: Tables, on: date = AS_OF, language: str = "en", code: str = SALT) -> dict[str, Any]:
    goods = StatedGoods(commodity_code=code, direction=Direction.IMPORT, procedure="40", origin="US")
    return view(tables, on, language).body(requirements(tables.at(on), goods))


def of_records(tmp_path: Path, *records: Any, whole: bool = False) -> Tables:
    found = loaded(tmp_path, envelope("260001", *records), name="full.xml")
    tables = tables_of(found)
    assert tables.taric is not None
    tables.taric.coverage = _whole(tables.taric.coverage) if whole else tables.taric.coverage
    return tables


def _whole(coverage: Any) -> Any:
    return type(coverage)(**{**{name: getattr(coverage, name) for name in coverage.__struct_fields__}, "whole": True})


@pytest.mark.parametrize(
    ("whole", "on", "needless", "known"),
    [
        (True, AS_OF, True, ["All measures of TARIC"]),
        (True, date(2026, 12, 1), True, ["All measures of TARIC", "later than 1 Nov 2026"]),
        (True, date(2024, 1, 1), False, ["Only some of the measures", "earlier than 1 Nov 2026"]),
        (False, AS_OF, False, ["Only some of the measures"]),
    ],
)
def test_that_nothing_is_needed_is_said_only_where_it_is_known(
    whole: bool, on: date, needless: bool, known: list[str], tmp_path: Path
) -> None:
    tables = of_records(tmp_path, measure(1, "410", "0101210000"), condition(11, 1, "B", "N853"), whole=whole)
    found = body(tables, on)
    assert ("these goods need no document" in found["says"][1]) is needless
    assert len(found["coverage"]["says"]) == len(known)
    assert all(part in said for part, said in zip(known, found["coverage"]["says"], strict=True))


def test_what_an_officer_decides_is_said_with_its_reason(tmp_path: Path) -> None:
    tables = of_records(tmp_path, measure(1, "999", SALT), condition(11, 1, "B", "N853"), whole=True)
    (one,) = body(tables)["by_officer"]
    assert one["by_officer"] == [{"reason": "type", "says": "its type is not known here"}]
    assert "A customs officer decides about the goods, because its type is not known here." in one["says"]
    assert "need no document" not in " ".join(body(tables)["says"])


@pytest.mark.parametrize(
    ("language", "amount"), [("en", "up to 0.5 kg"), ("de", "Bis 0,5 kg"), ("fr", "Jusqu’à 0,5 kg")]
)
def test_an_amount_is_written_as_in_the_language(language: str, amount: str, tmp_path: Path) -> None:
    tables = of_records(
        tmp_path, measure(1, "410", SALT), condition(11, 1, "E", "N853"), limit(12, 1, "E", "0.5"), whole=True
    )
    (one,) = body(tables, language=language)["measures"]
    (group,) = one["groups"]
    (told,) = group["limits"]
    assert (told["amount"], told["unit"]) == ("0.5", "KGM")
    assert amount in told["says"]
    assert told["says"] in group["says"]


@pytest.mark.parametrize(("unit", "says"), [("", "up to a value of 1000 EUR"), ("KGM", "up to 1000 EUR for each kg")])
def test_a_value_and_a_price_are_told_apart(unit: str, says: str, tmp_path: Path) -> None:
    of_value = limit(12, 1, "E", "1000", unit, condition__monetary__unit__code="EUR")
    tables = of_records(tmp_path, measure(1, "410", SALT), condition(11, 1, "E", "N853"), of_value)
    (one,) = body(tables)["measures"]
    assert says in one["groups"][0]["limits"][0]["says"]


def test_an_authority_that_does_not_answer_is_told(tmp_path: Path) -> None:
    tables = of_records(tmp_path, measure(1, "410", SALT), condition(11, 1, "B", "N853"))
    (one,) = body(tables)["measures"]
    (document,) = one["groups"][0]["documents"]
    assert document["authority"] == {
        "name": "the border control post",
        "system": "TRACES",
        "adapter": "traces",
        "state": "does_not_answer",
        "contingency": None,
    }
    assert document["says"][:2] == [
        "TRACES is asked electronically; it does not answer at present.",
        "The competent authority is the border control post.",
    ]
    assert "It cannot be replaced." in document["says"]


@pytest.mark.parametrize(
    ("mode", "language", "treatment", "listed"),
    [
        (WindowMode.HOLD, "en", "is held, and listed.", "hold"),
        (WindowMode.RELEASE, "en", "is held until a customs officer has verified it.", "manual"),
        (WindowMode.MANUAL, "de", "bis die Zollstelle selbst geprüft hat.", "manual"),
        (WindowMode.MANUAL, "fr", "jusqu’à vérification par un agent des douanes.", "manual"),
    ],
)
def test_a_contingency_window_is_told_with_what_it_does_to_the_document(
    mode: WindowMode, language: str, treatment: str, listed: str, tmp_path: Path
) -> None:
    tables = of_records(tmp_path, measure(1, "410", SALT), condition(11, 1, "B", "N853"))
    window = Window(number=7, adapter="traces", mode=mode, opened_at=datetime(2026, 11, 1, tzinfo=UTC))
    goods = StatedGoods(commodity_code=SALT, direction=Direction.IMPORT, procedure="40", origin="US")
    (one,) = view(tables, language=language, windows=[window]).body(requirements(tables.at(AS_OF), goods))["measures"]
    (document,) = one["groups"][0]["documents"]
    assert document["authority"]["contingency"] == {"number": 7, "mode": listed, "opened_at": window.opened_at}
    assert any("7" in said and said.endswith(treatment) for said in document["says"])
    (without,) = body(tables)["measures"]
    assert without["groups"][0]["documents"][0]["authority"]["contingency"] is None


def test_a_window_that_may_release_a_document_says_so() -> None:
    tables = releasing(shipped())
    window = Window(number=7, adapter="catch", mode=WindowMode.RELEASE, opened_at=datetime(2026, 11, 1, tzinfo=UTC))
    goods = StatedGoods(commodity_code="03034300", direction=Direction.IMPORT, procedure="40", origin="US")
    found = view(tables, windows=[window]).body(requirements(tables.at(AS_OF), goods))
    told = [
        document["authority"]["contingency"]["mode"]
        for one in found["measures"] for group in one["groups"] for document in group["documents"]
        if document["authority"]["adapter"] == "catch"
    ]  # fmt: skip
    assert told
    assert WindowMode.RELEASE in told


def test_an_additional_procedure_that_a_measure_excepts_leaves_it_out_and_without_one_it_is_said(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "excepting"
    folder.mkdir()
    (folder / "requirements.toml").write_text(
        """
        [[requirement]]
        measure = "licence for salt"
        commodities = ["2501"]
        directions = ["import"]
        excepted_additional_procedures = ["F44", "F45"]
        all_of = [["N853"]]
        legal_basis = "Reg. (EU) 2026/1"
        valid_from = 2020-01-01
        source = "a test"
        """,
        encoding="utf-8",
    )
    tables = load_tables(CONFIG, folder)
    goods = StatedGoods(commodity_code=SALT, direction=Direction.IMPORT, procedure="40", origin="US")
    (one,) = view(tables).body(requirements(tables.at(AS_OF), goods))["measures"]
    assert one["conditions"]["excepted_additional_procedures"] == ("F44", "F45")
    assert "It is not on goods with the additional procedures F44, F45 (11 10)." in one["says"]
    stated = structs.replace(goods, additional_procedures=("C01", "F45"))
    assert view(tables).body(requirements(tables.at(AS_OF), stated))["measures"] == []


def amount(sid: int, of: int, code: str, above: str, action: str, unit: str = "KGM") -> Any:
    return condition(sid, of, code, "", action, condition__duty__amount=above, condition__measurement__unit__code=unit)


@pytest.mark.parametrize(
    ("language", "compares", "unpublished"),
    [
        ("en", "net mass (18 01) and supplementary units (18 02)", "The bounds are not published."),
        ("de", "Verglichen wird mit Grenzen des TARIC", "Die Grenzen sind nicht veröffentlicht."),
        ("fr", "comparé aux limites du TARIC", "Les limites ne sont pas publiées."),
    ],
)
def test_a_credibility_check_is_listed_and_its_bounds_are_for_officers_until_published(
    language: str, compares: str, unpublished: str, tmp_path: Path
) -> None:
    suspicious = [measure(2, "483", SALT), amount(21, 2, "R", "2", "30"), amount(22, 2, "R", "1", "28")]
    tables = of_records(
        tmp_path,
        measure(1, "482", SALT),
        amount(11, 1, "R", "470.001", "10"),
        amount(12, 1, "R", "320", "28"),
        *suspicious,
    )
    goods = StatedGoods(commodity_code=SALT, direction=Direction.IMPORT, procedure="40", origin="US")
    found = requirements(tables.at(AS_OF), goods)
    (to_trader,) = view(tables, language=language).body(found)["checks"]
    assert (to_trader["measure_type"], to_trader["applies"], to_trader["published"]) == ("482", True, False)
    assert (to_trader["bounds"], to_trader["measured"], to_trader["thresholds"]) == (None, None, None)
    assert compares in to_trader["says"][0]
    assert unpublished in to_trader["says"]
    assert "320" not in str(view(tables, language=language).body(found))
    to_officer, alone = view(tables, language=language, as_trader=False).body(found)["checks"]
    assert (to_officer["bounds"], to_officer["measured"]) == ("320 ≤ x < 470.001", "KGM / 18 02")
    assert "470.001: 10" in to_officer["thresholds"]
    assert (alone["measure_type"], alone["for_officers"]) == ("483", True)


def test_a_check_depends_on_digits_and_one_in_a_strange_unit_is_an_officers(tmp_path: Path) -> None:
    tables = of_records(
        tmp_path, measure(1, "482", SALT), amount(11, 1, "R", "5", "10"), amount(12, 1, "R", "1", "28"),
        measure(2, "484", "2501000000"), amount(21, 2, "R", "5", "10", "XYZ"),
    )  # fmt: skip
    goods = StatedGoods(commodity_code="25010099", direction=Direction.IMPORT, procedure="40", origin="US")
    checks = view(tables).body(requirements(tables.at(AS_OF), goods))["checks"]
    by_type = {one["measure_type"]: one for one in checks}
    assert by_type["484"]["applies"]
    assert by_type["484"]["elements"] is None
    assert "a customs officer judges it" in by_type["484"]["says"][0]
    (six,) = (one for one in _of(tables, "250100") if one["measure_type"] == "482")
    assert not six["applies"]
    assert any("further digits" in one for one in six["says"])


def _of(tables: Tables, code: str) -> Any:
    goods = StatedGoods(commodity_code=code, direction=Direction.IMPORT, procedure="40", origin="US")
    return view(tables).body(requirements(tables.at(AS_OF), goods))["checks"]


def test_items_alike_stand_together_and_too_many_kinds_are_named() -> None:
    items = [
        GoodsItem(number=number, commodity_code=f"0301{number % (KINDS_OF_GOODS + 2):04}", requested_procedure="40")
        for number in range(1, 2 * (KINDS_OF_GOODS + 2) + 1)
    ]
    tables = shipped()
    found, left_out = view(tables).of_items(declared(*items))
    assert len(found) == KINDS_OF_GOODS
    assert found[0]["goods_items"] == [1, 1 + KINDS_OF_GOODS + 2]
    told = {number for one in found for number in one["goods_items"]}
    assert told | {*left_out} == {item.number for item in items}
    assert len(left_out) == 4


@pytest.mark.parametrize(("action", "kind", "only"), [("10", "482", False), ("30", "482", True), ("30", "431", False)])
def test_goods_whose_figures_are_checked_are_not_said_to_need_nothing(
    action: str, kind: str, only: bool, tmp_path: Path
) -> None:
    """Of a check for officers alone nobody learns by the summary, and an undescribed type is an officer's."""
    lines = [
        condition(11, 1, "R", "", "28", condition__duty__amount="320", condition__measurement__unit__code="KGM"),
        condition(12, 1, "R", "", action, condition__duty__amount="0", condition__measurement__unit__code="KGM"),
    ]
    tables = of_records(tmp_path, measure(1, kind, SALT), *lines, whole=True)
    found = body(tables)
    assert ("what is declared of them is checked" in found["says"][1]) is not only
    assert [one["elements"] for one in found["checks"]] == (
        [] if only else [None if kind == "431" else "mass_and_units"]
    )


def test_a_code_that_is_in_no_list_is_said_to_be_an_officers(tmp_path: Path) -> None:
    tables = of_records(tmp_path, measure(1, "410", SALT), condition(11, 1, "B", "N853"), condition(12, 1, "B", "999L"))
    (one,) = body(tables)["measures"]
    said = {document["code"]: " ".join(document["says"]) for document in one["groups"][0]["documents"]}
    assert "a customs officer judges what it states" in said["999L"]
    assert "judges what it states" not in said["N853"]
