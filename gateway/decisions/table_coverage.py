"""The coverage of a set of tables: which goods, directions and formalities it knows on a day, from which source, and what it leaves out."""

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum

from msgspec import Struct

from gateway.contract import Direction
from gateway.decisions.credibility import is_for_officers, is_understood
from gateway.domain.tables.credibility import TaricCheck
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import TaricPart

_CHAPTERS = tuple(f"{number:02}" for number in range(1, 100) if number != 77)  # 77 is reserved in the HS
_AREAS_NAMED = 20
_PART = ": "
"""The separator before the part of a formality that a measure is, in its name."""


class Origins(StrEnum):
    """The origins (on export: destinations) of which measures speak."""

    ALL = "all"
    SOME = "some"


class TaricLoad(Struct, frozen=True, kw_only=True):
    """A load of TARIC: what it was made from, and what became of it."""

    as_of: date
    """The day as of which its measures are known."""
    sources: tuple[str, ...]
    whole: bool
    """Whether its files hold all measures of TARIC, as stated when they were loaded."""
    goods: Codes
    """Prefixes of goods of which they hold all measures."""
    asked: Mapping[str, date]
    """The day on which a tariff service said so, by prefix: of other days nobody knows."""
    measures: int
    left_out: Mapping[str, int]
    """The number of measures or conditions that are not judged, by reason."""
    by_officer: Mapping[str, int]
    """The number that are left to officers, by reason."""


class ChapterCoverage(Struct, frozen=True, kw_only=True):
    """The tables' knowledge of the goods of a chapter on the day."""

    chapter: str
    own_measures: int
    """Measures of the gateway's own tables that speak of goods of the chapter."""
    formalities: tuple[str, ...]
    """Their names without the parts of each, for some goods or origins: what is not there the tables do not know."""
    taric_measures: Mapping[str, int]
    """Measures of TARIC, by direction: also those that check figures, but for checks of which officers alone are told."""
    by_officer: int
    """The measures, of these, that an officer decides about."""
    origins: Origins
    areas: Codes
    """Areas and countries of which measures of TARIC speak: as many as are named."""
    taric: bool
    """Whether the load holds all measures on the chapter: what it does not name then needs nothing."""


class Formality(Struct, frozen=True, kw_only=True):
    """Documents of one authority, and whether it is asked."""

    types: Codes
    authority: str
    adapter: str | None
    """None: nobody is asked about them electronically; an officer verifies them."""
    directions: tuple[Direction, ...]
    legal_basis: str
    valid_from: date
    valid_to: date | None
    source: str


class TableCoverage(Struct, frozen=True, kw_only=True):
    """The coverage of a set of tables on a day."""

    version: str
    digest: str
    on: date
    taric: TaricLoad | None
    """None: the gateway's own tables alone, which know a few measures only."""
    chapters: tuple[ChapterCoverage, ...]
    formalities: tuple[Formality, ...]


def coverage_of(tables: Tables, day: date) -> TableCoverage:
    """Return what a set of tables covers on a day."""
    return TableCoverage(
        version=tables.version,
        digest=tables.digest,
        on=day,
        taric=_load(tables),
        chapters=tuple(_chapter(tables, chapter, day) for chapter in _CHAPTERS),
        formalities=tuple(
            Formality(
                types=row.types,
                authority=row.authority,
                adapter=row.adapter,
                directions=row.directions,
                legal_basis=row.legal_basis,
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                source=row.source,
            )
            for row in tables.routes
            if row.in_force(day)
        ),
    )


def _load(tables: Tables) -> TaricLoad | None:
    if tables.taric is None:
        return None
    found = tables.taric.coverage
    return TaricLoad(
        as_of=found.as_of,
        sources=found.sources,
        whole=found.whole,
        goods=found.goods,
        asked={goods: found.asked.get(goods, found.as_of) for goods in found.goods},
        measures=found.measures,
        left_out=found.left_out,
        by_officer=found.by_officer,
    )


def _chapter(tables: Tables, chapter: str, day: date) -> ChapterCoverage:
    own = [
        row
        for row in tables.required
        if row.in_force(day) and any(one.startswith(chapter) or chapter.startswith(one) for one in row.commodities)
    ]
    part = tables.taric.parts.get(chapter) if tables.taric is not None else None
    counts, officers, areas = _of_part(part, day)
    for check in _checks(tables, chapter, day):
        officers += 0 if is_understood(tables.at(day), check) else 1
        areas.add(check.area)
        counts.update(check.directions)
    everywhere = {area for area in areas if tables.taric is not None and not tables.taric.areas.get(area, (None,))}
    limited = own and all(row.origins for row in own)
    return ChapterCoverage(
        chapter=chapter,
        own_measures=len(own),
        formalities=tuple(sorted({row.measure.partition(_PART)[0] for row in own})),
        taric_measures={direction.value: counts[direction] for direction in Direction},
        by_officer=officers,
        origins=Origins.ALL if everywhere or not (limited or areas) else Origins.SOME,
        areas=tuple(sorted(areas)[:_AREAS_NAMED]),
        taric=tables.taric is not None and tables.taric.covers(chapter, Direction.IMPORT, day),
    )


def _checks(tables: Tables, chapter: str, day: date) -> Iterator[TaricCheck]:
    """Yield a check of each measure of a chapter that makes some, unless it is for officers alone: everybody reads the counts."""
    if tables.taric is None:
        return
    found = (*tables.taric.checks(chapter, day), *tables.taric.finer_checks(chapter, day))
    rows = {row.measure: row for row in found if not is_for_officers(tables.at(day), row)}
    yield from rows.values()


def _of_part(part: TaricPart | None, day: date) -> tuple[Counter[Direction], int, set[str]]:
    """Count the measures of a part that are in force on a day, by direction, and those of officers."""
    counts: Counter[Direction] = Counter()
    officers, areas = 0, set()
    if part is not None:
        in_force = [
            one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)
            for one in part.measures.applicabilities
        ]
        for applying, times in Counter(part.measures.applying).items():
            if in_force[applying]:
                applicability = part.measures.applicabilities[applying]
                content = part.measures.contents[applicability.content]
                officers += times if content.by_officer else 0
                areas.add(applicability.area)
                for direction in content.directions:
                    counts[direction] += times
    return counts, officers, areas
