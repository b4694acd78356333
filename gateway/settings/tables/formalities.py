"""A search for rows about documents of single formalities that contradict themselves or others, or never match."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from gateway.contract import Direction
from gateway.domain.tables.decision_rows import DecisionFit
from gateway.domain.tables.formality_rows import DocumentHolders, DocumentsTogether, HolderMatch
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import DocumentRoute, HolderParty, Use
from gateway.settings.tables.bounds import MOST_TOLERATED
from gateway.settings.tables.contradictions import outside
from gateway.settings.tables.days import meet, period


def found(tables: Tables) -> Iterator[str]:
    """Return a fault for each such row, with its place."""
    for route in tables.routes:
        yield from _unheld(route, tables)
    rows: tuple[Any, ...] = (*tables.holders, *tables.together, *tables.designated_offices)
    for row in rows:
        yield from _never(row, tables)
    for holders in tables.holders:
        yield from _holders(holders)
    for together in tables.together:
        yield from _together(together)
    for decision in tables.decisions:
        yield from _note(decision)
    yield from _deviations(tables)


def _unheld(route: DocumentRoute, tables: Tables) -> Iterator[str]:
    """Find a route by which the holder is compared although nothing says, under some procedure, who has to hold the document."""
    if route.holder is Use.NO or route.party is not None:
        return
    for kind in route.types:
        for direction in route.directions:
            same = [
                row
                for row in tables.holders
                if kind in row.types and direction in row.directions and meet(period(row), period(route))
            ]
            named = {procedure for row in same for procedure in row.procedures}
            whole = any(not row.procedures for row in same)
            if not whole and not (
                route.procedures and named >= set(route.procedures) and direction is not Direction.TRANSIT
            ):
                yield (
                    f"{route.place}: holder: `party` has to name who holds the document, or [[holder]] rows for every procedure "
                    f"({kind} in {direction})"
                )


def _never(row: Any, tables: Tables) -> Iterator[str]:
    """Find rows of documents that are none in their directions, and procedures of other directions."""
    for kind in row.types:
        routes = [one for one in tables.routes if kind in one.types and meet(period(one), period(row))]
        if routes and not any(set(one.directions) & set(row.directions) for one in routes):
            yield f"{row.place}: {kind} is a document in other directions only, so the row never matches"
    if getattr(row, "procedures", ()):
        yield from outside(row.place, "procedures", row.procedures, row.directions)


def _holders(row: DocumentHolders) -> Iterator[str]:
    if len(set(row.parties)) != len(row.parties):
        yield f"{row.place}: parties: one of them is named twice"
    if HolderParty.HOLDER in row.parties and Direction.TRANSIT not in row.directions:
        yield f"{row.place}: parties: holder is that of a transit procedure, which there is in transit alone"
    if row.match is HolderMatch.FIRST and HolderParty.DECLARANT in row.parties[:-1]:
        yield f"{row.place}: parties: a declarant is always declared, so none of those behind it ever counts"


def _together(row: DocumentsTogether) -> Iterator[str]:
    if both := sorted(set(row.types) & set(row.beside)):
        yield f"{row.place}: beside: {', '.join(both)} cannot stand beside itself"
    if (row.fact is None) is not (row.value is None):
        yield f"{row.place}: fact: a fact and what it says (value) go together"


def _note(row: DecisionFit) -> Iterator[str]:
    named = ", ".join(row.decisions)
    if row.described and row.note is None:
        yield f"{row.place}: decision {named}: described: without a note no word of a description contradicts it"
    if row.unless and not row.described:
        yield f"{row.place}: decision {named}: unless: without words that contradict the note it never counts"
    if row.extracts and row.refused:
        yield f"{row.place}: decision {named}: extracts: a refusal has none"


def _deviations(tables: Tables) -> Iterator[str]:
    for row in tables.deviations:
        for name, percent in (("up", row.up), ("down", row.down)):
            if percent > MOST_TOLERATED and not (name == "down" and percent == Decimal(100)):
                yield f"{row.place}: {name}: {percent:f} is more than {MOST_TOLERATED:f}, the widest that is known (Reg. (EC) No 1024/2008, Art. 10(2))"
