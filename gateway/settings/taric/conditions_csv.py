"""Reading of an extract as CSV: one line for each condition of a measure, as records of TARIC. Every fault is named with its line."""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from types import MappingProxyType

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import DIGITS
from gateway.settings.taric.extraction import TaricFile
from gateway.settings.taric.nomenclature import DECLARED
from gateway.settings.taric.records import TaricRecord, Update

COLUMNS: Mapping[str, Codes] = MappingProxyType(
    {
        "goods_code": ("code", "commodity code", "goods nomenclature item id"),
        "origin": ("origin code", "geographical area", "geo area", "area"),
        "excluded_origins": ("excluded", "exclusions", "excluded areas"),
        "measure_type": ("measure", "measure type code", "meas type code"),
        "condition_code": ("condition", "condition group", "group"),
        "sequence": ("sequence number", "component sequence number"),
        "certificate": ("certificate code", "document", "document code"),
        "action": ("action code", "measure action"),
        "amount": ("condition amount", "duty amount", "threshold"),
        "unit": ("measurement unit", "unit code"),
        "qualifier": ("measurement unit qualifier", "unit qualifier"),
        "currency": ("monetary unit", "currency code"),
        "valid_from": ("start date", "start", "validity start", "validity start date"),
        "valid_to": ("end date", "end", "validity end", "validity end date"),
        "legal_base": ("regulation", "legal basis", "legal act"),
        "additional_code": ("add code", "additional"),
    }
)
"""The columns that are read, each with other names that its header may have; blanks, points and underscores do not count."""

NEEDED = ("goods_code", "origin", "measure_type", "condition_code", "action")
_MEASURE = (
    "goods_code",
    "origin",
    "excluded_origins",
    "measure_type",
    "valid_from",
    "valid_to",
    "legal_base",
    "additional_code",
)
"""The columns that the lines of one measure have in common."""
_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_EUROPEAN_DAY = re.compile(r"(\d{2})[-./](\d{2})[-./](\d{4})", re.ASCII)
_SHORT = 9
"""Digits of a goods code that a spreadsheet took for a number."""


