"""Bytes to declarations: a format is a root name, a schema and a table of where fields stand; no format has code."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lxml import etree

from gateway.domain.codec import content_digest
from gateway.domain.declaration import Declaration, Direction, Kind, MessageKind
from gateway.domain.errors import (
    BusinessRuleViolated,
    ConfigurationError,
    MessageKindUnknown,
    SchemaViolated,
    TooLarge,
    UnsupportedFormat,
    Violation,
)
from gateway.intake import rules
from gateway.intake.catalogue import Catalogue
from gateway.intake.format_file import FormatFile, read_format
from gateway.intake.limits import IntakeLimits
from gateway.intake.mapping import Problem, Reading, collapsed, find
from gateway.intake.shape import Shape, read_shape, titles
from gateway.intake.xml import Document, Element, Schema, line_of, parse, place, require_depth


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that was read."""

    declaration: Declaration
    digest: str
    """Of what it says, whatever format, message number or time of preparation it came with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedFormat:
    """A format as `gateway check` and the documentation tell of it."""

    name: str
    title: str
    root: str
    json: bool
    on: bool
    reason: str | None
    """Why it is off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Format:
    file: FormatFile
    schema: Schema | None
    shape: Shape | None
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Formats:
    """The configured formats; any number of threads may use them at the same time."""

    def __init__(self, formats: tuple[_Format, ...], catalogue: Catalogue, limits: IntakeLimits) -> None:
        self._formats = formats
        self._by_root = {one.file.root: one for one in formats}
        self._catalogue = catalogue
        self._limits = limits

    @classmethod
    def load(cls, folder: Path, *, schemas: Path, schema_paths: Mapping[str, Path], limits: IntakeLimits) -> "Formats":
        """Reads every format of a folder, and the sentences of `messages/intake.en.toml` beside it.

        Args:
            folder: one TOML file per format.
            schemas: the folder of the gateway's own XML schemas.
            schema_paths: the schemas that the operator names, by format.
            limits: how much of a message is read.

        Raises:
            ConfigurationError: with every fault, each with file and line.
        """
        catalogue = Catalogue.load(folder.parent / "messages" / "intake.en.toml")
        faults: list[str] = []
        formats: list[_Format] = []
        for path in sorted(folder.glob("*.toml")):
            file, found = read_format(path, rules.OPTIONAL_RULES)
            faults += found
            if file is None:
                continue
            if any(one.file.root == file.root for one in formats):
                faults.append(f"{path}:1: the root {file.root} has a format already")
            try:
                formats.append(_opened(file, schemas, schema_paths.get(file.name)))
            except ValueError as error:
                faults.append(f"{file.place}: {error}")
        faults += [
            f"formats.{name}: there is no such format in {folder}"
            for name in schema_paths
            if not (folder / f"{name}.toml").is_file()
        ]
        if not formats and not faults:
            faults.append(f"{folder}: holds no format")
        if faults:
            raise ConfigurationError(tuple(faults))
        return cls(tuple(formats), catalogue, limits)

    def described(self) -> tuple[DescribedFormat, ...]:
        """Tells every format, also those that are off."""
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

    def accept(self, raw: bytes, media_type: str | None) -> Accepted:
        """Reads a message.

        Args:
            raw: the message as it came.
            media_type: what the sender says it is; None: told by its first character.

        Raises:
            TooLarge, UnsupportedFormat, Unreadable, ForbiddenMarkup: nothing of it can be taken.
            SchemaViolated, BusinessRuleViolated, MessageKindUnknown: with all violations, up to the limit.
        """
        if len(raw) > self._limits.max_bytes:
            raise TooLarge(f"The message has {len(raw)} bytes; at most {self._limits.max_bytes} are read.")
        name, charset = _media_type(raw, media_type)
        if name == "json":
            raise UnsupportedFormat("JSON is not read yet.")
        return self._accept_xml(parse(raw, limits=self._limits, charset=charset))

    def _accept_xml(self, document: Document) -> Accepted:
        one = self._by_root.get(str(document.root.tag))
        if one is None or one.schema is None:
            require_depth(document.root, self._limits)
            raise UnsupportedFormat(
                _off(one.file)
                if one is not None
                else f"No format with the root {document.root.tag} is configured here."
            )
        violations: list[Violation] = []
        for fault in one.schema.faults(document, limit=self._limits.max_violations):
            violations.append(self._catalogue.of_schema(fault, one.titles))
            if len(violations) > self._limits.max_violations:
                break
        if violations:
            require_depth(document.root, self._limits)
            raise self._refusal(SchemaViolated, violations)
        return _Mapped(one, document.root, self._catalogue, self._limits).accepted()

    def _refusal(self, kind: type[SchemaViolated | BusinessRuleViolated], violations: list[Violation]) -> Exception:
        return refusal(kind, violations, self._limits.max_violations)


