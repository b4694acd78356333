"""Whether the gateway and an authority say the same of quantities: each side's whole account, compared both ways."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import psycopg

from gateway.contract import OrderLine
from gateway.domain.codec import decode
from gateway.domain.movement import Movement, OwnPosition, own_positions

KILOGRAMS = {"GRM": Decimal("0.001"), "KGM": Decimal(1), "TNE": Decimal(1000)}

Ledger: TypeAlias = Mapping[str, Any]
"""What `GET /_simulator/ledger/REFERENCE` gives."""


@dataclass(frozen=True, slots=True, order=True)
class Held:
    """A part of a line that a declaration has reserved or used up."""

    state: str
    goods_item: int
    line: int
    quantity: Decimal
    unit: str


Parts: TypeAlias = frozenset[Held]
Account: TypeAlias = dict[tuple[str, str], Parts]
"""Certificate and MRN -> what is held; nothing held stands not in it."""


def movements_of(url: str, record_id: str) -> tuple[Movement, ...]:
    """A declaration's movements as they are stored, in their order."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT body FROM movement WHERE declaration_id = %s::uuid ORDER BY number", [record_id]
        )
        return tuple(decode(row[0], Movement) for row in found)


def standings_of(url: str) -> Iterator[tuple[str, OwnPosition]]:
    """Where each declaration stands with each document, beside the declaration's id."""
    with psycopg.connect(url) as connection, connection.cursor("movements") as cursor:
        cursor.execute("SELECT declaration_id::text, body FROM movement ORDER BY declaration_id, number")
        of, gathered = "", list[Movement]()
        for record_id, body in cursor:
            if record_id != of:
                yield from ((of, one) for one in own_positions(gathered))
                of, gathered = record_id, []
            gathered.append(decode(body, Movement))
        yield from ((of, one) for one in own_positions(gathered))


def told_here(found: Collection[OwnPosition]) -> Account:
    """What the gateway says is held."""
    return {
        (one.reference, one.last.mrn): frozenset(
            (*_parts("reserved", one.holding.reserved), *_parts("consumed", one.holding.written_off))
        )
        for one in found
        if not one.holding.empty
    }


def told_there(ledgers: Collection[Ledger]) -> Account:
    """What the authority says is held."""
    account: dict[tuple[str, str], set[Held]] = {}
    for ledger in ledgers:
        for one in ledger["allocations"]:
            part = _part(one["state"], one["goods_item"], one["line"], Decimal(one["quantity"]), one["unit"])
            account.setdefault((ledger["reference"], one["value"]), set()).add(part)
    return {place: frozenset(parts) for place, parts in account.items()}


def differences(here: Account, there: Account) -> list[str]:
    """Says where the two sides differ; empty: nowhere."""
    return [
        f"{reference} {mrn}: here {sorted(mine)}, there {sorted(theirs)}"
        for reference, mrn in sorted(here.keys() | there.keys())
        if (mine := here.get((reference, mrn), frozenset())) != (theirs := there.get((reference, mrn), frozenset()))
    ]


def unbalanced(ledger: Ledger) -> list[str]:
    """Says which lines of a certificate are below zero, or do not come to what was certified."""
    faults = []
    for line in ledger["lines"]:
        taken = sum(
            (_in_unit(one, line["unit"]) for one in ledger["allocations"] if one["line"] == line["line"]), Decimal(0)
        )
        available, certified = Decimal(line["available"]), Decimal(line["certified"])
        if available < 0 or available + taken != certified:
            faults.append(f"{ledger['reference']} line {line['line']}: {available} + {taken} of {certified}")
    return faults


def _in_unit(one: Mapping[str, Any], unit: str) -> Decimal:
    quantity = Decimal(one["quantity"])
    if one["unit"] == unit:
        return quantity
    return quantity * KILOGRAMS[one["unit"]] / KILOGRAMS[unit]


def _parts(state: str, lines: tuple[OrderLine, ...]) -> Iterator[Held]:
    for line in lines:
        (quantity, *_) = line.quantities
        yield _part(state, line.goods_item, line.certificate_line, quantity.value, quantity.unit)


def _part(state: str, goods_item: int, line: int, quantity: Decimal, unit: str) -> Held:
    if unit in KILOGRAMS:
        quantity, unit = quantity * KILOGRAMS[unit], "KGM"
    return Held(state, goods_item, line, quantity, unit)
