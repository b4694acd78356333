"""Reading of an extract of TARIC from a CSV file: its conditions one by one, and every fault of it with its line."""

import csv
import hashlib
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from io import StringIO
from pathlib import Path
from types import MappingProxyType

from gateway.contract import Direction
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.rows import Codes
from gateway.settings.taric.vocabulary import Action, Area, CodeMeanings, Means, Reads

COLUMNS: Mapping[str, Codes] = MappingProxyType(
    {
        "goods_code": ("code", "commodity code", "goods nomenclature item id"),
        "origin": ("origin code", "geographical area", "geo area", "area"),
        "excluded_origins": ("excluded", "exclusions", "excluded areas"),
        "measure_type": ("measure", "measure type code", "meas type code"),
        "condition_code": ("condition", "condition group", "group"),
        "certificate": ("certificate code", "document", "document code"),
        "action": ("action code", "measure action"),
        "valid_from": ("start date", "start", "validity start", "validity start date"),
        "valid_to": ("end date", "end", "validity end", "validity end date"),
        "legal_base": ("regulation", "legal basis"),
        "additional_code": ("add code", "additional"),
    }
)
"""The columns that are read, each with other names that its header may have; blanks, points and underscores do not count."""

NEEDED = ("goods_code", "origin", "measure_type", "condition_code", "certificate", "action")

Every = Callable[[int], None]
"""Called with the number of lines that were read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractMeasure:
    """The fields that the lines of one measure have in common."""

    goods: str
    """A prefix of the commodity code: the goods code without its trailing zeros, in pairs."""
    origins: Codes
    """Empty: every country."""
    excluded: Codes
    type: str
    valid_from: date
    valid_to: date | None
    legal_base: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One line: a certificate and what follows if it is presented; without a certificate, if nothing is."""

    line: int
    measure: ExtractMeasure
    code: str
    certificate: str | None
    action: Action


@dataclass(slots=True, kw_only=True)
class Extract:
    """An extract, as it was read."""

    name: str
    digest: str
    conditions: list[Condition] = field(default_factory=list)
    left_out: dict[str, list[int]] = field(default_factory=dict)
    """For each reason the lines that are left out."""
    unread: Codes = ()
    """The headers of columns that are not read."""
    lines: int = 0
    known: frozenset[str] = frozenset()


def read_extract(
    file: Path, meanings: CodeMeanings, known: Collection[str], *, since: date | None = None, every: Every | None = None
) -> Extract:
    """Read an extract; `known` are the document codes of the gateway's own tables.

    With `since` a measure holds from that day at the earliest, and one that ended before is left out.

    Raises:
        ConfigurationError: with every fault of all lines at once.
    """
    try:
        raw = file.read_bytes()
        text = raw.decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError((f"{file.name}: cannot be read: {error.strerror}",)) from error
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise ConfigurationError((f"{file.name}:{line}: is not UTF-8; save the extract as CSV in UTF-8",)) from error
    extract = Extract(name=file.name, digest=f"sha256:{hashlib.sha256(raw).hexdigest()}", known=frozenset(known))
    faults: list[str] = []
    rows = _rows(text)
    header = next(rows, None)
    if header is None:
        raise ConfigurationError((f"{file.name}: is empty; a header is needed: {', '.join(COLUMNS)}",))
    places, extract.unread = _places(header[1], file.name, faults, since)
    reader = _Reader(file.name, meanings, extract, faults, since)
    if not faults:
        for count, (line, cells) in enumerate(rows, 1):
            if any(cell.strip() for cell in cells):
                reader.take(line, {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()})
                extract.lines += 1
            if every is not None and count % 1000 == 0:
                every(count)
        if not extract.lines:
            faults.append(f"{file.name}: holds no line below its header")
    if faults:
        raise ConfigurationError(tuple(faults))
    return extract


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    before = 0
    for cells in reader:
        yield before + 1, cells
        before = reader.line_num


