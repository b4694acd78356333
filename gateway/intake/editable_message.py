"""A native message whose single fields are changed in their places: whatever else was sent stays as it was sent.

It is written from the message and not from the model, which leaves out what is carried and not judged (packaging, transport documents).
No other format is written: what its elements mean is known for reading alone.
"""

import copy
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lxml import etree

from gateway.intake.json import parse_json
from gateway.intake.limits import IntakeLimits
from gateway.intake.xml import Element, parse, place

MOST_BYTES = 1024 * 1024
"""Bytes of a message of which single fields are changed; the next version of a larger one is sent as a file."""
_SHIPMENT, _ITEM, _ROOT = "GoodsShipment", "GoodsItem", "Declaration"
_MEASURE = ("Commodity", "GoodsMeasure")
_PLACES: Mapping[str, tuple[str, ...]] = {
    "type": ("type",),
    "reference": ("referenceNumber",),
    "quantity": ("quantity",),
    "unit": ("measurementUnitAndQualifier",),
    "net_mass": (*_MEASURE, "netMass"),
    "supplementary_units": (*_MEASURE, "supplementaryUnits"),
}
"""The place of the model's field below its goods item or document, as `config/formats/native.toml` reads it."""

Steps = Sequence[tuple[str, int]]


class CitedIn(StrEnum):
    """The lists in which documents are cited."""

    DOCUMENTS = "SupportingDocument"
    REFERENCES = "AdditionalReference"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldPlace:
    """The place of one field: of a goods item, or of a document that it, or the shipment, cites."""

    name: str
    item: int | None
    """The position of the goods item; None: of the shipment."""
    cited_in: CitedIn | None = None
    position: int = 0

    @property
    def steps(self) -> Steps:
        """The way to it from the declaration: names, each with its position among those of its name."""
        found = [(_SHIPMENT, 0)]
        if self.item is not None:
            found.append((_ITEM, self.item))
        if self.cited_in is not None:
            found.append((self.cited_in.value, self.position))
        return [*found, *((name, 0) for name in _PLACES[self.name])]


class EditableMessage(ABC):
    """A message as it was sent, with its fields by their places."""

    @abstractmethod
    def value(self, of: FieldPlace) -> str | None:
        """Return the text of a field; None: it is not there."""

    @abstractmethod
    def path(self, of: FieldPlace) -> str:
        """Return the place of a field that is there as violations name it."""

    @abstractmethod
    def written(self, changes: Mapping[FieldPlace, str], heads: Mapping[str, str]) -> bytes:
        """Return the message with some fields changed, and with these values at its head.

        Raises:
            ValueError: a text cannot stand in a message.
        """


def editable_message(raw: bytes, limits: IntakeLimits) -> EditableMessage:
    """Return a native message that was taken as one whose fields can be changed.

    Raises:
        DeclarationRefused: it cannot be read any more.
    """
    if raw.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1] == b"{":
        return _EditableJson(parse_json(raw, limits=limits)[0])
    return _EditableXml(parse(raw, limits=limits).root)


class _EditableJson(EditableMessage):
    def __init__(self, value: Any) -> None:
        self._value = value
        self._is_wrapped = isinstance(value, dict) and value.keys() == {_ROOT}

    def value(self, of: FieldPlace) -> str | None:
        found = _at(self._declaration(self._value), of.steps)
        return None if found is None else str(found[0][found[1]])

    def path(self, of: FieldPlace) -> str:
        found = _at(self._declaration(self._value), of.steps)
        return (f"/{_ROOT}" if self._is_wrapped else "") + ("" if found is None else found[2])

    def written(self, changes: Mapping[FieldPlace, str], heads: Mapping[str, str]) -> bytes:
        value = copy.deepcopy(self._value)
        declaration = self._declaration(value)
        declaration.update(heads)
        for of, text in changes.items():
            found = _at(declaration, of.steps)
            if found is None:
                raise ValueError("The field is not there.")
            found[0][found[1]] = text
        return json.dumps(value, ensure_ascii=False, indent=2).encode()

    def _declaration(self, value: Any) -> Any:
        return value[_ROOT] if self._is_wrapped else value


def _at(value: Any, steps: Steps) -> tuple[Any, str | int, str] | None:
    """Return what holds the value at a place, the value's key there, and its pointer; None: it is not there."""
    holder: Any = None
    key: str | int = ""
    pointer = ""
    for name, position in steps:
        if not isinstance(value, dict) or value.get(name) is None:
            return None
        holder, key, value, pointer = value, name, value[name], f"{pointer}/{name}"
        if isinstance(value, list):
            if position >= len(value):
                return None
            holder, key, value, pointer = value, position, value[position], f"{pointer}/{position}"
        elif position:
            return None
    return (holder, key, pointer) if isinstance(value, str) else None


class _EditableXml(EditableMessage):
    def __init__(self, root: Element) -> None:
        self._root = root

    def value(self, of: FieldPlace) -> str | None:
        found = _element(self._root, of.steps)
        return None if found is None else found.text or ""

    def path(self, of: FieldPlace) -> str:
        found = _element(self._root, of.steps)
        return "" if found is None else place(found)

    def written(self, changes: Mapping[FieldPlace, str], heads: Mapping[str, str]) -> bytes:
        root = copy.deepcopy(self._root)
        for steps, text in (
            *(([(name, 0)], text) for name, text in heads.items()),
            *((of.steps, text) for of, text in changes.items()),
        ):
            found = _element(root, steps)
            if found is None:
                raise ValueError("The field is not there.")
            found.text = text
        return etree.tostring(root, encoding="utf-8", xml_declaration=True)


def _element(root: Element, steps: Steps) -> Element | None:
    namespace = etree.QName(root).namespace
    for name, position in steps:
        children = root.findall(f"{{{namespace}}}{name}")
        if position >= len(children):
            return None
        root = children[position]
    return root if not len(root) else None
