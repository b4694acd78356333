"""The values of an answer, and the same answer with another one in the place of one of them."""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from lxml import etree

from gateway.conformance.alteration import (
    at,
    is_xml,
    json_of,
    json_places,
    of_each_shape,
    path_of,
    put,
    shown_place,
    way_of,
    xml_of,
)

_MARK = "\x00kit\x00"


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerValue:
    """One value of an answer: a text, or a number of JSON."""

    text: str
    """The text as the answer has it."""
    shown: str
    """Its place, as people read it."""
    shape: tuple[str, ...]
    """Its place without positions."""
    is_number: bool
    """Whether JSON has it as a number."""
    _body: Callable[[str, bool], bytes] = field(repr=False)

    def replaced(self, text: str, *, as_number: bool = False) -> bytes:
        """Return the answer with another value there: a text, or a number where it was one."""
        return self._body(text, as_number and self.is_number)


def answer_values(body: bytes) -> Iterator[AnswerValue]:
    """Yield the values of an answer, two of each shape: what stands in a list is alike."""
    if is_xml(body):
        root = xml_of(body)
        yield from () if root is None else _of_xml(root)
        return
    whole = json_of(body)
    for place in of_each_shape(json_places(whole)):
        value = at(whole, place)
        if isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool)):
            yield AnswerValue(
                text=str(value),
                shown=shown_place(place),
                shape=tuple("[]" if isinstance(one, int) else one for one in place),
                is_number=not isinstance(value, str),
                _body=partial(_json_with, whole, place),
            )


def _json_with(whole: Any, place: tuple[str | int, ...], text: str, as_number: bool) -> bytes:
    if not as_number:
        return json.dumps(put(whole, place, text)).encode()
    # As it is written: a float would take its last digits.
    return json.dumps(put(whole, place, _MARK)).replace(json.dumps(_MARK), text).encode()


def _of_xml(root: etree._Element) -> Iterator[AnswerValue]:
    seen: dict[tuple[str, ...], int] = {}
    for number, element in enumerate(one for one in root.iter() if isinstance(one.tag, str)):
        leaves: list[tuple[str | None, str]] = [(str(name), str(value)) for name, value in element.attrib.items()]
        if not len(element) and (element.text or "").strip():
            leaves.append((None, (element.text or "").strip()))
        for name, text in leaves:
            shape = (*way_of(element), *(() if name is None else (f"@{name}",)))
            seen[shape] = seen.get(shape, 0) + 1
            if seen[shape] > 2:
                continue
            shown = path_of(element) + ("" if name is None else f"/@{etree.QName(name).localname}")
            yield AnswerValue(
                text=text, shown=shown, shape=shape, is_number=False, _body=partial(_xml_with, root, number, name)
            )


def _xml_with(root: etree._Element, number: int, name: str | None, text: str, as_number: bool) -> bytes:
    copy = deepcopy(root)
    element = [one for one in copy.iter() if isinstance(one.tag, str)][number]
    if name is None:
        element.text = text
    else:
        element.set(name, text)
    return etree.tostring(copy)