def _places(header: Sequence[str], name: str, faults: list[str], since: date | None) -> tuple[Mapping[str, int], Codes]:
    by_name = {_plain(alias): column for column, aliases in COLUMNS.items() for alias in (column, *aliases)}
    places: dict[str, int] = {}
    unread = []
    for at, cell in enumerate(header):
        column = by_name.get(_plain(cell))
        if column is None:
            unread.append(cell.strip())
        elif column in places:
            faults.append(f"{name}:1: {cell.strip()!r} is the column {column} for a second time")
        else:
            places[column] = at
    for column in NEEDED:
        if column not in places:
            faults.append(f"{name}:1: the column {column} is missing (or {', '.join(COLUMNS[column])})")
    if "valid_from" not in places and since is None:
        faults.append(f"{name}:1: the column valid_from is missing; without it say --since")
    return places, tuple(filter(None, unread))


def _plain(header: str) -> str:
    return re.sub(r"[\s._-]+", " ", header.strip().lower()).strip()


_ISO_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_EUROPEAN_DAY = re.compile(r"(\d{2})[-./](\d{2})[-./](\d{4})")


class _Reader:
    """A reader of lines; a line with a fault is taken for nothing, and the reading goes on."""

    def __init__(self, name: str, codes: CodeMeanings, extract: Extract, faults: list[str], since: date | None) -> None:
        self._name = name
        self._meanings = codes
        self._extract = extract
        self._faults = faults
        self._since = since
        self._measures: dict[tuple[object, ...], ExtractMeasure] = {}

    def take(self, line: int, cells: Mapping[str, str]) -> None:
        """Read one line."""
        before = len(self._faults)

        def fault(text: str) -> None:
            self._faults.append(f"{self._name}:{line}: {text}")

        begins = self._day(cells, "valid_from", fault) or self._since or date.max  # where it is not known: a fault
        ends = self._day(cells, "valid_to", fault)
        if len(self._faults) == before and ends is not None and ends < begins:
            fault(f"valid_to {ends} lies before valid_from {begins}")
        if len(self._faults) == before and self._since is not None:
            if ends is not None and ends < self._since:
                self._leave_out(f"ended before {self._since}", line)
                return
            begins = max(begins, self._since)
        goods = _prefix(cells["goods_code"], fault)
        origins = self._countries("origin", cells["origin"], begins, fault)
        excluded = self._excluded(cells.get("excluded_origins", ""), begins, fault)
        kind = self._meanings.measure_type(cells["measure_type"], begins)
        if kind is None:
            fault(f"measure type {cells['measure_type']!r} is unknown; a [[measure_type]] row in config/taric names it")
        condition = self._meanings.condition(cells["condition_code"].upper(), begins)
        if not cells["condition_code"]:
            fault("has no condition code: a prohibition, or a duty, asks for no document; take the line out")
        elif condition is None:
            fault(
                f"condition {cells['condition_code']!r} is unknown; a [[condition]] row in config/taric says how it is read"
            )
        action = self._meanings.action(cells["action"].zfill(2), begins) if cells["action"] else None
        if action is None:
            fault(f"action {cells['action']!r} is unknown; an [[action]] row in config/taric says what it means")
        certificate = self._certificate(cells["certificate"], fault)
        if cells.get("additional_code"):
            fault(f"additional code {cells['additional_code']}: the gateway reads none; take the line out")
        if action and kind and action.directions and not set(action.directions) & set(kind.directions):
            fault(f"action {cells['action']} speaks of another direction than measure type {cells['measure_type']}")
        if len(self._faults) > before or action is None or condition is None or kind is None:
            return
        if reason := _left_out(action, condition.reads, certificate, cells):
            self._leave_out(reason, line)
            return
        if certificate is None and action.means is Means.ALLOWED:
            fault(f"condition {cells['condition_code']} allows without a certificate, and is no threshold")
            return
        if certificate is not None and action.means is Means.NOT_ALLOWED:
            fault(f"action {cells['action']} forbids what certificate {certificate} is presented for")
            return
        key = (goods, origins, excluded, cells["measure_type"], begins, ends, cells.get("legal_base", ""))
        measure = self._measures.get(key)
        if measure is None:
            measure = self._measures[key] = ExtractMeasure(
                goods=goods,
                origins=origins,
                excluded=excluded,
                type=cells["measure_type"],
                valid_from=begins,
                valid_to=ends,
                legal_base=cells.get("legal_base", ""),
            )
        self._extract.conditions.append(
            Condition(
                line=line, measure=measure, code=cells["condition_code"].upper(), certificate=certificate, action=action
            )
        )

    def _leave_out(self, reason: str, line: int) -> None:
        self._extract.left_out.setdefault(reason, []).append(line)

    def _day(self, cells: Mapping[str, str], column: str, fault: Callable[[str], None]) -> date | None:
        text = cells.get(column, "")
        if not text:
            if column == "valid_from" and column in cells and self._since is None:
                fault("valid_from is missing")
            return None
        iso, european = _ISO_DAY.fullmatch(text), _EUROPEAN_DAY.fullmatch(text)
        try:
            if iso:
                return date(int(iso[1]), int(iso[2]), int(iso[3]))
            if european:
                return date(int(european[3]), int(european[2]), int(european[1]))
        except ValueError:
            pass
        fault(f"{column} {text!r} is no day, such as 2026-01-31 or 31-01-2026")
        return None

    def _excluded(self, text: str, day: date, fault: Callable[[str], None]) -> Codes:
        found: list[str] = []
        for part in re.split(r"[\s,;/]+", text.strip()):
            if part:
                countries = self._countries("excluded origin", part, day, fault)
                if not countries and part.isdigit() and self._meanings.area(part, day) is not None:
                    fault(f"excluded origin {part} is every country, so nothing is left")
                found += countries
        return tuple(sorted(set(found)))

    def _countries(self, what: str, code: str, day: date, fault: Callable[[str], None]) -> Codes:
        code = code.upper()
        if re.fullmatch(r"[A-Z]{2}", code):
            return (code,)
        area: Area | None = self._meanings.area(code, day) if code else None
        if area is None:
            fault(f"{what} {code!r} is no country, and no [[area]] row in config/taric has it")
            return ()
        return tuple(sorted(area.members))

    def _certificate(self, text: str, fault: Callable[[str], None]) -> str | None:
        code = re.sub(r"[\s-]", "", text).upper()
        if not code:
            return None
        if not re.fullmatch(r"[A-Z0-9]{4}", code):
            fault(f"certificate {text!r} is no document code (an4), such as C640")
        elif code not in self._extract.known and self._meanings.certificate(code) is None:
            fault(
                f"certificate {code} is unknown; a [[document]] or [[statement]] row in documents.toml, "
                "or a [[certificate]] row in config/taric names it"
            )
        return code


