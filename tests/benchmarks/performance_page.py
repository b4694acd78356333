"""What `docs/performance.md` shows of the figures that are kept: a table of the cells, one of the runs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tests.benchmarks.cells import CELLS, Way
from tests.benchmarks.figures import KEPT, Figures, Results
from tests.benchmarks.participants import GATEWAY
from tests.benchmarks.peer_processes import NAMES

QUIET_LOAD = 0.5
"""The load of a machine that has nothing else to do."""
NOT_MEASURED = "not measured"
PARTICIPANTS: Sequence[str] = (GATEWAY, *NAMES)
_MORE = {
    "alone_per_second": "alone {:g}/s",
    "alone_p95_ms": "alone p95 {:g} ms",
    "lost": "{:g} calls lost",
    "never_decided": "{:g} stored and never decided",
    "longest_ms": "longest wait {:g} ms",
}


def row(one: Figures) -> tuple[str, ...]:
    """Gives the cells of a table's row."""
    if one.failed:
        return (one.cell, one.participant, *[""] * 11, f"not as it should: {one.failed}")
    more = ", ".join(_MORE[name].format(value) for name, value in one.more.items())
    costs = (one.own_ms, one.database_ms, one.together_ms, one.simulators_ms, one.transactions)
    waits = (one.p50_ms, one.p95_ms, one.p99_ms)
    return (
        one.cell,
        one.participant,
        _told(one.per_second, 0),
        *(_told(value, 0) for value in waits),
        *(_told(value, 2) for value in costs),
        _told(one.log_kb, 1),
        _told(one.kept_kb, 1),
        more,
    )


def _told(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:,.{places}f}"


def cells_table(results: Results) -> str:
    """Every cell and participant, in the order of `CELLS`; what nobody measured says so."""
    names = [cell.name for cell in CELLS if cell.way is not Way.IDLE]
    names += sorted({cell for cell, _ in results.figures} - {cell.name for cell in CELLS})
    head = "| cell | who | /s | p50 ms | p95 ms | p99 ms | own ms | PostgreSQL ms | together ms | simulators ms | transactions | log kB | kept kB | more |\n"
    rows = "".join(_row(results, name, who) for name in names for who in PARTICIPANTS)
    return f"{head}|{'---|' * 14}\n{rows}"


def _row(results: Results, cell: str, who: str) -> str:
    found = results.figures.get((cell, who))
    told = row(found) if found else (cell, who, *[""] * 11, NOT_MEASURED)
    return f"| {' | '.join((f'`{told[0]}`', *told[1:]))} |\n"


def idle_table(results: Results) -> str:
    """What each takes in a second in which nothing is lodged."""
    rows = []
    for cell in sorted({cell for cell, _ in results.figures if cell.startswith(Way.IDLE.value)}):
        for who in PARTICIPANTS:
            if one := results.figures.get((cell, who)):
                costs = (_told(value, 2) for value in (one.own_ms, one.database_ms, one.transactions))
                rows.append(f"| `{cell}` | {who} | {' | '.join(costs)} |\n")
    return "| cell | who | own ms | PostgreSQL ms | transactions |\n|---|---|---|---|---|\n" + "".join(rows)


def runs_table(results: Results) -> str:
    """The runs of which figures are kept, and how many."""
    head = "| run | machine | load before, after | quiet | Python, Node | commit | command | figures |\n|---|---|---|---|---|---|---|---|\n"
    return head + "".join(
        f"| {name} | {run['machine']} | {run['load_before']}, {run.get('load_after', '')} |"
        f" {_quiet(run)} | {run['python']}, {run['node']} |"
        f" `{run['commit']}` | `{run['command']}` | {sum(one.run == name for one in results.figures.values())} |\n"
        for name, run in results.runs.items()
    )


def is_quiet(run: Mapping[str, Any]) -> bool:
    """Whether the machine was left to the run; what it did when it began was not the run's."""
    return bool(run["load_before"] <= QUIET_LOAD)


def _quiet(run: Mapping[str, Any]) -> str:
    return "yes" if is_quiet(run) else "**no**: the machine was not idle before"


TABLES: Mapping[tuple[str, str], Callable[[], str]] = {
    ("docs/performance.md", "cells"): lambda: cells_table(Results.read(KEPT)),
    ("docs/performance.md", "idle"): lambda: idle_table(Results.read(KEPT)),
    ("docs/performance.md", "runs"): lambda: runs_table(Results.read(KEPT)),
}
