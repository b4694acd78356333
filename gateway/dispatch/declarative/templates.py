"""Templates of requests: texts with names in braces, each written as the place needs it. There is no code in them."""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote
from xml.sax.saxutils import escape

from lxml import etree

from gateway.contract import RequestRejected
from gateway.dispatch.declarative.sections import closest
from gateway.dispatch.target import path_fault

_NAME = re.compile(r"\{([a-z_][a-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)\}")
_CODE = re.compile(r"\{\{|\{%|\$\{")
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_HEADER = re.compile(r"[\x20-\x7e]*", re.ASCII)
_SAMPLE = "a\"b'<&>{c}\\ /é"
"""The text by which each text is replaced when a template is tried: whatever is not written as its place needs it breaks it."""
NUMBERS = frozenset({"goods_item", "line", "quantity", "amount", "page_number"})
"""The names of numbers: JSON may have them without quotes."""
ROWS = frozenset({"lines"})
"""The names of rows that other templates made: they are written as they are."""
FIGURE = "figure."
"""The beginning of the names of figures; the figure's code follows."""
FIGURES = f"{FIGURE}CODE"
"""The one name for all figures among the known names."""
_FIGURE = re.compile(r"figure\.[A-Z0-9]{4}")


class TemplateRefused(Exception):
    """The template cannot be used."""


@dataclass(frozen=True, slots=True)
class Template:
    """A text with gaps."""

    text: str
    place: str
    """The kind of place: `path`, `header`, `json`, `xml` or `plain`."""
    names: frozenset[str]
    _parts: tuple[str, ...] = field(repr=False)
    """Texts and names in turn."""
    optional: frozenset[str] = frozenset()
    """Names for which nothing is written where their value is not known."""

    def written(self, values: Mapping[str, str | None]) -> str:
        """Return the text with the values in its gaps.

        Raises:
            RequestRejected: a value is not known for this request, or cannot be written there; nothing was sent.
        """
        write = _WRITERS[self.place]
        out = []
        for number, part in enumerate(self._parts):
            if number % 2 == 0:
                out.append(part)
                continue
            value = values.get(part)
            if value is None and part in self.optional:
                continue
            if value is None:
                raise RequestRejected(f"the request needs {{{part}}}, and it is not known")
            out.append(value if part in ROWS else write(value))
        return "".join(out)


def template(text: str, place: str, known: Iterable[str], optional: frozenset[str] = frozenset()) -> Template:
    """Read a template.

    Raises:
        TemplateRefused: it names what is not known.
    """
    names = frozenset(_NAME.findall(text))
    allowed = sorted(known)
    for name in sorted(names):
        if name not in allowed and not (FIGURES in allowed and _FIGURE.fullmatch(name)):
            hint = (
                "; secrets never stand in templates: [auth] sends them, in SOAP [soap.security]"
                if name.partition(".")[0] in ("secret", "secrets")
                else ""
            )
            raise TemplateRefused(f"unknown name {{{name}}}{hint or closest(name, allowed)}")
    if found := _CODE.search(text):
        raise TemplateRefused(f"`{found[0]}`: a template holds names in single braces and no code")
    return Template(text, place, names, tuple(_NAME.split(text)), optional)


def tried(one: Template, rows: Template | None = None) -> str | None:
    """Return why what a template writes could not be read as what it is; None if it can."""
    try:
        written = sample(one, rows)
    except RequestRejected as error:
        return str(error)
    if one.place == "path":
        return _path_fault(written)
    if one.place == "json":
        try:
            json.loads(written)
        except ValueError:
            return "does not give JSON: a text stands in quotes, a number may stand without"
    if one.place == "xml":
        return xml_fault(written)
    return None


def sample(one: Template, rows: Template | None = None) -> str:
    """Return the template with samples in its gaps."""
    kind = _SAMPLE if one.place != "header" else "a b"
    return one.written({name: _sampled(name, kind) for name in one.names} | _sampled_rows(rows))


def _sampled(name: str, text: str) -> str:
    return "1" if name in NUMBERS or name.startswith(FIGURE) else text


def _sampled_rows(rows: Template | None) -> dict[str, str]:
    """Return two rows, the second one without what may be left out."""
    if rows is None:
        return {}
    left = rows.written({name: _sampled(name, _SAMPLE) for name in rows.names - rows.optional})
    return {"lines": separator(rows.place).join((sample(rows), left))}


def separator(place: str) -> str:
    """Return the text between two rows."""
    return "," if place == "json" else ""


def xml_fault(written: str) -> str | None:
    """Return why a text is no XML; None if it is."""
    try:
        etree.fromstring(written.encode(), etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except (etree.XMLSyntaxError, ValueError) as error:
        return f"does not give XML: {error}"
    return None


def _path_fault(written: str) -> str | None:
    if not written.startswith("/"):
        return "a path begins with `/`"
    return path_fault(written)


def _in_path(value: str) -> str:
    return quote(_unicode(value), safe="")


def _in_json(value: str) -> str:
    return json.dumps(_unicode(value))[1:-1]


def _in_xml(value: str) -> str:
    if _NOT_XML.search(value):
        raise RequestRejected("a value holds characters that XML cannot carry")
    return escape(value, {'"': "&quot;", "'": "&apos;", "\r": "&#13;", "\n": "&#10;", "\t": "&#9;"})


def _in_header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise RequestRejected("a value holds a character that a header cannot carry")
    return value


def _unicode(value: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise RequestRejected("a value holds half a character") from error
    return value


_WRITERS: Mapping[str, Callable[[str], str]] = {
    "path": _in_path,
    "header": _in_header,
    "json": _in_json,
    "xml": _in_xml,
    "plain": str,
}
