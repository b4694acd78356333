"""A position is whole if it tells of every line of the certificate, and of all that is missing of each."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.traces.codes import read_code_lists
from adapters.traces.ledger import make_sure_it_is_whole
from gateway.contract import Certificate, CertificateLine, Ledger, LedgerLine, Quantity, UnexpectedAnswer

CODES = read_code_lists(Path("adapters/traces/codes.toml").read_text(encoding="utf-8"))
DAY = date(2026, 11, 26)
CERTIFIED = {1: "100", 2: "50"}


def kilograms(value: str) -> Quantity:
    return Quantity(value=Decimal(value), unit="KGM")


def whole(**left: str) -> None:
    """Judges a position with what it says is left of each line that it tells of."""
    certificate = Certificate(
        type="N853",
        reference="CHEDP.FR.2026.0000001",
        authority_status="70",
        lines=tuple(
            CertificateLine(number=number, commodity_code="0401", quantity=kilograms(value))
            for number, value in CERTIFIED.items()
        ),
    )
    lines = tuple(LedgerLine(number=int(name[1:]), available=kilograms(value)) for name, value in left.items())
    make_sure_it_is_whole(Ledger(lines=lines, allocations=()), certificate, CODES, DAY)


def test_a_position_with_every_line_untouched_is_whole() -> None:
    whole(_1="100", _2="50")


@pytest.mark.parametrize("left", [{}, {"_1": "100"}, {"_2": "50"}, {"_1": "100", "_2": "49"}])
def test_one_that_leaves_a_line_or_a_part_out_is_not(left: dict[str, str]) -> None:
    with pytest.raises(UnexpectedAnswer):
        whole(**left)
