"""Requests of an authority's file read backwards: the values that a request was written with."""

import html
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import unquote

from gateway.dispatch.declarative.requests import DeclaredRequest, Soap
from gateway.dispatch.declarative.templates import ROWS, Template

_GAP = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\}")


def _of_json(text: str) -> str:
    return str(json.loads(f'"{text}"'))


_PLACES: Mapping[str, tuple[str, Callable[[str], str]]] = MappingProxyType(
    {
        "path": (r"[^/?&]*", unquote),
        "header": (r"[^\r\n]*", str),
        "json": (r'(?:[^"\\]|\\.)*', _of_json),
        "xml": (r"[^<>]*", html.unescape),
    }
)
"""What a gap of a template holds in each place, and how the value in it is read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A request as it came over the wire."""

    method: str
    target: str
    """Path and query, as they were sent."""
    headers: Mapping[str, str]
    """By their names in lower case."""
    head: str
    """What stands in the header of SOAP's envelope."""
    body: str
    """The body, of SOAP what stands in the envelope's body."""


class ReadTemplate:
    """A template read backwards."""

    def __init__(self, template: Template) -> None:
        parts = _GAP.split(template.text)
        allowed, self._read = _PLACES[template.place]
        gaps = [f"({'.*' if name in ROWS else allowed})" for name in parts[1::2]]
        texts = [re.escape(text) for text in parts[::2]]
        self._names = parts[1::2]
        self._pattern = re.compile("".join(a + b for a, b in zip(texts, [*gaps, ""], strict=True)), re.DOTALL)

    def values(self, text: str, *, whole: bool = True) -> dict[str, str] | None:
        """Return the values in a text that it wrote, or that begins so; None: it did not write it."""
        found = self._pattern.fullmatch(text) if whole else self._pattern.match(text)
        return None if found is None else self._values(found)

    def each(self, text: str) -> list[dict[str, str]]:
        """Return the values of every row in a text."""
        return [values for found in self._pattern.finditer(text) if (values := self._values(found)) is not None]

    def _values(self, found: re.Match[str]) -> dict[str, str] | None:
        values: dict[str, str] = {}
        for name, part in zip(self._names, found.groups(), strict=True):
            value = part if name in ROWS else self._read(part)
            if values.setdefault(name, value) != value:
                return None
        return values


class ReadRequest:
    """A declared request read backwards."""

    def __init__(self, declared: DeclaredRequest, soap: Soap | None, kind: str) -> None:
        self.declared, self.kind = declared, kind
        self._action = declared.action if soap is not None and soap.version == "1.1" else None
        self._path = ReadTemplate(declared.path)
        self._headers = {name.lower(): ReadTemplate(one) for name, one in declared.headers.items()}
        self._head = ReadTemplate(soap.header) if soap is not None and soap.header is not None else None
        self._body = ReadTemplate(declared.body) if declared.body is not None else None

    def values(self, came: Arrived) -> dict[str, str] | None:
        """Return the values that a request was written with; None: it is another one."""
        if came.method != self.declared.method:
            return None
        if self._action is not None and came.headers.get("soapaction", "").strip('"') != self._action:
            return None
        read = [self._path.values(came.target)]
        read += [one.values(came.headers.get(name, "")) for name, one in self._headers.items()]
        read += [self._head.values(came.head, whole=False)] if self._head is not None else []
        read += [self._body.values(came.body)] if self._body is not None else []
        values: dict[str, str] = {}
        for one in read:
            if one is None:
                return None
            values |= one
        return values
