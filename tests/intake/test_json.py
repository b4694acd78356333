"""JSON: read strictly, and to the same declaration as XML."""

import codecs
import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.domain.errors import DeclarationRefused, SchemaViolated, Unreadable
from gateway.intake import Formats
from tests.builders.samples import as_json, native, xml
from tests.intake.reading import JSON, XML, only, rules, told

Refused = Callable[..., DeclarationRefused]


def test_json_and_xml_of_one_declaration_are_one_content(formats: Formats) -> None:
    declaration = native()
    assert formats.accept(as_json(declaration), JSON) == formats.accept(xml(declaration), XML)


def test_keys_are_in_any_order_and_the_outer_name_may_be_left_out(formats: Formats) -> None:
    declaration = native(items=2)
    expected = formats.accept(as_json(declaration), JSON)

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: turned(inner) for name, inner in reversed(value.items())}
        return [turned(one) for one in value] if isinstance(value, list) else value

    assert formats.accept(json.dumps(turned(declaration)).encode(), JSON) == expected


def test_a_number_keeps_its_digits_as_they_were_written(formats: Formats) -> None:
    raw = as_json(native(items=1)).replace(b'"quantity": "120"', b'"quantity": 0.30000000000000004000')
    with pytest.raises(SchemaViolated):
        formats.accept(raw, JSON)
    raw = as_json(native(items=1)).replace(b'"quantity": "120"', b'"quantity": 120.500000')
    (document,) = formats.accept(raw, JSON).declaration.items[0].documents
    assert str(document.quantity) == "120.500000"


def test_null_is_what_is_not_there_and_one_object_may_stand_for_a_list(formats: Formats, refused: Refused) -> None:
    declaration = native(items=1)
    expected = formats.accept(as_json(declaration), JSON)
    shipment = declaration["GoodsShipment"]
    shipment["GoodsItem"] = shipment["GoodsItem"][0]
    raw = json.dumps({**declaration, "MRN": None}).encode()
    assert formats.accept(raw, JSON) == expected
    assert told(refused(json.dumps({**declaration, "LRN": None}).encode(), JSON)) == [("element_missing", "")]


@pytest.mark.parametrize(
    ("raw", "rule", "line"),
    [
        (b"", "well-formed", 1),
        (b'{"LRN":\n', "well-formed", 2),
        (b"{'LRN': 1}", "well-formed", 1),
        (b'{"LRN": 1,}', "well-formed", 1),
        (b'{"LRN": 1} {}', "well-formed", 1),
        (b'{"LRN": 01}', "well-formed", 1),
        (b'{\n"netMass": NaN}', "well-formed", 2),
        (b'{"netMass":\n\n-Infinity}', "well-formed", 3),
        (b'{"LRN": "a\nb"}', "well-formed", 1),
        (b'{"LRN": 1, "LRN": 1}', "key_twice", None),
        (b'{"Declaration": {"LRN": 1, "LRN": 2}}', "key_twice", None),
        ('{"LRN": "é"}'.encode("latin-1"), "encoding", 1),
        ('{"LRN": "é"}'.encode("utf-16"), "encoding", 1),
        ('{"LRN": "é"}'.encode("utf-16-le"), "encoding", None),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "depth", None),
        (b'{"a":' * 300 + b"1" + b"}" * 300, "depth", None),
    ],
)
def test_what_is_not_strict_json_is_refused(refused: Refused, raw: bytes, rule: str, line: int | None) -> None:
    refusal = refused(raw, JSON)
    assert type(refusal) is Unreadable
    assert refusal.status == 400
    violation = only(refusal)
    if rule == "encoding" and line is None:
        assert violation.rule in ("encoding", "well-formed")
        return
    assert (violation.rule, violation.line) == (rule, line)


def test_another_character_set_is_refused(refused: Refused) -> None:
    assert rules(refused(as_json(native(items=1)), "application/json; charset=iso-8859-1")) == ["encoding"]


