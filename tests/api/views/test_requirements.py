"""What the answer about goods says of how far it is known, and of how much of a declaration it is."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gateway.api.localization import Wording
from gateway.api.views.authority_states import AuthorityState
from gateway.api.views.requirement_texts import RequirementTexts
from gateway.api.views.requirements import KINDS_OF_GOODS, RequirementView
from gateway.contract import Direction
from gateway.decisions.lookup import StatedGoods, requirements
from gateway.domain.declaration import GoodsItem
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.settings.messages import load_catalogue
from tests.builders.places import CONFIG
from tests.builders.small_cases import declared
from tests.builders.story import shipped
from tests.builders.taric import AS_OF, condition, envelope, limit, loaded, measure, tables_of

CATALOGUE = load_catalogue(CONFIG)
SALT = "2501009900"


def view(tables: Tables, on: date = AS_OF, language: str = "en") -> RequirementView:
    wording = Wording.chosen(CATALOGUE, [language], at_once=False)
    texts = RequirementTexts.of(CATALOGUE.requirements[language])
    return RequirementView(tables.at(on), wording, texts, {"traces": AuthorityState.DOES_NOT_ANSWER})


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
        (True, date(2026, 12, 1), True, ["All measures of TARIC", "later than 2026-11-01"]),
        (True, date(2024, 1, 1), False, ["All measures of TARIC", "earlier than 2026-11-01"]),
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
        "name": "the border control post", "system": "TRACES", "adapter": "traces", "state": "does_not_answer",
    }  # fmt: skip
    assert document["says"][:2] == [
        "TRACES is asked electronically; it does not answer at present.",
        "The competent authority is the border control post.",
    ]
    assert "It cannot be replaced." in document["says"]


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


def test_a_catalogue_that_lacks_a_text_or_has_a_strange_one_is_refused() -> None:
    texts = {name: dict(section) for name, section in CATALOGUE.requirements["en"].items()}
    del texts["sentence"]["applies"]
    texts["state"]["sleeps"] = "it sleeps"
    texts["sentence"]["more"] = "{number} more"
    texts["weather"] = {"sun": "it shines"}
    with pytest.raises(ConfigurationError) as refused:
        RequirementTexts.of(texts)
    told = " ".join(refused.value.faults)
    for part in ("lacks the text 'applies'", "sleeps", "{number}", "[weather] is no section"):
        assert part in told
