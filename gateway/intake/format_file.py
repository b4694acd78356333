"""Reading of a format's file: its root name, its schema, the kinds of its messages and the places of the model's fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

import tomli
from lxml import etree
from msgspec import Struct, structs

from gateway.domain.declaration import (
    AdditionalReference,
    Declaration,
    Direction,
    GoodsItem,
    Kind,
    MessageKind,
    Money,
    PreviousDocument,
    SupportingDocument,
)
from gateway.intake.mapping import ElementRecord, FieldSource, ListSource, PathFault, Paths, converter
from gateway.settings.toml.places import key_lines, nearest

E = TypeVar("E", bound=StrEnum)

_RECORDS: Mapping[str, type[Struct]] = {
    "previous_document": PreviousDocument,
    "reference": AdditionalReference,
    "document": SupportingDocument,
    "item": GoodsItem,
    "declaration": Declaration,
}
_CHECKED_ELSEWHERE = frozenset({"direction", "kind", "message", "format", "lrn", "declarant", "declaration_type"})
"""Fields of the declaration that are checked by rules of their own, or that the gateway gives."""
_KEYS = {
    "title", "root", "namespace", "namespaces", "at", "schema", "schema_from", "json", "source", "valid_from", "rules", "message", "direction",
    "kind", "blanks", *_RECORDS,
}  # fmt: skip
_FIELD_KEYS = {"path", "paths", "join", "take", "default", "form", "currency"}


@dataclass(frozen=True, slots=True, kw_only=True)
class KindRow:
    """The kind of message that the values of the kind fields mean; `*` means any."""

    values: tuple[str, ...]
    kind: MessageKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectionRow:
    """The direction of goods by declaration types, with the first digits of the requested procedure."""

    types: frozenset[str]
    procedures: frozenset[str]
    """Empty: whatever the procedure, or none."""
    direction: Direction


class BlankEnds(StrEnum):
    """The answer to an identifier or code that begins or ends with blanks."""

    TRIMMED = "trimmed"
    """The text is taken without them, and the answer says so."""
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class BlanksRow:
    """The answer to blanks at the ends of identifiers and codes, from a day on."""

    ends: BlankEnds
    valid_from: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FormatFile:
    """The content of a format's file."""

    name: str
    place: str
    title: str
    root: str
    namespace: str
    at: str
    """The path from the root to the element that is the declaration; empty: the root itself."""
    schema: str | None
    """None: the operator names it."""
    json: bool
    rules: frozenset[str]
    kind: MessageKind | None
    """None: `kind_by` decides it."""
    kind_by: tuple[str, ...]
    kinds: tuple[KindRow, ...]
    partial_direction: Direction | None
    """The direction in a partial message, until the declaration that it speaks of is found."""
    partial_kind: Kind | None
    directions: tuple[DirectionRow, ...]
    declaration_kinds: Mapping[str, Kind]
    declaration: ElementRecord
    blanks: tuple[BlanksRow, ...] = ()
    """The rows on blanks, by their first days; before the first one, blanks are trimmed."""

    def blank_ends(self, on: date | None) -> BlankEnds:
        """Return what becomes of blanks at the ends of identifiers on a day; None: by the last row."""
        known = [row.ends for row in self.blanks if on is None or row.valid_from <= on]
        return known[-1] if known else BlankEnds.TRIMMED


def format_paths(*folders: Path) -> tuple[Path, ...]:
    """Return the files of formats, in the order of their names; one of a later folder stands for one that is called so in an earlier."""
    named = {path.name: path for folder in folders for path in folder.glob("*.toml")}
    return tuple(named[name] for name in sorted(named))


