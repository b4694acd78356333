"""The meanings of an extract's codes: the files of `config/taric`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Codes, Row
from gateway.settings.toml.places import key_lines, nearest


class Means(StrEnum):
    """The meaning of an action for the goods."""

    ALLOWED = "allowed"
    NOT_ALLOWED = "not_allowed"
    FIGURES = "figures"
    """It is about declared figures: for credibility checks alone; what it means for a document is not known."""
    OTHER = "other"
    """Something that the gateway does not judge."""


class MeasureUse(StrEnum):
    """The uses of the measures of a type."""

    REQUIREMENT = "requirement"
    """They restrict: their conditions ask for documents."""
    CREDIBILITY = "credibility"
    """They compare what is declared of the goods with itself."""
    UNIT = "unit"
    """They name the supplementary unit of goods (18 02)."""
    DUTY = "duty"
    """They are about amounts, which the gateway does not judge: left out, and counted."""


class Reads(StrEnum):
    """The ways in which a condition is read."""

    DOCUMENTS = "documents"
    DOCUMENTS_OR_THRESHOLD = "documents_or_threshold"
    """A line without certificate that allows is a threshold."""
    DOCUMENTS_TOGETHER = "documents_together"
    """All of its documents are needed."""
    FIGURES = "figures"
    """Declared figures are compared with amounts."""
    OTHER = "other"
    """Something that the gateway does not judge."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action(Row):
    """An action: the consequence once a condition is met."""

    codes: Codes
    means: Means
    directions: tuple[Direction, ...] = ()
    """Empty: those of the measure type."""
    procedures: Codes = ()
    """Requested procedures that it speaks of; empty: all."""
    names: Codes = ()
    """Names that a tariff service gives to it instead of its code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionCode(Row):
    """The way in which conditions with these codes are read."""

    codes: Codes
    reads: Reads


@dataclass(frozen=True, slots=True, kw_only=True)
class Area(Row):
    """A geographical area."""

    codes: Codes
    members: Codes = ()
    """Its countries; empty: every country."""
    whatever_is_extracted: bool = False
    """Whether the members that an extract lists do not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureType(Row):
    """A measure type."""

    codes: Codes
    title: str = ""
    directions: tuple[Direction, ...] = ()
    judged: MeasureUse = MeasureUse.REQUIREMENT
    legal_basis: str = ""
    """Where the extract names no legal base."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Series(Row):
    """The series of measure types, by which types are judged that have no row of their own."""

    codes: Codes
    judged: MeasureUse


@dataclass(frozen=True, slots=True, kw_only=True)
class TradeMovement(Row):
    """The directions of the trade movement codes that an extract gives to its measure types."""

    codes: Codes
    directions: tuple[Direction, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateCode(Row):
    """Certificates that no table of the gateway knows otherwise: documents with an authority, or waiver codes."""

    types: Codes
    authority: str = ""
    """Of documents, the authority as a trader knows it; empty: they are statements."""
    self_declared: bool = False
    """Of statements, whether the declarant's word is enough."""


R = TypeVar("R", "Action", "ConditionCode", "Area", "MeasureType", "Series", "TradeMovement")


