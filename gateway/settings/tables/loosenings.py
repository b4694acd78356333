"""A search for what one set of tables loosens against another: by what holds on each day, not by how it is written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

from gateway.domain.row_kind import Key, RowKind
from gateway.domain.tables.change import TableChange
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import Alternative, TypeLimit
from gateway.settings.tables.days import Period, meet, period
from gateway.settings.tables.kinds import KINDS, Removed
from gateway.settings.tables.taric_changes import taric_loosened

_DAY = timedelta(days=1)

Rows = Mapping[str, Sequence[Any]]
"""By the field of `Tables` that holds them."""


class _Change(NamedTuple):
    """A change that one direction finds on some days of a key."""

    name: str | None
    means: str
    before: str
    after: str
    place: str
    reason: str | None


def loosened(before: Tables, after: Tables) -> tuple[TableChange, ...]:
    """Return what a set loosens against another one, as the one in force: each with the row's own reason, if it has one."""
    return (*loosened_rows(rows_of(before), rows_of(after)), *taric_loosened(before.taric, after.taric))


def changed(before: Tables, after: Tables) -> tuple[TableChange, ...]:
    """Return all changes of a set against another one, texts apart; what loosens is marked."""
    return (*changed_rows(rows_of(before), rows_of(after)), *taric_loosened(before.taric, after.taric))


def changed_rows(before: Rows, after: Rows) -> tuple[TableChange, ...]:
    """Return all changes of rows against others, texts apart; what loosens is marked."""
    return _between(before, after, {}, loosening_only=False)


def rows_of(tables: Tables) -> Rows:
    """Return all rows of a set, by kind."""
    return {into: tables.rows_of(into) for into in KINDS}


def loosened_rows(
    before: Rows, after: Rows, removed: Mapping[str, Sequence[Removed]] | None = None
) -> tuple[TableChange, ...]:
    """Return what rows loosen against others. `removed` are those that a folder took out, each with its place and reason."""
    return _between(before, after, removed or {}, loosening_only=True)


def _between(
    before: Rows, after: Rows, removed: Mapping[str, Sequence[Removed]], *, loosening_only: bool
) -> tuple[TableChange, ...]:
    return tuple(
        one
        for into, kind in KINDS.items()
        if not kind.decides_nothing and (before.get(into) or not kind.later)
        # Kinds of which a folder says nothing are the same rows.
        if removed.get(into) or before.get(into) is not after.get(into)
        for one in _of_kind(kind, before.get(into, ()), after.get(into, ()), removed.get(into, ()))
        if one.loosens or not loosening_only
    )


def _of_kind(
    kind: RowKind, before: Sequence[Any], after: Sequence[Any], removed: Sequence[Removed]
) -> Iterator[TableChange]:
    old, new = _by_key(kind, before), _by_key(kind, after)
    taken_out: dict[Key, list[Removed]] = defaultdict(list)
    for one in removed:
        for key in one.keys:
            taken_out[key].append(one)
    found: dict[tuple[Period, _Change], list[Key]] = defaultdict(list)
    for key in dict.fromkeys((*old, *new)):
        chain = fallbacks(kind, key)
        if [old.get(one) for one in chain] != [new.get(one) for one in chain]:
            for days, change in _together(_of_key(kind, key, (old, new), taken_out[key])):
                found[days, change].append(key)
    for (days, change), keys in found.items():
        yield TableChange(
            table=kind.table,
            keys=tuple(key_of(key) for key in keys),
            means=change.means,
            field=change.name,
            before=change.before,
            after=change.after,
            valid_from=days[0],
            valid_to=days[1],
            place=change.place,
            reason=change.reason,
        )


_ByKey = Mapping[Key, Sequence[Any]]


def _by_key(kind: RowKind, rows: Iterable[Any]) -> _ByKey:
    found: dict[Key, list[Any]] = defaultdict(list)
    for row in rows:
        for key in kind.keys(row):
            found[key].append(row)
    return {key: sorted(same, key=lambda row: row.valid_from) for key, same in found.items()}


