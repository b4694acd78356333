"""Altered answers: bodies in which one place is missing, empty, of another type or about something else.

A place is a way into the document: keys and positions of JSON, the number of an element and an attribute's name of XML.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from lxml import etree

T = TypeVar("T")

Place = tuple[str | int, ...]


class AlterationKind(StrEnum):
    """The way in which a place of an answer is altered."""

    DELETED = "deleted"
    NULLED = "nulled"
    """`null` in JSON, an element or attribute without text in XML."""
    RETYPED = "retyped"
    """A value of another type: in XML an element where a text is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alteration:
    """One altered body, and where and how it was altered."""

    kind: AlterationKind
    place: Place
    shown: str
    """The place as people read it."""
    shape: tuple[str, ...]
    """The place without positions: what answers have in common."""
    body: bytes


def sampled(items: Sequence[T], most: int) -> list[T]:
    """Return at most so many of the items, evenly, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def is_xml(body: bytes) -> bool:
    """Whether a body is meant as XML."""
    return body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def json_of(body: bytes) -> Any:
    """Return the JSON value of a body; None where it is none, or a single value."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict | list) else None


def xml_of(body: bytes) -> etree._Element | None:
    """Return the root element of a body; None where it is no XML."""
    try:
        return etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError):
        return None


def truncations(body: bytes, most: int) -> list[bytes]:
    """Return beginnings of a body, evenly, and all that end with a tag, a value or a token near its end."""
    whole = len(body.rstrip())
    ends = set(range(max(0, whole - min(40, most)), whole))
    tokens = [place for place in range(1, whole) if body[place - 1 : place] in (b">", b"}", b"]", b'"', b",")]
    ends |= set(sampled(range(whole), most)) | set(sampled(tokens, most))
    return [body[:end] for end in sorted(ends)]


def alterations(body: bytes, most: int) -> Iterator[Alteration]:
    """Yield the alterations of at most so many places of a body; none where it is neither JSON nor XML."""
    if is_xml(body):
        root = xml_of(body)
        if root is not None:
            yield from _of_xml(root, most)
    elif (value := json_of(body)) is not None:
        yield from _of_json(value, most)


def _of_json(value: Any, most: int) -> Iterator[Alteration]:
    for place in sampled(of_each_shape(json_places(value)), most):
        shown = shown_place(place)
        old = at(value, place)
        if isinstance(place[-1], str):
            yield _json(AlterationKind.DELETED, place, shown, _without(value, place))
        if old is not None:
            yield _json(AlterationKind.NULLED, place, shown, put(value, place, None))
        for other in _others(old):
            yield _json(AlterationKind.RETYPED, place, shown, put(value, place, other))


def shown_place(place: Place) -> str:
    """Return a place of JSON as people read it."""
    return "$" + "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in place)


def of_each_shape(places: Iterator[Place]) -> list[Place]:
    """Return the first two places of each shape: what stands in a list is alike."""
    seen: dict[tuple[str, ...], list[Place]] = {}
    for place in places:
        seen.setdefault(tuple("[]" if isinstance(one, int) else one for one in place), []).append(place)
    return [place for alike in seen.values() for place in alike[:2]]


def _json(kind: AlterationKind, place: Place, shown: str, value: Any) -> Alteration:
    shape = tuple("[]" if isinstance(one, int) else one for one in place)
    return Alteration(kind=kind, place=place, shown=shown, shape=shape, body=json.dumps(value).encode())


def json_places(value: Any, place: Place = ()) -> Iterator[Place]:
    """Yield every place below a value; of a long list the first, the middle and the last part."""
    if isinstance(value, dict):
        parts: list[tuple[str | int, Any]] = list(value.items())
    elif isinstance(value, list):
        parts = sampled(list(enumerate(value)), 3)
    else:
        return
    for key, one in parts:
        yield (*place, key)
        yield from json_places(one, (*place, key))


