"""Documents and statements that are added at the portal: those that findings offer, any other, several at once, and none by a file."""

import json
from typing import Any

import pytest

from gateway.domain.mrn import with_check_character
from tests.builders.fish_case import Cases, declared, goods
from tests.builders.visitor import Visitor

GOOD = "CHEDP.FR.2026.0000119"
CATCH = "CATCH.CC.NO.2026.1000119"


@pytest.fixture(autouse=True, scope="module")
def certified(cases: Cases) -> None:
    """Has the authorities hold an entry document and a catch certificate that nothing is wrong with."""
    line = {"code": "030363", "quantity": "90000", "unit": "KGM", "origin": "NO"}
    decision = "ACCEPTABLE_FOR_INTERNAL_MARKET"
    cases.simulated.control("traces", "PUT", f"/documents/{GOOD}", status="70", decision=decision, lines=[line])


def lacking(lrn: str, items: int = 1) -> dict[str, Any]:
    """A declaration of fish without its catch certificate."""
    return declared(
        lrn, [goods(one, "0303632000", "Frozen cod", "100", (("N853", GOOD),)) for one in range(1, items + 1)], mrn=None
    )


def opened(trader: Visitor, cases: Cases, lrn: str, items: int = 1) -> tuple[str, str]:
    record_id = cases.lodger.lodged(lacking(lrn, items))
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    return record_id, here


def preset(visitor: Visitor) -> dict[str, str]:
    """What a browser sends of the form as it stands."""
    (form,) = visitor.page.xpath("//form[.//button[@name='step'][@value='fields']]")
    found = {
        one.get("name"): one.get("value") or ""
        for one in form.iterfind(".//input")
        if one.get("type") not in {"radio", "checkbox"} or one.get("checked") is not None
    }
    return found | {"step": "fields"}


def to_send(visitor: Visitor) -> dict[str, str]:
    """What the page that asks to send carries along."""
    (form,) = visitor.page.xpath("//form[.//input[@name='step'][@value='send_fields']]")
    return {one.get("name"): one.get("value") for one in form.iterfind(".//input")}


def faults(visitor: Visitor) -> dict[str, str]:
    """What the summary says, by the field that each entry leads to."""
    return {one.get("href"): one.text_content() for one in visitor.page.iterfind(".//div[@role='alert']//a")}


def test_the_missing_document_is_offered_once_for_all_goods_items_and_cures_them(trader: Visitor, cases: Cases) -> None:
    record_id, here = opened(trader, cases, "ADD-A", items=3)
    form = preset(trader)
    assert form["a1-items"] == "1-3"
    offered = {one.get("value") for one in trader.page.xpath("//input[@type='radio'][@name='a1-type']")}
    assert {"C673", "Y927"} <= offered
    assert trader.send_parts(here, **{**form, "a1-type": "C673", "a1-reference": CATCH}).status_code == 200
    assert f"C673 {CATCH}" in trader.page.find(".//section[@aria-labelledby='changes']").text_content()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 1
    trader.send_parts(here, **to_send(trader))
    assert "It was sent, and is being decided." in trader.text()
    found = cases.lodger.decided(record_id, 2)
    cited = {(one["type"], tuple(one["goods_items"])) for one in found["documents"]}
    assert ("C673", (1, 2, 3)) in cited
    assert not [one for one in found["decision"]["findings"] if one["code"] == "SW-DEC-010"]


def test_a_statement_is_stated_without_a_reference_and_never_preset(trader: Visitor, cases: Cases) -> None:
    record_id, here = opened(trader, cases, "ADD-B")
    form = preset(trader)
    assert form.get("a1-type", "") in {"", "C673"}
    assert trader.send_parts(here, **{**form, "a1-type": "Y927"}).status_code == 200
    trader.send_parts(here, **to_send(trader))
    found = cases.lodger.decided(record_id, 2)
    assert not [one for one in found["decision"]["findings"] if one["code"] == "SW-DEC-010"]


def test_several_others_are_added_to_some_goods_items_with_their_quantities(trader: Visitor, cases: Cases) -> None:
    record_id, here = opened(trader, cases, "ADD-C", items=4)
    form = preset(trader)
    others = [
        name.removesuffix("-type")
        for name in form
        if name.startswith("a") and name.endswith("-type") and name != "a1-type"
    ]
    first, second, *_ = others
    answer = trader.send_parts(
        here,
        **{
            **form,
            f"{first}-type": "n380",
            f"{first}-reference": "INV & 7",
            f"{second}-type": "C673",
            f"{second}-reference": CATCH,
            f"{second}-items": "1, 3-4",
            f"{second}-quantity": "250.5",
            f"{second}-unit": "kgm",
        },
    )
    assert answer.status_code == 200, trader.text()
    trader.send_parts(here, **to_send(trader))
    found = cases.lodger.decided(record_id, 2)
    cited = {(one["type"], one["reference"]): one["goods_items"] for one in found["documents"]}
    assert cited["C673", CATCH] == [1, 3, 4]
    assert ("N380", "INV & 7") in cited


