"""The lists of answers, with a row more and with other numbers."""

import json

import pytest

from gateway.conformance.answer_lists import answer_lists


def test_a_row_is_added_to_every_list_with_numbers_of_its_own() -> None:
    said = {"bookings": [{"mrn": "26FR1", "parts": [{"line": 1, "kg": "12.5", "state_code": 3}]}], "countries": ["US"]}
    found = {one.shown: [json.loads(body) for body in one.with_row] for one in answer_lists(json.dumps(said).encode())}
    assert list(found) == ["$.bookings", "$.bookings[].parts", "$.countries"]
    further = {"line": 5, "kg": "16.5", "state_code": 3}
    assert found["$.bookings"][0]["bookings"][1] == {"mrn": "26FR1", "parts": [further]}
    assert found["$.bookings[].parts"][0]["bookings"][0]["parts"][1] == further
    assert found["$.countries"][0]["countries"] == ["US", "UA"]
    assert found["$.countries"][1]["countries"] == ["US", "US"]


@pytest.mark.parametrize(
    ("numbers", "others"), [([1, 2, 3], [4, 7, 10]), (["1"], ["4"]), ([2, 1], None), ([0, 1], None), ([1, 1], None)]
)
def test_rows_that_are_counted_from_one_are_numbered_otherwise(
    numbers: list[object], others: list[object] | None
) -> None:
    body = json.dumps([{"lineNumber": one, "share": 1} for one in numbers]).encode()
    (one,) = answer_lists(body)
    assert (None if one.renumbered is None else [row["lineNumber"] for row in json.loads(one.renumbered)]) == others


def test_in_xml_whatever_holds_elements_may_stand_there_once_more() -> None:
    body = b'<a><!-- kept --><g typeCode="1"><Line>1</Line><TypeCode>4</TypeCode></g><g><Line>2</Line></g></a>'
    (one,) = answer_lists(body)
    assert one.with_row[0].count(b"<g") == 3
    assert one.with_row[0].endswith(b"<g><Line>6</Line></g></a>")
    assert b"<Line>5</Line><TypeCode>4</TypeCode>" in one.altered
    assert one.renumbered is not None
    assert [one.renumbered.count(line) for line in (b"<Line>4<", b"<Line>7<")] == [1, 1]


@pytest.mark.parametrize("body", [b"", b"<a/>", b"{}", b"[]", b'"text"', b"<html", b'{"a": []}'])
def test_what_has_no_list_has_none(body: bytes) -> None:
    assert list(answer_lists(body)) == []
