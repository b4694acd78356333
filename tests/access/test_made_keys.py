"""What a key that a trader made is good for: never more than who made it."""

from dataclasses import replace

import pytest

from gateway.access import ANYBODY, Call, Caller
from gateway.domain.errors import NotAllowed
from gateway.domain.permission import Role

MAKER = Caller(name="trader", roles=frozenset({Role.TRADER}), eoris=frozenset({"FR1", "FR2"}))
MADE = Caller(name="trader/erp", roles=frozenset({Role.TRADER}), eoris=frozenset({"FR1", "FR3"}), maker="trader")


def test_a_made_key_has_what_its_maker_has_too() -> None:
    left = MADE.within(MAKER)
    assert left is not None
    assert left.eoris == frozenset({"FR1"})
    assert MADE.within(replace(MAKER, offices=frozenset({"FR001260"}))) == replace(
        left, offices=frozenset({"FR001260"})
    )


@pytest.mark.parametrize(
    "maker",
    [
        None,
        ANYBODY,
        replace(MAKER, eoris=frozenset({"FR2"})),
        replace(MAKER, roles=frozenset({Role.OFFICER}), eoris=None),
        replace(MAKER, maker="somebody"),
    ],
)
def test_nothing_is_left_of_it_without_its_maker(maker: Caller | None) -> None:
    assert MADE.within(maker) is None


def test_it_makes_and_revokes_no_keys() -> None:
    MAKER.must_be_allowed(Call.OWN_KEYS)
    with pytest.raises(NotAllowed, match="made for itself"):
        MADE.must_be_allowed(Call.OWN_KEYS)
    for call in Call:
        assert MADE.may(call) is (MAKER.may(call) and call is not Call.OWN_KEYS)
