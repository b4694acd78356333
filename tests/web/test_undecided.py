"""While a declaration is being decided for the first time, no page says that a document stands against release."""

from datetime import UTC, datetime
from typing import Any

from gateway.api.localization import Wording
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.web.console.case_quantities import quantities
from gateway.web.console.case_verdict import verdict
from gateway.web.console.case_view import CaseReading
from gateway.web.element_names import element_name
from gateway.web.portal.todo import trader_verdict
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times
from tests.builders.story import catalogue

CATALOGUE = catalogue()
TEMPLATES = Templates.of(CATALOGUE)


def undecided(*quantity: dict[str, Any]) -> CaseReading:
    document: dict[str, Any] = {
        "type": "N853",
        "reference": "CHEDP.FR.2026.0000001",
        "status": "undetermined",
        "effect": "hold",
        "effect_kind": "undetermined",
        "mode": "active",
        "goods_items": [1],
        "authority": "traces",
        "asked_again_at": None,
        "quantity": list(quantity),
    }
    declared = {"state": "processing", "release": None, "decision": None, "documents": [document], "clocks": []}
    return CaseReading(
        declared=declared,
        why=None,
        is_newest=True,
        acts=True,
        wording=Wording.chosen(CATALOGUE, ["en"], at_once=True),
        words=ExplanationTexts(CATALOGUE.explanations["en"], "en"),
        templates=TEMPLATES["en"],
        times=Times(datetime(2026, 11, 27, tzinfo=UTC), UTC, TEMPLATES["en"]),
    )


def test_nothing_stands_against_what_is_not_decided_yet() -> None:
    officers = verdict(undecided())
    assert (officers.kind, officers.sentence, officers.stoppers) == ("pending", "Being decided", [])
    traders = trader_verdict(undecided(), {})
    assert (traders.kind, traders.sentence, traders.todo) == ("pending", "Your declaration is being decided", [])


def test_a_data_element_has_a_name_in_each_language() -> None:
    assert element_name(TEMPLATES["en"], "documents.2.reference") == "supporting document 2, reference number"
    assert element_name(TEMPLATES["de"], "commodity_code") == "Warennummer"
    assert element_name(TEMPLATES["fr"], "net_mass") == "masse nette"
    assert element_name(TEMPLATES["de"], "some_new_element.1") == "some new element 1"


def test_one_thing_is_spoken_of_in_the_singular() -> None:
    said = {tag: TEMPLATES[tag].text("queue.title", held=1, office="X") for tag in ("en", "de", "fr")}
    assert said == {
        "en": "1 held declaration, X",
        "de": "1 ausgesetzte Anmeldung bei X",
        "fr": "1 déclaration suspendue, X",
    }
    assert TEMPLATES["en"].text("queue.title", held=10_000, office="X") == "10,000 held declarations, X"
    assert TEMPLATES["fr"].text("frame.pair", head="Article 1", rest="a") == "Article 1 : a"


def test_by_when_goods_are_presented_is_told_as_far_as_it_is_known() -> None:
    finding = {
        **dict.fromkeys(("document", "legal_basis", "line")),
        "code": "SW-DEC-021",
        "effect": "hold",
        "mode": "active",
        "goods_item": 1,
        "turn": "declarant",
        "message": "It is not complete.",
        "remedy": "Complete it.",
        "nature": "correction",
    }
    reading = undecided()
    reading.declared.update(  # type: ignore[attr-defined]  # a dict, as it is read
        state="decided",
        decision={"findings": [finding], "effect": "hold", "forecast": True},
        documents=[],
        examination=None,
    )

    def until(**clock: Any) -> str:
        reading.declared["clocks"][:] = [{"kind": "lapse", "legal_basis": "UCC", **clock}]
        (one,) = trader_verdict(reading, {}).todo
        return str(one.until)

    known = until(ends_at="2027-01-01T00:00:00Z", not_before=None)
    assert known == "By 31 Dec 2026: then the declaration lapses unless the goods are presented."
    unknown = until(ends_at=None, not_before="2027-01-05T00:00:00Z")
    assert unknown == "Not before 4 Jan 2027: then the declaration lapses unless the goods are presented."
    assert until(ends_at=None, not_before=None, words="No day is told.") == "No day is told."
    own = {"kind": "hold", "findings": ["SW-DEC-021"], "words": "Correct it. Until 31 Dec 2026."}
    assert until(**own) == "Correct it. Until 31 Dec 2026."
    assert trader_verdict(reading, {}).limits == []
    assert until(**own | {"findings": ["SW-DEC-020"]}) == "No time limit runs; the goods stay held until then."
    assert trader_verdict(reading, {}).limits == ["Correct it. Until 31 Dec 2026. (UCC)"]


def test_what_is_taken_of_an_account_is_named_by_its_year() -> None:
    told: dict[str, Any] = dict.fromkeys(
        ("declared", "available", "certified", "others", "left_after", "reserved", "written_off"), None
    )
    for unit, named in (("TCE", "account for 2026"), ("KGM", "line 2026")):
        line = told | {"line": 2026, "goods_item": 1, "unit": unit, "movement": "none", "read": False, "read_at": None}
        assert [row.line for row in quantities(undecided(line)).rows] == [named]
