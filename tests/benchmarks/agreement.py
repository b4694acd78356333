"""Whether all who take part do the same: each declaration decided alike, after as many requests to each authority."""

import asyncio
from collections.abc import Mapping, Sequence

from gateway.domain.mrn import with_check_character
from tests.benchmarks.cells import Cell, Way
from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.load import Call, load
from tests.benchmarks.participants import Field, Participant
from tests.benchmarks.turns import WAIT_S, calls
from tests.builders.declarations import Goods, message

CERTIFIED: Mapping[str, str] = {"status": "70", "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET"}
"""What a certificate says that lets goods pass."""
_UNKNOWN = ("CHEDP.XX.2026.0000001", "CATCH.CC.XX.2026.0000001")
_LITTLE, _OTHER = "CHEDP.XX.2026.1999980", "CHEDP.XX.2026.1999981"
_EACH = 2
"""Declarations of each cell that are tried."""


def agreed(field: Field, cells: Sequence[Cell]) -> int:
    """Makes sure that each participant asks and decides as the first one does; gives how many declarations were tried.

    They are those that the cells lodge, and four that have to be held: a document that an authority does not know (two), too little left,
    other goods.

    Raises:
        NotComparable: one does otherwise.
    """
    for reference, (code, quantity) in {_LITTLE: ("0401", "1"), _OTHER: ("0303", "1000000")}.items():
        lines = [{"code": code, "quantity": quantity, "unit": "KGM"}]
        field.simulated.control("traces", "PUT", f"/documents/{reference}", **CERTIFIED, lines=lines)
    found = {one.name: list(_told(field, one, cells)) for one in field.participants}
    first, *others = found.items()
    for name, told in others:
        if differing := [f"{one}, not {ours}" for one, ours in zip(told, first[1], strict=True) if one != ours]:
            raise NotComparable(f"{name} does otherwise than {first[0]}: {'; '.join(differing)}")
    return len(first[1])


def _told(field: Field, one: Participant, cells: Sequence[Cell]) -> Sequence[str]:
    tried = [
        (cell.name, next(calls(cell, one)).body) for cell in cells if cell.way is not Way.IDLE for _ in range(_EACH)
    ]
    held = [(name, _accepted(field, one, place, name)) for place, name in enumerate((*_UNKNOWN, _LITTLE, _OTHER))]
    return [f"{what}: {_outcome(field, one, body)}" for what, body in (*tried, *held)]


def _accepted(field: Field, one: Participant, place: int, reference: str) -> bytes:
    number = 10 * field.participants.index(one) + place
    mrn = with_check_character(f"26FR{number:012d}S")
    return message(f"SAME-{number}", mrn, [Goods(number=1, reference=reference)])


def _outcome(field: Field, one: Participant, body: bytes) -> str:
    before = _requests(field)
    answered = asyncio.run(load(one.urls, iter([Call(body=body)]), total=1, in_flight=1, wait_s=WAIT_S))
    decided = next(iter(answered.effects), f"status {next(iter(answered.statuses))}")
    asked = ", ".join(
        f"{after - before[name]} x {name}" for name, after in _requests(field).items() if after > before[name]
    )
    return f"{decided} after {asked}"


def _requests(field: Field) -> Mapping[str, int]:
    return {name: int(field.simulated.control(name, "GET")["requests"]) for name in field.simulated.urls}