@dataclass(frozen=True, slots=True)
class CodeMeanings:
    """The meanings of the codes of extracts."""

    actions: tuple[Action, ...] = ()
    conditions: tuple[ConditionCode, ...] = ()
    areas: tuple[Area, ...] = ()
    measure_types: tuple[MeasureType, ...] = ()
    certificates: tuple[CertificateCode, ...] = ()
    series: tuple[Series, ...] = ()
    movements: tuple[TradeMovement, ...] = ()
    _found: dict[tuple[str, str, date], Any] = field(default_factory=dict, compare=False, repr=False)

    def action(self, code: str, day: date) -> Action | None:
        """Return the meaning of an action on a day; None: nobody knows."""
        return self._of("action", self.actions, code, day)

    def condition(self, code: str, day: date) -> ConditionCode | None:
        """Return how a condition is read."""
        return self._of("condition", self.conditions, code, day)

    def measure_type(self, code: str, day: date) -> MeasureType | None:
        """Return a measure type."""
        return self._of("measure_type", self.measure_types, code, day)

    def judged(self, series: str, day: date) -> MeasureUse | None:
        """Return how types of a series are judged; None: nobody knows."""
        row = self._of("series", self.series, series, day)
        return row.judged if row is not None else None

    def directions(self, movement: str, day: date) -> tuple[Direction, ...]:
        """Return the directions of a trade movement code; empty: nobody knows."""
        row = self._of("movement", self.movements, movement, day)
        return row.directions if row is not None else ()

    def action_named(self, name: str) -> str | None:
        """Return the code of an action that a tariff service gives by its name."""
        return next((row.codes[0] for row in self.actions if name in row.names), None)

    @property
    def everywhere(self) -> str:
        """The area of every country."""
        return next((row.codes[0] for row in self.areas if not row.members), "")

    def certificate(self, kind: str) -> CertificateCode | None:
        """Return the row of a certificate, of whatever day."""
        return next((row for row in self.certificates if kind in row.types), None)

    def _of(self, what: str, rows: Iterable[R], code: str, day: date) -> R | None:
        key = (what, code, day)
        if key not in self._found:
            self._found[key] = next((row for row in rows if row.in_force(day) and code in row.codes), None)
        found: R | None = self._found[key]
        return found


_TABLES: Mapping[str, tuple[type[Row], str]] = {
    "action": (Action, "actions"),
    "condition": (ConditionCode, "conditions"),
    "area": (Area, "areas"),
    "measure_type": (MeasureType, "measure_types"),
    "certificate": (CertificateCode, "certificates"),
    "series": (Series, "series"),
    "movement": (TradeMovement, "movements"),
}


def read_meanings(folder: Path) -> CodeMeanings:
    """Read the meanings of the codes of extracts from all files of a folder.

    Raises:
        ConfigurationError: with every fault, with file and line.
    """
    faults: list[str] = []
    rows: dict[str, Any] = {}
    files = sorted(folder.glob("*.toml"))
    if not files:
        faults.append(f"{folder}: holds no file that says what the codes of an extract mean")
    for file in files:
        _read(file, f"{folder.name}/{file.name}", rows, faults)
    meanings = CodeMeanings(**rows)
    faults += _twice(meanings)
    if faults:
        raise ConfigurationError(tuple(faults))
    return meanings


def _read(file: Path, label: str, rows: dict[str, Any], faults: list[str]) -> None:
    try:
        text = file.read_text(encoding="utf-8")
        content = tomli.loads(text)
    except OSError as error:
        faults.append(f"{label}: cannot be read: {error.strerror}")
        return
    except ValueError as error:
        faults.append(f"{label}: is no TOML in UTF-8: {error}")
        return
    lines = key_lines(text)
    for name, table in content.items():
        if name not in _TABLES or not isinstance(table, list):
            faults.append(f"{label}:{nearest(lines, (name,))}: unknown table {name!r}")
            continue
        kind, into = _TABLES[name]
        known = {one.name for one in fields(kind)} - {"place"}
        for index, row in enumerate(table):
            place = f"{label}:{nearest(lines, (name, index))}"
            if unknown := sorted(set(row) - known):
                faults.append(f"{place}: unknown key {unknown[0]!r}")
                continue
            try:
                rows[into] = (*rows.get(into, ()), msgspec.convert({**row, "place": place}, kind))
            except msgspec.ValidationError as error:
                faults.append(f"{place}: {error}")


def _twice(meanings: CodeMeanings) -> Iterable[str]:
    """Find two rows for one code on one day: nobody could say which counts."""
    for _, into in _TABLES.values():
        rows = getattr(meanings, into)
        for index, row in enumerate(rows):
            for other in rows[:index]:
                codes = set(_codes(row)) & set(_codes(other))
                meet = row.valid_from <= (other.valid_to or date.max) and other.valid_from <= (row.valid_to or date.max)
                if codes and meet:
                    yield f"{row.place}: {', '.join(sorted(codes))} is given already at {other.place}"


def _codes(row: Any) -> Codes:
    codes: Codes = row.types if isinstance(row, CertificateCode) else row.codes
    return codes
