"""Rows of later folders over rows of earlier ones: each replaces, for its own days, the rows under the same key."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.domain.row_kind import Key, RowKind
from gateway.settings.tables.days import Period, meet, period, without
from gateway.settings.tables.inheritance import finished
from gateway.settings.tables.kinds import KINDS, Removed


@dataclass(frozen=True, slots=True)
class Layer:
    """The content of one folder: rows and removals, by the field of `Tables` that takes them."""

    rows: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    removed: Mapping[str, Sequence[Removed]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayeredRows:
    """The rows in force once a layer stands over those before it."""

    rows: Mapping[str, Sequence[Any]]
    faults: Sequence[str]
    """What is wrong with the layer."""


def stages(layers: Sequence[Layer]) -> Iterator[LayeredRows]:
    """Return, layer by layer, the rows that hold when it stands over the earlier ones."""
    kept: dict[str, list[Any]] = {into: [] for into in KINDS}
    for number, layer in enumerate(layers):
        faults: list[str] = []
        for into, kind in KINDS.items():
            rows, removed = layer.rows.get(into, ()), layer.removed.get(into, ())
            if not rows and not removed:
                continue
            faults += _overlaps(kind, rows, removed)
            faults += _removing_nothing(kind, kept[into], removed)
            if number:
                faults += _shadowed(kind, rows, _cuts(kind, layers[number + 1 :]))
            whole = finished(kind, rows, kept[into], faults)
            cuts = _cuts(kind, [layer]) if kept[into] else {}
            kept[into] = [part for row in kept[into] for part in _left(kind, row, cuts)] + whole
        yield LayeredRows(dict(kept), faults)


def _cuts(kind: RowKind, layers: Iterable[Layer]) -> Mapping[Key, list[Period | None]]:
    """Return, by key, the days for which layers have rows; None: for ever."""
    cuts: dict[Key, list[Period | None]] = defaultdict(list)
    for layer in layers:
        for row in layer.rows.get(kind.into, ()):
            for key in kind.keys(row):
                cuts[key].append(period(row) if kind.dated else None)
        for removed in layer.removed.get(kind.into, ()):
            for key in removed.keys:
                cuts[key].append(period(removed))
    return cuts


def _left(kind: RowKind, row: Any, cuts: Mapping[Key, list[Period | None]]) -> Iterator[Any]:
    """Return the rest of a row: itself, or parts of it for fewer keys or days."""
    keys = kind.keys(row)
    if not any(key in cuts for key in keys):
        yield row
        return
    if not kind.dated:
        return
    whole = period(row)
    together: dict[tuple[Period, ...], list[Key]] = defaultdict(list)
    for key in keys:
        together[tuple(without(whole, filter(None, cuts.get(key, ()))))].append(key)
    if list(together) == [(whole,)]:
        yield row
        return
    for periods, same in together.items():
        for begins, ends in periods:
            for part in kind.narrowed(row, tuple(same)):
                yield replace(part, valid_from=begins, valid_to=ends)


def _overlaps(kind: RowKind, rows: Sequence[Any], removed: Sequence[Removed]) -> Iterator[str]:
    """Find two rows of one folder for one question on one day: nobody could say which counts."""
    seen: dict[Key, list[Any]] = defaultdict(list)
    for one, keys in [*((row, kind.keys(row)) for row in rows), *((one, one.keys) for one in removed)]:
        for key in keys:
            for other in seen[key]:
                if not kind.dated or meet(period(one), period(other)):
                    yield f"{one.place}: {kind.title_of(key)} is given already at {other.place}"
            seen[key].append(one)


def _removing_nothing(kind: RowKind, kept: Sequence[Any], removed: Sequence[Removed]) -> Iterator[str]:
    wanted = {key for one in removed for key in one.keys}
    present: dict[Key, list[Period]] = defaultdict(list)
    for row in kept if wanted else ():
        for key in wanted.intersection(kind.keys(row)):
            present[key].append(period(row))
    for one in removed:
        for key in one.keys:
            if not any(meet(days, period(one)) for days in present[key]):
                yield f"{one.place}: {kind.title_of(key)} is removed, but no earlier folder has it on these days"


def _shadowed(kind: RowKind, rows: Sequence[Any], later: Mapping[Key, list[Period | None]]) -> Iterator[str]:
    for row in rows:
        if kind.keys(row) and not any(True for _ in _left(kind, row, later)):
            yield f"{row.place}: {kind.table}: never counts: later folders replace it on all its days"
