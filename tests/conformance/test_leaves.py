"""Leaves of answers: their places, what belongs together, and other texts in their places."""

import json

import pytest

from gateway.conformance.leaves import answer_leaves, is_at, with_leaves

JSON = b'{"permit": {"to": null, "open": true, "lines": [{"line": 1, "weight": {"value": "5", "unit": "KGM"}}, {"line": 2}]}}'
XML = b'<p:A xmlns:p="urn:a"><p:Goods><p:Amount unit="kg">5</p:Amount><p:Empty/></p:Goods><!-- 9 --></p:A>'


def test_each_text_and_number_has_a_place_without_positions() -> None:
    assert [(one.shown, one.text, one.is_number) for one in answer_leaves(JSON)] == [
        ("$.permit.lines[].line", "1", True),
        ("$.permit.lines[].weight.value", "5", False),
        ("$.permit.lines[].weight.unit", "KGM", False),
        ("$.permit.lines[].line", "2", True),
    ]
    assert [(one.shown, one.text) for one in answer_leaves(XML)] == [
        ("A/Goods/Amount", "5"),
        ("A/Goods/Amount/@unit", "kg"),
    ]


@pytest.mark.parametrize("body", [b"", b"null", b"[", b"<a", b'"text"'])
def test_what_is_no_answer_has_none(body: bytes) -> None:
    assert answer_leaves(body) == []
    assert with_leaves(body, lambda one: "x") is None


def test_a_number_and_its_unit_belong_together() -> None:
    for body in (JSON, XML):
        value, unit = (
            next(one for one in answer_leaves(body) if one.text == text)
            for text in ("5", "KGM" if body == JSON else "kg")
        )
        assert set(value.owners) & set(unit.owners)


def test_others_are_put_in_their_places_and_numbers_stay_numbers() -> None:
    changed = with_leaves(JSON, lambda one: {"1": "7", "KGM": "LTR"}.get(one.text))
    assert changed is not None
    assert json.loads(changed)["permit"]["lines"][0] == {"line": 7, "weight": {"value": "5", "unit": "LTR"}}
    assert with_leaves(JSON, lambda one: None) is None
    assert with_leaves(XML, lambda one: "pcs" if one.name == "unit" else None) == XML.replace(b'"kg"', b'"pcs"')
    assert with_leaves(XML, lambda one: "\x01") is None, "XML has no way to say it"


def test_a_place_is_named_as_a_whole_or_by_its_end() -> None:
    assert is_at("$.permit.printed", {"$.permit.printed": ""})
    assert is_at("$.permit.printed", {"printed": ""})
    assert is_at("A/Goods/@unit", {"Goods/@unit": ""})
    assert not is_at("$.permit.printed", {"inted": ""})
    assert not is_at("$.permit.printed", {})
