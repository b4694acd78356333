"""Inheritance of fields: what a row of a later folder leaves out is that of the rows it replaces, by key and by day."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, fields, replace
from datetime import timedelta
from typing import Any

from msgspec import UNSET

from gateway.domain.row_kind import Key, RowKind
from gateway.settings.tables.days import Period, meet, period, without

_DAY = timedelta(days=1)


def finished(kind: RowKind, rows: Sequence[Any], kept: Iterable[Any], faults: list[str]) -> list[Any]:
    """Return rows with all their fields: what they leave out is that of the rows that stand there, else the default.

    A row that replaces several, for other keys or on other days, takes over from each for its own part. What has no default
    and stands nowhere is a fault.
    """
    wanted = {key for row in rows if _left_out(kind, row) for key in kind.keys(row)}
    replaced: dict[Key, list[Any]] = defaultdict(list)
    for row in kept if wanted else ():
        for key in wanted.intersection(kind.keys(row)):
            replaced[key].append(row)
    return [part for row in rows for part in _finished(kind, row, replaced, faults)]


def _left_out(kind: RowKind, row: Any) -> tuple[str, ...]:
    return tuple([name for name in kind.inherited if getattr(row, name) is UNSET])


def _finished(kind: RowKind, row: Any, replaced: dict[Key, list[Any]], faults: list[str]) -> Iterator[Any]:
    names = _left_out(kind, row)
    if not names:
        yield row
        return
    defaults = {one.name: one.default for one in fields(kind.type)}
    together: dict[tuple[Period, tuple[Any, ...]], list[Key]] = defaultdict(list)
    for key in kind.keys(row):
        for days, source in _sources(row, replaced[key]):
            values = tuple(
                defaults[name] if source is None or _is_of_another(kind, name, row, source) else getattr(source, name)
                for name in names
            )
            together[days, values].append(key)
    lacking = {
        name: None for _, values in together for name, value in zip(names, values, strict=True) if value is MISSING
    }
    if lacking:
        some = "" if len(together) == 1 else " where it replaces no earlier row"
        faults += [f"{row.place}: {name} is missing{some}" for name in lacking]
        return
    for ((begins, ends), values), keys in together.items():
        changes = {**dict(zip(names, values, strict=True)), "valid_from": begins, "valid_to": ends}
        yield from kind.narrowed(replace(row, **changes), tuple(keys))


def _is_of_another(kind: RowKind, name: str, row: Any, source: Any) -> bool:
    """Whether a field of a replaced row says something of what the row names otherwise."""
    of = dict(kind.of_another).get(name)
    return of is not None and getattr(row, of) is not UNSET and getattr(row, of) != getattr(source, of)


def _sources(row: Any, replaced: Sequence[Any]) -> list[tuple[Period, Any]]:
    """Return, in order, the days of a row with the row that it replaces on them; days that follow on each other and say the same
    are one.
    """
    whole = period(row)
    found: list[tuple[Period, Any]] = []
    for one in replaced:
        if meet(whole, period(one)):
            begins = max(whole[0], one.valid_from)
            ends = min((end for end in (whole[1], one.valid_to) if end is not None), default=None)
            found.append(((begins, ends), one))
    found += [(days, None) for days in without(whole, [days for days, _ in found])]
    found.sort(key=lambda one: one[0][0])
    merged: list[tuple[Period, Any]] = []
    for days, source in found:
        if (
            merged
            and _same(merged[-1][1], source)
            and merged[-1][0][1] is not None
            and merged[-1][0][1] + _DAY == days[0]
        ):
            merged[-1] = ((merged[-1][0][0], days[1]), source)
        else:
            merged.append((days, source))
    return merged


def _same(one: Any, other: Any) -> bool:
    if one is None or other is None:
        return one is other
    days = {
        "valid_from": other.valid_from,
        "valid_to": other.valid_to,
        "source": other.source,
        "loosens": other.loosens,
    }
    return bool(replace(one, **days) == other)
