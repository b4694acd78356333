"""Rows of the codes that lists name: from the export or row that shows a code first, to the first later export that lacks it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from gateway.domain.tables.rows import Codes, ListedCodes
from gateway.settings.code_lists.snapshots import Snapshot
from gateway.settings.code_lists.vocabulary import CodeList
from gateway.settings.tables.days import Period, period, without


@dataclass(frozen=True, slots=True, kw_only=True)
class ListChange:
    """What exports say of a list."""

    list: CodeList
    days: tuple[date, ...]
    """Of the exports."""
    known: Codes
    """The codes that the newest export leaves in use."""
    begun: Mapping[str, date]
    """The codes that were sighted after the oldest export or row, each with its day."""
    ended: Mapping[str, date]
    """The codes that a newer export lacks, each with the day on which it ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """The rows that exports come to."""

    rows: tuple[ListedCodes, ...]
    removed: tuple[ListedCodes, ...]
    """Codes and days on which rows that stand already name a code that has ended."""
    changes: tuple[ListChange, ...]


@dataclass(slots=True)
class _Code:
    """What is known of a code, by day: sighted, with the day from which that counts, or missing (None)."""

    seen: dict[date, date | None] = field(default_factory=dict)


def make_rows(snapshots: Sequence[Snapshot], standing: Iterable[ListedCodes]) -> Loaded:
    """Make rows of whole lists and of the rows that stand already; neither's order changes anything."""
    of_list: dict[str, list[Snapshot]] = defaultdict(list)
    for one in snapshots:
        of_list[one.list.number].append(one)
    before: dict[str, dict[str, list[Period]]] = defaultdict(lambda: defaultdict(list))
    for row in standing:
        for code in row.entries:
            before[row.code_list][code].append(period(row))
    rows: list[ListedCodes] = []
    removed: list[ListedCodes] = []
    changes = []
    for number in sorted(of_list):
        held = sorted(of_list[number], key=lambda one: one.day)
        periods = {code: _periods(told) for code, told in sorted(_evidence(held, before[number]).items())}
        source = _source(held)
        rows += _condensed(held[0].list, periods, source)
        removed += _condensed(held[0].list, dict(_given_up(before[number], periods)), f"ended by: {source}")
        changes.append(_change(held, periods, before[number]))
    return Loaded(rows=tuple(rows), removed=tuple(removed), changes=tuple(changes))


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
    for code, standing in before.items():
        left = tuple(part for one in standing for part in without(one, periods.get(code, ())))
        if left:
            yield code, left


def _condensed(known: CodeList, periods: Mapping[str, Sequence[Period]], source: str) -> Iterator[ListedCodes]:
    """Return one row for all codes of the same days."""
    together: dict[Period, list[str]] = defaultdict(list)
    for code, days in periods.items():
        for one in days:
            together[one].append(code)
    for begins, ends in sorted(together, key=lambda one: (one[0], one[1] or date.max)):
        yield ListedCodes(
            code_list=known.number,
            entries=tuple(sorted(together[begins, ends])),
            element=known.element,
            valid_from=begins,
            valid_to=ends,
            source=source,
        )


def _source(held: Sequence[Snapshot]) -> str:
    first = held[0].list
    told = "; ".join(f"as of {one.day}: {', '.join(one.files)}" for one in held)
    return f"Union code list {first.number} ({first.name}), {told}"


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
