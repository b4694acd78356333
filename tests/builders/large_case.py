"""Declarations of many goods items and documents: one that is held for five causes at once, and one whose items each cite others."""

from typing import Any

from tests.builders.fish_case import Lodger, declared, goods
from tests.builders.running import Authorities

ITEMS = 60
_CODE, _GOOD = "0303632000", "ACCEPTABLE_FOR_INTERNAL_MARKET"


def entry_document(number: int) -> str:
    """The health entry document of an item."""
    return f"CHEDP.FR.2026.06{number:05d}"


def catch_certificate(number: int) -> str:
    """The catch certificate of an item."""
    return f"CATCH.CC.NO.2026.06{number:05d}"


def lodge_large(simulated: Authorities, lodger: Lodger, lrn: str, mrn: str | None = None) -> str:
    """Lodges it; gives its id.

    Of sixty entry documents thirty are in order, ten have too little left, ten are withdrawn, and ten nobody knows. About forty catch
    certificates nothing can be learnt, because the authority is silent; twenty goods items cite none.
    """
    for number in range(1, 51):
        line = {"code": _CODE[:6], "quantity": "5" if 30 < number <= 40 else "5000", "unit": "KGM", "origin": "NO"}
        status = "55" if number > 40 else "70"
        named = f"/documents/{entry_document(number)}"
        simulated.control("traces", "PUT", named, status=status, decision=_GOOD, lines=[line])
    simulated.control("catch", "POST", "/faults", fault="down")
    items = [
        goods(
            number,
            _CODE,
            f"Frozen cod, lot {number}",
            str(100 + number),
            [("N853", entry_document(number)), *([("C673", catch_certificate(number))] if number <= 40 else [])],
        )
        for number in range(1, ITEMS + 1)
    ]
    try:
        return lodger.lodged(declared(lrn, items, mrn=mrn))
    finally:
        simulated.control("catch", "POST", "/faults", fault=None)


def of_wide_grid(description: str) -> list[dict[str, Any]]:
    """Goods items that each cite others of four documents: a grid of many columns, most of whose cells say something."""
    documents = [("N853", f"CHEDP.FR.2026.00088{number:02d}") for number in range(4)]
    return [
        goods(number, _CODE, description, "10", [one for bit, one in enumerate(documents) if number >> bit & 1])
        for number in range(1, 16)
    ]
