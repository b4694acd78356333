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
        if one.trade == trade and one.expected != "unread" and not one.is_right(decision := one.decided(shipped()))
    ]
    assert wrong == []


def test_what_could_not_be_read_is_counted_as_released_and_said_to_be_unknown() -> None:
    unread = [one for one in declarations() if one.expected == "unread"]
    assert len(unread) == 9
    for one in unread:
        decision = one.decided(shipped())
        assert not one.is_right(decision), f"{one.goods}: it is decided as the law has it by now"
        assert "SW-DEC-005" in {finding.code for finding in decision.findings}


def test_there_are_two_hundred_of_twelve_trades() -> None:
    found = list(declarations())
    assert len(found) >= 200
    assert len(TRADES) == 12
    assert all(one.basis and one.expected in {"release", "hold", "officer", "unread"} for one in found)
    assert {one.expected for one in found if one.trade == "fresh food"} == {"release", "hold", "officer"}