def _left_out(action: Action, reads: Reads, certificate: str | None, cells: Mapping[str, str]) -> str | None:
    """Return why a line is not loaded; None: it is."""
    if action.means is Means.OTHER:
        return f"action {cells['action']}: about duties, refunds or the subheading"
    if reads is Reads.OTHER:
        return f"condition {cells['condition_code']}: about prices, ratios, quotas or securities"
    if reads is Reads.DOCUMENTS_OR_THRESHOLD and certificate is None and action.means is Means.ALLOWED:
        return f"condition {cells['condition_code']}: a threshold; the document is asked for below it, too"
    return None


def _prefix(text: str, fault: Callable[[str], None]) -> str:
    code = re.sub(r"[\s.]", "", text)
    if not code.isascii() or not code.isdigit() or len(code) != 10:
        lost = "; was a leading zero lost?" if code.isdigit() and len(code) == 9 else ""
        fault(f"goods code {text!r} has not 10 digits{lost}")
        return ""
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def directions(condition: Condition, meanings: CodeMeanings) -> tuple[Direction, ...]:
    """Return the directions that a condition names."""
    kind = meanings.measure_type(condition.measure.type, condition.measure.valid_from)
    assert kind is not None, "its line was refused otherwise"
    of_action = condition.action.directions
    return tuple(one for one in kind.directions if not of_action or one in of_action)
