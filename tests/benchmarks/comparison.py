"""`make bench CELLS=...`: the gateway beside its peers, cell by cell, in one run.

CELLS names cells (`default`, `all`, names, patterns), PEERS who takes part beside the gateway, TURNS (3) and SECONDS (4) how long each is
loaded. KEEP=1 puts the figures, the table and the plot into `docs/`.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

import psycopg
from rich.console import Console
from rich.table import Table

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.domain.mrn import with_check_character
from tests.benchmarks import performance_page, plot, sizing_page
from tests.benchmarks.agreement import CERTIFIED, agreed
from tests.benchmarks.cells import Cell, Way, choice, chosen
from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.figures import KEPT, Figures, Results, Turn, of_turns, run_of_now
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.participants import GATEWAY, Field, Participant, field
from tests.benchmarks.peer_processes import NAMES
from tests.benchmarks.turns import NotAsMeasured, hanging, idle, loaded, restart, turn
from tests.house import generated

TURNS, SECONDS = 3, 4
IDLE_S = 10.0
DRAWN = 1_000
"""Declarations that have drawn on a hot certificate before."""
_WARM_S = 2.0


def setting(name: str, default: float) -> float:
    """Reads a number above 0 of the environment.

    Raises:
        NotComparable: it is none.
    """
    text = os.environ.get(name) or str(default)
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not found > 0:
        raise NotComparable(f"{name}={text}: a number above 0 is needed")
    return found


def participants() -> Sequence[str]:
    """Gives who takes part: the gateway first.

    Raises:
        NotComparable: there is no such peer.
    """
    named = [one.strip() for one in os.environ.get("PEERS", ",".join(NAMES)).split(",") if one.strip()]
    if unknown := sorted(set(named) - {*NAMES, "none"}):
        raise NotComparable(f"PEERS: no peer is called {', '.join(unknown)}; there are {', '.join(NAMES)}, none")
    return (GATEWAY, *(name for name in named if name != "none"))


def made_hot(field: Field, draws: int = DRAWN) -> None:
    """Has the same number of declarations draw on each one's hot certificate."""
    for one in field.participants:
        drawn = [
            {"mrn": with_check_character(f"26FR{number:012d}D"), "code": "040120", "quantity": "1", "unit": "KGM"}
            for number in range(draws)
        ]
        lines = [{"code": "0401", "quantity": "1000000000", "unit": "KGM"}]
        field.simulated.control("traces", "PUT", f"/documents/{one.hot}", **CERTIFIED, lines=lines, consumed=drawn)


def in_turn(participants: Sequence[Participant], turns: int) -> Iterator[Participant]:
    """Gives who is next: there and back, so that a machine that slows down slows all alike."""
    for number in range(turns):
        yield from participants if number % 2 == 0 else reversed(participants)


def measured(cell: Cell, field: Field, run: str) -> Iterator[Figures]:
    """Measures a cell: all participants in turn."""
    turns, seconds = round(setting("TURNS", TURNS)), setting("SECONDS", SECONDS)
    found: dict[str, list[Turn]] = {one.name: [] for one in field.participants}
    more: dict[str, Mapping[str, float]] = {}
    failed: dict[str, str] = {}
    if cell.way is Way.HOT:
        made_hot(field)
    once = cell.way in {Way.IDLE, Way.HANGING, Way.RESTART}
    for one in in_turn(field.participants, 1 if once else turns):
        try:
            match cell.way:
                case Way.IDLE:
                    found[one.name].append(idle(field, one, IDLE_S))
                case Way.HANGING | Way.RESTART:
                    special = hanging if cell.way is Way.HANGING else restart
                    last, more[one.name] = special(cell, field, one, 3 * seconds)
                    found[one.name].append(last)
                case _:
                    found[one.name].append(turn(cell, field, one, seconds))
        except (NotAsMeasured, OSError, EOFError, AssertionError) as error:
            failed[one.name] = (
                f"{type(error).__name__}: {error}" if not isinstance(error, NotAsMeasured) else str(error)
            )
    for name, taken in found.items():
        if name in failed:
            yield Figures(cell=cell.name, participant=name, run=run, failed=failed[name])
        else:
            yield of_turns(cell.name, name, run, taken, more=more.get(name, {}))