@pytest.mark.parametrize(
    ("typed", "field", "told"),
    [
        ({"type": "N85", "reference": "X"}, "type", "four capital letters or digits, as N853"),
        ({"type": "N853", "reference": ""}, "reference", "needs its reference"),
        ({"type": "N853", "reference": "X", "items": "7"}, "items", "goods items of this declaration"),
        ({"type": "N853", "reference": "X", "items": "1-99999"}, "items", "goods items of this declaration"),
        ({"type": "N853", "reference": "X", "items": "<b>"}, "items", "goods items of this declaration"),
        ({"type": "N853", "reference": "X", "quantity": "5"}, "unit", "stated together"),
        ({"type": "N853", "reference": "X", "quantity": "-5", "unit": "KGM"}, "quantity", ""),
        ({"type": "N853", "reference": "<script>alert(1)</script>"}, "reference", "cannot be seen, or < or >"),
        ({"type": "N853", "reference": "x" * 500}, "reference", "500 characters; at most 70"),
        ({"type": "N853", "reference": "a\u202eb"}, "reference", "cannot be seen"),
        ({"type": "", "reference": "X"}, "type", "four capital letters or digits"),
        ({"type": "Y927", "reference": "", "quantity": "5", "unit": "KGM"}, "quantity", "has no quantity"),
        ({"type": "ZZZ9", "reference": "X"}, "type", "ZZZ9 stands in no table here"),
    ],
    ids=str,
)
def test_what_is_wrong_with_one_that_is_added_stands_beside_its_field(
    trader: Visitor, cases: Cases, lacks: str, typed: dict[str, str], field: str, told: str
) -> None:
    here = f"/declarations/{lacks}/amend"
    trader.get(here)
    form = preset(trader)
    row = next(
        name for name in form if name.startswith("a") and name.endswith("-type") and name != "a1-type"
    ).removesuffix("-type")
    sent = {**form, **{f"{row}-{part}": text for part, text in typed.items()}}
    assert trader.send_parts(here, **sent).status_code == 422
    (found,) = faults(trader).items()
    where, sentence = found
    assert told in sentence
    beside = trader.page.get_element_by_id(f"{where.removeprefix('#')}-fault")
    assert beside.text_content() == sentence
    assert where.endswith(f"-{field}")
    assert trader.page.find(".//main//script") is None
    # What was typed stands there, whatever was wrong with it.
    stands = {one.get("value") for one in trader.page.iterfind(".//main//input")}
    assert {text for text in typed.values() if text and "\u202e" not in text} <= stands
    assert cases.lodger.called("GET", f"/{lacks}")["version"] == 1


@pytest.fixture(scope="module")
def lacks(cases: Cases) -> str:
    return cases.lodger.lodged(lacking("ADD-FAULTS"))


def test_all_faults_are_told_at_once_and_a_code_that_nobody_knows_is_taken_the_second_time(
    trader: Visitor, lacks: str
) -> None:
    here = f"/declarations/{lacks}/amend"
    trader.get(here)
    form = preset(trader)
    rows = [
        name.removesuffix("-type")
        for name in form
        if name.startswith("a") and name.endswith("-type") and name != "a1-type"
    ]
    first, second, *_ = rows
    sent = {**form, f"{first}-type": "N85", f"{first}-items": "9", f"{second}-type": "ZZZ9", f"{second}-reference": "X"}
    assert trader.send_parts(here, **sent).status_code == 422
    assert len(faults(trader)) == 3
    again = preset(trader)
    unknown = next(
        name.removesuffix("-unknown") for name, text in again.items() if text == "ZZZ9" and name.endswith("-unknown")
    )
    mended = {
        name: text for name, text in again.items() if not name.startswith("a") or name.startswith((unknown, "a1"))
    }
    assert trader.send_parts(here, **mended).status_code == 200, trader.text()
    assert "unknown document code" in trader.text().lower() or "ZZZ9 is not known here" in trader.text()


