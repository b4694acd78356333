"""Single fields of a message: changed where they stand, and nothing else of it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from gateway.intake import Formats
from gateway.intake.editable_message import (
    MOST_BYTES,
    AddedCitation,
    CitedIn,
    EditableMessage,
    FieldPlace,
    MessageChanges,
)
from tests.builders.samples import NAMESPACE, as_json, native, xml

NET_MASS = FieldPlace(name="net_mass", item=1)
REFERENCE = FieldPlace(name="reference", item=1, cited_in=CitedIn.DOCUMENTS, position=0)
NOWHERE = FieldPlace(name="unit", item=7, cited_in=CitedIn.DOCUMENTS)


def changed(texts: dict[FieldPlace, str]) -> MessageChanges:
    return MessageChanges(texts=texts)


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
        made = message.written(changed({NET_MASS: "12.5", REFERENCE: "O'Neil & Söhne"}), {"version": "2"})
        written = json.loads(made.content)
        expected = without_numbers(json.loads(raw))
        inner = expected.get("Declaration", expected)
        inner["version"] = "2"
        item = inner["GoodsShipment"]["GoodsItem"][1]
        item["Commodity"]["GoodsMeasure"]["netMass"] = "12.5"
        cited = item["SupportingDocument"]
        (cited[0] if isinstance(cited, list) else cited)["referenceNumber"] = "O'Neil & Söhne"
        assert without_numbers(written) == expected
        (place,) = (place for place, of in made.places.items() if of == NET_MASS)
        assert place.endswith("/GoodsShipment/GoodsItem/1/Commodity/GoodsMeasure/netMass")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_is_written_with_the_changes_and_otherwise_as_it_was_sent(formats: Formats, encoding: str) -> None:
    text = xml(native(items=2)).decode()
    text = text.partition("?>")[2] if text.startswith("<?xml") else text
    message = editable(formats, text.encode(encoding))
    made = message.written(changed({NET_MASS: "12.5", REFERENCE: "<a> & b"}), {"version": "2"})
    before, after = etree.fromstring(text.encode()), etree.fromstring(made.content)
    stands = {one.getroottree().getpath(one): one.text for one in after.iter()}
    stood = {one.getroottree().getpath(one): one.text for one in before.iter()}
    assert stands.keys() == stood.keys()
    assert {stands[path] for path in stood if stands[path] != stood[path]} == {"12.5", "<a> & b", "2"}
    assert made.places["/Declaration/GoodsShipment/GoodsItem[2]/Commodity/GoodsMeasure/netMass"] == NET_MASS
    assert etree.QName(after).namespace == NAMESPACE
    assert (
        formats.accept(message.written(MessageChanges(), {}).content, None).digest
        == formats.accept(text.encode(encoding), None).digest
    )


def test_what_is_not_there_is_not_made_up(formats: Formats) -> None:
    for raw in (as_json(native(items=2)), xml(native(items=2))):
        message = editable(formats, raw)
        assert message.value(NOWHERE) is None
        with pytest.raises(ValueError, match="not there"):
            message.written(changed({NOWHERE: "KGM"}), {})


def test_no_other_format_is_written_and_no_large_message(formats: Formats) -> None:
    raw = as_json(native(items=1))
    assert formats.editable(raw, "wco_dec") is None
    assert formats.editable(raw + b" " * MOST_BYTES, "native") is None


@pytest.mark.parametrize("write", [as_json, xml])
def test_a_field_that_nobody_declared_is_made_in_its_place_and_one_of_several_elements_is_divided(
    formats: Formats, write: Callable[[dict[str, Any]], bytes]
) -> None:
    body = native(items=2)
    del body["GoodsShipment"]["GoodsItem"][1]["countryOfOrigin"]
    texts = {
        FieldPlace(name="origin", item=1): "NO",
        FieldPlace(name="commodity_code", item=1): "03036310",
        FieldPlace(name="additional_codes", item=1): "4999 8900",
        FieldPlace(name="presentation_office", item=None): "FR001260",
    }
    message = editable(formats, write(body))
    again = editable(formats, message.written(changed(texts), {}).content)
    assert {of: again.value(of) for of in texts} == texts
    declared = formats.accept(again.written(MessageChanges(), {}).content, None).declaration
    assert (declared.items[1].origin, declared.items[1].additional_codes) == ("NO", ("4999", "8900"))
    assert declared.presentation_office == "FR001260"


@pytest.mark.parametrize("write", [as_json, xml])
def test_documents_are_added_behind_those_there_are_and_taken_away(
    formats: Formats, write: Callable[[dict[str, Any]], bytes]
) -> None:
    body = native(items=2)
    stood = len(body["GoodsShipment"]["GoodsItem"][1]["SupportingDocument"])
    added = [
        AddedCitation(
            item=1,
            cited_in=CitedIn.DOCUMENTS,
            values={"type": "C673", "reference": "A & B", "quantity": "5", "unit": "KGM"},
        ),
        AddedCitation(item=1, cited_in=CitedIn.REFERENCES, values={"type": "Y927"}),
        AddedCitation(item=None, cited_in=CitedIn.DOCUMENTS, values={"type": "N380", "reference": "INV"}),
    ]
    gone = FieldPlace(name="type", item=1, cited_in=CitedIn.DOCUMENTS, position=0)
    made = editable(formats, write(body)).written(MessageChanges(added=added, taken_away=[gone]), {})
    declared = formats.accept(made.content, None).declaration
    item = declared.items[1]
    assert [(one.type, one.reference) for one in item.documents][-1] == ("C673", "A & B")
    assert len(item.documents) == stood
    assert [one.type for one in item.references][-1] == "Y927"
    assert [(one.type, one.reference) for one in declared.documents][-1] == ("N380", "INV")
    assert [one for one in made.places.values() if isinstance(one, AddedCitation)] == added