def run_cells(cells: Sequence[Cell], results: Results, run: str) -> Iterator[Figures]:
    """Measures cells, installation by installation; says how far it is."""
    names, done = participants(), 0
    for (processes, stored), some in groupby(cells, key=lambda cell: (cell.processes, cell.stored)):
        here = list(some)
        print(f"starting {', '.join(names)}: {processes} processes, {stored:,} stored ...", flush=True)
        with tempfile.TemporaryDirectory(prefix="gateway-cells-", ignore_cleanup_errors=True) as folder:
            Path(folder).chmod(0o755)
            with field(Path(folder), names, processes=processes, declarations=stored) as running:
                number = agreed(running, here)
                print(f"all ask and decide alike: {number} declarations each", flush=True)
                for one in running.participants:
                    loaded(Cell(way=Way.CLOSED), one, _WARM_S)
                for cell in here:
                    began, done = time.perf_counter(), done + 1
                    print(f"cell {done} of {len(cells)}: {cell.name} ...", end="", flush=True)
                    for figures in measured(cell, running, run):
                        results.take(figures)
                        yield figures
                    print(f" {time.perf_counter() - began:.0f} s", flush=True)


def shown(found: Sequence[Figures], title: str) -> Table:
    """Shows figures."""
    heads = (
        "cell",
        "participant",
        "/s",
        "p50",
        "p95",
        "p99 ms",
        "own",
        "PostgreSQL",
        "together ms",
        "simulators",
        "transactions",
        "log kB",
        "kept kB",
        "more",
    )
    table = Table(*heads, title=title)
    for one in found:
        table.add_row(*performance_page.row(one))
    return table


def main() -> int:
    """Measures and prints; gives the status."""
    heed_signals()
    keep = os.environ.get("KEEP") == "1"
    try:
        cells = chosen(choice())
        # What is mistyped is said before anything starts.
        participants(), setting("TURNS", TURNS), setting("SECONDS", SECONDS)
        run, told = run_of_now(_command())
        file = KEPT if keep else Path(tempfile.gettempdir()) / f"gateway-figures-{run.replace(':', '')}.json"
        results = Results.read(KEPT) if keep else Results()
        results.runs[run] = told
        found = []
        try:
            for one in run_cells(cells, results, run):
                found.append(one)
                told["load_after"] = round(os.getloadavg()[0], 1)
                results.write(file)
        finally:
            if found:
                _finish(found, told, file, keep=keep)
    except (NotComparable, OSError, psycopg.Error, StoreUnavailable, ConfigurationError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: the cells that were measured are kept, nothing else is left of it", file=sys.stderr)
        return 130
    return 0


def _command() -> str:
    given = ((name, os.environ.get(name)) for name in ("CELLS", "PEERS", "TURNS", "SECONDS", "KEEP"))
    return " ".join(("make bench", *(f"{name}='{value}'" for name, value in given if value)))


def _finish(found: Sequence[Figures], told: Mapping[str, Any], file: Path, *, keep: bool) -> None:
    """Prints what was found, and has the page show what is kept."""
    title = f"{told['machine']}, load {told['load_before']} before and {told['load_after']} after; processor time in ms a declaration"
    Console(width=None if sys.stdout.isatty() else 180).print(shown(found, title))
    if keep:
        for (page, name), made in (*performance_page.TABLES.items(), *sizing_page.TABLES.items()):
            generated.write(page, name, made())
        plot.write()
    print(f"kept in {file}")


if __name__ == "__main__":
    sys.exit(main())
