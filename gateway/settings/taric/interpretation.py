"""The measures of an extraction as the gateway judges them: what is a duty is counted and left out, what is not understood is left
to an officer, and the rest asks for documents."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from gateway.contract import Direction
from gateway.domain.tables.required import GroupLimit
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import MeasureContent
from gateway.settings.taric.extraction import Extraction
from gateway.settings.taric.regulations import RegulationEnds
from gateway.settings.taric.vocabulary import Action, CodeMeanings, Means, MeasureUse, Reads

Place = str
_MOVED_BOTH = (Direction.IMPORT, Direction.EXPORT)
_QUERY = """
SELECT m.sid, m.type, m.area, m.goods, m.goods_sid, m.additional_code, m.regulation, m.begins, m.ends, m.place, m.directions, m.role,
       c.code, c.certificate, c.action, c.amount, c.unit, c.qualifier, c.currency, c.place
FROM measure m LEFT JOIN condition c ON c.measure = m.sid
ORDER BY m.sid, c.code, CAST(c.number AS INTEGER), c.sid
"""


class ConditionLine(NamedTuple):
    """A condition of a measure, as it is extracted."""

    code: str
    certificate: str | None
    action: str | None
    amount: str | None
    unit: str | None
    qualifier: str | None
    currency: str | None
    place: Place


class MeasureLine(NamedTuple):
    """A measure, as it is extracted."""

    sid: int
    type: str
    area: str
    goods: str | None
    goods_sid: int | None
    additional_code: str | None
    regulation: str | None
    begins: str
    ends: str | None
    place: Place
    directions: str | None
    """Those in which a format lists it; None: those of its type."""
    role: str | None
    """The role of its regulation."""


_OF_MEASURE = len(MeasureLine._fields)


class Interpreted(NamedTuple):
    """A measure as it is judged."""

    line: MeasureLine
    content: MeasureContent
    valid_from: date
    valid_to: date | None


class Noted(NamedTuple):
    """Something that an extraction holds and that is left out, or left to an officer."""

    what: str
    """As in `measure type 999` or `duties: measure type 103`."""
    by_officer: bool


class NamedCode(StrEnum):
    """The codes of conditions whose meaning is a matter of other tables."""

    CERTIFICATE = "certificate"
    UNIT = "unit"
    CURRENCY = "currency"
    PRICE = "price"
    """A currency by a unit."""


@dataclass(slots=True)
class Report:
    """What became of an extraction's measures and conditions."""

    counts: Counter[Noted] = field(default_factory=Counter)
    first: dict[Noted, Place] = field(default_factory=dict)
    named: dict[tuple[NamedCode, str], tuple[int, Place]] = field(default_factory=dict)
    """How often a restriction names a code that other tables have to know, and where first."""

    def note(self, what: str, place: Place, *, by_officer: bool = False) -> None:
        """Count something at its place."""
        noted = Noted(what, by_officer)
        self.counts[noted] += 1
        self.first.setdefault(noted, place)

    def name(self, kind: NamedCode, code: str, place: Place) -> None:
        """Count a code that other tables have to know."""
        count, first = self.named.get((kind, code), (0, place))
        self.named[kind, code] = (count + 1, first)

    def of(self, *, by_officer: bool) -> dict[str, int]:
        """Return the counts of what is left to an officer, or of what is left out."""
        return {one.what: count for one, count in sorted(self.counts.items()) if one.by_officer is by_officer}


class _Type(NamedTuple):
    judged: MeasureUse | None
    title: str
    directions: tuple[Direction, ...]
    legal_basis: str


