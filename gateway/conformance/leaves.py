"""The leaves of an answer: each text and number that stands in it, with its place, and the same answer with others there."""

import json
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree

from gateway.conformance.alteration import is_xml, json_of, xml_of

Change = Callable[["AnswerLeaf"], str | None]
"""Gives another text for a leaf; None: it stays as it is."""

_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerLeaf:
    """One text or number of an answer."""

    text: str
    shown: str
    """Its place as people read and write it, without positions: `$.permit.lines[].unit`, `Permit/Goods/Amount/@unit`."""
    name: str
    """The last name of its place."""
    owners: tuple[Hashable, ...] = field(repr=False)
    """The objects or elements that hold it: what has one of them in common belongs together."""
    is_number: bool = False
    """Whether JSON has it as a number."""

    @property
    def words(self) -> frozenset[str]:
        """The words of its name."""
        return frozenset(one.lower() for one in _WORD.findall(self.name))

    def words_of(self, last: int) -> frozenset[str]:
        """Return the words of the last names of its place: `$.holder.eori` says both."""
        names = re.split("[./]", self.shown)[-last:]
        return frozenset(one.lower() for name in names for one in _WORD.findall(name))


def answer_leaves(body: bytes) -> list[AnswerLeaf]:
    """Return all leaves of an answer in their order; none where it is neither JSON nor XML."""
    if is_xml(body):
        root = xml_of(body)
        return [] if root is None else [leaf for _, _, leaf in _of_xml(root)]
    return list(_of_json(json_of(body), (), "$", ""))


def _of_json(value: Any, place: tuple[str | int, ...], shown: str, name: str) -> Iterator[AnswerLeaf]:
    if isinstance(value, dict):
        for key, one in value.items():
            yield from _of_json(one, (*place, key), f"{shown}.{key}", key)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _of_json(one, (*place, number), f"{shown}[]", name)
    elif (leaf := _json_leaf(value, place, shown, name)) is not None:
        yield leaf


def _json_leaf(value: Any, place: tuple[str | int, ...], shown: str, name: str) -> AnswerLeaf | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    number = not isinstance(value, str)
    return AnswerLeaf(text=str(value), shown=shown, name=name, owners=(place[:-1],), is_number=number)


def _of_xml(root: etree._Element) -> Iterator[tuple[etree._Element, str | None, AnswerLeaf]]:
    numbers = {one: number for number, one in enumerate(root.iter()) if isinstance(one.tag, str)}
    ways: dict[etree._Element, str] = {}
    for element, number in numbers.items():
        name, parent = etree.QName(element).localname, element.getparent()
        ways[element] = name if parent is None else f"{ways[parent]}/{name}"
        if not len(element) and (text := (element.text or "").strip()):
            # A text belongs to what stands beside its element, and to the attributes of that.
            owners = (number, ("within", None if parent is None else numbers[parent]))
            yield element, None, AnswerLeaf(text=text, shown=ways[element], name=name, owners=owners)
        for key, value in element.attrib.items():
            local = etree.QName(str(key)).localname
            shown = f"{ways[element]}/@{local}"
            yield element, str(key), AnswerLeaf(text=str(value), shown=shown, name=local, owners=(number,))


def with_leaves(body: bytes, change: Change) -> bytes | None:
    """Return an answer with other texts in the places of some of its leaves; None where none was changed, or cannot be so."""
    if is_xml(body):
        root = xml_of(body)
        try:
            return None if root is None else _xml_with(deepcopy(root), change)
        except ValueError:
            return None  # XML has no way to say it
    value = json_of(body)
    changed = _json_with(value, (), "$", "", change)
    return None if value is None or changed == value else json.dumps(changed).encode()


def _json_with(value: Any, place: tuple[str | int, ...], shown: str, name: str, change: Change) -> Any:
    if isinstance(value, dict):
        return {key: _json_with(one, (*place, key), f"{shown}.{key}", key, change) for key, one in value.items()}
    if isinstance(value, list):
        return [_json_with(one, (*place, number), f"{shown}[]", name, change) for number, one in enumerate(value)]
    leaf = _json_leaf(value, place, shown, name)
    new = None if leaf is None else change(leaf)
    if leaf is None or new is None:
        return value
    return int(new) if leaf.is_number and re.fullmatch("-?[0-9]+", new) else new


def _xml_with(root: etree._Element, change: Change) -> bytes | None:
    found = False
    for element, key, leaf in list(_of_xml(root)):
        if (new := change(leaf)) is None or new == leaf.text:
            continue
        found = True
        if key is None:
            element.text = new
        else:
            element.set(key, new)
    return etree.tostring(root) if found else None


def is_at(shown: str, places: Mapping[str, str]) -> bool:
    """Whether a place is one of those that are named: as a whole, or by its end."""
    return any(shown == one or shown.endswith((f".{one}", f"/{one}")) for one in places)


def numbers_in(body: bytes) -> Iterator[Decimal]:
    """Yield the numbers of an answer."""
    for leaf in answer_leaves(body):
        if re.fullmatch(r"-?[0-9]{1,16}(\.[0-9]{1,6})?", leaf.text):
            yield Decimal(leaf.text)