class ConditionsCsv:
    """An extract as CSV."""

    def __init__(self, path: Path, *, since: date | None = None) -> None:
        """Read the file. With `since` a line without a first day holds from that day.

        Raises:
            ConfigurationError: it cannot be read, or its header lacks a column.
        """
        try:
            raw = path.read_bytes()
            self._text = raw.decode("utf-8-sig")
        except OSError as error:
            raise ConfigurationError((f"{path.name}: cannot be read: {error.strerror}",)) from error
        except UnicodeDecodeError as error:
            line = raw[: error.start].count(b"\n") + 1
            raise ConfigurationError(
                (f"{path.name}:{line}: is not UTF-8; save the extract as CSV in UTF-8",)
            ) from error
        self.file = TaricFile(name=path.name, digest=f"sha256:{hashlib.sha256(raw).hexdigest()}")
        self._since = since
        self.unread: Codes = ()
        """The headers of columns that are not read."""
        self._faults: list[str] = []

    def records(self) -> Iterator[TaricRecord]:
        """Yield a measure before the first of its conditions, and each condition.

        Raises:
            ConfigurationError: with every fault of all lines at once.
        """
        rows = _rows(self._text, self.file.name)
        header = next(rows, None)
        if header is None:
            raise ConfigurationError((f"{self.file.name}: is empty; a header is needed: {', '.join(COLUMNS)}",))
        places = self._places(header[1])
        if self._faults:
            raise ConfigurationError(tuple(self._faults))
        numbers: dict[tuple[str, ...], int] = {}
        lines = 0
        for line, cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            lines += 1
            found = {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()}
            yield from self._line(line, {**dict.fromkeys(COLUMNS, ""), **found}, numbers)
        if not lines:
            self._faults.append(f"{self.file.name}: holds no line below its header")
        if self._faults:
            raise ConfigurationError(tuple(self._faults))

    def _line(self, line: int, cells: dict[str, str], numbers: dict[tuple[str, ...], int]) -> Iterator[TaricRecord]:
        cells["goods_code"] = self._goods(line, cells["goods_code"])
        cells["valid_from"] = self._day(line, "valid_from", cells["valid_from"]) or (
            self._since.isoformat() if self._since else ""
        )
        cells["valid_to"] = self._day(line, "valid_to", cells["valid_to"])
        if not cells["valid_from"]:
            self._faults.append(f"{self.file.name}:{line}: valid_from is missing")
            return
        key = tuple(cells[name] for name in _MEASURE)
        if key not in numbers:
            numbers[key] = line
            yield TaricRecord("measure", Update.INSERT, self._measure(line, cells), line)
            for area in filter(None, re.split(r"[\s,;/]+", cells["excluded_origins"].upper())):
                values = {"measure.sid": str(line), "excluded.geographical.area": area}
                yield TaricRecord("measure.excluded.geographical.area", Update.PUT, values, line)
        if not cells["condition_code"] and cells["unit"] and not cells["amount"]:
            yield TaricRecord("measure.component", Update.PUT, _unit(numbers[key], cells), line)
        if cells["condition_code"]:
            yield TaricRecord("measure.condition", Update.INSERT, _condition(line, numbers[key], cells), line)

    def _measure(self, line: int, cells: Mapping[str, str]) -> Mapping[str, str]:
        return {
            "measure.sid": str(line),
            "measure.type": cells["measure_type"],
            "geographical.area": cells["origin"].upper(),
            "goods.nomenclature.item.id": cells["goods_code"],
            "additional.code": cells["additional_code"].upper(),
            "measure.generating.regulation.id": cells["legal_base"],
            "validity.start.date": cells["valid_from"],
            "validity.end.date": cells["valid_to"],
        }

    def _goods(self, line: int, text: str) -> str:
        code = re.sub(r"[\s.]", "", text)
        if len(code) == DIGITS + len(DECLARED):
            code, suffix = code[:DIGITS], code[DIGITS:]
            if suffix != DECLARED:
                self._faults.append(
                    f"{self.file.name}:{line}: goods code {text!r} is a line that nobody declares (suffix {suffix}): write a line for "
                    "each of the codes below it, or load TARIC3 XML with the nomenclature"
                )
        if code.isdigit() and len(code) == _SHORT:
            self._faults.append(
                f"{self.file.name}:{line}: goods code {text!r} has not 10 digits; was a leading zero lost?"
            )
        return code

    def _day(self, line: int, column: str, text: str) -> str:
        if not text:
            return ""
        iso, european = _ISO_DAY.fullmatch(text), _EUROPEAN_DAY.fullmatch(text)
        try:
            if iso:
                return date(int(iso[1]), int(iso[2]), int(iso[3])).isoformat()
            if european:
                return date(int(european[3]), int(european[2]), int(european[1])).isoformat()
        except ValueError:
            pass
        fault = f"{self.file.name}:{line}: {column} {text!r} is no day, such as 2026-01-31 or 31-01-2026"
        self._faults.append(fault)
        return ""

    def _places(self, header: Sequence[str]) -> Mapping[str, int]:
        by_name = {_plain(alias): column for column, aliases in COLUMNS.items() for alias in (column, *aliases)}
        places: dict[str, int] = {}
        unread = []
        name = self.file.name
        for at, cell in enumerate(header):
            column = by_name.get(_plain(cell))
            if column is None:
                unread.append(cell.strip())
            elif column in places:
                self._faults.append(f"{name}:1: {cell.strip()!r} is the column {column} for a second time")
            else:
                places[column] = at
        for column in NEEDED:
            if column not in places:
                self._faults.append(f"{name}:1: the column {column} is missing (or {', '.join(COLUMNS[column])})")
        if "valid_from" not in places and self._since is None:
            self._faults.append(f"{name}:1: the column valid_from is missing; without it say --since")
        self.unread = tuple(filter(None, unread))
        return places


def _unit(measure: int, cells: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "measure.sid": str(measure),
        "duty.expression.id": "99",
        "measurement.unit.code": cells["unit"].upper(),
        "measurement.unit.qualifier.code": cells["qualifier"].upper(),
    }


def _condition(line: int, measure: int, cells: Mapping[str, str]) -> Mapping[str, str]:
    return {
        "measure.condition.sid": str(line),
        "measure.sid": str(measure),
        "condition.code": cells["condition_code"].upper(),
        "component.sequence.number": cells["sequence"] or str(line),
        "condition.duty.amount": cells["amount"],
        "condition.monetary.unit.code": cells["currency"].upper(),
        "condition.measurement.unit.code": cells["unit"].upper(),
        "condition.measurement.unit.qualifier.code": cells["qualifier"].upper(),
        "action.code": cells["action"].zfill(2) if cells["action"] else "",
        "certificate.code": re.sub(r"[\s-]", "", cells["certificate"]).upper(),
    }


def _rows(text: str, name: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    try:
        for cells in reader:
            yield before + 1, cells
            before = reader.line_num
    except csv.Error as error:
        raise ConfigurationError(
            (f"{name}:{before + 1}: is no line of CSV: {error}; is a quotation mark open?",)
        ) from error


def _plain(header: str) -> str:
    return re.sub(r"[\s._-]+", " ", header.strip().lower()).strip()