def refusal(
    kind: type[SchemaViolated | BusinessRuleViolated], violations: list[Violation], limit: int
) -> SchemaViolated | BusinessRuleViolated:
    """Makes the refusal that tells all violations, and says so if it does not."""
    if len(violations) > limit:
        return kind(
            f"{kind.title()}: the first {limit} violations are listed, there are more.",
            violations=tuple(violations[:limit]),
        )
    return kind(
        f"{kind.title()}: {len(violations)} {'violation' if len(violations) == 1 else 'violations'}.",
        violations=tuple(violations),
    )


class _Mapped:
    """One message that follows its schema, on its way to a declaration."""

    def __init__(self, one: _Format, root: Element, catalogue: Catalogue, limits: IntakeLimits) -> None:
        self._file = one.file
        self._root = root
        self._catalogue = catalogue
        self._limits = limits

    def accepted(self) -> Accepted:
        file = self._file
        base = find(self._root, file.at, file.declaration) if file.at else self._root
        if base is None:
            raise self._refused([self._missing("declaration", self._root)])
        kind = file.kind or self._message_kind(base)
        reading = Reading()
        given = _placeholder(kind, file)
        declaration: Declaration | None = reading.read(base, file.declaration, given)
        violations = [self._of_problem(problem) for problem in reading.problems if self._counts(problem.rule)]
        if declaration is not None:
            declaration, found = self._completed(declaration, kind, base, reading)
            violations += found
        if violations or declaration is None:
            raise self._refused(violations)
        return Accepted(declaration=declaration, digest=content_digest(declaration))

    def _completed(
        self, read: Declaration, kind: MessageKind, base: Element, reading: Reading
    ) -> tuple[Declaration, list[Violation]]:
        """Gives the declaration with its direction and kind, and what is wrong with it."""
        file = self._file
        violations = []
        if not read.lrn:
            violations.append(self._missing("lrn", base))
        if kind is not MessageKind.LODGE:
            if not read.mrn:
                violations.append(self._missing("target_mrn", base))
            return replace(read, target_mrn=read.mrn, mrn=None), violations
        if not read.declarant:
            violations.append(self._missing("declarant", base))
        if not read.items:
            violations.append(self._missing("items", base))
        direction = rules.direction_of(
            read.declaration_type, [item.requested_procedure for item in read.items], file.directions
        )
        if direction is None:
            rule = "declaration_type_unknown" if read.declaration_type else "missing"
            violations.append(
                self._at(base, "declaration_type", rule, value=read.declaration_type, what="declaration_type")
            )
        letter = read.additional_type
        declared = file.declaration_kinds.get(letter) if letter else Kind.STANDARD
        if declared is None:
            violations.append(self._at(base, "additional_type", "additional_type_unknown", value=letter))
        if direction is None or declared is None:
            return read, violations
        whole = replace(read, direction=direction, kind=declared)
        reading.elements[id(whole)] = base
        for breach in self._breaches(whole):
            if len(violations) > self._limits.max_violations:
                break
            element = reading.elements[id(breach.at)]
            violations.append(self._at(element, breach.field, breach.rule, record_of=breach.at, **breach.parameters))
        return whole, violations

    def _breaches(self, declaration: Declaration) -> Iterator[rules.Breach]:
        yield from rules.breaches(declaration, self._file.rules)
        if "procedure_of_other_direction" in self._file.rules:
            yield from rules.other_directions(declaration, self._file.directions)

    def _message_kind(self, base: Element) -> MessageKind:
        file = self._file
        elements = [find(base, path, file.declaration) for path in file.kind_by]
        values = [collapsed(element.text) if element is not None else "" for element in elements]
        for row in file.kinds:
            if all(wanted in ("*", value) for wanted, value in zip(row.values, values, strict=True)):
                return row.kind
        shown = " + ".join(value or "(none)" for value in values)
        element = next((element for element in reversed(elements) if element is not None), base)
        violation = self._catalogue.violation(
            "message_kind_unknown", path=place(element), line=line_of(element), value=shown, format=file.name
        )
        raise MessageKindUnknown(violation.message, violations=(violation,))

    def _counts(self, rule: str) -> bool:
        return rule not in rules.OPTIONAL_RULES or rule in self._file.rules

    def _of_problem(self, problem: Problem) -> Violation:
        parameters: dict[str, Any] = dict(problem.parameters)
        if "what" in parameters:
            return self._missing(parameters["what"], problem.element)
        return self._catalogue.violation(
            problem.rule, path=place(problem.element), line=line_of(problem.element), **parameters
        )

    def _missing(self, what: str, element: Element) -> Violation:
        return self._catalogue.violation(
            "missing", path=place(element), line=line_of(element), what=self._catalogue.names.get(what, what)
        )

    def _at(
        self, element: Element, field_name: str, rule: str, *, record_of: object = None, **values: Any
    ) -> Violation:
        record = self._file.declaration if record_of is None else _record_of(self._file, record_of)
        source = next((one for one in record.fields if one.name == field_name), None)
        exact = find(element, source.paths[0], record) if source is not None and source.paths else None
        element = exact if exact is not None else element
        if "what" in values:
            values["what"] = self._catalogue.names.get(values["what"], values["what"])
        return self._catalogue.violation(rule, path=place(element), line=line_of(element), **values)

    def _refused(self, violations: list[Violation]) -> Exception:
        return refusal(BusinessRuleViolated, violations, self._limits.max_violations)


