"""The sizing follows from what was measured and from its inputs, and says what it cannot follow from."""

import re
from dataclasses import replace
from typing import Any

import pytest

from tests.benchmarks import sizing_page
from tests.benchmarks.cells import CELLS, chosen
from tests.benchmarks.figures import Figures, Results
from tests.benchmarks.performance_page import NOT_MEASURED
from tests.benchmarks.sizing import Sizing

RUN = "a run"


def measured(**more: float) -> Sizing:
    """Sizing over cells all of which cost the same, but for what is said."""
    read = Sizing.read()
    costs: dict[str, Any] = {
        "own_ms": 6.0,
        "database_ms": 3.0,
        "log_kb": 20.0,
        "kept_kb": 10.0,
        "per_second": 100.0,
        "p95_ms": 50.0,
    }
    figures = {
        (cell.name, "gateway"): Figures(cell=cell.name, participant="gateway", run=RUN, **costs | more)
        for cell in CELLS
    }
    return replace(read, results=Results(runs={RUN: {"load_before": 0.1}}, figures=figures))


def test_each_line_names_a_cell_that_there_is_and_shares_come_to_a_whole() -> None:
    sizing = measured()
    named = {one.cell for one in sizing.streams()}
    named |= {one[name] for one in sizing.inputs["predictions"] for name in ("cell", "like", "times", "over")}
    assert [cell.name for name in sorted(named) for cell in chosen(name)] == sorted(named)
    for volume in sizing.inputs["volumes"]:
        assert sum(one.share for one in sizing.streams() if one.of == volume) == pytest.approx(1)
    assert all(one["source"] and one["unit"] for kind in ("volumes", "assumed") for one in sizing.inputs[kind].values())


def test_needs_are_the_cells_times_what_is_lodged() -> None:
    sizing = measured()
    need = sizing.need("half of it", 0.5, ["low_value_items"])
    peak = 0.5 * 4.3e9 / (8_760 * 3_600) * 3
    assert need.a_year == pytest.approx(2.15e9)
    assert need.at_peak == pytest.approx(peak)
    assert need.gateway_cores == pytest.approx(peak * 6 / 1000 / 0.6)
    assert need.database_cores == pytest.approx(peak * 3 / 1000 / 0.6)
    assert (need.processes, need.connections) == (3, 3 * 20)
    assert need.log_tb_year == pytest.approx(43)
    assert need.kept_tb_year == pytest.approx(21.5)
    assert need.nodes["its disk"] == pytest.approx(3 * 21.5 / 30)
    assert "| its disk | 3 |" in sizing_page.limits_table(
        replace(
            sizing,
            inputs={**sizing.inputs, "installations": [{"name": "half", "share": 0.5, "of": ["low_value_items"]}]},
        )
    )
    assert all(one.processes == 2 for one in sizing.needs() if one.name.startswith("a small"))


@pytest.mark.parametrize("how", ["nobody measured it", "it failed", "a figure is missing"])
def test_what_follows_from_a_cell_without_figures_says_so(how: str) -> None:
    sizing = measured()
    key = ("closed-1d-1i-2p-0", "gateway")
    match how:
        case "nobody measured it":
            del sizing.results.figures[key]
        case "it failed":
            sizing.results.figures[key] = replace(sizing.results.figures[key], failed="statuses {503: 1}")
        case _:
            sizing.results.figures[key] = replace(sizing.results.figures[key], own_ms=None)
    for one in sizing.needs():
        without = one.name != "the Union, imports"
        assert (one.gateway_cores is None) is without, one.name
    (line,) = (line for line in sizing_page.streams_table(sizing).splitlines() if key[0] in line)
    assert NOT_MEASURED in line


def test_a_prediction_is_told_before_and_compared_after() -> None:
    sizing = measured()
    (told,) = sizing.inputs["predictions"]
    for name, own in (("like", 8.0), ("times", 9.0), ("over", 6.0)):
        sizing.results.figures[told[name], "gateway"] = replace(
            sizing.results.figures[told[name], "gateway"], own_ms=own
        )
    assert sizing.predicted(told, "own_ms") == pytest.approx(12)
    (line,) = re.findall(r"^.*\| own ms \|.*$", sizing_page.predictions_table(sizing), re.MULTILINE)
    assert line.endswith("| 12.00 | 6.00 | -50% |")
    del sizing.results.figures[told["cell"], "gateway"]
    (line,) = re.findall(r"^.*\| own ms \|.*$", sizing_page.predictions_table(sizing), re.MULTILINE)
    assert line.endswith(f"| 12.00 | {NOT_MEASURED} |  |")
    del sizing.results.figures[told["times"], "gateway"]
    assert sizing.predicted(told, "own_ms") is None
