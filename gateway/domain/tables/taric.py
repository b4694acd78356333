"""The measures of TARIC that ask for documents or compare what is declared: kept in parts, one for each chapter, and found by
commodity code.

A part is content-addressed: its digest is that of its text, and a set of tables names the digests of its parts. Whoever loads
another set keeps the parts that both have. Rows of table 3 are made of measures when goods come under them: 200,000 conditions as
rows would take hundreds of megabytes in each process.
"""

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

from msgspec import Struct

from gateway.contract import Direction
from gateway.domain.tables.credibility import CheckCondition, TaricCheck, Threshold
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.required import GroupLimit, TaricRequirement
from gateway.domain.tables.rows import Codes

DIGITS = 10
"""Of a goods code in TARIC."""
CHAPTER = 2
"""Digits of a chapter."""
_COUNTRY = 2
"""Letters of a country."""
_ROWS_KEPT = 50_000
"""So many rows that were made of measures are kept at hand."""


UNCLEAR = frozenset({"type", "condition", "action", "area", "prohibition", "contradiction", "goods"})
"""Why an officer decides about a measure, as words of the catalogue."""


class MeasureContent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content that measures have in common which ask the same of different goods and origins."""

    type: str
    """The measure type, three or six digits."""
    title: str
    directions: tuple[Direction, ...]
    procedures: Codes = ()
    """Requested procedures; empty: all."""
    all_of: tuple[Codes, ...] = ()
    """One group for each condition code: certificates of which one has to be declared."""
    limits: tuple[GroupLimit, ...] = ()
    by_officer: Codes = ()
    """Why an officer decides, of `UNCLEAR`; empty: the groups decide."""


class CheckContent(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The content that credibility checks have in common: conditions of one code, as `CredibilityCheck` has them."""

    type: str
    directions: tuple[Direction, ...]
    condition: CheckCondition | None = None
    """None: an officer judges it."""
    thresholds: tuple[Threshold, ...] = ()
    otherwise: str | None = None
    documents: Codes = ()
    unit: str | None = None
    currency: str | None = None
    description: str | None = None


class Applicability(NamedTuple):
    """Where and when a measure applies: what many measures have in common beside their content."""

    content: int
    """Index of the content among those of its part."""
    area: str
    """A country, or a geographical area by its number."""
    excluded: Codes
    additional_code: str
    """TARIC additional code (type and code, four characters); empty: whatever is declared."""
    valid_from: date
    valid_to: date | None


class Membership(NamedTuple):
    """A country's membership of a geographical area."""

    country: str
    valid_from: date
    valid_to: date | None


C = TypeVar("C", bound=MeasureContent | CheckContent)


@dataclass(frozen=True, slots=True, eq=False)
class MeasuresByCode(Generic[C]):
    """Measures in the order of their goods codes."""

    contents: tuple[C, ...] = ()
    applicabilities: tuple[Applicability, ...] = ()
    goods: "array[int]" = field(default_factory=lambda: array("Q"))
    """Goods codes as numbers, ascending."""
    applying: "array[int]" = field(default_factory=lambda: array("L"))
    """For each measure the index of its applicability."""
    numbers: "array[int]" = field(default_factory=lambda: array("q"))
    """For each measure its number in the extract (`measure.sid`)."""
    bases: Codes = ()
    """Legal bases."""
    based: "array[int]" = field(default_factory=lambda: array("L"))
    """For each measure the index of its legal basis: most that is said otherwise is said of many goods, by many acts."""

    def content(self, index: int) -> C:
        """Return the content of a measure."""
        return self.contents[self.applicabilities[self.applying[index]].content]

    def basis(self, index: int) -> str:
        """Return the legal basis of a measure."""
        return self.bases[self.based[index]]

    def in_force(self, begins: int, ends: int, day: date) -> Iterator[int]:
        """Yield the indexes of measures in force on a day on goods codes from `begins` to `ends`, both included."""
        for index in range(bisect_left(self.goods, begins), bisect_right(self.goods, ends)):
            when = self.applicabilities[self.applying[index]]
            if when.valid_from <= day and (when.valid_to is None or day <= when.valid_to):
                yield index

    def of(self, commodity_code: str, day: date) -> Iterator[int]:
        """Yield the indexes of measures on all goods of a commodity code."""
        codes = {_number(commodity_code[:length]) for length in range(2, len(commodity_code) + 1, 2)}
        for code in sorted({*codes, _number(commodity_code)}):
            yield from self.in_force(code, code, day)

    def finer(self, commodity_code: str, day: date) -> Iterator[int]:
        """Yield the indexes of measures on some only of the goods whose codes begin like this one."""
        if len(commodity_code) < DIGITS:
            first = _number(commodity_code)
            yield from self.in_force(first + 1, first + 10 ** (DIGITS - len(commodity_code)) - 1, day)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class TaricPart:
    """The measures on one chapter."""

    chapter: str
    digest: str
    measures: MeasuresByCode[MeasureContent]
    """Those that ask for documents."""
    checks: MeasuresByCode[CheckContent]
    """Those that compare what is declared of goods; one for each condition code of a measure."""