def test_a_second_byte_order_mark_is_refused(refused: Refused) -> None:
    assert rules(refused(codecs.BOM_UTF8 * 2 + as_json(native()), JSON)) == ["encoding"]


def test_a_byte_order_mark_is_nothing(formats: Formats) -> None:
    raw = as_json(native(items=1))
    assert formats.accept(b"\xef\xbb\xbf" + raw, JSON) == formats.accept(raw, "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("changed", "rule", "path"),
    [
        ({"LRN": {"a": 1}}, "value_needed", "/Declaration/LRN"),
        ({"LRN": True}, "value_needed", "/Declaration/LRN"),
        ({"LRN": []}, "element_missing", "/Declaration"),
        ({"LRN": ["a", "b"]}, "element_too_often", "/Declaration/LRN/1"),
        ({"Declarant": "FR1"}, "object_needed", "/Declaration/Declarant"),
        ({"Declarant": [1]}, "object_needed", "/Declaration/Declarant/0"),
        ({"lrn": "a"}, "key_unknown", "/Declaration/lrn"),
        ({"a/b~c": "a"}, "key_unknown", "/Declaration/a~1b~0c"),
        ({"LRN": "a\x01b"}, "character_forbidden", "/Declaration/LRN"),
        ({"LRN": "a\ud800b"}, "character_forbidden", "/Declaration/LRN"),
        ({"LRN": "\uffff"}, "character_forbidden", "/Declaration/LRN"),
        ({"version": 1.5}, "SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "/Declaration/version"),
        ({"version": int("9" * 400)}, "SCHEMAV_CVC_PATTERN_VALID", "/Declaration/version"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told_by_its_pointer_and_line(
    refused: Refused, changed: dict[str, Any], rule: str, path: str
) -> None:
    raw = json.dumps({"Declaration": {**native(items=1), **changed}}, indent=1).encode()
    refusal = refused(raw, JSON)
    violation = only(refusal)
    assert isinstance(refusal, SchemaViolated)
    assert (violation.rule, violation.path) == (rule, path)
    assert violation.line is not None
    violation.message.encode()
    lines = raw.decode().split("\n")
    key = next(iter(changed))
    if path == "/Declaration":
        assert lines[violation.line - 1] == ' "Declaration": {'
    elif path.endswith(("/0", "/1")):
        assert f'"{key}"' in lines[violation.line - 2 - int(path[-1])]
    else:
        assert f'"{key}"' in lines[violation.line - 1]


@pytest.mark.parametrize("raw", [b"[]", b'"x"', b"1", b"null", b"true", b"[{}]", b'{"Declaration": 1}'])
def test_what_is_no_object_is_told(refused: Refused, raw: bytes) -> None:
    refusal = refused(raw, JSON)
    assert isinstance(refusal, SchemaViolated)
    assert rules(refusal) == ["object_needed"]


def test_all_violations_are_told_at_once(refused: Refused) -> None:
    declaration = native(items=2, foo=1)
    del declaration["version"]
    first, second = declaration["GoodsShipment"]["GoodsItem"]
    first["Procedure"] = "40"
    second["goodsItemNumber"] = 1
    second["SupportingDocument"][0].update(referenceNumber="x" * 71, measurementUnitAndQualifier=None)
    item = "/Declaration/GoodsShipment/GoodsItem"
    assert sorted(told(refused(as_json(declaration), JSON))) == sorted(
        [
            ("key_unknown", "/Declaration/foo"),
            ("element_missing", "/Declaration"),
            ("object_needed", f"{item}/0/Procedure"),
            ("SCHEMAV_CVC_MAXLENGTH_VALID", f"{item}/1/SupportingDocument/0/referenceNumber"),
            ("item_number_twice", f"{item}/1/goodsItemNumber"),
            ("procedure_missing", f"{item}/0"),
            ("quantity_without_unit", f"{item}/1/SupportingDocument/0/quantity"),
        ]
    )
