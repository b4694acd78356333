"""Reads the tables of rules from `config/`: every fault at once, with file and line."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables import (
    AdviceRow,
    AuthorityStatus,
    CauseRule,
    Conversion,
    DecisionFit,
    DocumentRoute,
    ForeignForm,
    Mark,
    Message,
    OldCode,
    QuantityMode,
    RefusalRule,
    RequiredDocuments,
    Row,
    RuleMode,
    RuleRow,
    SecondOfficer,
    SimplifiedDataset,
    Statement,
    StatusRule,
    SupplementaryUnit,
    Tables,
    Tolerance,
    UnitWord,
    Use,
)
from gateway.settings.places import key_lines, nearest


class _Where:
    """Names file and line of tables and keys."""

    def __init__(self, file: str, text: str = "") -> None:
        self._file = file
        self._lines = key_lines(text)

    def at(self, *path: str | int | None) -> str:
        return f"{self._file}:{nearest(self._lines, [step for step in path if step is not None])}"


class _Kind(NamedTuple):
    """A kind of row: its table in the file, its type, where it goes and what may be there once a day only."""

    table: str
    type: type[Any]
    into: str
    same: Callable[[Any], list[Any]]


_MESSAGE = _Kind("message", Message, "messages", lambda r: [r.code])

_FILES: Mapping[str, tuple[_Kind, ...]] = {
    "documents.toml": (
        _Kind("document", DocumentRoute, "routes", lambda r: [(t, d) for t in r.types for d in r.directions]),
        _Kind("statement", Statement, "statements", lambda r: list(r.types)),
        _Kind("old_code", OldCode, "old_codes", lambda r: [r.type]),
        _Kind("foreign_form", ForeignForm, "foreign_forms", lambda r: [(t, r.form) for t in r.types]),
        _Kind("mark", Mark, "marks", lambda r: list(r.types)),
        _Kind("dataset", SimplifiedDataset, "datasets", lambda r: [r.dataset]),
    ),
    "requirements.toml": (_Kind("requirement", RequiredDocuments, "required", lambda r: []),),
    "findings.toml": (
        _Kind("rule", RuleRow, "rules", lambda r: list(r.codes)),
        _Kind("mode", RuleMode, "modes", lambda r: [(r.rule, t) for t in r.types or ("",)]),
        _Kind("advice", AdviceRow, "advice", lambda r: [(n, r.effect, s) for n in r.natures for s in r.stages]),
    ),
    "answers.toml": (
        _Kind("status", StatusRule, "statuses", lambda r: [(r.status, r.successor)]),
        _Kind("cause", CauseRule, "causes", lambda r: [r.cause]),
        _Kind("refusal", RefusalRule, "refusals", lambda r: [r.reason]),
    ),
    "decisions.toml": (
        _Kind("decision", DecisionFit, "decisions", lambda r: [(t, d) for t in r.types for d in r.decisions]),
        _Kind("authority_status", AuthorityStatus, "authority_statuses", lambda r: [(t, r.status) for t in r.types]),
        _Kind(
            "second_officer",
            SecondOfficer,
            "second_officers",
            lambda r: [(s, o, t) for s in r.statuses for o in r.outcomes for t in r.types or ("",)],
        ),
        _Kind("tolerance", Tolerance, "tolerances", lambda r: [r.adapter]),
    ),
    "units.toml": (
        _Kind("unit", UnitWord, "units", lambda r: [r.word]),
        _Kind("conversion", Conversion, "conversions", lambda r: [r.unit]),
        _Kind("supplementary_unit", SupplementaryUnit, "supplementary", lambda r: list(r.commodities)),
    ),
    "messages/decisions.en.toml": (_MESSAGE,),
    "messages/movements.en.toml": (_MESSAGE,),
}

_TYPE = re.compile(r"[A-Z0-9]{4}")
_PREFIX = re.compile(r"\d{2,10}")
_PROCEDURE = re.compile(r"[0-9A-Z]{2}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_RULE = re.compile(r"SW-DEC-\d{3}")


def load_tables(folder: Path) -> Tables:
    """Reads the tables of a configuration folder, with what findings tell a trader.

    Raises:
        ConfigurationError: with every fault of all files at once.
    """
    faults: list[str] = []
    rows: dict[str, tuple[Any, ...]] = {}
    content: dict[str, Any] = {}
    version = ""
    for name, kinds in _FILES.items():
        parsed, where = _read(folder / name, name, faults)
        if name == "decisions.toml":
            version = parsed.pop("version", "")
            if not isinstance(version, str) or not version:
                faults.append(f"{where.at('version')}: version: a text is needed")
        content[name] = parsed
        faults += [
            f"{where.at(key)}: unknown table or key {key!r}"
            for key in parsed
            if key not in {kind.table for kind in kinds}
        ]
        for kind in kinds:
            rows[kind.into] = (*rows.get(kind.into, ()), *_rows(parsed.get(kind.table, []), kind, where, faults))
    for kind in {kind.into: kind for kinds in _FILES.values() for kind in kinds}.values():
        faults += _overlaps(kind, rows[kind.into])
    if faults:
        raise ConfigurationError(tuple(faults))
    digest = "sha256:" + sha256(msgspec.json.encode([version, content], order="deterministic")).hexdigest()
    return Tables(version=version, digest=digest, **rows)


def _read(path: Path, name: str, faults: list[str]) -> tuple[dict[str, Any], _Where]:
    try:
        text = path.read_text(encoding="utf-8")
        return tomllib.loads(text), _Where(name, text)
    except FileNotFoundError:
        faults.append(f"{name}: the file is missing")
    except OSError as error:
        faults.append(f"{name}: cannot be read: {error.strerror}")
    except UnicodeDecodeError:
        faults.append(f"{name}: not UTF-8")
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        faults.append(f"{name}:{line[1] if line else 1}: not TOML: {error}")
    return {}, _Where(name)


def _rows(tables: Any, kind: _Kind, where: _Where, faults: list[str]) -> Iterator[Any]:
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        faults.append(f"{where.at(kind.table)}: {kind.table}: an array of tables is needed, [[{kind.table}]]")
        return
    known = {f.name: f for f in fields(kind.type) if f.name != "place"}
    needed = [name for name, f in known.items() if f.default is MISSING and f.default_factory is MISSING]
    for index, table in enumerate(tables):
        place = where.at(kind.table, index)
        found = [f"{where.at(kind.table, index, key)}: unknown key {key!r}" for key in table if key not in known]
        found += [f"{place}: {name} is missing" for name in needed if name not in table]
        if not found:
            try:
                row = msgspec.convert({**table, "place": place}, kind.type)
            except msgspec.ValidationError as error:
                key = re.search(r"\$\.(\w+)", str(error))
                found.append(f"{where.at(kind.table, index, key[1] if key else None)}: {error}")
            else:
                found = [f"{where.at(kind.table, index, key)}: {fault}" for key, fault in _judge(row)]
                if not found:
                    yield row
        faults.extend(found)


_PATTERNS: Mapping[str, tuple[re.Pattern[str], str]] = {
    "types": (_TYPE, "no document code (an4)"),
    "waives": (_TYPE, "no document code (an4)"),
    "waivers": (_TYPE, "no document code (an4)"),
    "instead": (re.compile(r"[A-Z0-9]{2,4}"), "no code"),
    "commodities": (_PREFIX, "no prefix of a commodity code"),
    "excepted": (_PREFIX, "no prefix of a commodity code"),
    "procedures": (_PROCEDURE, "no requested procedure (an2)"),
    "reserves": (_PROCEDURE, "no requested procedure (an2)"),
    "pending": (_PROCEDURE, "no requested procedure (an2)"),
    "refused": (_PROCEDURE, "no requested procedure (an2)"),
    "origins": (_COUNTRY, "no country (ISO 3166-1 alpha-2)"),
    "codes": (_RULE, "no code of a finding (SW-DEC-nnn)"),
    "code": (_RULE, "no code of a finding (SW-DEC-nnn)"),
    "rule": (_RULE, "no code of a finding (SW-DEC-nnn)"),
}


def _judge(row: Any) -> Iterator[tuple[str, str]]:
    """What the types cannot say."""
    for name, (pattern, fault) in _PATTERNS.items():
        value = getattr(row, name, None)
        values = value if isinstance(value, tuple) else (value,) if isinstance(value, str) else ()
        for one in values:
            if not pattern.fullmatch(one):
                yield name, f"{name}: {one!r} is {fault}"
    if isinstance(row, Row):
        if not row.source.strip():
            yield "source", "source: a text is needed"
        if row.valid_to is not None and row.valid_to < row.valid_from:
            yield "valid_to", "valid_to: lies before valid_from"
    for name in ("factor", "percent"):
        value = getattr(row, name, None)
        if value is not None and (not value.is_finite() or value < 0 or (name == "factor" and value == 0)):
            yield name, f"{name}: {value} is no such figure"
    form = getattr(row, "form", None)
    if form is not None:
        try:
            re.compile(form)
        except re.error as error:
            yield "form", f"form: no regular expression: {error}"
    if isinstance(row, DocumentRoute):
        yield from _judge_route(row)
    if isinstance(row, RequiredDocuments):
        for group in row.all_of:
            if not group:
                yield "all_of", "all_of: a group is empty"
            for one in group:
                if not _TYPE.fullmatch(one):
                    yield "all_of", f"all_of: {one!r} is no document code (an4)"


def _judge_route(row: DocumentRoute) -> Iterator[tuple[str, str]]:
    if not row.directions:
        yield "directions", "directions: at least one is needed"
    if row.quantity is not QuantityMode.NONE and not row.reserves:
        yield "quantity", "quantity: `reserves` has to name the procedures under which it counts"
    if row.quantity is not QuantityMode.NONE and row.commodity is not Use.REQUIRED:
        yield "quantity", 'quantity: needs commodity = "required", or a line could be missed'
    if row.holder is not Use.NO and row.party is None:
        yield "holder", "holder: `party` has to name who holds the document"


def _overlaps(kind: _Kind, rows: tuple[Any, ...]) -> Iterator[str]:
    """Two rows for one question on one day: nobody could say which counts."""
    seen: dict[Any, list[Any]] = {}
    for row in rows:
        for key in kind.same(row):
            for other in seen.setdefault(key, []):
                if not isinstance(row, Row) or _meet(row, other):
                    said = ", ".join(str(part) for part in key if part is not None) if isinstance(key, tuple) else key
                    yield f"{row.place}: {kind.table} {said} is given already at {other.place}"
            seen[key].append(row)


def _meet(one: Row, other: Row) -> bool:
    ends_before = one.valid_to is not None and one.valid_to < other.valid_from
    begins_after = other.valid_to is not None and other.valid_to < one.valid_from
    return not (ends_before or begins_after)
