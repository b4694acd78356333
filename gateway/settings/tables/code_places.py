"""A search for rows about document codes and data elements that contradict each other."""

from collections import defaultdict
from collections.abc import Iterator

from gateway.domain.tables.code_rows import CodeElements, ListedCodes
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Element
from gateway.settings.tables.days import meet, period


def found(tables: Tables) -> Iterator[str]:
    """Return a fault for each such row, with its place."""
    rows: dict[str, list[CodeElements]] = defaultdict(list)
    for row in tables.code_elements:
        for beginning in row.beginnings:
            rows[beginning].append(row)
        if len(set(row.elements)) != len(row.elements):
            yield f"{row.place}: elements: names one data element twice"
    for one in tables.undivided:
        if len(set(one.elements)) < 2:
            yield f"{one.place}: elements: a single data element is divided from nothing; name those that the format has as one"
    yield from _classes(tables, rows)
    yield from _lists(tables, rows)


def _classes(tables: Tables, rows: dict[str, list[CodeElements]]) -> Iterator[str]:
    """Find classes of codes in data elements in which they may not stand."""
    for row in tables.classes:
        if row.element is None:
            continue
        for kind in row.types:
            for place in _placing(rows, kind):
                if meet(period(row), period(place)) and row.element not in place.elements:
                    yield (
                        f"{row.place}: class {row.name}: {kind} may not stand in {row.element.value} ({row.element.number}) "
                        f"by {place.place}"
                    )


def _lists(tables: Tables, rows: dict[str, list[CodeElements]]) -> Iterator[str]:
    """Find lists of two data elements, entries that are no document codes, and codes that a list names for another element."""
    first: dict[str, ListedCodes] = {}
    for row in tables.listed_codes:
        other = first.setdefault(row.code_list, row)
        if other.element is not row.element:
            yield f"{row.place}: element: the list {row.code_list} is of another data element at {other.place}"
        if row.element is None:
            continue
        for kind in row.entries:
            if len(kind) != 4:
                yield f"{row.place}: entries: {kind!r} is no document code (an4), and the list is of such codes"
                continue
            yield from _otherwise(row, row.element, kind, _placing(rows, kind))


def _otherwise(row: ListedCodes, element: Element, kind: str, places: list[CodeElements]) -> Iterator[str]:
    for place in places:
        if meet(period(row), period(place)) and element not in place.elements:
            yield f"{row.place}: {row.code_list}: {kind} stands in {element.value} ({element.number}), and may not by {place.place}; if the list is right, a [[code_element]] row of its own says so"


def _placing(rows: dict[str, list[CodeElements]], kind: str) -> list[CodeElements]:
    """Return the rows for the longest beginning of a code that has any."""
    return next((rows[kind[:length]] for length in range(len(kind), 0, -1) if kind[:length] in rows), [])