class TaricCoverage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The coverage of a load of TARIC: what it was read from, as of which day, and what was left out."""

    sources: tuple[str, ...]
    """Each file with its digest, in the order of loading."""
    as_of: date
    """The day on which the newest of them was made; by then the measures are known."""
    measures: int
    left_out: Mapping[str, int] = {}
    """How many measures or conditions are left out, by reason."""
    by_officer: Mapping[str, int] = {}
    """How many measures an officer decides, by reason."""
    since: date | None = None
    """The first day for which the measures are known: those that ended before were left out; None: all days."""
    whole: bool = False
    """Whether the files hold all measures of TARIC, as stated when they were loaded."""
    goods: Codes = ()
    """Prefixes of goods of which the files hold all measures: those of a tariff service's answers."""
    asked: Mapping[str, date] = {}
    """By prefix of those goods the day that was asked about: of other days the answer says nothing."""
    unjudged: Codes = ()
    """Chapters of which something is not judged or not known: nobody can say that nothing is needed there."""


@dataclass(slots=True, eq=False)
class Taric:
    """The measures of a load of TARIC, by chapter, with the geographical areas that they name."""

    coverage: TaricCoverage
    parts: Mapping[str, TaricPart]
    """By chapter."""
    areas: Mapping[str, tuple[Membership, ...]]
    """Without members: every country."""
    common: str
    """The digest of the part with areas and certificates."""
    certificates: frozenset[str] = frozenset()
    """Codes of certificates that the files name."""
    additional_codes: frozenset[str] = frozenset()
    """TARIC additional codes that measures of the files have, whether they are judged or not."""
    unknown_areas: frozenset[str] = frozenset()
    """Areas of measures that nobody knew when they were loaded, countries among them."""
    _rows: dict[tuple[str, int], TaricRequirement] = field(default_factory=dict, repr=False)
    _checks: dict[tuple[str, int], TaricCheck] = field(default_factory=dict, repr=False)

    def measures(self, commodity_code: str, day: date) -> Iterator[TaricRequirement]:
        """Yield the measures in force on goods of a commodity code, whatever their origin and direction."""
        part = self.parts.get(commodity_code[:2])
        if part is not None:
            yield from (self._row(part, index) for index in part.measures.of(commodity_code, day))

    def finer_measures(self, commodity_code: str, day: date) -> Iterator[TaricRequirement]:
        """Yield the measures in force on some only of the goods whose codes begin like this one."""
        part = self.parts.get(commodity_code[:2])
        if part is not None:
            yield from (self._row(part, index) for index in part.measures.finer(commodity_code, day))

    def checks(self, commodity_code: str, day: date) -> Iterator[TaricCheck]:
        """Yield the credibility checks in force on goods of a commodity code, whatever their origin and direction."""
        part = self.parts.get(commodity_code[:2])
        if part is not None:
            yield from (self._check(part, index) for index in part.checks.of(commodity_code, day))

    def finer_checks(self, commodity_code: str, day: date) -> Iterator[TaricCheck]:
        """Yield the credibility checks in force on some only of the goods whose codes begin like this one."""
        part = self.parts.get(commodity_code[:2])
        if part is not None:
            yield from (self._check(part, index) for index in part.checks.finer(commodity_code, day))

    def covers(self, commodity_code: str, direction: Direction, day: date) -> bool:
        """Whether all measures on all goods of a commodity code are known and judged on a day.

        In transit they never are: measures of TARIC are on import and export. On days before a whole load they are not either.
        """
        chapter = commodity_code[:CHAPTER]
        if direction is Direction.TRANSIT or len(chapter) < CHAPTER or chapter in self.coverage.unjudged:
            return False
        if self.coverage.since is not None and day < self.coverage.since:
            return False
        # An extraction holds what is in force and what is to come: a measure that had ended may not be in it.
        if self.coverage.whole and day >= self.coverage.as_of:
            return True
        # An answer shows what is in force on one day, and neither what has ended nor what is to come.
        return any(
            commodity_code.startswith(goods) and self.coverage.asked.get(goods, self.coverage.as_of) == day
            for goods in self.coverage.goods
        )

    def within(self, area: str, country: str, day: date) -> bool | None:
        """Whether a country is in an area on a day; None: the area is not known."""
        if area == country:
            return True
        members = self.areas.get(area)
        if members is None:
            country_known = area.isalpha() and len(area) == _COUNTRY and area not in self.unknown_areas
            return False if country_known else None
        return not members or any(
            one.country == country and one.valid_from <= day and (one.valid_to is None or day <= one.valid_to)
            for one in members
        )

    def everywhere(self, area: str) -> bool:
        """Whether an area is every country."""
        return self.areas.get(area) == ()

    def has_code(self, goods: Goods, row: TaricRequirement | TaricCheck) -> bool | None:
        """Whether goods have the additional code of a measure.

        None: nobody can tell, since no code of its type is declared that any measure has.
        """
        wanted = row.additional_code
        if not wanted or wanted in goods.additional_codes:
            return True
        others = (one for one in goods.additional_codes if one[:1] == wanted[:1])
        return False if any(one in self.additional_codes for one in others) else None

    def applies(self, row: TaricRequirement | TaricCheck, country: str | None, day: date) -> bool:
        """Whether goods from, or on export to, a country come under a measure; where nobody can tell, they do."""
        if country is None:
            return True
        if any(self.within(area, country, day) for area in row.excepted_areas):
            return False
        return self.within(row.area, country, day) is not False

    def _row(self, part: TaricPart, index: int) -> TaricRequirement:
        key = (part.chapter, index)
        row = self._rows.get(key)
        if row is None:
            if len(self._rows) >= _ROWS_KEPT:
                self._rows.clear()
            content = part.measures.content(index)
            row = self._rows[key] = TaricRequirement(
                measure=f"{content.title} (TARIC {content.type})",
                directions=content.directions,
                procedures=content.procedures,
                all_of=content.all_of,
                group_limits=content.limits,
                by_officer=content.by_officer,
                **self._applying(part.measures, index),
            )
        return row

    def _check(self, part: TaricPart, index: int) -> TaricCheck:
        key = (part.chapter, index)
        row = self._checks.get(key)
        if row is None:
            if len(self._checks) >= _ROWS_KEPT:
                self._checks.clear()
            content = part.checks.content(index)
            row = self._checks[key] = TaricCheck(
                measure=str(part.checks.numbers[index]),
                measure_type=content.type,
                condition=content.condition,
                directions=content.directions,
                thresholds=content.thresholds,
                otherwise=content.otherwise,
                documents=content.documents,
                taric_unit=content.unit,
                currency=content.currency,
                description=content.description,
                **self._applying(part.checks, index),
            )
        return row

    def _applying(self, measures: MeasuresByCode[C], index: int) -> dict[str, Any]:
        """Return what rows of either kind have: on which goods, where and when a measure applies, and by which act."""
        when = measures.applicabilities[measures.applying[index]]
        return {
            "commodities": (prefix(measures.goods[index]),),
            "area": when.area,
            "excepted_areas": when.excluded,
            "additional_code": when.additional_code,
            "legal_basis": measures.basis(index),
            "valid_from": when.valid_from,
            "valid_to": when.valid_to,
            "source": f"TARIC as of {self.coverage.as_of.isoformat()}",
            "place": f"TARIC measure {measures.numbers[index]}",
        }


def prefix(goods: int) -> str:
    """Return a goods code without its trailing zeros, in pairs: what the commodity codes of its goods begin with."""
    code = f"{goods:0{DIGITS}d}"
    while len(code) > 2 and code.endswith("00"):
        code = code[:-2]
    return code


def _number(code: str) -> int:
    return int(code.ljust(DIGITS, "0"))