class Interpretation:
    """The reading of measures with the meanings of an administration."""

    def __init__(
        self,
        extraction: Extraction,
        meanings: CodeMeanings,
        *,
        areas: Mapping[str, Sequence[object]],
        excluded: Mapping[int, Codes],
        since: date | None,
        report: Report,
    ) -> None:
        """Take the members of the known areas, the areas that each measure leaves out, and the first day that counts."""
        self.report = report
        self.unjudged: set[str] = set()
        """Chapters with credibility checks, which are left out."""
        self._extraction = extraction
        self._meanings = meanings
        self._areas = areas
        self._excluded = excluded
        self._since = since
        self._ends = RegulationEnds(extraction)
        self._types: dict[tuple[str, date], _Type] = {}
        self._extracted = {
            one: (series or "", movement or "", title or "")
            for one, series, movement, title in extraction.rows(
                "SELECT t.id, t.series, t.movement, d.title FROM measure_type t LEFT JOIN type_title d ON d.id = t.id"
            )
        }

    def measures(self) -> Iterator[Interpreted]:
        """Yield the measures that are judged."""
        for _, rows in groupby(self._extraction.rows(_QUERY), key=lambda row: row[0]):
            lines = list(rows)
            measure = MeasureLine(*lines[0][:_OF_MEASURE])
            conditions = [ConditionLine(*row[_OF_MEASURE:]) for row in lines if row[_OF_MEASURE] is not None]
            found = self._measure(measure, conditions)
            if found is not None:
                yield found

    def _measure(self, line: MeasureLine, conditions: Sequence[ConditionLine]) -> Interpreted | None:
        begins = date.fromisoformat(line.begins)
        ends = date.fromisoformat(line.ends) if line.ends else self._end_of_regulation(line, begins)
        if self._since is not None:
            if ends is not None and ends < self._since:
                self.report.note(f"ended before {self._since}", line.place)
                return None
            begins = max(begins, self._since)
        kind = self._type(line.type, begins)
        if kind.judged in (MeasureUse.DUTY, MeasureUse.CREDIBILITY):
            what = "duties" if kind.judged is MeasureUse.DUTY else "credibility checks"
            self.report.note(f"{what}: measure type {line.type}", line.place)
            if kind.judged is MeasureUse.CREDIBILITY and line.goods:
                self.unjudged.add(line.goods[:2])
            return None
        if not line.goods:
            self.report.note(f"no goods code: measure type {line.type}", line.place)
            return None
        unclear = ["type"] if kind.judged is None else []
        if kind.judged is None:
            self.report.note(f"measure type {line.type}", line.place, by_officer=True)
        if not self._is_known(line.area):
            unclear.append("area")
            self.report.note(f"area {line.area}", line.place, by_officer=True)
        for area in self._excluded.get(line.sid, ()):
            if not self._is_known(area):
                self.report.note(f"excluded area {area} is not known: nothing is excluded by it", line.place)
        if any(area in self._areas and not self._areas[area] for area in self._excluded.get(line.sid, ())):
            unclear.append("contradiction")
            self.report.note("every country is left out", line.place, by_officer=True)
        groups = _Groups(self._meanings, begins, self.report)
        for condition in conditions:
            groups.add(condition)
        unclear += groups.unclear()
        if groups.asks_nothing() and not unclear:
            unclear.append("condition" if conditions else "prohibition")
            what = "no condition about a document" if conditions else "no conditions"
            self.report.note(f"{what}: measure type {line.type}", line.place, by_officer=True)
        content = MeasureContent(
            type=line.type,
            title=kind.title,
            directions=groups.directions(_listed(line) or kind.directions),
            procedures=groups.procedures(),
            all_of=groups.all_of,
            limits=groups.limits,
            by_officer=tuple(dict.fromkeys(unclear)),
            legal_basis=line.regulation or kind.legal_basis or f"TARIC measure type {line.type}",
        )
        return Interpreted(line, content, begins, ends)

    def _end_of_regulation(self, line: MeasureLine, begins: date) -> date | None:
        ends = self._ends.end_of(line.role, line.regulation)
        if ends is not None and ends < begins:
            self.report.note("held on: its regulation ended before it began", line.place)
            return None
        return ends

    def _is_known(self, area: str) -> bool:
        return area.isalpha() or area in self._areas

    def _type(self, code: str, day: date) -> _Type:
        key = (code, day)
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = self._read_type(code, day)
        return found

    def _read_type(self, code: str, day: date) -> _Type:
        row = self._meanings.measure_type(code, day)
        if row is not None:
            return _Type(row.judged, row.title, row.directions, row.legal_basis)
        series, movement, title = self._extracted.get(code, ("", "", ""))
        directions = self._meanings.directions(movement, day) or _MOVED_BOTH
        judged = self._meanings.judged(series, day) if series else None
        return _Type(judged, title or f"measure type {code}", directions, "")


def _listed(line: MeasureLine) -> tuple[Direction, ...]:
    return tuple(Direction(one) for one in (line.directions or "").split())


