"""The differences of a set of tables from another one by goods: which goods newly need which documents, need others, or need them no more.

They follow from the rows themselves. Between two prefixes that rows name all goods are alike; for each of them what both sets
ask is compared for each movement, origin, destination and procedure that rows tell apart, from a day on.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from enum import StrEnum
from itertools import product
from typing import NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from gateway.contract import Direction
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.taric import Taric
from gateway.settings.tables.days import Period
from gateway.settings.tables.goods_demands import Demand, Ended, GoodsClaim, GoodsDemands

_DAY = timedelta(days=1)
CHAPTER = 2
"""Digits of a chapter."""
AT_ENTRY = "transit at entry"
_OTHERS = ""
"""Stands for all countries, or procedures, that no row names."""


class ChangeWay(StrEnum):
    """The direction of a change."""

    TIGHTENS = "tightens"
    LOOSENS = "loosens"
    OTHER = "other"
    """Another document is needed: what was enough is not, and what was not enough is."""


class Selection(Struct, frozen=True):
    """Some countries or procedures: those that are named, or all but these."""

    named: Codes = ()
    all_but: bool = True


class DemandChange(Struct, frozen=True):
    """A change of what a measure asks, for some movements on some days."""

    measure: str
    way: ChangeWay
    movements: Codes
    """Directions, or `transit at entry`: transit of goods that depart where they entered the Union."""
    origins: Selection
    destinations: Selection
    procedures: Selection
    before: tuple[Demand, ...]
    """What is asked no more; where the change tightens, in place of which less was asked."""
    after: tuple[Demand, ...]
    """What is asked newly; where the change loosens, what is left."""
    valid_from: date | None = None
    """None: from the day of the comparison on."""
    valid_to: date | None = None


class GoodsPart(Struct, frozen=True):
    """A change, and the goods of a chapter that it is on."""

    change: DemandChange
    whole: bool
    """Whether it is on all goods of the chapter, but for those that are named."""
    prefixes: Codes
    but: Codes
    """Prefixes below these, or of the whole chapter, that it is not on."""


class GoodsChange(Struct, frozen=True):
    """All changes of a measure on goods of a chapter; where all goods of several chapters are alike, of these."""

    chapters: Codes
    measure: str
    parts: tuple[GoodsPart, ...]


def changed_goods(before: Tables, after: Tables, day: date) -> tuple[GoodsChange, ...]:
    """Return what a set asks otherwise than another one from a day on, by chapter and measure."""
    claims: dict[GoodsClaim, GoodsClaim] = {}
    ended = _covered(before.taric, after.taric, day)
    old, new = GoodsDemands(before, day, claims, ended), GoodsDemands(after, day, claims, ended)
    prefixes = sorted({*old.prefixes, *new.prefixes})
    known: dict[tuple[frozenset[GoodsClaim], frozenset[GoodsClaim]], tuple[DemandChange, ...]] = {}
    found: dict[DemandChange, set[str]] = defaultdict(set)
    for prefix in prefixes:
        both = old.on(prefix), new.on(prefix)
        if both[0] != both[1]:
            if both not in known:
                known[both] = tuple(_changes(*both, day))
            for change in known[both]:
                found[change].add(prefix)
    return _by_chapter(found, prefixes)


def _covered(before: Taric | None, after: Taric | None, day: date) -> Ended:
    """Return of which goods both loads of TARIC hold all measures: where one alone does, what TARIC asks is a difference of its own."""
    both = [taric for taric in (before, after) if taric is not None and taric.coverage.whole]
    known: dict[tuple[str, Direction], bool] = {}

    def covered(prefix: str, direction: Direction) -> bool:
        key = prefix[:CHAPTER], direction
        if key not in known:
            known[key] = len(both) == 2 and all(
                taric.covers(prefix, direction, max(day, taric.coverage.as_of)) for taric in both
            )
        return known[key]

    return covered


def _by_chapter(found: dict[DemandChange, set[str]], prefixes: Sequence[str]) -> tuple[GoodsChange, ...]:
    parts: dict[tuple[str, str], dict[GoodsPart, Codes]] = defaultdict(lambda: defaultdict(tuple))
    above = _above(prefixes)
    for change, on in found.items():
        begun = sorted(one for one in on if above[one] not in on)
        ended = [one for one in prefixes if one not in on and above[one] in on]
        for chapter in sorted({one[:CHAPTER] for one in begun}):
            of_chapter = tuple(one for one in begun if one.startswith(chapter) and one != chapter)
            but = tuple(one for one in ended if one.startswith(chapter))
            part = GoodsPart(replace(change, movements=()), chapter in begun, of_chapter, but)
            parts[chapter, change.measure][part] += change.movements
    alike: dict[tuple[str, frozenset[GoodsPart], str], Codes] = defaultdict(tuple)
    for (chapter, measure), of_measure in sorted(parts.items()):
        on_goods = frozenset(
            replace(part, change=replace(part.change, movements=tuple(sorted(movements))))
            for part, movements in of_measure.items()
        )
        everywhere = not any(part.prefixes or part.but for part in on_goods)
        alike[measure, on_goods, "" if everywhere else chapter] += (chapter,)
    return tuple(
        GoodsChange(chapters, measure, tuple(sorted(on_goods, key=_order)))
        for (measure, on_goods, _), chapters in alike.items()
    )


def _order(part: GoodsPart) -> tuple[object, ...]:
    return list(ChangeWay).index(part.change.way), part.prefixes, part.change.movements, repr(part)


def _above(prefixes: Sequence[str]) -> dict[str, str | None]:
    """Return for each prefix the longest one that it begins with."""
    known = set(prefixes)
    return {
        one: next((one[:end] for end in range(len(one) - 1, 0, -1) if one[:end] in known), None) for one in prefixes
    }


def _changes(old: frozenset[GoodsClaim], new: frozenset[GoodsClaim], day: date) -> Iterator[DemandChange]:
    """Yield the changes on goods of one prefix; days that follow on each other are one period."""
    found: dict[DemandChange, list[Period]] = defaultdict(list)
    for direction in sorted({one for claim in old ^ new for one in claim.directions}):
        both = [[_moved(claim, direction) for claim in of if direction in claim.directions] for of in (old, new)]
        for days in _periods([claim for of in both for claim in of], day):
            was, now = ([claim for claim in of if claim.in_force(days[0])] for of in both)
            for change in _of_days(direction, was, now):
                periods = found[change]
                if periods and periods[-1][1] is not None and periods[-1][1] + _DAY == days[0]:
                    periods[-1] = periods[-1][0], days[1]
                else:
                    periods.append(days)
    for change, periods in found.items():
        for begins, ends in periods:
            yield replace(change, valid_from=begins if begins > day else None, valid_to=ends)


def _moved(claim: GoodsClaim, direction: Direction) -> GoodsClaim:
    """Return a claim as it is made in a direction: where goods enter the Union counts in transit alone."""
    return claim if direction is Direction.TRANSIT else claim._replace(demand=replace(claim.demand, at_entry=False))


def _periods(claims: Iterable[GoodsClaim], day: date) -> Iterator[Period]:
    """Yield the periods from a day on in which the same claims are in force."""
    edges = {edge for claim in claims for edge in (claim.valid_from, claim.valid_to and claim.valid_to + _DAY) if edge}
    begins = [day, *sorted(edge for edge in edges if edge > day)]
    for one, following in zip(begins, (*begins[1:], None), strict=True):
        yield one, following - _DAY if following is not None else None


Takes = Callable[[GoodsClaim, str], bool]
Cell = tuple[frozenset[str], frozenset[str], frozenset[str]]
"""Origins, destinations and procedures."""


def _of_days(direction: Direction, old: Sequence[GoodsClaim], new: Sequence[GoodsClaim]) -> Iterator[DemandChange]:
    claims = (*old, *new)
    origins = _alike(
        claims, {one for claim in claims for one in (*claim.origins, *claim.excepted_origins)}, GoodsClaim.is_of_origin
    )
    countries: set[str] = set()
    if direction is Direction.EXPORT:
        countries = {one for claim in claims for one in (*claim.destinations, *claim.excepted_destinations)}
        destinations = _alike(claims, countries, GoodsClaim.is_for_destination)
    else:
        destinations = {(1 << len(claims)) - 1: frozenset({_OTHERS})}
    procedures = _alike(claims, {one for claim in claims for one in claim.procedures}, GoodsClaim.is_under)
    known: dict[int, tuple[_Outcome, ...]] = {}
    found: dict[_Outcome, list[Cell]] = defaultdict(list)
    for of_origin, for_destination, under in product(origins, destinations, procedures):
        made = of_origin & for_destination & under
        if made not in known:
            active = [[claim for number, claim in of if made >> number & 1] for of in _numbered(old, new)]
            known[made] = tuple(_outcomes(*active))
        for outcome in known[made]:
            found[outcome].append((origins[of_origin], destinations[for_destination], procedures[under]))
    everything = tuple(frozenset().union(*values.values()) for values in (origins, destinations, procedures))
    for outcome, cells in found.items():
        for cell in _joined(cells):
            selected = [_selection(some, of_all) for some, of_all in zip(cell, everything, strict=True)]
            at_entry = all(one.at_entry for one in (*outcome.before, *outcome.after))
            before, after = (
                tuple(replace(one, at_entry=one.at_entry and not at_entry) for one in of)
                for of in (outcome.before, outcome.after)
            )
            yield DemandChange(
                measure=outcome.measure,
                way=outcome.way,
                movements=(AT_ENTRY if at_entry else direction.value,),
                origins=selected[0],
                destinations=selected[1],
                procedures=selected[2],
                before=before,
                after=after,
            )


def _numbered(old: Sequence[GoodsClaim], new: Sequence[GoodsClaim]) -> tuple[Sequence[tuple[int, GoodsClaim]], ...]:
    return tuple(enumerate(old)), tuple(enumerate(new, start=len(old)))


def _alike(claims: Sequence[GoodsClaim], named: set[str], takes: Takes) -> dict[int, frozenset[str]]:
    """Return which countries or procedures are alike, by the claims (as bits) that are made on them."""
    found: dict[int, set[str]] = defaultdict(set)
    for one in (_OTHERS, *named):
        found[sum(1 << number for number, claim in enumerate(claims) if takes(claim, one))].add(one)
    return {made: frozenset(alike) for made, alike in found.items()}


def _joined(cells: Iterable[Cell]) -> Iterable[Cell]:
    """Join cells that differ in one of their values alone."""
    found = list(cells)
    for index in (2, 1, 0):
        joined: dict[tuple[frozenset[str], ...], frozenset[str]] = defaultdict(frozenset)
        for cell in found:
            joined[cell[:index] + cell[index + 1 :]] |= cell[index]
        found = [_completed(rest, index, some) for rest, some in joined.items()]
    return found


def _completed(rest: tuple[frozenset[str], ...], index: int, value: frozenset[str]) -> Cell:
    whole: tuple[frozenset[str], ...] = (*rest[:index], value, *rest[index:])
    origins, destinations, procedures = whole
    return origins, destinations, procedures


def _selection(some: frozenset[str], of_all: frozenset[str]) -> Selection:
    others = _OTHERS in some
    return Selection(tuple(sorted(of_all - some if others else some)), others)


class _Outcome(NamedTuple):
    measure: str
    way: ChangeWay
    before: tuple[Demand, ...]
    after: tuple[Demand, ...]


def _outcomes(old: Sequence[GoodsClaim], new: Sequence[GoodsClaim]) -> Iterator[_Outcome]:
    """Yield what is asked otherwise, by measure: a demand that others of the same set imply says nothing."""
    was, now = {one.demand for one in old}, {one.demand for one in new}
    tight = [one for one in new if not any(one.demand.is_implied_by(other) for other in was)]
    loose = [one for one in old if not any(one.demand.is_implied_by(other) for other in now)]
    for measure in dict.fromkeys(one.measure for one in (*tight, *loose)):
        after = {one.demand for one in tight if one.measure == measure}
        before = {one.demand for one in loose if one.measure == measure}
        way = ChangeWay.OTHER if after and before else ChangeWay.TIGHTENS if after else ChangeWay.LOOSENS
        if way is ChangeWay.TIGHTENS:
            before = {one for one in was - now if any(one.is_implied_by(other) for other in after)}
        elif way is ChangeWay.LOOSENS:
            after = {one for one in now - was if any(one.is_implied_by(other) for other in before)}
        yield _Outcome(measure, way, tuple(sorted(before)), tuple(sorted(after)))
