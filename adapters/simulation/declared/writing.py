"""Answers written where the paths of an authority's file read them."""

import json
import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from adapters.simulation.records import as_json
from gateway.dispatch.declarative.paths import NIL

_JSON_STEP = re.compile(
    r"\.(?P<name>\w+)|\['(?P<odd>[^']*)'\]|\[(?P<index>\d+)\]|\[\?@(?P<where>.+?) ?== ?(?P<is>.+?)\]"
)
_XML_STEPS = re.compile(r"/(?![^\[]*\])")
_TAG = re.compile(r"(?:([\w.-]+):)?([\w.-]+)")
_EQUAL = re.compile(r"\[\s*(@?[\w.:-]+) ?= ?(?:'([^']*)'|\"([^\"]*)\")\]")


class JsonWriting:
    """JSON, by JSONPath: values are put where a path reads them, None as a null."""

    media_type = "application/json"

    def new(self, tag: str) -> Any:
        return {}

    def put(self, node: Any, path: str, value: Any) -> None:
        _put(node, list(_JSON_STEP.finditer(path)), value)

    def inside(self, node: Any, path: str) -> Any:
        held: dict[str, Any] = {}
        self.put(node, path, held)
        return held

    def rows(self, node: Any, each: str, count: int) -> list[Any]:
        at, _, rest = each.partition("[*]")
        held: list[dict[str, Any]] = [{} for _ in range(count)]
        self.put(node, at, held)
        return [self.inside(one, f"${rest}") if rest else one for one in held]

    def values(self, node: Any, each: str, values: list[Any]) -> None:
        at, _, rest = each.partition("[*]")
        held: list[Any] = [{} for _ in values] if rest else list(values)
        self.put(node, at, held)
        for one, value in zip(held, values, strict=True):
            if rest:
                self.put(one, f"${rest}", value)

    def written(self, node: Any) -> bytes:
        return as_json(node)


def _put(holder: Any, steps: list[re.Match[str]], value: Any) -> None:
    step, rest = steps[0], steps[1:]
    made: Any = value if not rest else {} if rest[0]["name"] or rest[0]["odd"] else []
    if step["index"]:
        place = int(step["index"])
        holder.extend({} for _ in range(place + 1 - len(holder)))
        key: Any = place
    elif step["where"]:
        name, literal = step["where"].strip(".[']"), step["is"]
        wanted = literal[1:-1] if literal.startswith("'") else json.loads(literal)
        key = next((number for number, one in enumerate(holder) if one.get(name) == wanted), len(holder))
        holder.extend([{name: wanted}] if key == len(holder) else [])
    else:
        key = step["name"] or step["odd"]
    if not rest:
        holder[key] = value
        return
    if not isinstance(holder, list) and not holder.get(key):
        holder[key] = made
    _put(holder[key], rest, value)


class XmlWriting:
    """XML, by XPath; of SOAP in an envelope."""

    media_type = "text/xml; charset=utf-8"

    def __init__(self, namespaces: Mapping[str, str], envelope: str | None) -> None:
        self._namespaces, self._envelope = dict(namespaces), envelope

    def new(self, tag: str) -> Any:
        return etree.Element(tag, nsmap=self._namespaces)

    def put(self, node: Any, path: str, value: Any) -> None:
        at, _, last = path.rpartition("/") if path.rpartition("/")[2].startswith("@") else (path, "", "")
        found = self.inside(node, at) if at else node
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if last:
            found.set(self._name(last[1:]), text)
        elif value is None:
            found.set(NIL, "true")
        else:
            found.text = text

    def inside(self, node: Any, path: str) -> Any:
        for step in () if path == "." else _XML_STEPS.split(path):
            while not (found := node.xpath(step, namespaces=self._namespaces)):
                child = etree.SubElement(node, self._name(step))
                for equal in _EQUAL.finditer(step):
                    self.put(child, equal[1], equal[2] if equal[3] is None else equal[3])
            node = found[0]
        return node

    def rows(self, node: Any, each: str, count: int) -> list[Any]:
        *above, last = _XML_STEPS.split(each)
        holder = self.inside(node, "/".join(above) or ".")
        return [etree.SubElement(holder, self._name(last)) for _ in range(count)]

    def values(self, node: Any, each: str, values: list[Any]) -> None:
        for one, value in zip(self.rows(node, each, len(values)), values, strict=True):
            one.text = str(value)

    def written(self, node: Any) -> bytes:
        if self._envelope is None:
            return etree.tostring(node, xml_declaration=True, encoding="UTF-8")
        root = etree.Element(f"{{{self._envelope}}}Envelope", nsmap={"S": self._envelope})
        etree.SubElement(root, f"{{{self._envelope}}}Body").append(node)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _name(self, step: str) -> str:
        found = _TAG.match(step)
        assert found is not None
        return f"{{{self._namespaces[found[1]]}}}{found[2]}" if found[1] else found[2]
