"""The figures of a run as they are kept: a line of JSON for each cell and participant, and what the run was."""

import json
import os
import platform
import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from tests.benchmarks.checkout import NotComparable, here
from tests.builders.places import ROOT

KEPT = ROOT / "docs" / "performance" / "figures.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was seen of a participant in a cell: medians of its turns; None is what was not measured.

    Milliseconds of processor time are those of one declaration, in `idle` cells those of a second.
    """

    cell: str
    participant: str
    run: str
    turns: int = 0
    declarations: int = 0
    per_second: float | None = None
    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    own_ms: float | None = None
    database_ms: float | None = None
    simulators_ms: float | None = None
    transactions: float | None = None
    log_kb: float | None = None
    """Kilobytes of the server's write-ahead log: of a declaration, too."""
    kept_kb: float | None = None
    """Kilobytes by which the database grew, tables and indexes: it grows in pieces, so that few declarations say little of it."""
    rates: Sequence[float] = ()
    """The rate of each turn."""
    more: Mapping[str, float] = field(default_factory=dict)
    """What only such a cell has."""
    failed: str = ""
    """What came instead of what is measured: then there are no figures."""

    @property
    def together_ms(self) -> float | None:
        """Its own processor time and PostgreSQL's."""
        return None if self.own_ms is None or self.database_ms is None else self.own_ms + self.database_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What was seen in one turn, before it is made a median."""

    declarations: int
    figures: Mapping[str, float]


def of_turns(cell: str, participant: str, run: str, turns: Sequence[Turn], **more: Any) -> Figures:
    """Makes figures of turns."""
    names = {name for turn in turns for name in turn.figures}
    middle: dict[str, Any] = {name: round(median(turn.figures[name] for turn in turns), 3) for name in names}
    return Figures(
        cell=cell,
        participant=participant,
        run=run,
        turns=len(turns),
        declarations=sum(turn.declarations for turn in turns),
        rates=[round(turn.figures["per_second"], 1) for turn in turns if "per_second" in turn.figures],
        **middle,
        **more,
    )


@dataclass(slots=True, kw_only=True)
class Results:
    """Runs and the figures of their cells."""

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    figures: dict[tuple[str, str], Figures] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path) -> "Results":
        """Reads what is kept; nothing, if nothing is."""
        if not file.exists():
            return cls()
        plain = json.loads(file.read_text(encoding="utf-8"))
        known = {one.name for one in fields(Figures)}
        found = [Figures(**{key: value for key, value in one.items() if key in known}) for one in plain["figures"]]
        return cls(runs=plain["runs"], figures={(one.cell, one.participant): one for one in found})

    def take(self, one: Figures) -> None:
        """Puts figures in the place of older ones of that cell and participant."""
        self.figures[one.cell, one.participant] = one

    def write(self, file: Path) -> None:
        """Keeps it; runs of which no figure is left are forgotten."""
        named = {one.run for one in self.figures.values()}
        runs = {name: run for name, run in sorted(self.runs.items()) if name in named}
        lines = ",\n".join(
            "    "
            + json.dumps({key: value for key, value in asdict(one).items() if value not in (None, "", (), [], {})})
            for _, one in sorted(self.figures.items())
        )
        told = ",\n".join(f"    {json.dumps(name)}: {json.dumps(run)}" for name, run in runs.items())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'{{\n  "runs": {{\n{told}\n  }},\n  "figures": [\n{lines}\n  ]\n}}\n', encoding="utf-8")


def run_of_now(command: str) -> tuple[str, dict[str, Any]]:
    """Describes the run that begins: its name, and machine, load, command, commit."""
    now = datetime.now(UTC)
    try:
        commit = here().revision
    except NotComparable:
        commit = "no checkout"
    return now.strftime("%Y-%m-%dT%H:%MZ"), {
        "day": now.strftime("%Y-%m-%d"),
        "command": command,
        "commit": commit,
        "machine": f"{os.cpu_count()} x {_processor()}, {_memory_gb():.0f} GB",
        "python": platform.python_version(),
        "node": _said("node", "--version"),
        "load_before": round(os.getloadavg()[0], 1),
    }


def _processor() -> str:
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8"))
    return found[1].strip() if found else platform.machine()


def _memory_gb() -> float:
    found = re.search(r"MemTotal:\s+(\d+) kB", Path("/proc/meminfo").read_text(encoding="utf-8"))
    return int(found[1]) / 1e6 if found else 0.0


def _said(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return "none"
