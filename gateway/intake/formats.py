"""The configured formats, each a root name, a schema and a table of its fields' places; no format has code."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from lxml import etree

from gateway.domain.declaration import Declaration
from gateway.domain.errors import (
    BusinessRuleViolated,
    ConfigurationError,
    DeclarationRefused,
    TooLarge,
    UnsupportedFormat,
    Violation,
)
from gateway.intake import rules
from gateway.intake.catalogue import IntakeSentences, shortened
from gateway.intake.doubts import DoubtfulMrn
from gateway.intake.editable_message import MOST_BYTES, EditableMessage, editable_message
from gateway.intake.format_file import FormatFile, format_paths, read_format
from gateway.intake.json import JsonMessage, parse_json, require_json_depth
from gateway.intake.limits import IntakeLimits
from gateway.intake.message import Accepted, DeclarationMessage, Format, Places, XmlPlaces, beyond_limits
from gateway.intake.shape import read_shape, titles
from gateway.intake.unread_leaves import unread_faults
from gateway.intake.whole_schema import marks_of_1_1, roots
from gateway.intake.xml import ParsedDocument, Schema, parse, require_depth


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedFormat:
    """The description of a format for `gateway check` and the documentation."""

    name: str
    title: str
    root: str
    json: bool
    on: bool
    reason: str | None
    """The reason why it is off."""


class Formats:
    """The configured formats; any number of threads may use them at the same time."""

    def __init__(self, formats: tuple[Format, ...], catalogue: IntakeSentences, limits: IntakeLimits) -> None:
        self._formats = formats
        self._by_root = {one.file.root: one for one in formats}
        self._catalogue = catalogue
        self._limits = limits

    @classmethod
    def load(
        cls,
        folder: Path,
        *further: Path,
        schemas: Path,
        schema_paths: Mapping[str, Path],
        limits: IntakeLimits,
        simplified: frozenset[str] = frozenset(),
    ) -> "Formats":
        """Read every format of some folders, and the sentences of `messages/intake.en.toml` beside the first.

        Args:
            folder: one TOML file per format.
            further: folders of the same; a file that is called as one of an earlier folder is read in its place.
            schemas: the folder of the gateway's own XML schemas.
            schema_paths: the schemas that the operator names, by format.
            limits: how much of a message is read.
            simplified: the datasets whose goods items state no procedure.

        Raises:
            ConfigurationError: with every fault, each with file and line.
        """
        catalogue = IntakeSentences.load(folder.parent / "messages" / "intake.en.toml")
        faults: list[str] = []
        formats: list[Format] = []
        paths = format_paths(folder, *further)
        named = {path.stem: path for path in paths}
        compiled: dict[Path, Schema] = {}
        for path in paths:
            file, found = read_format(path, rules.OPTIONAL_RULES, named)
            faults += found
            if file is None:
                continue
            if any(one.file.root == file.root for one in formats):
                faults.append(f"{path}:1: the root {file.root} has a format already")
            if file.json and (other := next((one.file.place for one in formats if one.file.json), None)) is not None:
                faults.append(
                    f"{file.place}: json: {other} is read in JSON already, and a message in JSON names no format"
                )
            try:
                file = replace(file, simplified=simplified)
                formats.append(_opened(file, schemas, schema_paths, compiled))
            except ValueError as error:
                faults.append(f"{file.place}: {error}")
        faults += [
            f"formats.{name}: there is no such format in {' or '.join(map(str, (folder, *further)))}"
            for name in schema_paths
            if name not in named
        ]
        if not formats and not faults:
            faults.append(f"{folder}: holds no format")
        if faults:
            raise ConfigurationError(tuple(faults))
        return cls(tuple(formats), catalogue, limits)

    def described(self) -> tuple[DescribedFormat, ...]:
        """Return the description of every format, also of those that are off."""
        return tuple(
            DescribedFormat(
                name=one.file.name,
                title=one.file.title,
                root=one.file.root,
                json=one.file.json,
                on=one.schema is not None,
                reason=None if one.schema is not None else _off(one.file),
            )
            for one in self._formats
        )

    def title(self, name: str) -> str:
        """Return what a format is called; of one that is not configured any more, its name."""
        return next((one.file.title for one in self._formats if one.file.name == name), name)

    def editable(self, raw: bytes, format_name: str) -> EditableMessage | None:
        """Return a message that was taken as one whose single fields can be changed; None: its format is not written here, or it is large.

        Raises:
            DeclarationRefused: it cannot be read any more.
        """
        # The one structure that is read in JSON, too, is the gateway's own.
        own = next((one.shape for one in self._formats if one.shape is not None and one.file.name == format_name), None)
        return editable_message(raw, self._limits, own) if own is not None and len(raw) <= MOST_BYTES else None

    def schemas(self) -> Mapping[str, Path]:
        """Return the schema's file of each format that is on, by the format's root."""
        return {one.file.root: one.schema.path for one in self._formats if one.schema is not None}

    def unread_faults(self) -> tuple[str, ...]:
        """Return what formats that are on have forgotten of their schemas, of those that say what they do not read."""
        return tuple(
            fault
            for one in self._formats
            if one.schema is not None
            for fault in unread_faults(one.file, one.schema.path)
        )

    def accept(
        self,
        raw: bytes,
        media_type: str | None,
        on: date | None = None,
        *,
        only_mrns: Collection[str] = (),
        placed: bool = False,
    ) -> Accepted:
        """Read a message.

        Args:
            raw: the message as it came.
            media_type: what the sender says it is; None: its first character decides.
            on: the day of receipt; None: the formats' last rows hold.
            only_mrns: the types of previous documents that are cited by nothing but an MRN.
            placed: whether the lines of its goods items and documents are asked for.

        Raises:
            TooLarge, UnsupportedFormat, Unreadable, ForbiddenMarkup: nothing of it can be taken.
            SchemaViolated, BusinessRuleViolated, MessageKindUnknown: with all violations, up to the limit.
        """
        if len(raw) > self._limits.max_bytes:
            raise TooLarge(f"The message has {len(raw)} bytes; at most {self._limits.max_bytes} are read.")
        language, charset = _media_type(raw, media_type)
        self._require_few(raw, language)
        receipt = _Receipt(on=on, only_mrns=only_mrns, placed=placed)
        return (
            self._accept_json(raw, charset, receipt) if language == "json" else self._accept_xml(raw, charset, receipt)
        )

    def refusals(self, doubts: Iterable[DoubtfulMrn]) -> tuple[Violation, ...]:
        """Return the refusals for a trader of MRNs with a wrong check character."""
        return tuple(one.refusal(self._catalogue) for one in doubts)

    def warnings(self, doubts: Iterable[DoubtfulMrn]) -> tuple[Violation, ...]:
        """Return the warnings for customs about them."""
        return tuple(one.warning(self._catalogue) for one in doubts)

    def must_be_within_limits(self, declaration: Declaration) -> None:
        """Refuse a declaration with an amendment laid over it if it is larger than one that is lodged may be.

        Raises:
            BusinessRuleViolated: it is.
        """
        if found := beyond_limits(declaration, self._catalogue, self._limits, at=lambda: (None, None)):
            raise BusinessRuleViolated(violations=tuple(found))

    def _require_few(self, raw: bytes, language: str) -> None:
        """Refuse a message of nothing but marks: it would take a hundred times its size in memory."""
        if len(raw) <= self._limits.max_elements:
            return  # it cannot have that many
        marks = raw.count(b"<") // 2 if language == "xml" else max(raw.count(mark) for mark in (b",", b"[", b"{"))
        if marks > self._limits.max_elements:
            raise TooLarge(f"The message has more than {self._limits.max_elements} elements.")

    def _accept_xml(self, raw: bytes, charset: str | None, receipt: "_Receipt") -> Accepted:
        document = parse(raw, limits=self._limits, charset=charset)
        root = str(document.root.tag)
        one = self._by_root.get(root)
        if one is None or one.schema is None:
            require_depth(document.root, self._limits)
            raise UnsupportedFormat(
                _off(one.file) if one else f"No format with the root {shortened(root, 200)} is configured here."
            )
        try:
            return self._message(one, document, XmlPlaces(), receipt).accepted()
        except DeclarationRefused:
            require_depth(document.root, self._limits)
            raise

    def _accept_json(self, raw: bytes, charset: str | None, receipt: "_Receipt") -> Accepted:
        value, text = parse_json(raw, limits=self._limits, charset=charset)
        one = next((one for one in self._formats if one.shape is not None), None)
        if one is None or one.shape is None:
            raise UnsupportedFormat("No format in JSON is configured here.")
        message = JsonMessage(
            value=value,
            text=text,
            shape=one.shape,
            namespace=one.file.namespace,
            catalogue=self._catalogue,
            limits=self._limits,
        )
        document = ParsedDocument.made_of(message.tree())
        try:
            return self._message(one, document, message, receipt).accepted(tuple(message.violations))
        except DeclarationRefused:
            require_json_depth(value, self._limits)
            raise

    def _message(
        self, one: Format, document: ParsedDocument, places: Places, receipt: "_Receipt"
    ) -> DeclarationMessage:
        return DeclarationMessage(
            format=one,
            document=document,
            places=places,
            catalogue=self._catalogue,
            limits=self._limits,
            on=receipt.on,
            only_mrns=receipt.only_mrns,
            placed=receipt.placed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Receipt:
    """The day on which a message came, and what is known of the tables then."""

    on: date | None
    only_mrns: Collection[str]
    placed: bool = False


def _opened(file: FormatFile, schemas: Path, named: Mapping[str, Path], compiled: dict[Path, Schema]) -> Format:
    """Return a format with its schema; `compiled` are those that others have already, and share with it."""
    path = named.get(file.name) or (schemas / file.schema if file.schema is not None else None)
    of_all = named.get(file.extends) if file.extends is not None else None
    if path is None and of_all is not None and file.root in roots(of_all):
        path = of_all
    if path is None:
        return Format(file=file, schema=None, shape=None)
    schema = compiled.get(path)
    if schema is None:
        if (other := marks_of_1_1(path)) is not None:
            raise ValueError(other)
        schema = compiled[path] = Schema(path)
    shape = read_shape(path, etree.QName(file.root).localname) if file.json else None
    return Format(file=file, schema=schema, shape=shape, titles=titles(shape) if shape is not None else {})


def _off(file: FormatFile) -> str:
    of_all = f", nor one for {file.extends} that has its root" if file.extends is not None else ""
    return (
        f"The format {file.name} is off: its schema is the administration's own, and the installation names none "
        f"(formats.{file.name}.schema){of_all}."
    )


def _media_type(raw: bytes, media_type: str | None) -> tuple[str, str | None]:
    """Return `xml` or `json`, and the character set that the media type names."""
    if media_type is None:
        first = raw.lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")[:1]
        return ("json" if first in (b"{", b"[") else "xml"), None
    name, *parameters = (part.strip() for part in media_type.lower().split(";"))
    charset = None
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "charset":
            charset = value.strip().strip('"')
    if name in ("application/xml", "text/xml") or name.endswith("+xml"):
        return "xml", charset
    if name == "application/json" or name.endswith("+json"):
        return "json", charset
    raise UnsupportedFormat(
        f"The media type {name or 'that is empty'} is not read; application/xml and application/json are."
    )
