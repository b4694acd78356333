"""The elements of a native message, XML or JSON, that are changed in their places."""

import copy
import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from lxml import etree

from gateway.intake.shape import Shape
from gateway.intake.xml import Element, place

NUMBERED = "sequenceNumber"
"""The element by which entries of a list are numbered."""
Way = Sequence[tuple[str, int]]
"""The way to an element from the declaration: names, each with its position among those of its name."""


class MessageTree(ABC):
    """The elements of one message."""

    @abstractmethod
    def copy(self) -> "MessageTree":
        """Return the same elements, to be changed."""

    @abstractmethod
    def texts(self, way: Way, name: str) -> Sequence[str]:
        """Return the texts of the elements of a name below a parent; empty: there is none."""

    @abstractmethod
    def put(self, way: Way, name: str, texts: Sequence[str]) -> None:
        """Have the elements of a name below a parent be these; parents that are not there are made.

        Raises:
            ValueError: a text cannot stand in a message.
        """

    @abstractmethod
    def append(self, way: Way, name: str, values: Mapping[str, str]) -> int:
        """Add an element with these elements in it, numbered after the last, and return its position.

        Raises:
            ValueError: a text cannot stand in a message.
        """

    @abstractmethod
    def drop(self, way: Way, name: str, positions: Collection[int]) -> None:
        """Take elements of a name away."""

    @abstractmethod
    def place(self, way: Way, name: str) -> str:
        """Return where an element of a name below a parent is, or would be, as violations name it; without a name the parent."""

    @abstractmethod
    def written(self) -> bytes:
        """Return the message."""


def _number(numbers: Sequence[str]) -> str:
    """Return the number that follows the largest one."""
    return str(1 + max((int(one) for one in numbers if one.isdecimal()), default=0))


class JsonTree(MessageTree):
    """A message in JSON: one object may stand where a list of them may."""

    def __init__(self, value: Any, root: str) -> None:
        self._value = value
        self._root = root
        self._is_wrapped = isinstance(value, dict) and value.keys() == {root}

    def copy(self) -> "JsonTree":
        return JsonTree(copy.deepcopy(self._value), self._root)

    def texts(self, way: Way, name: str) -> Sequence[str]:
        holder = self._at(way)
        return [str(one) for one in _listed(holder.get(name))] if holder is not None else []

    def put(self, way: Way, name: str, texts: Sequence[str]) -> None:
        holder = self._at(way, make=True)
        if holder is None:
            raise ValueError("The element is not there.")
        if not texts:
            holder.pop(name, None)
        else:
            several = len(texts) > 1 or isinstance(holder.get(name), list)
            holder[name] = list(texts) if several else texts[0]

    def append(self, way: Way, name: str, values: Mapping[str, str]) -> int:
        holder = self._at(way, make=True)
        if holder is None:
            raise ValueError("The element is not there.")
        there = _listed(holder.get(name))
        number = _number([str(one.get(NUMBERED, "")) for one in there if isinstance(one, dict)])
        holder[name] = [*there, {NUMBERED: number, **values}]
        return len(there)

    def drop(self, way: Way, name: str, positions: Collection[int]) -> None:
        holder = self._at(way)
        left = (
            [] if holder is None else [one for at, one in enumerate(_listed(holder.get(name))) if at not in positions]
        )
        if holder is not None:
            holder.pop(name, None)
            holder |= {name: left} if left else {}

    def place(self, way: Way, name: str) -> str:
        value, pointer = self._declaration(), f"/{self._root}" if self._is_wrapped else ""
        for step, position in way:
            value, pointer = value.get(step) if isinstance(value, dict) else None, f"{pointer}/{step}"
            if isinstance(value, list):
                value, pointer = value[position], f"{pointer}/{position}"
        return f"{pointer}/{name}" if name else pointer

    def written(self) -> bytes:
        return json.dumps(self._value, ensure_ascii=False, indent=2).encode()

    def _declaration(self) -> Any:
        return self._value[self._root] if self._is_wrapped else self._value

    def _at(self, way: Way, *, make: bool = False) -> dict[str, Any] | None:
        value = self._declaration()
        for name, position in way:
            inner = _listed(value.get(name))
            if position >= len(inner):
                if not make or position:
                    return None
                inner = [value.setdefault(name, {})]
            value = inner[position]
            if not isinstance(value, dict):
                return None
        found: dict[str, Any] = value
        return found


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


class XmlTree(MessageTree):
    """A message in XML: its elements stand in the order of the schema."""

    def __init__(self, root: Element, shape: Shape) -> None:
        self._root = root
        self._shape = shape
        self._namespace = etree.QName(root).namespace

    def copy(self) -> "XmlTree":
        return XmlTree(copy.deepcopy(self._root), self._shape)

    def texts(self, way: Way, name: str) -> Sequence[str]:
        holder, _ = self._at(way)
        return [one.text or "" for one in holder.findall(self._tag(name)) if not len(one)] if holder is not None else []

    def put(self, way: Way, name: str, texts: Sequence[str]) -> None:
        holder, shape = self._at(way, make=True)
        if holder is None:
            raise ValueError("The element is not there.")
        there = holder.findall(self._tag(name))
        for one in there[len(texts) :]:
            holder.remove(one)
        for at, text in enumerate(texts):
            (there[at] if at < len(there) else self._made(holder, shape, name)).text = text

    def append(self, way: Way, name: str, values: Mapping[str, str]) -> int:
        holder, shape = self._at(way, make=True)
        if holder is None:
            raise ValueError("The element is not there.")
        there = holder.findall(self._tag(name))
        number = _number([one.findtext(self._tag(NUMBERED)) or "" for one in there])
        made = self._made(holder, shape, name)
        for inner, text in {NUMBERED: number, **values}.items():
            self._made(made, shape.children[name], inner).text = text
        return len(there)

    def drop(self, way: Way, name: str, positions: Collection[int]) -> None:
        holder, _ = self._at(way)
        if holder is not None:
            for at, one in enumerate(holder.findall(self._tag(name))):
                if at in positions:
                    holder.remove(one)

    def place(self, way: Way, name: str) -> str:
        holder, _ = self._at(way)
        if holder is None:
            return ""
        inner = holder.find(self._tag(name)) if name else holder
        return place(inner) if inner is not None else f"{place(holder)}/{name}"

    def written(self) -> bytes:
        return etree.tostring(self._root, encoding="utf-8", xml_declaration=True)

    def _tag(self, name: str) -> str:
        return f"{{{self._namespace}}}{name}"

    def _at(self, way: Way, *, make: bool = False) -> tuple[Element | None, Shape]:
        element, shape = self._root, self._shape
        for name, position in way:
            there = element.findall(self._tag(name))
            if position < len(there):
                element = there[position]
            elif make and not position:
                element = self._made(element, shape, name)
            else:
                return None, shape
            shape = shape.children[name]
        return element, shape

    def _made(self, parent: Element, shape: Shape, name: str) -> Element:
        """Add an element behind those of its name and of those that stand before it in the schema."""
        order = [*shape.children]
        before = {self._tag(one) for one in order[: order.index(name) + 1]}
        at = max((at for at, one in enumerate(parent, 1) if one.tag in before), default=0)
        made = etree.Element(self._tag(name))
        made.tail = parent[at - 1].tail if at else parent.text
        parent.insert(at, made)
        return made
