"""The JSON Schema of declarations in JSON, made from the XML schema of the same structure: what to send, in a form that tools read."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.intake.format_file import format_paths, read_format
from gateway.intake.rules import OPTIONAL_RULES
from gateway.intake.shape import XS, elements, read_types

PREFIX = "Native"
"""The prefix of types' names, so that none is taken for a model of an answer."""
_FORMATS = {"xs:date": "date", "xs:dateTime": "date-time"}
_NUMBERS = {"xs:positiveInteger": 1, "xs:nonNegativeInteger": 0}
"""Kinds of whole numbers with the smallest of each."""
_DIGITS = re.compile(r"\[0-9\]\{1,(\d+)\}")


def json_schemas(*folders: Path, schemas: Path, named: Mapping[str, Path]) -> tuple[str, Mapping[str, Any]]:
    """Return the name of the schema of a whole declaration in JSON, and all schemas by their names; empty where no format has JSON.

    Quantities are texts of decimal digits, since a JSON number is not read exactly everywhere; what may stand more than once is a list.

    Args:
        folders: the folders of the formats' files.
        schemas: the folder of the gateway's own XML schemas.
        named: the schemas that the operator names, by format.

    Raises:
        ValueError: the schema has no such root.
    """
    for path in format_paths(*folders):
        file, _ = read_format(path, OPTIONAL_RULES)
        if file is None or not file.json or file.schema is None:
            continue
        types, roots = read_types(named.get(file.name) or schemas / file.schema)
        root = roots[etree.QName(file.root).localname]
        described = {f"{PREFIX}{name}": _object(kind, types) for name, kind in types.items() if _is_complex(kind)}
        return f"{PREFIX}{root.get('type', '')}", described
    return "", {}


def _object(kind: etree._Element, types: Mapping[str, etree._Element]) -> dict[str, Any]:
    inner = list(elements(kind))
    return {
        "type": "object",
        "description": _documentation(kind),
        "properties": {one.get("name", ""): _member(one, types) for one, _ in inner},
        "required": [one.get("name", "") for one, sure in inner if sure and one.get("minOccurs", "1") != "0"],
        "additionalProperties": False,
    }


def _member(element: etree._Element, types: Mapping[str, etree._Element]) -> dict[str, Any]:
    name, most = element.get("type", ""), int(element.get("maxOccurs", "1"))
    kind, described = types[name], {"description": _documentation(element)}
    one = {"$ref": f"#/components/schemas/{PREFIX}{name}"} if _is_complex(kind) else _value(kind)
    if most == 1:
        return {**one, **described}
    least = int(element.get("minOccurs", "1"))
    return {"type": "array", "items": one, "minItems": least, "maxItems": most, **described}


def _value(kind: etree._Element) -> dict[str, Any]:
    (restriction,) = kind.iterfind(f"{XS}restriction")
    base, facets = restriction.get("base", ""), dict(_facets(restriction))
    if base in _NUMBERS:
        digits = _DIGITS.fullmatch(facets["pattern"])
        return {"type": "integer", "minimum": _NUMBERS[base], "maximum": 10 ** int(digits[1]) - 1 if digits else None}
    described: dict[str, Any] = {"type": "string"}
    if base in _FORMATS:
        return {**described, "format": _FORMATS[base]}
    described |= {key: int(facets[key]) for key in ("minLength", "maxLength") if key in facets}
    # A class of characters by its Unicode property is written otherwise in every language of patterns.
    if "pattern" in facets and r"\P" not in facets["pattern"]:
        described["pattern"] = f"^(?:{facets['pattern']})$"
    return described


def _facets(restriction: etree._Element) -> Iterator[tuple[str, str]]:
    for facet in restriction:
        yield etree.QName(facet).localname, facet.get("value", "")


def _is_complex(kind: etree._Element) -> bool:
    return str(kind.tag) == f"{XS}complexType"


def _documentation(element: etree._Element) -> str:
    found = element.find(f"{XS}annotation/{XS}documentation")
    return (found.text or "") if found is not None else ""
