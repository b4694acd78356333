"""The lists of an answer: the same answer with one row more, with other numbers in one, or with its rows numbered otherwise."""

import json
import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from lxml import etree

from gateway.conformance.alteration import Place, at, is_xml, json_of, path_of, put, sampled, way_of, xml_of

_NUMBER_NAMES = frozenset(
    {
        "line",
        "number",
        "numeric",
        "no",
        "nr",
        "num",
        "item",
        "position",
        "pos",
        "sequence",
        "seq",
        "ordinal",
        "row",
        "index",
    }
)
_CODE_NAMES = frozenset({"code", "codes", "type", "kind", "status", "state", "role"})
"""Words of names that say of a number that it is a code: another one is another kind of row."""
_AMOUNT = re.compile(r"[1-9][0-9]{0,8}(\.[0-9]{1,6})?|0\.[0-9]{1,6}")
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MOST_LISTS = 40
"""Lists of one answer that are looked at."""
OTHERWISE = 3
"""Rows that are numbered 1, 2, 3 are numbered 4, 7, 10 then."""
FURTHER = 4
"""The amount by which the numbers of an added row are higher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerList:
    """One list of an answer that has a row at least."""

    shown: str
    shape: tuple[str, ...]
    """Its place without positions."""
    with_row: tuple[bytes, ...] = field(repr=False)
    """With a row more: one that is like the last but for its numbers, and one that is the last again."""
    altered: bytes = field(repr=False)
    """With other numbers in its first row; with an empty one, where XML has no numbers in it."""
    alone: tuple[bytes, ...] = field(repr=False)
    """With its first row alone, and with its last; none where it has no other."""
    renumbered: bytes | None = field(repr=False)
    """With other numbers where its rows are numbered from 1; None: they are not."""


def answer_lists(body: bytes) -> Iterator[AnswerList]:
    """Yield the lists of an answer; in XML whatever holds elements may stand there more than once."""
    if is_xml(body):
        root = xml_of(body)
        yield from () if root is None else _of_xml(root)
    else:
        yield from _of_json(json_of(body))


def _of_json(whole: Any) -> Iterator[AnswerList]:
    for place in sampled(list(_list_places(whole, ())), _MOST_LISTS):
        rows = at(whole, place)
        name = next((one for one in reversed(place) if isinstance(one, str)), "")
        others = [_numbered_otherwise(row, number) for number, row in enumerate(rows, start=1)]
        renumbered = None if any(one is None for one in others) else _written(whole, place, others)
        yield AnswerList(
            shown="$" + "".join("[]" if isinstance(one, int) else f".{one}" for one in place),
            shape=tuple("[]" if isinstance(one, int) else one for one in place),
            with_row=tuple(_written(whole, place, [*rows, row]) for row in (_further(rows[-1], name), rows[-1])),
            altered=_written(whole, place, [_further(rows[0], name), *rows[1:]]),
            alone=tuple(_written(whole, place, [row]) for row in (rows[0], rows[-1])) if len(rows) > 1 else (),
            renumbered=renumbered,
        )


def _list_places(value: Any, place: Place) -> Iterator[Place]:
    if isinstance(value, list):
        if value:
            yield place
        parts: list[tuple[str | int, Any]] = sampled(list(enumerate(value)), 2)
    else:
        parts = list(value.items()) if isinstance(value, dict) else []
    for key, one in parts:
        yield from _list_places(one, (*place, key))


def _written(whole: Any, place: Place, rows: list[Any]) -> bytes:
    return json.dumps(put(whole, place, rows)).encode()


def _further(value: Any, name: str) -> Any:
    """Return a row with other numbers: texts of digits too, and a text that is a row by itself."""
    if isinstance(value, dict):
        return {
            key: _further(one, key) if isinstance(one, dict | list) else _further_leaf(one, key)
            for key, one in value.items()
        }
    if isinstance(value, list):
        return [_further(one, name) for one in value]
    return _another(value) if isinstance(value, str) else _further_leaf(value, name)


def _further_leaf(value: Any, name: str) -> Any:
    if _words(name) & _CODE_NAMES:
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value + FURTHER
    return format(Decimal(value) + FURTHER, "f") if isinstance(value, str) and _AMOUNT.fullmatch(value) else value


def _another(text: str) -> str:
    last = text[-1:]
    return f"{text[:-1]}{'B' if last == 'A' else 'A'}" if last.isalpha() and last.isupper() else f"{text}1"


def _numbered_otherwise(row: Any, number: int) -> Any:
    """Return a row with another number; None: it is not numbered with that number."""
    named = (
        [key for key, one in row.items() if str(one) == str(number) and _is_number(key)]
        if isinstance(row, dict)
        else []
    )
    if not named:
        return None
    other = number * OTHERWISE + 1
    return {**row, **{key: other if isinstance(row[key], int) else str(other) for key in named}}


def _is_number(name: str) -> bool:
    return bool(_words(name) & _NUMBER_NAMES)


def _words(name: str) -> set[str]:
    return {one.lower() for one in _WORD.findall(name)}


def _of_xml(root: etree._Element) -> Iterator[AnswerList]:
    groups: dict[tuple[etree._Element, str], list[int]] = {}
    for number, element in enumerate(root.iter()):
        parent = element.getparent()
        if isinstance(element.tag, str) and parent is not None and len(element):
            groups.setdefault((parent, element.tag), []).append(number)
    for numbers in sampled(list(groups.values()), _MOST_LISTS):
        first = next(one for place, one in enumerate(root.iter()) if place == numbers[0])
        altered = _altered(root, numbers, _alter_first)
        yield AnswerList(
            shown=path_of(first),
            shape=way_of(first),
            with_row=(_altered(root, numbers, _add_further), _altered(root, numbers, _add)),
            altered=altered if altered != etree.tostring(root) else _altered(root, numbers, _empty_first),
            alone=tuple(_altered(root, numbers, leave) for leave in (_leave_first, _leave_last)) if numbers[1:] else (),
            renumbered=_altered(root, numbers, _renumber) if _are_numbered(root, numbers) else None,
        )


def _altered(root: etree._Element, numbers: list[int], alter: Callable[[list[etree._Element]], None]) -> bytes:
    copy = deepcopy(root)
    wanted = set(numbers)
    alter([one for place, one in enumerate(copy.iter()) if place in wanted])
    return etree.tostring(copy)


def _empty_first(rows: list[etree._Element]) -> None:
    rows[0].clear()


def _leave_first(rows: list[etree._Element]) -> None:
    for row in rows[1:]:
        _take_away(row)


def _leave_last(rows: list[etree._Element]) -> None:
    for row in rows[:-1]:
        _take_away(row)


def _take_away(row: etree._Element) -> None:
    if (parent := row.getparent()) is not None:
        parent.remove(row)


def _add(rows: list[etree._Element]) -> None:
    rows[-1].addnext(deepcopy(rows[-1]))


def _add_further(rows: list[etree._Element]) -> None:
    row = deepcopy(rows[-1])
    _alter(row)
    rows[-1].addnext(row)


def _alter_first(rows: list[etree._Element]) -> None:
    _alter(rows[0])


def _alter(row: etree._Element) -> None:
    for one in row.iter():
        if isinstance(one.tag, str) and not len(one):
            one.text = _further_leaf((one.text or "").strip(), etree.QName(one).localname)


def _numbers_of(row: etree._Element, number: int) -> list[etree._Element]:
    leaves = [
        one for one in row if isinstance(one.tag, str) and not len(one) and (one.text or "").strip() == str(number)
    ]
    return [one for one in leaves if _is_number(etree.QName(one).localname)]


def _are_numbered(root: etree._Element, numbers: list[int]) -> bool:
    rows = [one for place, one in enumerate(root.iter()) if place in set(numbers)]
    return all(_numbers_of(row, number) for number, row in enumerate(rows, start=1))


def _renumber(rows: list[etree._Element]) -> None:
    for number, row in enumerate(rows, start=1):
        for one in _numbers_of(row, number):
            one.text = str(number * OTHERWISE + 1)
