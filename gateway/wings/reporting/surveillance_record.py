"""The records of Surveillance: a goods item whose goods were all released, by the columns of Annex 21-03."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Protocol

import tomli
from msgspec import Struct, convert

from gateway.domain.declaration import Declaration, GoodsItem, Kind
from gateway.domain.release import Released


class ReleasedRecord(Protocol):
    """What a record of Surveillance needs of a declaration beside its content."""

    @property
    def mrn(self) -> str | None:
        """Its MRN."""

    @property
    def kind(self) -> Kind:
        """Its kind: the goods of a supplementary one were out before it."""

    @property
    def accepted_at(self) -> datetime | None:
        """When customs accepted it."""

    @property
    def released(self) -> Released | None:
        """What of it was released."""


class SurveillanceColumn(Struct, frozen=True, kw_only=True):
    """One of the 57 columns."""

    number: int
    element: str
    """The data element, by which a record names it."""
    title: str
    at: tuple[str, ...] = ()
    """Where its value stands; empty: it is the heading of those below it."""
    all: bool = False
    """Whether the values of all places count; else those of the first one that states any."""
    take: tuple[int, int] | None = None
    """The characters of the value that are its own."""


@cache
def columns() -> tuple[SurveillanceColumn, ...]:
    """Return the columns in the order of the annex."""
    text = files("gateway.wings.reporting").joinpath("columns.toml").read_text("utf-8")
    return convert(tomli.loads(text)["column"], tuple[SurveillanceColumn, ...])


def records(record: ReleasedRecord, declaration: Declaration) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the number of each goods item whose goods were all released, with its columns by data element.

    A column that nothing was stated for is left out. One that may stand several times is a list, with null where an entry does not
    state it: entries of one list are at the same places in each of its columns.
    """
    for item in declaration.items:
        if is_out(record, item.number):
            yield item.number, columns_of(record, declaration, item)


def is_out(record: ReleasedRecord, item: int) -> bool | None:
    """Whether all goods of an item were released; None: a part of them was."""
    if record.kind is Kind.SUPPLEMENTARY:
        return record.accepted_at is not None
    released = record.released
    if released is None:
        return False
    quantities = [one.quantity for one in released.items if one.goods_item == item]
    if released.whole or None in quantities:
        return True
    return None if quantities else False


def columns_of(record: ReleasedRecord, declaration: Declaration, item: GoodsItem) -> Mapping[str, Any]:
    """Return what is stated of an item, by data element."""
    sources = {"record": record, "declaration": declaration, "item": item, "containers": _containers(declaration, item)}
    found: dict[str, Any] = {}
    for column in columns():
        values = [_at(sources, path) for path in column.at]
        # What one entry of a list does not state keeps its place.
        value = (
            [one for several in values for one in several or ()] if column.all else next(filter(_says, values), None)
        )
        if column.take is not None and value is not None:
            value = value[slice(*column.take)]
        if _says(value):
            found[column.element] = value
    return found


def _says(value: Any) -> bool:
    """Whether something is stated: a list is not if none of its entries says anything."""
    return any(map(_says, value)) if isinstance(value, list | tuple) else value not in (None, "")


@cache
def _names(path: str) -> tuple[str, tuple[str, ...]]:
    first, *rest = path.split(".")
    return first, tuple(rest)


def _at(sources: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path; of lists the values of all entries."""
    first, names = _names(path)
    value = sources[first]
    for name in names:
        if isinstance(value, list | tuple):
            entries = [getattr(one, name) for one in value]
            nested = any(isinstance(one, list | tuple) for one in entries)
            value = [one for several in entries for one in several] if nested else entries
        elif value is not None:
            value = getattr(value, name)
    return value


def _containers(declaration: Declaration, item: GoodsItem) -> list[str]:
    """Return the numbers of the containers that an item is in: those that name it, those that name none, and those that it names."""
    transport, more = declaration.transport, item.more
    stated = transport.containers if transport is not None else ()
    of_shipment = [one.number for one in stated if not one.goods_items or item.number in one.goods_items]
    own = more.containers if more is not None else ()
    return list(dict.fromkeys([*filter(None, of_shipment if not own else ()), *own]))