def _record_of(file: FormatFile, value: object) -> Any:
    waiting = [file.declaration]
    while waiting:
        record = waiting.pop()
        if record.kind is type(value):
            return record
        waiting += [listed.record for listed in record.lists]
    return file.declaration


def _placeholder(kind: MessageKind, file: FormatFile) -> dict[str, Any]:
    """What stands in the declaration until it is told: nothing of it survives in one that is lodged."""
    return {
        "lrn": "",
        "declarant": "",
        "declaration_type": "",
        "direction": file.partial_direction or Direction.IMPORT,
        "kind": file.partial_kind or Kind.STANDARD,
        "message": kind,
        "format": file.name,
    }


def _opened(file: FormatFile, schemas: Path, named: Path | None) -> _Format:
    path = named or (schemas / file.schema if file.schema is not None else None)
    if path is None:
        return _Format(file=file, schema=None, shape=None)
    schema = Schema(path)
    shape = read_shape(path, etree.QName(file.root).localname) if file.json else None
    return _Format(file=file, schema=schema, shape=shape, titles=titles(shape) if shape is not None else {})


def _off(file: FormatFile) -> str:
    return (
        f"The format {file.name} is off: its schema is the administration's own, and the installation names none "
        f"(formats.{file.name}.schema)."
    )


def _media_type(raw: bytes, media_type: str | None) -> tuple[str, str | None]:
    """Gives `xml` or `json`, and the character set that the media type names."""
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
