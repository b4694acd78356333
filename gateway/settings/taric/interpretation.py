"""The measures of an extraction as the gateway judges them: what is a duty is counted and left out, what is not understood is left
to an officer, and the rest asks for documents."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from gateway.contract import Direction
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import CHAPTER, CheckContent, MeasureContent
from gateway.settings.taric.checks import CheckReading
from gateway.settings.taric.extraction import Extraction
from gateway.settings.taric.groups import DocumentGroups
from gateway.settings.taric.lines import ConditionLine, MeasureLine, measure_lines
from gateway.settings.taric.regulations import RegulationEnds
from gateway.settings.taric.report import Report
from gateway.settings.taric.vocabulary import CodeMeanings, MeasureUse

_UNITS = "SELECT unit, qualifier FROM component WHERE measure = ?"
_MOVED_BOTH = (Direction.IMPORT, Direction.EXPORT)
_CHAPTERS = frozenset(f"{number:02}" for number in range(1, 100))


class Interpreted(NamedTuple):
    """A measure as it is judged."""

    line: MeasureLine
    content: MeasureContent | CheckContent
    valid_from: date
    valid_to: date | None
    legal_basis: str


_BASES_NAMED = 3


class AskedByTaric(NamedTuple):
    """What some measures have in common: what they ask or compare, the first day of any, and some of their legal bases."""

    content: MeasureContent | CheckContent
    valid_from: date
    legal_bases: Codes


def asked_with(before: AskedByTaric | None, one: Interpreted) -> AskedByTaric:
    """Add a measure to those that ask the same."""
    if before is None:
        return AskedByTaric(one.content, one.valid_from, (one.legal_basis,))
    bases = before.legal_bases
    if one.legal_basis not in bases:
        bases = tuple(sorted((*bases, one.legal_basis))[:_BASES_NAMED])
    return AskedByTaric(one.content, min(before.valid_from, one.valid_from), bases)


class _Type(NamedTuple):
    judged: MeasureUse | None
    title: str
    description: str
    """As the extract has it; empty: it has none."""
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
        countries: Collection[str],
        excluded: Mapping[int, Codes],
        since: date | None,
        report: Report,
    ) -> None:
        """Take the members of the known areas, the known countries, the areas that each measure leaves out, and the first day that counts."""
        self.report = report
        self.unjudged: set[str] = set()
        """Chapters with measures that are left out, though they restrict."""
        self.units: list[tuple[Interpreted, str]] = []
        """Measures that name a supplementary unit, each with its unit: known once all measures were read."""
        self.unknown_areas: set[str] = set()
        """Areas of measures that nobody knows."""
        self._extraction = extraction
        self._meanings = meanings
        self._areas = areas
        self._countries = countries
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
        """Yield the measures that are judged: what they ask for, and each of the checks that they make."""
        for line, conditions in measure_lines(self._extraction):
            yield from self._measure(line, conditions)

    def _measure(self, line: MeasureLine, conditions: Sequence[ConditionLine]) -> Iterator[Interpreted]:
        begins = date.fromisoformat(line.begins)
        ends = date.fromisoformat(line.ends) if line.ends else self._end_of_regulation(line, begins)
        if self._since is not None:
            if ends is not None and ends < self._since:
                self.report.note(f"ended before {self._since}", line.place)
                return
            begins = max(begins, self._since)
        kind = self._type(line.type, begins)
        if kind.judged is MeasureUse.DUTY:
            self.report.note(f"duties: measure type {line.type}", line.place)
        elif not line.goods or line.goods[:CHAPTER] not in _CHAPTERS:
            what = f"goods code {line.goods}, of no chapter" if line.goods else "no goods code"
            self.report.note(f"{what}: measure type {line.type}", line.place, by_officer=True)
            self.unjudged |= _CHAPTERS
        elif kind.judged is MeasureUse.UNIT:
            self._unit(line, kind, begins, ends)
        else:
            for content in self._contents(line, conditions, kind, begins):
                basis = line.regulation or kind.legal_basis or f"TARIC measure type {line.type}"
                yield Interpreted(line, content, begins, ends, basis)

    def _unit(self, line: MeasureLine, kind: "_Type", begins: date, ends: date | None) -> None:
        found = [unit + (qualifier or "") for unit, qualifier in self._extraction.rows(_UNITS, line.sid)]
        if len(found) != 1 or line.additional_code:
            self.report.note(f"supplementary unit that is not one alone: measure type {line.type}", line.place)
            return
        content = MeasureContent(type=line.type, title=kind.title, directions=kind.directions)
        self.units.append((Interpreted(line, content, begins, ends, ""), found[0]))

    def _contents(
        self, line: MeasureLine, conditions: Sequence[ConditionLine], kind: _Type, day: date
    ) -> Iterator[MeasureContent | CheckContent]:
        nowhere = self._unclear_place(line)
        of_type = _listed(line) or kind.directions
        checks = CheckReading(self._meanings, day, self.report)
        groups = DocumentGroups(self._meanings, day, self.report)
        for condition in conditions:
            if checks.compares(condition, kind.judged):
                checks.add(condition)
            else:
                groups.add(condition)
        yield from checks.contents(
            line.type, directions=of_type, description=kind.description or None, by_officer=bool(nowhere)
        )
        unclear = ["type"] if kind.judged is None else []
        if kind.judged is None:
            self.report.note(f"measure type {line.type}", line.place, by_officer=True)
        unclear += groups.unclear()
        if groups.asks_nothing() and not unclear:
            if checks or (kind.judged is MeasureUse.CREDIBILITY and 0 < groups.counted == len(conditions)):
                return
            if not nowhere:
                unclear.append("condition" if conditions else "prohibition")
                what = "no condition about a document" if conditions else "no conditions"
                self.report.note(f"{what}: measure type {line.type}", line.place, by_officer=True)
        yield MeasureContent(
            type=line.type,
            title=kind.title,
            # What is not understood is not narrowed by what is.
            directions=of_type if unclear else groups.directions(of_type),
            procedures=() if unclear else groups.procedures(),
            all_of=groups.all_of,
            limits=groups.limits,
            by_officer=tuple(dict.fromkeys([*nowhere, *unclear])),
        )

    def _unclear_place(self, line: MeasureLine) -> list[str]:
        """Return why nobody can tell where a measure applies."""
        unclear = []
        if not self._is_known(line.area):
            unclear.append("area")
            self.unknown_areas.add(line.area)
            self.report.note(f"area {line.area}", line.place, by_officer=True)
        excluded = self._excluded.get(line.sid, ())
        for area in excluded:
            if not self._is_known(area):
                self.report.note(f"excluded area {area} is not known: nothing is excluded by it", line.place)
        if any(area in self._areas and not self._areas[area] for area in excluded):
            unclear.append("contradiction")
            self.report.note("every country is left out", line.place, by_officer=True)
        return unclear

    def _end_of_regulation(self, line: MeasureLine, begins: date) -> date | None:
        ends = self._ends.end_of(line.role, line.regulation)
        if ends is not None and ends < begins:
            self.report.note("held on: its regulation ended before it began", line.place)
            return None
        return ends

    def _is_known(self, area: str) -> bool:
        return area in self._countries or area in self._areas

    def _type(self, code: str, day: date) -> _Type:
        key = (code, day)
        found = self._types.get(key)
        if found is None:
            found = self._types[key] = self._read_type(code, day)
        return found

    def _read_type(self, code: str, day: date) -> _Type:
        row = self._meanings.measure_type(code, day)
        series, movement, title = self._extracted.get(code, ("", "", ""))
        directions = self._meanings.directions(movement, day) or _MOVED_BOTH
        if row is not None:
            return _Type(row.judged, row.title, title, row.directions or directions, row.legal_basis)
        judged = self._meanings.judged(series, day) if series else None
        return _Type(judged, title or f"measure type {code}", title, directions, "")


def _listed(line: MeasureLine) -> tuple[Direction, ...]:
    return tuple(Direction(one) for one in (line.directions or "").split())
