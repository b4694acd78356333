"""Whose turn it is because of what is open beside a decision."""

from itertools import combinations

import pytest

from gateway.domain.matter import TOLD, TURNS, Matter, MatterKind, is_second_officers, whose_turn
from gateway.domain.turn import Turn


@pytest.mark.parametrize("decided", [*Turn, None])
def test_what_officers_have_to_do_comes_first_and_what_nobody_has_to_moves_nothing(decided: Turn | None) -> None:
    for many in range(len(MatterKind) + 1):
        for kinds in combinations(MatterKind, many):
            expected = Turn.OFFICER if {*kinds} & {*TURNS} else decided
            assert whose_turn(decided, [Matter(kind=kind) for kind in kinds]) is expected


def test_parties_are_told_of_nothing_that_officers_ask_each_other() -> None:
    assert MatterKind.REQUEST not in TOLD
    assert MatterKind.RELEASED not in TOLD


def test_who_asked_cannot_answer_but_has_whatever_else_is_open_to_do() -> None:
    mine, other = (Matter(kind=MatterKind.REQUEST, by=who) for who in ("Ann", "Ben"))
    applied = Matter(kind=MatterKind.APPLICATION)
    assert is_second_officers([mine], "Ann")
    for found in ([], [other], [mine, other], [mine, applied]):
        assert not is_second_officers(found, "Ann")
    assert is_second_officers([mine, other], None), "who answers nothing"
