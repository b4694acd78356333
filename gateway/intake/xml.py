"""The one hardened XML parser, and schemas that name every violation in bounded time.

No document type declaration, no entity, no network, nothing but UTF-8 and UTF-16. libxml2 walks all siblings to name the
place of one violation, so a message of 50,000 violations would take it 17 seconds: a large message is first validated as
a stream, which names no places, and only as much of it as holds the violations to be reported is validated again.
"""

import codecs
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.domain.errors import ForbiddenMarkup, Unreadable, Violation
from gateway.intake.limits import IntakeLimits

STREAMED_ABOVE = 16_384
"""Bytes above which a message is validated as a stream first."""
_CHUNK = 4_096
MOST_ATTRIBUTES = 64
"""Attributes of one element."""
LONGEST_TEXT = 32_768
"""Characters of one element's text that a schema is asked about."""

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_UTF32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)
_DECLARED = re.compile(r"""<\?xml\s[^>]*?\bencoding\s*+=\s*+["']([^"'<>]*+)["']""")
_LONGEST_DECLARATION = 4_096
"""Characters of an XML declaration."""
_PROLOG_DOCTYPE = re.compile(r"(?>\s+|<\?(?s:.)*?\?>|<!--(?s:.)*?-->)*+<!DOCTYPE")
_NAMES = {
    "utf-8": frozenset({"utf-8", "utf8"}),
    "utf-16-le": frozenset({"utf-16", "utf-16le"}),
    "utf-16-be": frozenset({"utf-16", "utf-16be"}),
}
_PLACE = re.compile(r"\s*\((?:<string>, )?line \d+\)$|, line \d+, column \d+.*$")
_STEP = re.compile(r"/([^/\[\]]+)(?:\[(\d+)\])?")

Element = etree._Element


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaFault:
    """One violation as the schema processor reports it."""

    element: Element | None
    rule: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedDocument:
    """A well-formed message without a document type declaration."""

    root: Element
    utf8: bytes

    @classmethod
    def made_of(cls, root: Element) -> "ParsedDocument":
        """Return the document of a tree that was made here."""
        return cls(root=root, utf8=etree.tostring(root, encoding="utf-8"))


def parse(raw: bytes, *, limits: IntakeLimits, charset: str | None = None) -> ParsedDocument:
    """Read a message.

    Args:
        raw: the message as it came.
        limits: how deep elements may be nested.
        charset: the encoding that the media type names, if it does.

    Raises:
        Unreadable: it is not well-formed XML in UTF-8 or UTF-16, or nested too deep.
        ForbiddenMarkup: it has a document type declaration.
    """
    utf8, text_head = _in_utf8(raw, charset)
    try:
        root = etree.fromstring(utf8, _parser())
    except etree.XMLSyntaxError as error:
        if _PROLOG_DOCTYPE.match(text_head) or _PROLOG_DOCTYPE.match(utf8.decode("utf-8")):
            raise _doctype() from None
        raise _not_well_formed(error, limits) from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _doctype()
    if len(utf8) > STREAMED_ABOVE:
        _require_moderate(root, utf8)
    return ParsedDocument(root=root, utf8=utf8)


def _require_moderate(root: Element, utf8: bytes) -> None:
    """Refuse what no message needs and what makes the schema processor slow: its work grows with the square of it."""
    if utf8.count(b"=") > MOST_ATTRIBUTES and (crowded := root.xpath(f"(//*[@*[{MOST_ATTRIBUTES + 1}]])[1]")):
        raise _immoderate(f"An element has more than {MOST_ATTRIBUTES} attributes.", "attributes", crowded)
    if long := root.xpath(f"(//*[text()[string-length(.) > {LONGEST_TEXT}]])[1]"):
        raise _immoderate(f"An element's text has more than {LONGEST_TEXT} characters.", "text", long)


def require_depth(root: Element, limits: IntakeLimits) -> None:
    """Refuse elements nested deeper than the limit.

    Raises:
        Unreadable: they are.
    """
    too_deep = etree.XPath("/*" * (limits.max_depth + 1) + "[1]")(root.getroottree())
    if isinstance(too_deep, list) and too_deep:
        first = too_deep[0]
        raise _too_deep(limits, line_of(first) if isinstance(first, Element) else None)