def read_format(file: Path, rules: frozenset[str]) -> tuple[FormatFile | None, tuple[str, ...]]:
    """Read a format's file; return it, or every fault with file and line.

    Args:
        file: the TOML file; its stem is the format's name.
        rules: the names of the rules that exist.
    """
    try:
        text = file.read_text("utf-8")
        table = tomli.loads(text)
    except (OSError, tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        return None, (f"{file}: {error}",)
    reader = _Reader(file, text, table, rules)
    try:
        made = reader.format()
    except (TypeError, AttributeError, ValueError) as error:
        return None, (*reader.faults, f"{file}:1: a value is not of the kind that is needed: {error}")
    return (None if reader.faults else made), tuple(reader.faults)


class _Reader:
    def __init__(self, file: Path, text: str, table: dict[str, Any], rules: frozenset[str]) -> None:
        self._file = file
        self._lines = key_lines(text)
        self._table = table
        self._rules = rules
        self.faults: list[str] = []
        self._records: dict[str, ElementRecord] = {}

    def format(self) -> FormatFile | None:
        table = self._table
        for key in table.keys() - _KEYS:
            self._fault((key,), "unknown key")
        root, namespace = self._text("root"), self._text("namespace")
        try:
            etree.QName(root)
        except ValueError:
            self._fault(("root",), "a name as {namespace}name is needed")
        if (table.get("schema") is None) == (table.get("schema_from") != "operator"):
            self._fault(("schema",), 'a path below xsd/ is needed, or schema_from = "operator"')
        for position, rule in enumerate(table.get("rules", [])):
            if rule not in self._rules:
                self._fault(("rules", position), f"unknown rule {rule!r}")
        for name in _RECORDS:
            if isinstance(table.get(name), dict):
                self._records[name] = self._record(name, {**table.get("namespaces", {}), "": namespace})
            elif name in {"declaration", "item", "document", "reference"}:
                self._fault((name,), f"a table [{name}] is needed")
        kinds = self._kinds()
        directions, declaration_kinds = self._directions(), self._declaration_kinds()
        blanks = self._blanks()
        if self.faults or "declaration" not in self._records:
            return None
        message = table["message"]
        partial = message.get("partial", {})
        return FormatFile(
            name=self._file.stem,
            place=self._place(("schema",) if "schema" in table else ("schema_from",)),
            title=self._text("title"),
            root=root,
            namespace=namespace,
            at=table.get("at", ""),
            schema=table.get("schema"),
            json=table.get("json", False),
            rules=frozenset(table.get("rules", [])),
            kind=MessageKind(message["kind"]) if "kind" in message else None,
            kind_by=tuple(message.get("by", ())),
            kinds=kinds,
            partial_direction=Direction(partial["direction"]) if partial else None,
            partial_kind=Kind(partial["kind"]) if partial else None,
            directions=directions,
            declaration_kinds=declaration_kinds,
            declaration=self._records["declaration"],
            blanks=blanks,
        )

    def _blanks(self) -> tuple[BlanksRow, ...]:
        rows: list[BlanksRow] = []
        for position, row in enumerate(self._table.get("blanks", [])):
            place = ("blanks", position)
            ends = self._enum(BlankEnds, row.get("ends"), (*place, "ends"))
            first, source = row.get("valid_from"), row.get("source")
            for key in sorted(row.keys() - {"ends", "valid_from", "source"}):
                self._fault((*place, key), "unknown key")
            if type(first) is not date:
                self._fault((*place, "valid_from"), "a day is needed")
            elif any(first == one.valid_from for one in rows):
                self._fault((*place, "valid_from"), "another row begins on this day")
            elif not isinstance(source, str) or not source:
                self._fault((*place, "source"), "a text is needed")
            elif ends is not None:
                rows.append(BlanksRow(ends=ends, valid_from=first, source=source))
        return tuple(sorted(rows, key=lambda row: row.valid_from))

    def _kinds(self) -> tuple[KindRow, ...]:
        message = self._table.get("message")
        if not isinstance(message, dict) or ("kind" in message) == ("by" in message):
            self._fault(("message",), "a table with `kind`, or with `by` and `kinds`, is needed")
            return ()
        if "kind" in message:
            self._enum(MessageKind, message["kind"], ("message", "kind"))
        if "partial" in message:
            self._enum(Direction, message["partial"].get("direction"), ("message", "partial"))
            self._enum(Kind, message["partial"].get("kind"), ("message", "partial"))
        rows = []
        for position, row in enumerate(message.get("kinds", [])):
            place = ("message", "kinds", position)
            kind = self._enum(MessageKind, row.get("kind"), (*place, "kind"))
            values = tuple(row.get("values", ()))
            if len(values) != len(message.get("by", ())):
                self._fault(place, "as many values as `by` has paths are needed")
            if kind is not None:
                if kind is not MessageKind.LODGE and "partial" not in message:
                    self._fault(place, "message.partial has to say what stands in a partial message")
                rows.append(KindRow(values=values, kind=kind))
        return tuple(rows)

    def _directions(self) -> tuple[DirectionRow, ...]:
        rows = []
        for position, row in enumerate(self._table.get("direction", [])):
            direction = self._enum(Direction, row.get("direction"), ("direction", position, "direction"))
            if direction is not None:
                rows.append(
                    DirectionRow(
                        types=frozenset(row.get("types", ())),
                        procedures=frozenset(row.get("procedures", ())),
                        direction=direction,
                    )
                )
        if not rows:
            self._fault(("direction",), "rows [[direction]] are needed")
        return tuple(rows)

    def _declaration_kinds(self) -> Mapping[str, Kind]:
        found: dict[str, Kind] = {}
        for position, row in enumerate(self._table.get("kind", [])):
            kind = self._enum(Kind, row.get("kind"), ("kind", position, "kind"))
            for letter in row.get("additional_types", ()):
                if letter in found:
                    self._fault(("kind", position, "additional_types"), f"{letter!r} has a kind already")
                if kind is not None:
                    found[letter] = kind
        return found

    def _record(self, name: str, namespaces: Mapping[str, str]) -> ElementRecord:
        kind = _RECORDS[name]
        types = get_type_hints(kind)
        paths = Paths(namespaces)
        sources: list[FieldSource] = []
        lists: list[ListSource] = []
        for key, spec in self._table[name].items():
            place = (name, key)
            if key not in types:
                self._fault(place, f"{kind.__name__} has no field {key!r}")
                continue
            try:
                if isinstance(spec, dict) and "each" in spec:
                    lists.append(self._list(key, spec, paths, place))
                else:
                    sources.append(self._field(key, spec, types[key], paths, place))
            except (PathFault, KeyError) as error:
                self._fault(place, str(error))
        required = tuple(
            f.name
            for f in structs.fields(kind)
            if f.required and not (kind is Declaration and f.name in _CHECKED_ELSEWHERE)
        )
        named = {source.name for source in sources} | {listed.name for listed in lists}
        for field in required:
            if field not in named:
                self._fault((name,), f"where {field!r} stands is not said")
        many = frozenset(slot for source in sources if source.many for slot in source.slots)
        return ElementRecord(
            kind=kind,
            required=required,
            fields=tuple(sources),
            lists=tuple(lists),
            namespaces=namespaces,
            table=paths.finished(many),
            slots=paths.slots,
            many_slots=many,
            groups=paths.groups,
            texts=tuple((one.name, one.text) for one in sources if one.to is str and one.text is not None),
            others=tuple((one, one.text, _slots(one)) for one in sources if one.to is not str or one.text is None),
            defaults={one.name: one.default for one in sources if one.default is not None and not one.many},
        )

    def _list(self, key: str, spec: Mapping[str, Any], paths: Paths, place: tuple[str, str]) -> ListSource:
        for unknown in spec.keys() - {"each", "as"}:
            self._fault(place, f"unknown key {unknown!r}")
        if spec.get("as") not in self._records:
            raise PathFault(f"[{spec.get('as')}] is no record described before")
        each = spec["each"] if isinstance(spec["each"], list) else [spec["each"]]
        return ListSource(name=key, groups=tuple(paths.group(path) for path in each), record=self._records[spec["as"]])

    def _field(self, key: str, spec: Any, declared: Any, paths: Paths, place: tuple[str, str]) -> FieldSource:
        table: Mapping[str, Any] = spec if isinstance(spec, dict) else {"path": spec}
        for unknown in table.keys() - _FIELD_KEYS:
            self._fault(place, f"unknown key {unknown!r}")
        ways = [name for name in ("path", "paths", "join") if name in table]
        if len(ways) != 1:
            raise PathFault("one of `path`, `paths` and `join` is needed")
        where = table[ways[0]] if isinstance(table[ways[0]], list) else [table[ways[0]]]
        if not all(isinstance(path, str) for path in where):
            raise PathFault("paths are texts")
        kinds = get_args(declared) if isinstance(declared, UnionType) else (declared,)
        many = getattr(declared, "__origin__", None) is tuple
        to = str if many else next(k for k in (Money, Decimal, datetime, date, int, str) if k in kinds)
        take = table.get("take")
        slots = tuple(paths.slot(path) for path in where)
        is_one = len(slots) == 1 and take is None and to is not Money and ways[0] != "join" and not many
        return FieldSource(
            name=key,
            to=to,
            convert=converter(Decimal if to is Money else to, table.get("form", "")),
            slots=slots,
            text=slots[0] if is_one else None,
            joined=ways[0] == "join",
            many=many,
            take=(take[0], take[1] if len(take) > 1 else None) if take else None,
            default=table.get("default"),
            currency=paths.slot(table["currency"]) if to is Money else None,
            paths=tuple(where),
        )

    def _text(self, key: str) -> str:
        value = self._table.get(key)
        if isinstance(value, str) and value:
            return value
        self._fault((key,), "a text is needed")
        return ""

    def _enum(self, kind: Callable[[Any], E], value: Any, place: tuple[str | int, ...]) -> E | None:
        try:
            return kind(value)
        except ValueError:
            self._fault(place, f"{value!r} is not known")
            return None

    def _place(self, path: tuple[str | int, ...]) -> str:
        return f"{self._file}:{nearest(self._lines, path)}"

    def _fault(self, path: tuple[str | int, ...], text: str) -> None:
        key = ".".join(str(step) for step in path)
        self.faults.append(f"{self._place(path)}: {key}: {text}")


def _slots(source: FieldSource) -> tuple[int, ...]:
    return source.slots if source.currency is None else (*source.slots, source.currency)