def at(value: Any, place: Place) -> Any:
    """Return the part of a JSON value at a place."""
    for key in place:
        value = value[key]
    return value


def put(value: Any, place: Place, new: Any) -> Any:
    """Return a JSON value with another one at a place."""
    if not place:
        return new
    key, *rest = place
    copy: Any = dict(value) if isinstance(value, dict) else list(value)
    copy[key] = put(value[key], tuple(rest), new)
    return copy


def _without(value: Any, place: Place) -> Any:
    *way, last = place
    return put(value, tuple(way), {key: one for key, one in at(value, tuple(way)).items() if key != last})


def _others(old: Any) -> tuple[Any, ...]:
    """Return values of other types than the old one, and none of which it could be made."""
    if isinstance(old, dict):
        return ("\x00", [])
    if isinstance(old, list):
        return ("\x00", {"a": 1})
    if isinstance(old, bool):
        return ("maybe", 7)
    if isinstance(old, int | float):
        # `true` is a 1 to Python, and none to anybody else.
        return ("seven", [old], True)
    return (7_654_321, [old])


def _of_xml(root: etree._Element, most: int) -> Iterator[Alteration]:
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    places: list[tuple[int, str | None]] = [(number, None) for number in range(1, len(elements))]
    places += [(number, str(name)) for number, one in enumerate(elements) for name in one.attrib]
    for number, name in sampled(sorted(places, key=lambda one: one[0]), most):
        element = elements[number]
        shown = path_of(element) + ("" if name is None else f"/@{etree.QName(name).localname}")
        place: Place = (number,) if name is None else (number, name)
        if name is not None:
            yield _xml(AlterationKind.DELETED, place, shown, root, partial(_drop, name))
            yield _xml(AlterationKind.NULLED, place, shown, root, partial(_blank, name))
            continue
        # A list that is shorter is a list: what is missing of one is told by what is said of the whole.
        if not _is_listed(element):
            yield _xml(AlterationKind.DELETED, place, shown, root, _remove)
        if (element.text or "").strip() and not len(element):
            yield _xml(AlterationKind.NULLED, place, shown, root, _empty)
            yield _xml(AlterationKind.RETYPED, place, shown, root, _nest)


def _xml(
    kind: AlterationKind, place: Place, shown: str, root: etree._Element, alter: Callable[[etree._Element], Any]
) -> Alteration:
    copy = deepcopy(root)
    element = [one for one in copy.iter() if isinstance(one.tag, str)][int(place[0])]
    shape = (*way_of(element), *(f"@{one}" for one in place[1:]))
    alter(element)
    return Alteration(kind=kind, place=place, shown=shown, shape=shape, body=etree.tostring(copy))


def _is_listed(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and len(parent.findall(element.tag)) > 1


def path_of(element: etree._Element) -> str:
    """Return the place of an element as people read it."""
    names = [etree.QName(one).localname for one in (element, *element.iterancestors())]
    return "/".join(reversed(names[:3]))


def _drop(name: str, element: etree._Element) -> None:
    del element.attrib[name]


def _blank(name: str, element: etree._Element) -> None:
    element.set(name, "")


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _empty(element: etree._Element) -> None:
    element.text = None


def _nest(element: etree._Element) -> None:
    etree.SubElement(element, "other").text, element.text = element.text, None


def way_of(element: etree._Element) -> tuple[str, ...]:
    """Return the names that lead from the root to an element."""
    return tuple(reversed([str(one.tag) for one in (element, *element.iterancestors())]))


def absent_and_empty(bodies: Sequence[bytes]) -> tuple[set[tuple[str, ...]], set[tuple[str, ...]]]:
    """Return which places some answers leave out, and which are `null` or empty in some: what the authority does."""
    seen: dict[tuple[str, ...], list[set[str]]] = {}
    empty: set[tuple[str, ...]] = set()
    for body in bodies:
        for way, keys, without in _parts(body):
            seen.setdefault(way, []).append(keys)
            empty |= {(*way, key) for key in without}
    absent = {
        (*way, key)
        for way, those in seen.items()
        for key in set().union(*those)
        if any(key not in one for one in those)
    }
    return absent, empty


def _parts(body: bytes) -> Iterator[tuple[tuple[str, ...], set[str], set[str]]]:
    """Yield every object or element: the way to it, what it holds, and what of that is null or empty."""
    if not is_xml(body):
        yield from _objects(json_of(body), ())
        return
    root = xml_of(body)
    for element in root.iter() if root is not None else ():
        if isinstance(element.tag, str):
            children = [one for one in element if isinstance(one.tag, str)]
            without = {str(one.tag) for one in children if not len(one) and not (one.text or "").strip()}
            attributes = {f"@{name!s}": value for name, value in element.attrib.items()}
            without |= {name for name, value in attributes.items() if not value}
            yield way_of(element), {*(str(one.tag) for one in children), *attributes}, without


def _objects(value: Any, way: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], set[str], set[str]]]:
    if isinstance(value, dict):
        yield way, set(value), {key for key, one in value.items() if one is None}
        for key, one in value.items():
            yield from _objects(one, (*way, key))
    elif isinstance(value, list):
        for one in value:
            yield from _objects(one, (*way, "[]"))


