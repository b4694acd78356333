"""Where goods items and cited documents stand in a message, in XML and in JSON."""

import json
from typing import Any

from gateway.domain.document import DocumentKey
from gateway.intake import Formats
from gateway.intake.message_places import MessagePlaces
from tests.builders.samples import native, xml
from tests.intake.reading import JSON, XML


def lined() -> tuple[list[str], bytes]:
    """A message with an element a line."""
    text = xml(native(items=3, documents=2)).decode().replace("><", ">\n<")
    return text.split("\n"), text.encode()


def placed(formats: Formats, raw: bytes, media_type: str) -> tuple[MessagePlaces, Any]:
    accepted = formats.accept(raw, media_type, placed=True)
    assert accepted.places is not None
    return accepted.places, accepted.declaration


def test_in_xml_each_item_and_document_has_its_line(formats: Formats) -> None:
    lines, raw = lined()
    places, declaration = placed(formats, raw, XML)
    begins = [number for number, text in enumerate(lines, start=1) if text == "<GoodsItem>"]
    assert [places.line(None, item.number) for item in declaration.items] == begins
    for start, item in zip(begins, declaration.items, strict=True):
        for document in item.documents:
            line = places.line(DocumentKey(document.type, document.reference), item.number)
            assert line is not None
            assert lines[line - 1] == "<SupportingDocument>"
            assert line > start
            assert any(document.reference in text for text in lines[line : line + 4])


def test_in_json_too(formats: Formats) -> None:
    text = json.dumps(native(items=2, documents=1), indent=1)
    lines = text.split("\n")
    places, declaration = placed(formats, text.encode(), JSON)
    for item in declaration.items:
        line = places.line(None, item.number)
        assert line is not None
        assert f'"goodsItemNumber": {item.number}' in "".join(lines[line - 1 : line + 3])
    (document,) = declaration.items[0].documents
    line = places.line(DocumentKey(document.type, document.reference), None)
    assert line is not None
    assert document.reference in "".join(lines[line - 1 : line + 4])


def test_what_is_of_neither_has_no_line(formats: Formats) -> None:
    places, _ = placed(formats, lined()[1], XML)
    assert places.line(None, None) is None
    assert places.line(None, 99) is None
    assert places.line(DocumentKey("N853", "of no place"), None) is None
    assert places.line(DocumentKey("N853", "missing on an item"), 2) == places.line(None, 2)


def test_nobody_pays_for_it_who_does_not_ask(formats: Formats) -> None:
    assert formats.accept(lined()[1], XML).places is None
    assert formats.title("native") == next(one.title for one in formats.described() if one.name == "native")