def test_one_that_moved_on_while_it_was_written_keeps_what_was_typed(trader: Visitor, cases: Cases) -> None:
    record_id, here = opened(trader, cases, "ADD-MOVED")
    form = preset(trader)
    body = lacking("ADD-MOVED")
    body |= {"version": 2, "messageIdentification": "ADD-MOVED-2"}
    body["GoodsShipment"]["GoodsItem"][0]["SupportingDocument"].append(
        {"sequenceNumber": 2, "type": "C673", "referenceNumber": CATCH}
    )
    cases.lodger.called("POST", f"/{record_id}/amendments", {"Declaration": body})
    cases.lodger.decided(record_id, 2)
    assert trader.send_parts(here, **{**form, "a1-type": "C673", "a1-reference": "TYPED-BEFORE"}).status_code == 409
    assert "version 2 stands now" in trader.text()
    stands = [one.get("value") for one in trader.page.iterfind(".//main//input")]
    assert "TYPED-BEFORE" in stands or "TYPED-BEFORE" in trader.text()
    assert cases.lodger.called("GET", f"/{record_id}")["version"] == 2


def test_one_that_is_examined_meanwhile_keeps_what_was_typed(trader: Visitor, cases: Cases) -> None:
    body = lacking("ADD-EXAMINED") | {"MRN": with_check_character("26FR001260000944R")}
    record_id = cases.lodger.lodged(body)
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    form = preset(trader)
    cases.lodger.called("POST", f"/{record_id}/control", {"announced": True, "of": "goods"})
    answer = trader.send_parts(here, **{**form, "a1-type": "C673", "a1-reference": "TYPED-BEFORE"})
    assert answer.status_code in {409, 422}
    assert "TYPED-BEFORE" in trader.text()
    assert "examination" in trader.text()


def test_a_document_is_taken_away(trader: Visitor, cases: Cases) -> None:
    body = lacking("ADD-AWAY")
    body["GoodsShipment"]["GoodsItem"][0]["AdditionalReference"] = [{"sequenceNumber": 1, "type": "Y927"}]
    body["GoodsShipment"]["GoodsItem"][0]["SupportingDocument"].append(
        {"sequenceNumber": 2, "type": "C673", "referenceNumber": CATCH}
    )
    record_id = cases.lodger.lodged(body)
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    boxes = [one.get("name") for one in trader.page.xpath("//input[@type='checkbox'][contains(@name, '-away')]")]
    away = next(name for name in boxes if name == "g1-d2-away")
    assert trader.send_parts(here, **{**preset(trader), away: "yes"}).status_code == 200, trader.text()
    assert "Taken away" in trader.text()
    trader.send_parts(here, **to_send(trader))
    found = cases.lodger.decided(record_id, 2)
    assert "C673" not in {one["type"] for one in found["documents"]}
    assert json.dumps(found).count("Y927")


@pytest.mark.parametrize("language", ["de", "fr"])
def test_it_reads_so_in_other_languages(trader: Visitor, lacks: str, language: str) -> None:
    trader.language = language
    here = f"/declarations/{lacks}/amend"
    trader.get(here)
    form = preset(trader)
    row = next(
        name for name in form if name.startswith("a") and name.endswith("-type") and name != "a1-type"
    ).removesuffix("-type")
    assert trader.send_parts(here, **{**form, f"{row}-type": "x", f"{row}-reference": "y"}).status_code == 422
    (sentence,) = faults(trader).values()
    assert ("wie N853" if language == "de" else "comme N853") in sentence


def test_an_authorisation_that_is_missing_is_named_among_authorisations(trader: Visitor, cases: Cases) -> None:
    body = lacking("ADD-AUTHORISATION")
    body["CustomsOfficeOfPresentation"] = {"referenceNumber": "BE101000"}
    body["Authorisation"] = [{"sequenceNumber": 4, "type": "C506", "referenceNumber": "FRDPOFR001260-1"}]
    record_id = cases.lodger.lodged(body)
    here = f"/declarations/{record_id}/amend"
    trader.get(here)
    form = preset(trader)
    (row,) = [name.removesuffix("-type") for name, text in form.items() if name.endswith("-type") and text == "C513"]
    assert form[f"{row}-items"] == ""
    assert (
        trader.send_parts(here, **{**form, f"{row}-reference": "BECCLBE101000-7", f"{row}-items": "1"}).status_code
        == 422
    )
    assert set(faults(trader)) == {f"#{row}-items"}
    assert trader.send_parts(here, **{**form, f"{row}-reference": ""}).status_code == 422
    assert trader.send_parts(here, **{**form, f"{row}-reference": "BECCLBE101000-7"}).status_code == 200
    trader.send_parts(here, **to_send(trader))
    found = cases.lodger.decided(record_id, 2)
    assert not [one for one in found["decision"]["findings"] if one["code"] == "SW-DEC-227"]
    assert not [one for one in found["documents"] if one["type"] == "C513"]