def fallbacks(kind: RowKind, key: Key) -> tuple[Key, ...]:
    """Return the keys whose rows answer for one key, in the order in which they are asked."""
    if kind.into in {"supplementary", "prefix_classes", "code_elements"}:
        return tuple((key[0][:length],) for length in range(len(key[0]), 0, -1))
    if kind.into == "offices":
        return tuple(dict.fromkeys((key, (key[0][:2],))))
    if kind.into in {"statuses", "classes"} and key[1] is not None:
        return key, (key[0], None)
    if kind.for_all and key[kind.key.index(kind.for_all)] != "":
        return key, tuple("" if name == kind.for_all else part for name, part in zip(kind.key, key, strict=True))
    return (key,)


def _of_key(
    kind: RowKind, key: Key, rows: tuple[_ByKey, _ByKey], removed: Sequence[Removed]
) -> Iterator[tuple[Period, _Change]]:
    chain = fallbacks(kind, key)
    for days in _spans([row for side in rows for one in chain for row in side.get(one, ())]):
        before, after = (
            next((row for one in chain for row in side.get(one, ()) if row.in_force(days[0])), None) for side in rows
        )
        for change in _changes(kind, before, after):
            if after is None:
                by = next((one for one in removed if meet(period(one), days)), None)
                change = change._replace(place=by.place, reason=by.loosens) if by is not None else change
            yield days, change


def _spans(rows: Iterable[Any]) -> Iterator[Period]:
    """Return the stretches of days on which the same rows hold."""
    edges = sorted({row.valid_from for row in rows} | {row.valid_to + _DAY for row in rows if row.valid_to is not None})
    for begins, following in zip(edges, (*edges[1:], None), strict=True):
        yield begins, following - _DAY if following is not None else None


def _changes(kind: RowKind, before: Any, after: Any) -> Iterator[_Change]:
    directions = kind.directions
    if before is None or after is None:
        row, way = (after, directions.added) if before is None else (before, directions.removed)
        if row is not None:
            means = way.means if way.weaker(row, row) else ""
            reason = after.loosens if after is not None else None
            whole = summary(kind, row)
            yield _Change(
                None, means, "" if before is None else whole, "" if after is None else whole, row.place, reason
            )
        return
    if before == after:
        return
    for name, way in directions.fields.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            means = way.means if way.weaker(old, new) else ""
            yield _Change(name, means, printed(old), printed(new), after.place, after.loosens)


def summary(kind: RowKind, row: Any) -> str:
    """Return the content of a row beside its key, as far as it has any."""
    values = ((name, getattr(row, name)) for name in kind.inherited)
    return "; ".join(f"{name}: {printed(value)}" for name, value in values if value not in (None, (), False))


def _together(found: Iterable[tuple[Period, _Change]]) -> list[tuple[Period, _Change]]:
    """Merge days that follow on each other and on which the same is loosened."""
    merged: dict[_Change, list[Period]] = defaultdict(list)
    for days, change in found:
        spans = merged[change]
        if spans and spans[-1][1] is not None and spans[-1][1] + _DAY == days[0]:
            spans[-1] = spans[-1][0], days[1]
        else:
            spans.append(days)
    return [(days, change) for change, spans in merged.items() for days in spans]


def key_of(key: Key) -> str:
    """Return a key as people read it."""
    return ", ".join(printed(part) for part in key if part not in (None, ""))


def printed(value: Any) -> str:
    """Return a value of a row as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Alternative):
        return f"{', '.join(value.types)} for {value.to} on {', '.join(value.commodities)}"
    if isinstance(value, TypeLimit):
        return f"{', '.join(value.types)} up to {value.net_mass:f} kg"
    if isinstance(value, tuple):
        if value and isinstance(value[0], tuple):
            return "; ".join(" or ".join(map(printed, group)) for group in value)
        return ("; " if value and isinstance(value[0], Alternative | TypeLimit) else ", ").join(map(printed, value))
    if isinstance(value, Enum):
        return str(value.value)
    if value is None:
        return ""
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def unexplained(found: Iterable[TableChange]) -> Iterator[str]:
    """Return, with file and line, what is loosened without a reason."""
    for one in found:
        if not (one.reason or "").strip():
            yield f'{one.place}: {one.sentence}; if this is meant, say why in the row: loosens = "reason"'
