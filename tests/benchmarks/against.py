"""`make bench AGAINST=REV`: what a declaration costs in processor time, here and at another commit, in pairs.

Both gateways run side by side, each with its own code, environment, `config/`, simulators and database of one server;
one is loaded at a time. PAIRS (5) and DECLARATIONS (1000 plain ones a turn, half as many with reservations) set the size.
"""

import asyncio
import os
import platform
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from types import FrameType
from typing import NoReturn

import psycopg
from rich.console import Console
from rich.table import Table

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.embedded.server import EmbeddedServer
from tests.benchmarks.checkout import SIGNALS, Code, NotComparable, checked_out, commit_of, here, run
from tests.benchmarks.installed import PARTNER_S
from tests.benchmarks.load import Call, load
from tests.benchmarks.pairs import OURS, THEIRS, Cost, Pair, order, ratios
from tests.benchmarks.processor import DatabaseTime, spent_s
from tests.builders.databases import administer, database_of
from tests.builders.declarations import declaration, reserving
from tests.builders.places import ROOT
from tests.builders.running import Served, authorities, served

PAIRS = 5
DECLARATIONS = 1000
IN_FLIGHT = 16
PLAIN, RESERVING = "plain decisions", "three reservations"
_PARTS: Sequence[tuple[str, Callable[[Cost], float]]] = (
    ("gateway", lambda cost: cost.gateway_s),
    ("PostgreSQL", lambda cost: cost.database_s),
    ("together", lambda cost: cost.total_s),
)
_WIDTH = 120
"""Columns of the table where nobody says how many there are: in a pipe or a file."""


@dataclass(slots=True, kw_only=True)
class Side:
    """A gateway that runs: what is loaded and what of it is measured."""

    name: str
    code: Code
    gateway: Served
    cluster: str

    def turn(self, calls: Iterator[Call], total: int) -> Cost:
        """Takes a load; gives what each of its declarations cost.

        Raises:
            NotComparable: something came of it that is not what is measured.
        """
        before = self._spent()
        with DatabaseTime(self.cluster, self.name) as database:
            answered = asyncio.run(load(self.gateway.url, calls, total=total, in_flight=IN_FLIGHT, wait_s=30))
        after = self._spent()
        if set(answered.statuses) != {200} or set(answered.effects) != {"release"}:
            raise NotComparable(f"{self.name}: not what is measured: {answered.statuses} {answered.effects}")
        if len(after) < 2:
            raise NotComparable(f"{self.name}: no serving process is seen, so none is measured")
        if before.keys() != after.keys():
            raise NotComparable(f"{self.name}: a process died and was started again")
        done = len(answered.ids)
        gateway_s = sum(after[pid] - before[pid] for pid in after)
        return Cost(gateway_s=gateway_s / done, database_s=database.total_s / done)

    def _spent(self) -> Mapping[int, float]:
        pids = (self.gateway.process.pid, *self.gateway.replicas)
        spent = {pid: spent_s(pid) for pid in pids}
        return {pid: seconds for pid, seconds in spent.items() if seconds is not None}


