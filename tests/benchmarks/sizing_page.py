"""What `docs/sizing.md` shows: inputs, what each declaration costs, what installations need, what breaks first, one prediction."""

from collections.abc import Callable, Mapping

from tests.benchmarks.performance_page import NOT_MEASURED, is_quiet
from tests.benchmarks.sizing import MEASURES, Sizing

_PAGE = "docs/sizing.md"
_MEASURED = {
    "per_second": "declarations a second",
    "p95_ms": "p95 ms",
    "own_ms": "own ms",
    "database_ms": "PostgreSQL ms",
    "log_kb": "log kB",
}


def _told(value: float | None, places: int = 0) -> str:
    """Says a number with so many places, and with more if nothing of it would be left."""
    if value is None:
        return NOT_MEASURED
    while places < 4 and 0 < abs(value) < 10.0**-places:
        places += 1
    return f"{value:,.{places}f}"


def inputs_table(sizing: Sizing) -> str:
    """Every volume and assumption, with its source or reason."""
    rows = "".join(
        f"| `{name}` | {one['value']:,} | {one['unit']} | {one['source']} |\n"
        for kind in ("volumes", "assumed")
        for name, one in sizing.inputs[kind].items()
    )
    return f"| input | value | unit | source |\n|---|---|---|---|\n{rows}"


def streams_table(sizing: Sizing) -> str:
    """What is lodged, and what the cell says that one costs."""
    rows = []
    for one in sizing.streams():
        costs = (one.cost(name) for name in ("own_ms", "database_ms", "log_kb", "kept_kb"))
        run = one.figures.run if one.figures else ""
        quiet = "" if not run else "yes" if is_quiet(sizing.results.runs[run]) else "**no**"
        shown = " | ".join(_told(cost, 2) for cost in costs)
        rows.append(f"| {one.name} | {one.share:.0%} of `{one.of}` | `{one.cell}` | {shown} | {run} | {quiet} |\n")
    head = "| what | share | cell | own ms | PostgreSQL ms | log kB | kept kB | run | quiet |\n"
    return f"{head}|{'---|' * 9}\n{''.join(rows)}"


def needs_table(sizing: Sizing) -> str:
    """What each installation needs at its peak, and in a year."""
    head = (
        "| installation | declarations a year | a second at the peak | gateway cores | processes | connections at most | PostgreSQL cores |"
        " log MB/s at the peak | log TB a year | kept TB a year | GB in the partition of a day |\n"
    )
    rows = "".join(
        f"| {one.name} | {_told(one.a_year)} | {_told(one.at_peak)} | {_told(one.gateway_cores, 1)} | {_told(one.processes)} |"
        f" {_told(one.connections)} | {_told(one.database_cores, 1)} | {_told(one.log_mb_s, 1)} | {_told(one.log_tb_year, 1)} |"
        f" {_told(one.kept_tb_year, 1)} | {_told(one.kept_gb_day, 1)} |\n"
        for one in sizing.needs()
    )
    return f"{head}|{'---|' * 11}\n{rows}"


def limits_table(sizing: Sizing) -> str:
    """How many servers each limit of one would ask for; what asks for most breaks first."""
    needs = sizing.needs()
    limits = list(needs[0].nodes)
    rows = []
    for one in needs:
        known = {name: part for name, part in one.nodes.items() if part is not None}
        first = max(known, key=lambda name: known[name]) if known else ""
        missing = "" if len(known) == len(limits) else f", of what is measured: {len(known)} of {len(limits)}"
        servers = f"{max(1, -(-known[first] // 1)):.0f}{missing}" if known else NOT_MEASURED
        rows.append(
            f"| {one.name} | {' | '.join(_told(one.nodes[name], 2) for name in limits)} | {first} | {servers} |\n"
        )
    head = f"| installation | {' | '.join(limits)} | breaks first | servers of PostgreSQL |\n"
    return f"{head}|{'---|' * (len(limits) + 3)}\n{''.join(rows)}"


def predictions_table(sizing: Sizing) -> str:
    """Cells as they were predicted of others, beside what was then measured."""
    rows = []
    for one in sizing.inputs["predictions"]:
        formula = f"`{one['like']}` x `{one['times']}` / `{one['over']}`"
        measured = sizing.figures(one["cell"])
        for name in MEASURES:
            expected, seen = sizing.predicted(one, name), getattr(measured, name, None)
            off = "" if expected is None or seen is None else f"{seen / expected - 1:+.0%}"
            rows.append(
                f"| `{one['cell']}` | {_MEASURED[name]} | {formula} | {_told(expected, 2)} | {_told(seen, 2)} | {off} |\n"
            )
    head = "| cell | what | formula | predicted | measured | measured against predicted |\n"
    return f"{head}|{'---|' * 6}\n{''.join(rows)}"


TABLES: Mapping[tuple[str, str], Callable[[], str]] = {
    (_PAGE, "inputs"): lambda: inputs_table(Sizing.read()),
    (_PAGE, "streams"): lambda: streams_table(Sizing.read()),
    (_PAGE, "needs"): lambda: needs_table(Sizing.read()),
    (_PAGE, "limits"): lambda: limits_table(Sizing.read()),
    (_PAGE, "predictions"): lambda: predictions_table(Sizing.read()),
}
