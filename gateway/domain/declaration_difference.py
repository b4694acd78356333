"""The difference between two versions of a declaration, data element by data element."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.domain.codec import decode, encode
from gateway.domain.declaration import Declaration

_OF_THE_MESSAGE = frozenset({"version", "format", "message", "lrn"})
"""What differs with every message and says nothing of the goods."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementChanged:
    """A data element that differs."""

    goods_item: int | None
    """None: it is the whole declaration's."""
    element: str
    """Its place in the declaration's model: `net_mass`, `documents.2.reference`."""
    was: str | None
    """None: it was not there."""
    now: str | None


def difference(before: Declaration, after: Declaration) -> tuple[ElementChanged, ...]:
    """Return what differs between two versions, goods items by their numbers."""
    was, now = dict(_elements(before)), dict(_elements(after))
    return tuple(
        ElementChanged(goods_item=item, element=element, was=was.get((item, element)), now=now.get((item, element)))
        for item, element in dict.fromkeys((*was, *now))
        if was.get((item, element)) != now.get((item, element))
    )


def _elements(declaration: Declaration) -> Iterator[tuple[tuple[int | None, str], str]]:
    body: Mapping[str, Any] = decode(encode(declaration), dict)
    for name, value in body.items():
        if name in _OF_THE_MESSAGE:
            continue
        if name == "items":
            for item in value:
                rest = {one: what for one, what in item.items() if one != "number"}
                yield from (((item["number"], place), text) for place, text in _leaves("", rest))
        else:
            yield from (((None, place), text) for place, text in _leaves(name, value))


def _leaves(place: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, one in value.items():
            yield from _leaves(f"{place}.{name}" if place else name, one)
    elif isinstance(value, list):
        for number, one in enumerate(value, start=1):
            yield from _leaves(f"{place}.{number}", one)
    elif value is not None and value != "":
        yield place, str(value)