class _Groups:
    """The groups of one measure, while its conditions are read."""

    def __init__(self, meanings: CodeMeanings, day: date, report: Report) -> None:
        self._meanings = meanings
        self._day = day
        self._report = report
        self._certificates: dict[str, dict[str, None]] = {}
        self._limits: dict[str, list[tuple[Decimal, str, str]]] = {}
        self._unclear: dict[str, None] = {}
        self._allowing: list[Action] = []
        self._places: dict[str, Place] = {}

    def add(self, condition: ConditionLine) -> None:
        """Read a condition into its group."""
        reads = self._meanings.condition(condition.code, self._day)
        action = self._meanings.action(condition.action, self._day) if condition.action else None
        if reads is None:
            self._leave(f"condition {condition.code}", condition, "condition")
        elif action is None:
            self._leave(f"action {condition.action or '(none)'}", condition, "action")
        elif reads.reads is Reads.OTHER:
            self._report.note(
                f"condition {condition.code}: about prices, ratios, quotas or securities", condition.place
            )
        elif action.means is Means.OTHER:
            self._report.note(f"action {condition.action}: about duties, refunds or the subheading", condition.place)
        else:
            self._read(condition, action)

    def _read(self, condition: ConditionLine, action: Action) -> None:
        self._places.setdefault(condition.code, condition.place)
        certificates = self._certificates.setdefault(condition.code, {})
        allows = action.means is Means.ALLOWED
        if allows:
            self._allowing.append(action)
        if condition.certificate is not None and allows and condition.amount is None:
            certificates[condition.certificate] = None
            self._report.name(NamedCode.CERTIFICATE, condition.certificate, condition.place)
        elif condition.certificate is None and condition.amount is not None and allows:
            unit = (condition.unit or "") + (condition.qualifier or "")
            limit = (Decimal(condition.amount), unit, condition.currency or "")
            self._limits.setdefault(condition.code, []).append(limit)
            self._name_limit(unit, condition)
        elif allows or condition.certificate is not None or Decimal(condition.amount or 0) != 0:
            # It allows without saying under which condition, forbids what a certificate is presented for, or joins both.
            self._leave(f"condition {condition.code} with action {condition.action}", condition, "contradiction")

    def _name_limit(self, unit: str, condition: ConditionLine) -> None:
        if condition.currency and unit:
            self._report.name(NamedCode.PRICE, f"{condition.currency} by {unit}", condition.place)
        elif condition.currency:
            self._report.name(NamedCode.CURRENCY, condition.currency, condition.place)
        else:
            self._report.name(NamedCode.UNIT, unit or "(none)", condition.place)

    def _leave(self, what: str, condition: ConditionLine, why: str) -> None:
        self._unclear[why] = None
        self._report.note(what, condition.place, by_officer=True)

    @property
    def _codes(self) -> list[str]:
        return list(self._certificates)

    def unclear(self) -> list[str]:
        """Return why an officer has to decide; what no condition allows is a prohibition."""
        for code in self._codes:
            if not self._certificates[code] and code not in self._limits and not self._unclear:
                self._unclear["prohibition"] = None
                self._report.note(f"condition {code} that nothing meets", self._places[code], by_officer=True)
        return list(self._unclear)

    def asks_nothing(self) -> bool:
        """Whether no condition was about a document or a limit."""
        return not self._certificates

    @property
    def all_of(self) -> tuple[Codes, ...]:
        """The groups: documents before waivers."""
        return tuple(
            tuple(sorted(self._certificates[code], key=lambda kind: (kind.startswith("Y"), kind)))
            for code in self._codes
        )

    @property
    def limits(self) -> tuple[GroupLimit, ...]:
        """The limits, each of its group."""
        return tuple(
            GroupLimit(group=number, amount=amount, unit=unit, currency=currency)
            for number, code in enumerate(self._codes)
            for amount, unit, currency in self._limits.get(code, ())
        )

    def procedures(self) -> Codes:
        """Return the procedures that the actions speak of, if all speak of the same."""
        found = {action.procedures for action in self._allowing}
        return found.pop() if len(found) == 1 else ()

    def directions(self, of_type: tuple[Direction, ...]) -> tuple[Direction, ...]:
        """Return the directions of a measure: those of its type that its actions speak of."""
        found = {one for action in self._allowing for one in (action.directions or of_type)}
        both = tuple(one for one in of_type if one in found)
        return both or of_type
