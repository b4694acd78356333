"""Single fields of a message: changed where they stand, and nothing else of it."""

import json
from typing import Any

import pytest
from lxml import etree

from gateway.intake import Formats
from gateway.intake.editable_message import MOST_BYTES, CitedIn, EditableMessage, FieldPlace
from tests.builders.samples import NAMESPACE, as_json, native, xml

NET_MASS = FieldPlace(name="net_mass", item=1)
REFERENCE = FieldPlace(name="reference", item=1, cited_in=CitedIn.DOCUMENTS, position=0)
NOWHERE = FieldPlace(name="unit", item=7)


def editable(formats: Formats, raw: bytes) -> EditableMessage:
    found = formats.editable(raw, "native")
    assert found is not None
    return found


def without_numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_numbers(inner) for name, inner in value.items()}
    return [without_numbers(one) for one in value] if isinstance(value, list) else str(value)


def test_json_is_written_with_the_changes_and_otherwise_as_it_was_sent(formats: Formats) -> None:
    body = native(items=2)
    body["GoodsShipment"]["GoodsItem"][1]["Packaging"] = {"numberOfPackages": 7}
    for raw in (as_json(body), json.dumps({"Declaration": body}).encode()):
        message = editable(formats, raw)
        assert message.value(NET_MASS) == str(
            body["GoodsShipment"]["GoodsItem"][1]["Commodity"]["GoodsMeasure"]["netMass"]
        )
        written = json.loads(message.written({NET_MASS: "12.5", REFERENCE: "O'Neil & Söhne"}, {"version": "2"}))
        expected = without_numbers(json.loads(raw))
        inner = expected.get("Declaration", expected)
        inner["version"] = "2"
        item = inner["GoodsShipment"]["GoodsItem"][1]
        item["Commodity"]["GoodsMeasure"]["netMass"] = "12.5"
        cited = item["SupportingDocument"]
        (cited[0] if isinstance(cited, list) else cited)["referenceNumber"] = "O'Neil & Söhne"
        assert without_numbers(written) == expected
        assert message.path(NET_MASS).endswith("/GoodsShipment/GoodsItem/1/Commodity/GoodsMeasure/netMass")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_is_written_with_the_changes_and_otherwise_as_it_was_sent(formats: Formats, encoding: str) -> None:
    text = xml(native(items=2)).decode()
    text = text.partition("?>")[2] if text.startswith("<?xml") else text
    message = editable(formats, text.encode(encoding))
    written = message.written({NET_MASS: "12.5", REFERENCE: "<a> & b"}, {"version": "2"})
    before, after = etree.fromstring(text.encode()), etree.fromstring(written)
    changed = {one.getroottree().getpath(one): one.text for one in after.iter()}
    stood = {one.getroottree().getpath(one): one.text for one in before.iter()}
    assert changed.keys() == stood.keys()
    assert {changed[path] for path in stood if changed[path] != stood[path]} == {"12.5", "<a> & b", "2"}
    assert message.path(NET_MASS) == "/Declaration/GoodsShipment/GoodsItem[2]/Commodity/GoodsMeasure/netMass"
    assert etree.QName(after).namespace == NAMESPACE
    assert formats.accept(message.written({}, {}), None).digest == formats.accept(text.encode(encoding), None).digest


def test_what_is_not_there_is_not_made_up(formats: Formats) -> None:
    for raw in (as_json(native(items=2)), xml(native(items=2))):
        message = editable(formats, raw)
        assert message.value(NOWHERE) is None
        with pytest.raises(ValueError, match="not there"):
            message.written({NOWHERE: "KGM"}, {})


def test_no_other_format_is_written_and_no_large_message(formats: Formats) -> None:
    raw = as_json(native(items=1))
    assert formats.editable(raw, "wco_dec") is None
    assert formats.editable(raw + b" " * MOST_BYTES, "native") is None
