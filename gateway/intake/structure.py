"""Faults in the order and number of elements, and the same message as it would be without them.

A schema processor stops looking into an element at the first child that does not belong there. To report everything at
once, such a message is put in order first: the schema then finds what is wrong with every value of it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from gateway.intake.shape import Shape
from gateway.intake.xml import Element


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureFault:
    """One fault in the order or number of a message's elements."""

    rule: str
    element: Element
    """The element at fault: the element itself, or the one that lacks it."""
    name: str
    title: str = ""


@dataclass(slots=True)
class InOrder:
    """A message put in order."""

    namespace: str
    limit: int
    root: Element
    findings: list[StructureFault] = field(default_factory=list)
    origins: dict[Element, Element] = field(default_factory=dict)
    """The elements of the message by those of `root`; what was added has none."""

    @classmethod
    def of(cls, message: Element, shape: Shape, *, limit: int) -> "InOrder":
        """Put a message in order; above `limit` findings there may be more than are returned."""
        namespace = etree.QName(message).namespace or ""
        made = cls(namespace=namespace, limit=limit, root=etree.Element(message.tag))
        made._copy(message, made.root, shape)
        return made

    def _copy(self, source: Element, target: Element, shape: Shape) -> None:
        self.origins[target] = source
        target.text = source.text
        for name, value in source.attrib.items():
            target.set(name, value)
        if not shape.children:
            if len(source):
                etree.SubElement(target, "element")
            return
        children = self._children(source, shape.children)
        missing = self._missing(source, {child.tag for child in children}, shape.children)
        for child in children:
            name = etree.QName(child).localname
            self._copy(child, etree.SubElement(target, child.tag), shape.children[name])
        self._fill(target, missing, list(shape.children))

    def _children(self, source: Element, shapes: Mapping[str, Shape]) -> list[Element]:
        """Return the children that may be there, in the order in which they should be."""
        order = {f"{{{self.namespace}}}{name}": position for position, name in enumerate(shapes)}
        most = {f"{{{self.namespace}}}{name}": shape.most for name, shape in shapes.items()}
        counts: Counter[object] = Counter()
        known: list[tuple[int, Element]] = []
        last = -1
        for child in source:
            position = order.get(str(child.tag))
            if position is None:
                self._found("element_unknown", child)
                continue
            counts[child.tag] += 1
            if counts[child.tag] > most[str(child.tag)]:
                if counts[child.tag] == most[str(child.tag)] + 1:
                    self._found("element_too_often", child)
                continue
            if position < last:
                self._found("element_misplaced", child)
            last = max(last, position)
            known.append((position, child))
        return [child for _, child in sorted(known, key=lambda one: one[0])]

    def _missing(self, source: Element, there: set[Any], shapes: Mapping[str, Shape]) -> list[str]:
        """Return the names of the elements that have to be there and are not."""
        missing = [
            name for name, shape in shapes.items() if shape.required and f"{{{self.namespace}}}{name}" not in there
        ]
        for name in missing:
            if len(self.findings) <= self.limit:
                title = shapes[name].title
                self.findings.append(StructureFault(rule="element_missing", element=source, name=name, title=title))
        return missing

    def _fill(self, target: Element, missing: list[str], order: list[str]) -> None:
        """Put an empty element where one is missing, so that the schema processor validates those behind it."""
        for name in missing:
            before = {f"{{{self.namespace}}}{other}" for other in order[: order.index(name)]}
            place = sum(1 for child in target if child.tag in before)
            target.insert(place, etree.Element(f"{{{self.namespace}}}{name}"))

    def _found(self, rule: str, element: Element) -> None:
        if len(self.findings) <= self.limit:
            self.findings.append(StructureFault(rule=rule, element=element, name=etree.QName(element).localname))
