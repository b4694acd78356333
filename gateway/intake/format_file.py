"""Reading of a format's file: its root name, its schema, the kinds of its messages and the places of the model's fields."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import tomli
from lxml import etree
from msgspec import Struct, structs

from gateway.domain.declaration import (
    WHOLE,
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
from gateway.domain.transport import (
    Adjustment,
    Authorisation,
    Container,
    DeliveryTerms,
    Duty,
    GoodsLocation,
    ItemDetails,
    Package,
    PartyInRole,
    TaxBase,
    TradeParty,
    TransportDetails,
    TransportDocument,
    TransportMeans,
)
from gateway.intake.mapping import (
    FORMS,
    ElementRecord,
    FieldSource,
    House,
    ListSource,
    PartSource,
    PathFault,
    Paths,
    converter,
    split_path,
)
from gateway.settings.toml.places import key_lines, nearest

E = TypeVar("E", bound=StrEnum)

_RECORDS: Mapping[str, type[Struct]] = {
    "transport_document": TransportDocument,
    "authorisation": Authorisation,
    "container": Container,
    "means": TransportMeans,
    "package": Package,
    "party": TradeParty,
    "actor": PartyInRole,
    "fiscal_reference": PartyInRole,
    "delivery_terms": DeliveryTerms,
    "tax_base": TaxBase,
    "duty": Duty,
    "adjustment": Adjustment,
    "location": GoodsLocation,
    "transport": TransportDetails,
    "more": ItemDetails,
    "house_more": ItemDetails,
    "previous_document": PreviousDocument,
    "reference": AdditionalReference,
    "document": SupportingDocument,
    "item": GoodsItem,
    "house": House,
    "declaration": Declaration,
}
_CHECKED_ELSEWHERE = frozenset({"direction", "kind", "message", "format", "lrn", "declarant", "declaration_type"})
"""Fields of the declaration that are checked by rules of their own, or that the gateway gives."""
_OF_HOUSE, _OF_HOUSE_DETAILS = get_type_hints(House), get_type_hints(ItemDetails)
_KEYS = {
    "title", "extends", "root", "namespace", "namespaces", "at", "schema", "schema_from", "json", "source", "valid_from", "rules", "message", "direction",
    "kind", "blanks", "unread", *_RECORDS,
}  # fmt: skip
_FIELD_KEYS = {"path", "paths", "join", "take", "default", "form", "map", "currency"}


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
class UnreadRow:
    """Parts of a message that are not read."""

    paths: tuple[str, ...]
    """From the root; each means all below it, and `*/` any steps before it."""
    reason: str


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
    extends: str | None
    """The format of whose family it is: it states only what is otherwise, and shares the schema that the operator names for that one."""
    json: bool
    rules: frozenset[str]
    kind: MessageKind | None
    """None: `kind_by` decides it."""
    kind_by: tuple[str, ...]
    kinds: tuple[KindRow, ...]
    partial_direction: Direction | None
    """The direction in a partial message, until the declaration that it speaks of is found."""
    partial_kind: Kind | None
    targets: tuple[str, ...]
    """The fields by which a message names the declaration that it is about, each enough alone."""
    directions: tuple[DirectionRow, ...]
    declaration_kinds: Mapping[str, Kind]
    declaration: ElementRecord
    unread: tuple[UnreadRow, ...] = ()
    blanks: tuple[BlanksRow, ...] = ()
    """The rows on blanks, by their first days; before the first one, blanks are trimmed."""
    simplified: frozenset[str] = frozenset()
    """The datasets of consignments of low value, as the tables have them, whose goods items state no procedure."""

    def blank_ends(self, on: date | None) -> BlankEnds:
        """Return what becomes of blanks at the ends of identifiers on a day; None: by the last row."""
        known = [row.ends for row in self.blanks if on is None or row.valid_from <= on]
        return known[-1] if known else BlankEnds.TRIMMED


def format_paths(*folders: Path) -> tuple[Path, ...]:
    """Return the files of formats, in the order of their names; one of a later folder stands for one that is called so in an earlier."""
    named = {path.name: path for folder in folders for path in folder.glob("*.toml")}
    return tuple(named[name] for name in sorted(named))


def read_format(
    file: Path, rules: frozenset[str], others: Mapping[str, Path] = MappingProxyType({})
) -> tuple[FormatFile | None, tuple[str, ...]]:
    """Read a format's file; return it, or every fault with file and line.

    Args:
        file: the TOML file; its stem is the format's name.
        rules: the names of the rules that exist.
        others: the files of the formats that it may extend, by their names.
    """
    try:
        text = file.read_text("utf-8")
        table = tomli.loads(text)
        base = tomli.loads(others[table["extends"]].read_text("utf-8")) if table.get("extends") in others else {}
    except (OSError, tomli.TOMLDecodeError, UnicodeDecodeError, TypeError) as error:
        return None, (f"{file}: {error}",)
    reader = _Reader(file, text, _extended(base, table), rules)
    if "extends" in table and ("root" not in base or "extends" in base or "root" not in table):
        reader.fault(("extends",), "another format is needed that extends none, and a root of its own")
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
            self.fault((key,), "unknown key")
        root, namespace = self._text("root"), self._text("namespace", empty=True)
        try:
            etree.QName(root)
        except ValueError:
            self.fault(("root",), "a name as {namespace}name is needed")
        if (table.get("schema") is None) == (table.get("schema_from") != "operator"):
            self.fault(("schema",), 'a path below xsd/ is needed, or schema_from = "operator"')
        for position, rule in enumerate(table.get("rules", [])):
            if rule not in self._rules:
                self.fault(("rules", position), f"unknown rule {rule!r}")
        for name in _RECORDS:
            if isinstance(table.get(name), dict):
                self._records[name] = self._record(name, {**table.get("namespaces", {}), "": namespace})
        if not isinstance(table.get("declaration"), dict):
            self.fault(("declaration",), "a table [declaration] is needed")
        kinds = self._kinds()
        directions, declaration_kinds = self._directions(), self._declaration_kinds()
        blanks, unread = self._blanks(), self._unread()
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
            extends=table.get("extends"),
            json=table.get("json", False),
            rules=frozenset(table.get("rules", [])),
            kind=MessageKind(message["kind"]) if "kind" in message else None,
            kind_by=tuple(message.get("by", ())),
            kinds=kinds,
            partial_direction=Direction(partial["direction"]) if partial else None,
            partial_kind=Kind(partial["kind"]) if partial else None,
            targets=tuple(message.get("target", ["mrn"])),
            directions=directions,
            declaration_kinds=declaration_kinds,
            declaration=self._records["declaration"],
            unread=unread,
            blanks=blanks,
        )

    def _blanks(self) -> tuple[BlanksRow, ...]:
        rows: list[BlanksRow] = []
        for position, row in enumerate(self._table.get("blanks", [])):
            place = ("blanks", position)
            ends = self._enum(BlankEnds, row.get("ends"), (*place, "ends"))
            first, source = row.get("valid_from"), row.get("source")
            for key in sorted(row.keys() - {"ends", "valid_from", "source"}):
                self.fault((*place, key), "unknown key")
            if type(first) is not date:
                self.fault((*place, "valid_from"), "a day is needed")
            elif any(first == one.valid_from for one in rows):
                self.fault((*place, "valid_from"), "another row begins on this day")
            elif not isinstance(source, str) or not source:
                self.fault((*place, "source"), "a text is needed")
            elif ends is not None:
                rows.append(BlanksRow(ends=ends, valid_from=first, source=source))
        return tuple(sorted(rows, key=lambda row: row.valid_from))

    def _unread(self) -> tuple[UnreadRow, ...]:
        rows: list[UnreadRow] = []
        for position, row in enumerate(self._table.get("unread", [])):
            paths, reason = row.get("paths"), row.get("reason")
            if row.keys() != {"paths", "reason"} or not reason or not all(isinstance(one, str) for one in paths):
                self.fault(("unread", position), "`paths` and a `reason` are needed")
            else:
                rows.append(UnreadRow(paths=tuple(paths), reason=reason))
        return tuple(rows)

    def _kinds(self) -> tuple[KindRow, ...]:
        message = self._table.get("message")
        if not isinstance(message, dict) or ("kind" in message) == ("by" in message):
            self.fault(("message",), "a table with `kind`, or with `by` and `kinds`, is needed")
            return ()
        if "kind" in message:
            kind = self._enum(MessageKind, message["kind"], ("message", "kind"))
            self._must_say_partial(kind, message, ("message", "kind"))
        if not {"mrn"} <= set(message.get("target", ["mrn"])) <= {"mrn", "lrn"}:
            self.fault(("message", "target"), '["mrn"] or ["mrn", "lrn"] is needed')
        if "partial" in message:
            self._enum(Direction, message["partial"].get("direction"), ("message", "partial"))
            self._enum(Kind, message["partial"].get("kind"), ("message", "partial"))
        rows = []
        for position, row in enumerate(message.get("kinds", [])):
            place = ("message", "kinds", position)
            kind = self._enum(MessageKind, row.get("kind"), (*place, "kind"))
            values = tuple(row.get("values", ()))
            if len(values) != len(message.get("by", ())):
                self.fault(place, "as many values as `by` has paths are needed")
            if kind is not None:
                self._must_say_partial(kind, message, place)
                rows.append(KindRow(values=values, kind=kind))
        return tuple(rows)

    def _must_say_partial(
        self, kind: MessageKind | None, message: Mapping[str, Any], place: tuple[str | int, ...]
    ) -> None:
        if kind not in (None, *WHOLE) and "partial" not in message:
            self.fault(place, "message.partial has to say what stands in a partial message")

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
            self.fault(("direction",), "rows [[direction]] are needed")
        return tuple(rows)

    def _declaration_kinds(self) -> Mapping[str, Kind]:
        found: dict[str, Kind] = {}
        for position, row in enumerate(self._table.get("kind", [])):
            kind = self._enum(Kind, row.get("kind"), ("kind", position, "kind"))
            for letter in row.get("additional_types", ()):
                if letter in found:
                    self.fault(("kind", position, "additional_types"), f"{letter!r} has a kind already")
                if kind is not None:
                    found[letter] = kind
        return found

    def _record(self, name: str, namespaces: Mapping[str, str], paths: Paths | None = None) -> ElementRecord:
        """Return how a record is read; `paths` are those of another that is read of the same element."""
        kind = _RECORDS[name]
        types = get_type_hints(kind)
        paths = Paths(namespaces) if paths is None else paths
        sources: list[FieldSource] = []
        lists: list[ListSource] = []
        parts: list[PartSource] = []
        for key, spec in self._table[name].items():
            place = (name, key)
            if key not in types:
                self.fault(place, f"{kind.__name__} has no field {key!r}")
                continue
            try:
                if isinstance(spec, dict) and "each" in spec:
                    lists.append(self._list(key, spec, paths, place))
                elif isinstance(spec, dict) and "of" in spec:
                    parts.append(self._part(key, spec, namespaces, paths, types[key]))
                else:
                    sources.append(self._field(key, spec, types[key], paths, place))
            except (PathFault, KeyError) as error:
                self.fault(place, str(error))
        required = tuple(
            f.name
            for f in structs.fields(kind)
            if f.required and not (kind is Declaration and f.name in _CHECKED_ELSEWHERE)
        )
        self._keep_to_houses(name, lists)
        named = {source.name for source in sources} | {listed.name for listed in lists}
        for field in required:
            if field not in named:
                self.fault((name,), f"where {field!r} stands is not said")
        many = frozenset(slot for source in sources if source.many for slot in source.slots)
        many = many.union(*(part.record.many_slots for part in parts))
        return ElementRecord(
            kind=kind,
            required=required,
            fields=tuple(sources),
            lists=tuple(one for one in lists if one.record.kind is not House),
            houses=tuple(one for one in lists if one.record.kind is House),
            parts=tuple(parts),
            namespaces=namespaces,
            table=paths.finished(many),
            slots=paths.slots,
            many_slots=many,
            groups=paths.groups,
            own=tuple(paths.own),
            texts=tuple((one.name, one.text) for one in sources if one.is_plain and one.text is not None),
            others=tuple((one, one.text, _slots(one)) for one in sources if not one.is_plain or one.text is None),
            defaults={one.name: one.default for one in sources if one.default is not None and not one.many},
        )

    def _keep_to_houses(self, name: str, lists: list[ListSource]) -> None:
        """Refuse paths from outside a house to what a house can state: its documents would be taken for those of all others."""
        houses = [split_path(path) for one in lists if one.record.kind is House for path in one.paths]
        # With what parts of the record read of the same element.
        parts = [spec["of"] for spec in self._table[name].values() if isinstance(spec, dict) and "of" in spec]
        for table in (name, *parts) if houses else ():
            own = get_type_hints(_RECORDS[table])
            for key, path in (
                (key, path)
                for key, spec in self._table[table].items()
                if own.get(key) in (_OF_HOUSE.get(key), _OF_HOUSE_DETAILS.get(key))
                for path in _paths(spec)
            ):
                steps = split_path(path)
                if any(len(steps) > len(house) and steps[: len(house)] == house for house in houses):
                    self.fault((table, key), f"{path!r} stands in a house: say it in [house]")

    def _part(
        self, key: str, spec: Mapping[str, Any], namespaces: Mapping[str, str], paths: Paths, declared: Any
    ) -> PartSource:
        of = spec["of"]
        if spec.keys() != {"of"} or of not in self._records or _RECORDS[of] not in get_args(declared):
            raise PathFault(f"[{of}] is no record described before that this is made of")
        slots, groups = paths.slots, paths.groups
        record = self._record(of, namespaces, paths)
        return PartSource(
            name=key,
            record=record,
            slots=slice(slots, paths.slots),
            groups=slice(groups, paths.groups),
            listed=get_origin(declared) is tuple,
        )

    def _list(self, key: str, spec: Mapping[str, Any], paths: Paths, place: tuple[str, str]) -> ListSource:
        for unknown in spec.keys() - {"each", "as"}:
            self.fault(place, f"unknown key {unknown!r}")
        if spec.get("as") not in self._records:
            raise PathFault(f"[{spec.get('as')}] is no record described before")
        each = spec["each"] if isinstance(spec["each"], list) else [spec["each"]]
        record = self._records[spec["as"]]
        if record.kind is House and key != "items":
            raise PathFault("houses hold goods items alone")
        return ListSource(
            name=key, groups=tuple(paths.group(path) for path in each), record=record, paths=tuple(map(str, each))
        )

    def _field(self, key: str, spec: Any, declared: Any, paths: Paths, place: tuple[str, str]) -> FieldSource:
        table: Mapping[str, Any] = spec if isinstance(spec, dict) else {"path": spec}
        for unknown in table.keys() - _FIELD_KEYS:
            self.fault(place, f"unknown key {unknown!r}")
        ways = [name for name in ("path", "paths", "join") if name in table]
        if len(ways) != 1 and (ways or "default" not in table):
            raise PathFault("one of `path`, `paths` and `join` is needed, or a `default` alone")
        way = ways[0] if ways else "path"
        stated = table.get(way, [])
        where = stated if isinstance(stated, list) else [stated]
        if not all(isinstance(path, str) for path in where):
            raise PathFault("paths are texts")
        kinds = get_args(declared) if isinstance(declared, UnionType) else (declared,)
        many = getattr(declared, "__origin__", None) is tuple
        if many:
            kinds = get_args(declared)
        to = next(k for k in (Money, Decimal, datetime, date, int, str) if k in kinds)
        take, codes = table.get("take"), _codes(table)
        if "form" in table and (to not in (date, datetime) or table["form"] not in FORMS):
            raise PathFault(f"`form` is of a day or moment, one of {', '.join(FORMS)}")
        slots = tuple(paths.slot(path) for path in where)
        is_one = len(slots) == 1 and take is None and to is not Money and way != "join" and not many
        return FieldSource(
            name=key,
            to=to,
            convert=converter(Decimal if to is Money else to, table.get("form", "")),
            slots=slots,
            text=slots[0] if is_one else None,
            joined=way == "join",
            many=many,
            take=(take[0], take[1] if len(take) > 1 else None) if take else None,
            default=table.get("default"),
            currency=paths.slot(table["currency"]) if to is Money else None,
            codes=codes,
            paths=tuple(where),
        )

    def _text(self, key: str, *, empty: bool = False) -> str:
        value = self._table.get(key)
        if isinstance(value, str) and (value or empty):
            return value
        self.fault((key,), "a text is needed")
        return ""

    def _enum(self, kind: Callable[[Any], E], value: Any, place: tuple[str | int, ...]) -> E | None:
        try:
            return kind(value)
        except ValueError:
            self.fault(place, f"{value!r} is not known")
            return None

    def _place(self, path: tuple[str | int, ...]) -> str:
        return f"{self._file}:{nearest(self._lines, path)}"

    def fault(self, path: tuple[str | int, ...], text: str) -> None:
        """Note a fault at a key."""
        key = ".".join(str(step) for step in path)
        self.faults.append(f"{self._place(path)}: {key}: {text}")


def _extended(base: Mapping[str, Any], table: dict[str, Any]) -> dict[str, Any]:
    """Return a format's table with what it does not state from that of the format that it extends."""
    merged = {**base, **table}
    if "unread" in base:
        merged["unread"] = [*base["unread"], *table.get("unread", [])]
    for name in _RECORDS:
        if isinstance(base.get(name), dict) and isinstance(table.get(name), dict):
            merged[name] = {**base[name], **table[name]}
    return merged


def _codes(table: Mapping[str, Any]) -> Mapping[str, str] | None:
    """Return what a format's own codes mean, as a field says it."""
    codes = table.get("map")
    if codes is None:
        return None
    if not codes or not isinstance(codes, dict) or not all(isinstance(one, str) for one in codes.values()):
        raise PathFault('`map` has texts by texts, as { "0" = "false" }')
    return MappingProxyType(codes)


def _paths(spec: Any) -> list[str]:
    """Return all paths of a field or list, without the conditions of their steps."""
    values = [one for key, one in spec.items() if key != "map"] if isinstance(spec, dict) else [spec]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    return ["/".join(step.partition("[")[0] for step in split_path(one)) for one in flat if isinstance(one, str)]


def _slots(source: FieldSource) -> tuple[int, ...]:
    return source.slots if source.currency is None else (*source.slots, source.currency)
