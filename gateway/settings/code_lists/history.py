"""Rows of the codes that lists name: from the export or row that shows a code first, to the first later export that lacks it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.domain.tables.code_rows import ListedCodes
from gateway.domain.tables.rows import Codes, Element
from gateway.settings.code_lists.snapshots import Snapshot
from gateway.settings.code_lists.vocabulary import UnionList
from gateway.settings.tables.days import Period, period, without


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What exports say of a list."""

    list: UnionList
    days: tuple[date, ...]
    """Of the exports."""
    known: Codes
    """The codes that the newest export leaves in use."""
    begun: Mapping[str, date]
    """The codes that were sighted after the oldest export or row, each with its day."""
    ended: Mapping[str, date]
    """The codes that a newer export lacks, each with the day on which it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedCodes:
    """The rows that exports come to."""

    rows: tuple[ListedCodes, ...]
    removed: tuple[ListedCodes, ...]
    """Codes and days on which rows that stand already name a code that has ended."""
    changes: tuple[ListChange, ...]


@dataclass(slots=True)
class _Code:
    """What is known of a code, by day: sighted, with the day from which that counts, or missing (None)."""

    seen: dict[date, date | None] = field(default_factory=dict)


def make_rows(
    snapshots: Sequence[Snapshot], below: Sequence[ListedCodes], before: Iterable[ListedCodes] = ()
) -> LoadedCodes:
    """Make rows of whole lists; their order changes nothing.

    `below` are the rows over which the new ones will stand, `before` those in whose place they come, from an earlier load:
    what both show is not forgotten, and lists that no export names stay as they are.
    """
    of_list: dict[str, list[Snapshot]] = defaultdict(list)
    for one in snapshots:
        of_list[one.list.number].append(one)
    under, kept = _by_code(below), tuple(before)
    known = _by_code((*below, *kept))
    rows: list[ListedCodes] = []
    removed: list[ListedCodes] = []
    changes = []
    for number in sorted({*of_list, *(row.code_list for row in kept)}):
        held = sorted(of_list.get(number, ()), key=lambda one: one.day)
        periods = {code: _periods(told) for code, told in sorted(_evidence(held, known[number]).items())}
        own = [row for row in kept if row.code_list == number]
        element = held[0].list.element if held else own[0].element
        source = _source(held, own)
        rows += _condensed(number, element, periods, source)
        removed += _condensed(number, element, dict(_given_up(under[number], periods)), f"ended by: {source}")
        if held:
            changes.append(_change(held, periods, known[number]))
    return LoadedCodes(rows=tuple(rows), removed=tuple(removed), changes=tuple(changes))


_ByCode = Mapping[str, Mapping[str, Sequence[Period]]]
"""By list and code."""


def _by_code(rows: Iterable[ListedCodes]) -> _ByCode:
    found: dict[str, dict[str, list[Period]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for code in row.entries:
            found[row.code_list][code].append(period(row))
    return found


def _evidence(held: Sequence[Snapshot], before: Mapping[str, Sequence[Period]]) -> dict[str, _Code]:
    found: dict[str, _Code] = defaultdict(_Code)
    for code, periods in before.items():
        for begins, ends in periods:
            found[code].seen[begins] = begins
            if ends is not None:
                found[code].seen.setdefault(ends, None)
    codes = {*found, *(code for one in held for code in one.entries)}
    for one in held:
        for code in codes:
            entry = one.entries.get(code)
            found[code].seen[one.day] = None if entry is None else max(one.day, entry.active_from)
    return found


def _periods(told: _Code) -> tuple[Period, ...]:
    """Return the days on which a code is known. What is missing before it is sighted ends nothing."""
    found: list[Period] = []
    begun: date | None = None
    for day in sorted(told.seen):
        sighted = told.seen[day]
        if sighted is not None:
            begun = sighted if begun is None else min(begun, sighted)
        elif begun is not None:
            if begun <= day:
                found.append((begun, day))
            begun = None
    if begun is not None:
        found.append((begun, None))
    return tuple(found)


def _given_up(
    before: Mapping[str, Sequence[Period]], periods: Mapping[str, Sequence[Period]]
) -> Iterator[tuple[str, tuple[Period, ...]]]:
    for code, earlier in before.items():
        left = tuple(part for one in earlier for part in without(one, periods.get(code, ())))
        if left:
            yield code, left


def _condensed(
    number: str, element: Element | None, periods: Mapping[str, Sequence[Period]], source: str
) -> Iterator[ListedCodes]:
    """Return one row for all codes of the same days."""
    together: dict[Period, list[str]] = defaultdict(list)
    for code, days in periods.items():
        for one in days:
            together[one].append(code)
    for begins, ends in sorted(together, key=lambda one: (one[0], one[1] or date.max)):
        yield ListedCodes(
            code_list=number,
            entries=tuple(sorted(together[begins, ends])),
            element=element,
            valid_from=begins,
            valid_to=ends,
            source=source,
        )


_AS_OF = "; as of "


def _source(held: Sequence[Snapshot], own: Sequence[ListedCodes]) -> str:
    """Return what rows follow from: the exports of now, and those that rows of an earlier load name."""
    told = {f"{one.day}: {', '.join(one.files)}" for one in held}
    title = f"Union code list {held[0].list.number} ({held[0].list.name})" if held else ""
    for row in own:
        named, *exports = row.source.split(_AS_OF)
        title = title or named
        told.update(exports)
    return _AS_OF.join((title, *sorted(told)))


def _change(
    held: Sequence[Snapshot], periods: Mapping[str, Sequence[Period]], before: Mapping[str, Sequence[Period]]
) -> ListChange:
    first = min([held[0].day, *(begins for same in before.values() for begins, _ in same)])
    return ListChange(
        list=held[0].list,
        days=tuple(one.day for one in held),
        known=tuple(code for code, days in periods.items() if days and days[-1][1] is None),
        begun={code: days[-1][0] for code, days in periods.items() if days and days[-1][0] > first},
        ended={code: days[-1][1] for code, days in periods.items() if days and days[-1][1] is not None},
    )
