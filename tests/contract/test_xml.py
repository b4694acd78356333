"""The strict readers of XML: what stands where it should, once, and exactly as it should."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contract import UnexpectedAnswer
from gateway.contract.xml import XmlRecord, read_xml

NAMES = {"s": "urn:soap", "c": "urn:certificates", "xsi": "http://www.w3.org/2001/XMLSchema-instance"}
ANSWER = b"""<?xml version="1.0" encoding="UTF-8"?>
<e:Envelope xmlns:e="urn:soap" xmlns="urn:certificates" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <e:Body>
    <Answer kind="whole">
      <Number> ID/17\n</Number><!-- of the register -->
      <Status>VAL<!-- -->ID</Status>
      <Left>120.50</Left><Forced>-3</Forced><Pages>0</Pages><Lines>3</Lines>
      <ValidTo>2026-12-31</ValidTo><At>2026-03-02T10:12:00+01:00</At><Used>1</Used><Lost>false</Lost>
      <None xsi:nil="true"/><Empty/><Nested>a<b xmlns="">c</b></Nested>
      <Line no="1"><Code>4407</Code></Line>
      <Line no="2"><Code>4408</Code></Line>
      <Plain xmlns="">x</Plain>
    </Answer>
  </e:Body>
</e:Envelope>"""


def read() -> XmlRecord:
    return read_xml(ANSWER, "s:Envelope", NAMES).one("s:Body/c:Answer")


def test_a_value_reads_as_what_it_is() -> None:
    answer = read()
    assert (answer.name, answer.path, answer.text("@kind")) == ("Answer", "Envelope/Body/Answer", "whole")
    assert (answer.text("c:Number"), answer.text("c:Status", "[A-Z]+"), answer.text("Plain")) == ("ID/17", "VALID", "x")
    assert (answer.decimal("c:Left"), answer.decimal("c:Forced", signed=True)) == (Decimal("120.50"), Decimal(-3))
    assert (answer.whole("c:Pages"), answer.count("c:Lines")) == (0, 3)
    assert answer.day("c:ValidTo") == date(2026, 12, 31)
    assert answer.instant("c:At") == datetime(2026, 3, 2, 9, 12, tzinfo=UTC)
    assert (answer.boolean("c:Used"), answer.boolean("c:Lost")) == (True, False)
    answer.same("c:Number", "id/17")


def test_elements_are_read_one_by_one() -> None:
    lines = read().many("c:Line")
    assert [(one.count("@no"), one.text("c:Code"), one.path) for one in lines] == [
        (1, "4407", "Envelope/Body/Answer/Line[1]"),
        (2, "4408", "Envelope/Body/Answer/Line[2]"),
    ]
    assert read().many("c:None2") == ()
    assert read_xml(ANSWER, "s:Envelope", NAMES).only("s:Body").name == "Answer"
    assert [one.text() for one in read_xml(b"<a><b>1</b><b>2</b></a>", "a").many("b")] == ["1", "2"]


def test_what_may_be_absent_is_none() -> None:
    answer = read()
    assert answer.optional(answer.day, "c:ValidTo") == date(2026, 12, 31)
    assert answer.optional(answer.day, "c:ValidFrom") is None
    assert answer.optional(answer.day, "c:None") is None
    assert answer.optional(answer.text, "@none") is None
    assert answer.optional(answer.text, "@kind") == "whole"
    assert answer.at_most_one("c:Nobody") is None
    assert (answer.has("c:None"), answer.has("c:Nobody"), answer.has("@kind"), answer.has("@none")) == (
        True,
        False,
        True,
        False,
    )


FAULTS: dict[str, tuple[Callable[[XmlRecord], Any], str]] = {
    "absent": (lambda one: one.text("c:Nobody"), "Answer/c:Nobody: it is missing"),
    "an absent attribute": (lambda one: one.text("@none"), "missing"),
    "twice": (lambda one: one.text("c:Line"), "twice"),
    "twice on the way": (lambda one: one.text("c:Line/c:Code"), "Line stands twice"),
    "twice on the way to what may be absent": (lambda one: one.optional(one.text, "c:Line/c:Name"), "twice"),
    "twice on the way to an attribute": (lambda one: one.count("c:Line/@no"), "twice"),
    "twice on the way to many": (lambda one: one.many("c:Line/c:Code"), "twice"),
    "absent on the way to what may be": (lambda one: one.optional(one.text, "c:Nobody/c:Name"), "Nobody is missing"),
    "absent on the way to many": (lambda one: one.many("c:Nobody/c:Name"), "missing"),
    "one of two": (lambda one: one.optional(one.one, "c:Line"), "twice"),
    "in another namespace": (lambda one: one.text("Number"), "missing"),
    "empty": (lambda one: one.text("c:Empty"), "a text"),
    "empty, and may be absent": (lambda one: one.optional(one.text, "c:Empty"), "a text"),
    "nil": (lambda one: one.text("c:None"), "a text"),
    "more than a text": (lambda one: one.text("c:Nested"), "a text"),
    "of another form": (lambda one: one.text("c:Number", "[0-9]+"), "like"),
    "no decimal": (lambda one: one.decimal("c:Number"), "decimal"),
    "below zero": (lambda one: one.decimal("c:Forced"), "decimal"),
    "zero": (lambda one: one.count("c:Pages"), "whole"),
    "no whole number": (lambda one: one.whole("c:Left"), "whole"),
    "no day": (lambda one: one.day("c:At"), "day"),
    "no moment": (lambda one: one.instant("c:ValidTo"), "moment"),
    "neither true nor false": (lambda one: one.boolean("c:Status"), "true or false"),
    "another document": (lambda one: one.same("c:Number", "ID/18"), "another document"),
    "several in it": (lambda one: one.only(), "one element"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_what_does_not_read_so_is_unexpected(case: str) -> None:
    wrong, said = FAULTS[case]
    with pytest.raises(UnexpectedAnswer, match=said) as caught:
        wrong(read())
    assert "ID/17" not in str(caught.value), "a message names the place and never the value"


@pytest.mark.parametrize(
    "path", ["", "/", "a/", "/a", "a//b", "*", "a[1]", "..", "text()", "n:a", "@a/b", "a/@", "{urn:x}a", "a b"]
)
def test_what_is_no_path_is_a_mistake(path: str) -> None:
    for wrong in (read().text, read().many, read().has):
        with pytest.raises(ValueError, match=r"path|prefix|attribute"):
            wrong(path)
    with pytest.raises(ValueError, match=r"path|prefix|element"):
        read_xml(ANSWER, path, NAMES)


def test_a_prefix_stands_for_one_namespace() -> None:
    for namespace in ("*", "", "urn:a}b"):
        with pytest.raises(ValueError, match="no namespace"):
            read_xml(b'<a xmlns="urn:a"/>', "n:a", {"n": namespace})


@pytest.mark.parametrize(
    "value", ["+1", ".5", "1.", "1e3", "1,5", "1 2", "INF", "NaN", "\u0661", "0.0000001", "12345678901234567", "0x1"]
)
def test_an_amount_is_plain_digits(value: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_xml(f"<a>{value}</a>".encode(), "a").decimal()


def test_a_blank_that_xml_does_not_know_is_part_of_a_text() -> None:
    assert read_xml("<a>\u00a0x </a>".encode(), "a").text() == "\u00a0x"
    with pytest.raises(UnexpectedAnswer):
        read_xml(b"<a>&#7;</a>", "a")
    with pytest.raises(UnexpectedAnswer):
        read_xml("<a>a\u0085b</a>".encode(), "a").text()


def test_what_says_that_it_is_empty_is() -> None:
    record = read_xml(b'<a xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><b i:nil="true">x</b></a>', "a")
    with pytest.raises(UnexpectedAnswer, match="and is not"):
        record.optional(record.text, "b")


LOL = b'<!DOCTYPE a [<!ENTITY x "lol"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'
DOCUMENTS: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "JSON": b'{"a": 1}',
    "a page": b"<!DOCTYPE html><html><body>down</body></html>",
    "a page that is XML": b'<html xmlns="http://www.w3.org/1999/xhtml"><body>down</body></html>',
    "half": b"<a><b></b>",
    "two": b"<a/><a/>",
    "entities": LOL,
    "entities in UTF-16": LOL.decode().encode("utf-16"),
    "a file": b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hostname">]><a>&x;</a>',
    "a document type elsewhere": b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
    "an empty document type": b"<!DOCTYPE a><a/>",
    "an entity that nobody named": b"<a>&x;</a>",
    "another encoding": '<?xml version="1.0" encoding="ISO-8859-1"?><a>\u00e9</a>'.encode("latin-1"),
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?><a>+AG8-</a>',
    "no UTF-8": b"<a>\xff</a>",
    "a prefix that nobody named": b"<x:a/>",
    "another root": b"<b/>",
    "a root in a namespace": b'<a xmlns="urn:x"/>',
    "levels without an end": b"<a>" * 100_000,
}


@pytest.mark.parametrize("case", DOCUMENTS)
def test_what_is_no_such_document_is_unexpected(case: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        read_xml(DOCUMENTS[case], "a")


def test_utf_16_is_read() -> None:
    assert read_xml('<?xml version="1.0" encoding="UTF-16"?><a>\u00e9</a>'.encode("utf-16"), "a").text() == "\u00e9"


def test_every_beginning_of_an_answer_is_unexpected() -> None:
    for end in range(len(ANSWER) - 1):
        with pytest.raises(UnexpectedAnswer):
            read_xml(ANSWER[:end], "s:Envelope", NAMES)


@given(st.binary(max_size=200))
def test_whatever_comes_is_an_answer_or_unexpected(body: bytes) -> None:
    with suppress(UnexpectedAnswer):
        read_xml(body, "a").text()