def with_units(body: bytes, new: str) -> bytes | None:
    """Return a body in which every text that is named as a unit is another one; None where there is none."""
    if is_xml(body):
        root = xml_of(body)
        named = [] if root is None else [one for one in root.iter() if isinstance(one.tag, str)]
        found = False
        for element in named:
            for name in [one for one in element.attrib if _is_unit(etree.QName(one).localname)]:
                element.set(name, new)
                found = True
            if _is_unit(etree.QName(element).localname) and not len(element) and (element.text or "").strip():
                element.text, found = new, True
        return etree.tostring(root) if root is not None and found else None
    value = json_of(body)
    places = [
        one
        for one in json_places(value)
        if isinstance(one[-1], str) and _is_unit(one[-1]) and type(at(value, one)) is str
    ]
    for place in places:
        value = put(value, place, new)
    return json.dumps(value).encode() if places else None


def _is_unit(name: str) -> bool:
    return "unit" in name.lower() or name.lower() in {"uom", "measure"}


def with_texts(body: bytes, change: Callable[[str], str | None]) -> bytes | None:
    """Return a body in which texts are changed, whole values each; None where none of them was. `change` gives None for no change."""
    if is_xml(body):
        root = xml_of(body)
        try:
            return None if root is None else _with_xml_texts(root, change)
        except ValueError:
            return None  # XML has no way to say it
    value = json_of(body)
    if value is None:
        return None
    changed, any_ = _with_json_texts(value, change)
    return json.dumps(changed).encode() if any_ else None


def _with_json_texts(value: Any, change: Callable[[str], str | None]) -> tuple[Any, bool]:
    if isinstance(value, dict):
        parts = {key: _with_json_texts(one, change) for key, one in value.items()}
        return {key: one for key, (one, _) in parts.items()}, any(any_ for _, any_ in parts.values())
    if isinstance(value, list):
        items = [_with_json_texts(one, change) for one in value]
        return [one for one, _ in items], any(any_ for _, any_ in items)
    if isinstance(value, str) and (new := change(value)) is not None:
        return new, True
    if isinstance(value, int) and not isinstance(value, bool) and (new := change(str(value))) is not None:
        return new, True
    return value, False


def _with_xml_texts(root: etree._Element, change: Callable[[str], str | None]) -> bytes | None:
    found = False
    for element in root.iter():
        # A comment has a function for its name.
        if callable(element.tag):
            continue
        if element.text is not None and (new := change(element.text.strip())) is not None:
            element.text, found = new, True
        for name, value in list(element.attrib.items()):
            if (new := change(str(value).strip())) is not None:
                element.set(name, new)
                found = True
    return etree.tostring(root) if found else None