class Schema:
    """A compiled XML schema; any number of threads may ask it at the same time.

    Each validation has a compiled schema for itself: libxml2 mixes up the violations of validations that share one.
    """

    def __init__(self, path: Path) -> None:
        """Compile the schema of a file.

        Raises:
            ValueError: it is none; with file, line and reason.
        """
        self.path = path
        self._idle = [self._compiled()]

    def faults(self, document: ParsedDocument, *, limit: int) -> Iterator[SchemaFault]:
        """Return the violations in the order of the message; above `limit` there may be more than are returned."""
        if len(document.utf8) <= STREAMED_ABOVE:
            yield from self._placed(document.root, document.root)
            return
        read = self._streamed(document.utf8, limit)
        if read is None:
            return
        if read >= len(document.utf8):
            yield from self._placed(document.root, document.root)
            return
        yield from self._placed(etree.fromstring(document.utf8[:read], _parser(recover=True)), document.root)

    def _placed(self, validated: Element, whole: Element) -> Iterator[SchemaFault]:
        """Return the violations of a message, or of the beginning of one, by the elements of the whole of it."""
        with self._taken() as schema:
            if schema.validate(validated.getroottree()):
                return
            log = _entries(schema.error_log)
        unfinished = [] if validated is whole else _last_chain(validated)
        for entry in log:
            if unfinished and entry.path:
                at = _located(validated, entry.path)
                if at is unfinished[-1] or (at in unfinished and "Missing child" in entry.message):
                    continue
            element = _located(whole, entry.path) if entry.path else None
            yield SchemaFault(element=element, rule=entry.type_name, text=entry.message)

    def _streamed(self, utf8: bytes, limit: int) -> int | None:
        """Return None if the message follows the schema, else how many bytes hold the first `limit` violations."""
        with self._taken() as schema:
            parser = _parser(schema=schema)
            for start in range(0, len(utf8), _CHUNK):
                try:
                    parser.feed(utf8[start : start + _CHUNK])
                except etree.XMLSyntaxError:
                    return start + _CHUNK
                if len(parser.feed_error_log) > limit:
                    return start + _CHUNK
            try:
                parser.close()
            except etree.XMLSyntaxError:
                return len(utf8)
        return None

    @contextmanager
    def _taken(self) -> Iterator[etree.XMLSchema]:
        try:
            schema = self._idle.pop()
        except IndexError:
            schema = self._compiled()
        try:
            yield schema
        finally:
            self._idle.append(schema)

    def _compiled(self) -> etree.XMLSchema:
        try:
            return etree.XMLSchema(etree.parse(self.path, _parser(encoding=None)))
        except OSError as error:
            raise ValueError(f"{self.path}: cannot be read: {error.strerror or 'no such file'}") from None
        except (etree.XMLSyntaxError, etree.XMLSchemaParseError) as error:
            entry = next(iter(_entries(error.error_log)), None)
            reason = f":{entry.line}: {entry.message}" if entry is not None else f": {error}"
            raise ValueError(f"{self.path}{reason}") from None


def line_of(element: Element) -> int | None:
    """Return the line of the message where the element begins."""
    line: Any = element.sourceline
    return line or None


def local_name(element: Element) -> str:
    """Return the element's name without its namespace."""
    return etree.QName(element).localname


def place(element: Element) -> str:
    """Return the element's path in names, with a position where siblings have the same name."""
    steps = []
    node: Element | None = element
    while node is not None:
        parent = node.getparent()
        step = local_name(node)
        if parent is not None and (
            next(node.itersiblings(node.tag), None) is not None
            or next(node.itersiblings(node.tag, preceding=True), None) is not None
        ):
            step += f"[{1 + sum(1 for _ in node.itersiblings(node.tag, preceding=True))}]"
        steps.append(step)
        node = parent
    return "/" + "/".join(reversed(steps))


def _parser(
    *, schema: etree.XMLSchema | None = None, recover: bool = False, encoding: str | None = "utf-8"
) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding,
        schema=schema,
        recover=recover,
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )


def _in_utf8(raw: bytes, charset: str | None) -> tuple[bytes, str]:
    """Return the message in UTF-8 without a byte order mark, and its first characters."""
    if raw.startswith(_UTF32):
        raise _foreign("UTF-32")
    encoding, body = "utf-8", raw
    for bom, name in _BOMS:
        if raw.startswith(bom):
            encoding, body = name, raw[len(bom) :]
    if encoding == "utf-8" and b"\0" in raw[:4]:
        raise _foreign("UTF-16 without a byte order mark, or UTF-32")
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError as error:
        raise Unreadable(
            f"The message is not in {encoding[:6].upper()}.",
            violations=(
                Violation(
                    code=Unreadable.code,
                    message=f"Byte {error.start + 1} and those behind it are no character of {encoding[:6].upper()}.",
                    line=body.count(b"\n", 0, error.start) + 1,
                    rule="encoding",
                ),
            ),
        ) from None
    if text.startswith("\ufeff"):
        raise _unplain("The message has two byte order marks.")
    head = text[:_LONGEST_DECLARATION]
    if head.startswith("<?xml") and "?>" not in head:
        raise _unplain(f"The XML declaration has more than {_LONGEST_DECLARATION} characters, or no end.")
    declared = _DECLARED.match(head)
    if declared and declared[1].lower() not in _NAMES[encoding]:
        raise _foreign(declared[1], declared=encoding)
    if charset and charset.lower() not in _NAMES[encoding]:
        raise _foreign(charset, declared=encoding)
    return (body if encoding == "utf-8" else text.encode()), text[:4096]


def _foreign(name: str, *, declared: str | None = None) -> Unreadable:
    detail = f"The message says that it is in {name}" if declared else f"The message is in {name}"
    detail += f", but it is in {declared[:6].upper()}." if declared else "; UTF-8 and UTF-16 are read."
    return Unreadable(detail, violations=(Violation(code=Unreadable.code, message=detail, line=1, rule="encoding"),))


def _unplain(detail: str) -> Unreadable:
    return Unreadable(detail, violations=(Violation(code=Unreadable.code, message=detail, line=1, rule="encoding"),))


def _doctype() -> ForbiddenMarkup:
    detail = "The message has a document type declaration (DOCTYPE), which is never read."
    return ForbiddenMarkup(
        detail, violations=(Violation(code=ForbiddenMarkup.code, message=detail, line=None, rule="doctype"),)
    )


def _immoderate(detail: str, rule: str, found: Any) -> Unreadable:
    element = found[0]
    violation = Violation(
        code=Unreadable.code, message=detail, path=place(element)[:300], line=line_of(element), rule=rule
    )
    return Unreadable(detail, violations=(violation,))


def _too_deep(limits: IntakeLimits, line: int | None) -> Unreadable:
    detail = f"Elements are nested deeper than {limits.max_depth}."
    return Unreadable(detail, violations=(Violation(code=Unreadable.code, message=detail, line=line, rule="depth"),))


def _not_well_formed(error: etree.XMLSyntaxError, limits: IntakeLimits) -> Unreadable:
    text = _PLACE.sub("", error.msg or "not well-formed")
    line = error.lineno or None
    if "depth" in text:
        return _too_deep(limits, line)
    violation = Violation(code=Unreadable.code, message=text[:200], line=line, rule="well-formed")
    return Unreadable("The message is not well-formed XML.", violations=(violation,))


def _located(root: Element, path: str) -> Element | None:
    """Find the element that libxml2 names by a path of positions; an attribute's element for an attribute."""
    node: Element | None = None
    for name, position in _STEP.findall(path):
        if node is None:
            node = root
            continue
        if name.startswith("@"):
            break
        wanted = int(position or 1)
        for child in node:
            if name == "*" or name == (f"{child.prefix}:{local_name(child)}" if child.prefix else local_name(child)):
                wanted -= 1
                if wanted == 0:
                    node = child
                    break
        else:
            return node
    return node


def _entries(log: Any) -> tuple[Any, ...]:
    return tuple(log)


def _last_chain(root: Element) -> list[Element]:
    chain = [root]
    while len(chain[-1]):
        chain.append(chain[-1][-1])
    return chain
