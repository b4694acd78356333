"""Ordinary declarations are decided as the law has it: what is right goes, and what lacks a paper does not."""

import pytest

from tests.builders.story import shipped
from tests.rates.rates import declarations

TRADES = sorted({one.trade for one in declarations()})


@pytest.mark.parametrize("trade", TRADES)
def test_each_declaration_is_decided_as_the_law_has_it(trade: str) -> None:
    wrong = [
        (one.goods, one.expected, [finding.code for finding in decision.findings])
        for one in declarations()
        if one.trade == trade and not one.is_right(decision := one.decided(shipped()))
    ]
    assert wrong == []


def test_there_are_two_hundred_of_twelve_trades() -> None:
    found = list(declarations())
    assert len(found) >= 200
    assert len(TRADES) == 12
    assert all(one.basis and one.expected in {"release", "hold", "officer"} for one in found)
    assert {one.expected for one in found if one.trade == "fresh food"} == {"release", "hold", "officer"}
