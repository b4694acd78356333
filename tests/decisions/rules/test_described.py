"""Goods come under a measure of described goods by what their description says of them, and not by what it denies."""

from dataclasses import replace

import pytest

from gateway.decisions.requirements import describes
from tests.builders.story import shipped

ROW = next(row for row in shipped().required if row.measure == "hazardous chemicals: export by description, 3")


@pytest.mark.parametrize(
    ("description", "named"),
    [
        ("Brake linings of ASBESTOS", True),
        ("brake linings, asbestos", True),
        ("asbestos-free brake linings", False),
        ("asbestos free brake linings", False),
        ("brake linings without asbestos", False),
        ("brake linings free of asbestos", False),
        ("non-asbestos linings", False),
        ("Bremsbeläge ohne Asbest", False),
        ("garnitures de freins sans amiante", False),
        ("asbestos-free linings with cadmium", True),
        ("linings without a word, of asbestos", True),
        ("asbestosis treatment", False),
        ("casino asbestos", True),
        ("freeze-dried chlorate", True),
        ("duty-free asbestos", True),
        ("asbestos free of charge", True),
        ("asbestos free on board", True),
        ("asbestos free samples", True),
        ("linings, asbestos free", False),
        ("asbestos free, with resin", False),
        ("Asbest frei Haus", True),
        ("", False),
    ],
)
def test_what_is_denied_is_not_named(description: str, named: bool) -> None:
    assert describes(ROW, description) is named


def test_what_is_excepted_is_left_out_although_it_is_named() -> None:
    row = replace(ROW, excepted_described=("imitation asbestos",))
    assert not describes(row, "cloth of imitation asbestos")
    assert describes(row, "cloth of asbestos")
