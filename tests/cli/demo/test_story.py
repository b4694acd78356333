"""What is expected of a story's step, and what is told of quantities."""

from dataclasses import replace
from typing import Any

import pytest

from gateway.cli.demo.story import ExpectedOutcome, quantities
from gateway.terminal.client import Reply


def line(movement: str, moved: str | None = None, unit: str | None = "KGM") -> dict[str, Any]:
    return {"goods_item": 1, "movement": movement, "moved": moved, "unit": unit}


def body(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"documents": [{"type": "N853", "reference": "X", "quantity": list(lines)}], **more}


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], ()),
        ([line("none")], ()),
        ([line("reserved", "1.50"), line("reserved", "0.5")], ("N853 X: 2.00 KGM reserved",)),
        ([line("reserved", "1"), line("reserved", "2", "H87")], ("N853 X: 1 KGM reserved, 2 H87 reserved",)),
        ([line("written_off", "7"), line("none")], ("N853 X: 7 KGM written off",)),
        ([line("cancelled"), line("cancelled", unit=None)], ("N853 X: cancelled",)),
        ([line("in_doubt")], ("N853 X: in doubt",)),
    ],
)
def test_quantities_are_summed_over_goods_items(lines: list[dict[str, Any]], told: tuple[str, ...]) -> None:
    assert quantities(body(*lines)) == told


def test_a_step_is_as_expected_only_if_all_of_it_is() -> None:
    decision = {"effect": "hold", "forecast": False, "findings": [{"code": "SW-DEC-104", "effect": "hold"}]}
    reply = Reply(status=200, body=body(line("reserved", "5"), decision=decision, state="decided"))
    expected = ExpectedOutcome(
        effect="hold",
        findings=frozenset({"SW-DEC-070"}),
        or_findings=frozenset({"SW-DEC-104"}),
        forecast=False,
        state="decided",
        quantities=("N853 X: 5 KGM reserved",),
    )
    assert expected.met_by(reply)
    assert replace(expected, state=None, quantities=None).met_by(reply)
    for other in (
        replace(expected, or_findings=None),
        replace(expected, effect="release"),
        replace(expected, forecast=True),
        replace(expected, state="released"),
        replace(expected, quantities=("N853 X: 4 KGM reserved",)),
        replace(expected, quantities=()),
    ):
        assert not other.met_by(reply)
    assert not expected.met_by(Reply(status=202, body=body(state="received", decision=None)))