@contextmanager
def running(name: str, code: Code, cluster: str) -> Iterator[Side]:
    """Runs a side: its database, its simulators, its gateway.

    Raises:
        NotComparable: one of them does not start.
    """
    administer(cluster, f"CREATE DATABASE {name}")
    url = database_of(cluster, name)
    try:
        migrating = {**code.environment(), "GATEWAY_DATABASE_URL": url}
        with tempfile.TemporaryFile() as log:
            command = [code.python, "-m", "gateway.cli", "migrate"]
            if run(command, folder=code.folder, environment=migrating, output=log.fileno()):
                log.seek(0)
                raise NotComparable(f"{name}: `gateway migrate` failed:\n{log.read().decode(errors='replace')}")
        with ExitStack() as stack:
            try:
                simulated = stack.enter_context(authorities(python=code.python, folder=code.folder))
                for adapter in simulated.urls:
                    simulated.control(adapter, "PUT", "/latency", seconds=PARTNER_S)
                settings = {"GATEWAY_DATABASE_URL": url, "GATEWAY_LEASE_SECONDS": "30", "GATEWAY_SWEEP_SECONDS": "2"}
                environment = {**simulated.environment, **settings}
                gateway = stack.enter_context(served(environment, python=code.python, folder=code.folder))
            except (AssertionError, RuntimeError) as error:
                raise NotComparable(f"{name}: {error}") from error
            yield Side(name=name, code=code, gateway=gateway, cluster=cluster)
    finally:
        administer(cluster, f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def both(revision: str, folder: Path, repository: Path = ROOT) -> Iterator[Mapping[str, Side]]:
    """Runs both sides on one server in a folder.

    Raises:
        NotComparable: one of them cannot run.
    """
    with ExitStack() as stack:
        print(f"making the environment of {revision} ...", flush=True)
        codes = {
            OURS: here(repository),
            THEIRS: stack.enter_context(checked_out(revision, folder / "tree", repository)),
        }
        server = EmbeddedServer.start(folder / "data", remove=True)
        stack.callback(server.stop)
        cluster = database_of(server.url, "postgres")
        yield {name: stack.enter_context(running(name, code, cluster)) for name, code in codes.items()}


def compare(sides: Mapping[str, Side], *, pairs: int, declarations: int) -> Mapping[str, Sequence[Pair]]:
    """Loads both sides in turn; says how far it is."""
    found: dict[str, list[Pair]] = {PLAIN: [], RESERVING: []}
    calls = {name: {PLAIN: _plain(), RESERVING: _reserving()} for name in sides}
    totals = {PLAIN: declarations, RESERVING: max(1, declarations // 2)}
    for what, total in totals.items():
        for name, side in sides.items():
            side.turn(calls[name][what], max(1, total // 2))
            print(f"warmed up: {what}, {name}", flush=True)
    for number, turns in enumerate(order(pairs), start=1):
        for what, total in totals.items():
            costs = {name: sides[name].turn(calls[name][what], total) for name in turns}
            pair = Pair(ours=costs[OURS], theirs=costs[THEIRS])
            found[what].append(pair)
            print(f"pair {number} of {pairs}, {what}: {_told(pair)}", flush=True)
    return found


def table(sides: Mapping[str, Side], found: Mapping[str, Sequence[Pair]], *, declarations: int) -> Table:
    """Shows what was found: ratios of ours to theirs, below 1 where ours takes less."""
    ours, theirs = sides[OURS].code.revision, sides[THEIRS].code.revision
    pairs = len(found[PLAIN])
    title = (
        f"{ours} (ours) against {theirs} (theirs): processor time a declaration, {pairs} pairs of {declarations:,},"
        f" Python {platform.python_version()}, {os.cpu_count()} cores"
    )
    shown = Table("load", "of", "theirs", "ours", "ratio, median", "smallest", "largest", title=title)
    for what, measured in found.items():
        for name, part in _PARTS:
            ratio = ratios(measured, part)
            middle = (median(part(cost) for cost in costs) for costs in _by_side(measured))
            shown.add_row(what, name, *(f"{cost * 1000:.2f} ms" for cost in middle), *(f"{one:.3f}" for one in ratio))
    return shown


def setting(name: str, default: int) -> int:
    """Reads a number of the environment.

    Raises:
        NotComparable: it is none above 0.
    """
    text = os.environ.get(name) or str(default)
    if not text.isdecimal() or int(text) < 1:
        raise NotComparable(f"{name}={text}: a whole number above 0 is needed")
    return int(text)


def main(revision: str, repository: Path = ROOT) -> int:
    """Measures and prints; gives the status: 1 where it cannot be compared, 130 where it was interrupted."""
    for number in SIGNALS:
        signal.signal(number, _interrupted)
    try:
        pairs, declarations = setting("PAIRS", PAIRS), setting("DECLARATIONS", DECLARATIONS)
        commit_of(revision, repository)
        with tempfile.TemporaryDirectory(prefix="gateway-against-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)
            with both(revision, Path(name), repository) as sides:
                found = compare(sides, pairs=pairs, declarations=declarations)
                shown = table(sides, found, declarations=declarations)
        Console(width=None if sys.stdout.isatty() else _WIDTH).print(shown)
    except (NotComparable, ValueError, OSError, psycopg.Error, StoreUnavailable, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing is left of it", file=sys.stderr)
        return 130
    return 0


def _by_side(pairs: Sequence[Pair]) -> tuple[Sequence[Cost], Sequence[Cost]]:
    return [pair.theirs for pair in pairs], [pair.ours for pair in pairs]


def _plain() -> Iterator[Call]:
    return (Call(body=declaration(number, accepted=False)) for number in count(1))


def _reserving() -> Iterator[Call]:
    return (Call(body=reserving(number, hot=None)) for number in count(1))


def _told(pair: Pair) -> str:
    return ", ".join(
        f"{name} {part(pair.ours) * 1000:.2f} ms against {part(pair.theirs) * 1000:.2f} ms" for name, part in _PARTS
    )


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    # Once: what cleans up after us is not to be interrupted.
    for one in SIGNALS:
        signal.signal(one, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(os.environ.get("AGAINST", "")))
