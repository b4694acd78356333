"""Rows of supplementary units, made of the measures of TARIC that name them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes, SupplementaryUnit
from gateway.settings.taric.report import Place

_LOOSENS = "TARIC names this unit for goods of these codes"
_DAY = timedelta(days=1)


class GoodsUnit(NamedTuple):
    """The supplementary unit of goods whose codes begin alike, on some days."""

    commodities: str
    unit: str
    """As TARIC has it: NAR, KGME."""
    begins: date
    ends: date | None
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRows:
    """Rows of supplementary units, and what became of no row."""

    rows: tuple[SupplementaryUnit, ...] = ()
    strange: Codes = ()
    """A sentence for each unit that is in no table."""


def unit_rows(found: Iterable[GoodsUnit], tables: Tables) -> UnitRows:
    """Make rows that stand over those of the tables: also over their rows for longer codes, of which the measures say nothing else."""
    words = {row.word: row for row in tables.units}
    named: dict[str, list[GoodsUnit]] = defaultdict(list)
    strange: dict[str, str] = {}
    for one in found:
        if one.unit in words:
            named[one.commodities].append(one)
        else:
            strange.setdefault(
                one.unit, f"{one.place}: the supplementary unit {one.unit} is in no table: it is left out"
            )
    spans = {code: tuple(_apart(units)) for code, units in named.items()}
    finer = {code for row in tables.supplementary for code in row.commodities} - set(spans)
    every = {**spans, **{code: above for code in finer if (above := _above(code, spans))}}
    same: dict[tuple[str, Decimal, date, date | None], list[str]] = defaultdict(list)
    for code, units in every.items():
        for one in units:
            word = words[one.unit]
            same[word.unit, word.factor, one.begins, one.ends].append(code)
    rows = (
        SupplementaryUnit(
            commodities=tuple(sorted(codes)),
            unit=unit,
            factor=factor,
            valid_from=begins,
            valid_to=ends,
            source="TARIC, measures of supplementary units",
            loosens=_LOOSENS,
        )
        for (unit, factor, begins, ends), codes in same.items()
    )
    return UnitRows(
        rows=tuple(sorted(rows, key=lambda row: (row.unit, row.commodities))), strange=tuple(strange.values())
    )


def _apart(units: Sequence[GoodsUnit]) -> Iterator[GoodsUnit]:
    """Yield what is named for one code so that no two count on a day: the one that began later does."""
    ordered = sorted(units, key=lambda one: (one.begins, one.unit))
    for one, after in zip(ordered, (*ordered[1:], None), strict=True):
        if after is None or (one.ends is not None and one.ends < after.begins):
            yield one
        elif one.begins < after.begins:
            yield one._replace(ends=after.begins - _DAY)


def _above(code: str, spans: Mapping[str, tuple[GoodsUnit, ...]]) -> tuple[GoodsUnit, ...]:
    """Return what is named for the longest beginning of a code."""
    return next((spans[code[:length]] for length in range(len(code) - 1, 0, -1) if code[:length] in spans), ())
