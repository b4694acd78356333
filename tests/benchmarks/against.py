"""`make bench AGAINST=REV[,REV]`: what a declaration costs in processor time, here and at another commit, in pairs.

Both gateways run side by side, each with its own code, environment, `config/` and database of one server;
one is loaded at a time, and both ask simulators of this tree. PAIRS (5) and DECLARATIONS (1000 plain ones a turn, half as many
with reservations, a tenth one at a time) set the size; PROCESSES (1) serve on each side.
"""

import asyncio
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from statistics import median
from types import MappingProxyType
from typing import IO

import psycopg
from rich.console import Console
from rich.table import Table

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.embedded.server import EmbeddedServer
from tests.benchmarks.checkout import Code, NotComparable, checked_out, commit_of, here, run
from tests.benchmarks.installed import PARTNER_S
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.load import Call, load
from tests.benchmarks.pairs import OURS, THEIRS, Cost, Pair, TooLittle, order, ratios
from tests.benchmarks.processor import DatabaseTime, spent_s, transactions_written
from tests.builders.databases import administer, database_of
from tests.builders.declarations import declaration, reserving
from tests.builders.places import ROOT
from tests.builders.running import Served, authorities, served

PAIRS = 5
DECLARATIONS = 1000
PROCESSES = 1
PLAIN, RESERVING, SINGLE = "plain decisions", "three reservations", "one in flight"
IN_FLIGHT: Mapping[str, int] = MappingProxyType({PLAIN: 32, RESERVING: 16, SINGLE: 1})
_SHARE: Mapping[str, int] = MappingProxyType({PLAIN: 1, RESERVING: 2, SINGLE: 10})
"""The number of declarations of a turn is divided by it."""
_PARTS: Sequence[tuple[str, Callable[[Cost], float]]] = (
    ("gateway", lambda cost: cost.gateway_s),
    ("PostgreSQL", lambda cost: cost.database_s),
    ("together", lambda cost: cost.total_s),
    ("latency, median", lambda cost: cost.median_s),
    ("latency, p99", lambda cost: cost.p99_s),
)
_SPENT = _PARTS[:3]
"""What is processor time."""
_BESIDE: Sequence[tuple[str, str, Callable[[Cost], float]]] = (
    ("simulators", "{:.2f} ms", lambda cost: cost.simulators_s * 1000),
    ("transactions", "{:.2f}", lambda cost: cost.transactions),
    ("a second", "{:.0f}", lambda cost: cost.per_second),
)
"""What is shown beside the cost of a side, without a ratio."""
IDLE_S = 10.0
_WIDTH = 120
"""Columns of the table where nobody says how many there are: in a pipe or a file."""


@dataclass(slots=True, kw_only=True)
class Side:
    """A gateway that runs: what is loaded and what of it is measured."""

    name: str
    code: Code
    gateway: Served
    simulators: int
    """Their process."""
    cluster: str

    def turn(self, calls: Iterator[Call], total: int, in_flight: int) -> Cost:
        """Takes a load of so many, so many at a time; gives what each of its declarations cost.

        Raises:
            NotComparable: something came of it that is not what is measured.
        """
        before, simulators = self._spent(), spent_s(self.simulators) or 0.0
        written = transactions_written(self.cluster)
        with DatabaseTime(self.cluster, self.name) as database:
            answered = asyncio.run(load(self.gateway.url, calls, total=total, in_flight=in_flight, wait_s=30))
        after = self._spent()
        if set(answered.statuses) != {200} or set(answered.effects) != {"release"}:
            raise NotComparable(f"{self.name}: not what is measured: {answered.statuses} {answered.effects}")
        if len(after) < 2:
            raise NotComparable(f"{self.name}: no serving process is seen, so none is measured")
        if before.keys() != after.keys():
            raise NotComparable(f"{self.name}: a process died and was started again")
        done = len(answered.ids)
        gateway_s = sum(after[pid] - before[pid] for pid in after)
        return Cost(
            gateway_s=gateway_s / done,
            database_s=database.total_s / done,
            simulators_s=((spent_s(self.simulators) or 0.0) - simulators) / done,
            transactions=(transactions_written(self.cluster) - written - 1) / done,
            median_s=answered.percentile(0.5) / 1000,
            p99_s=answered.percentile(0.99) / 1000,
            per_second=answered.per_second,
        )

    def idle(self, seconds: float) -> Cost:
        """Waits so long; gives what a second cost in which nothing is lodged, without its transactions: those are of both sides."""
        before = self._spent()
        with DatabaseTime(self.cluster, self.name) as database:
            time.sleep(seconds)
        spent = sum(total - before.get(pid, 0.0) for pid, total in self._spent().items())
        return Cost(gateway_s=spent / seconds, database_s=database.total_s / seconds)

    def _spent(self) -> Mapping[int, float]:
        pids = (self.gateway.process.pid, *self.gateway.replicas)
        spent = {pid: spent_s(pid) for pid in pids}
        return {pid: seconds for pid, seconds in spent.items() if seconds is not None}


@contextmanager
def running(
    name: str, code: Code, cluster: str, more: Mapping[str, str] = MappingProxyType({}), stderr: IO[bytes] | None = None
) -> Iterator[Side]:
    """Runs a side: its database, its simulators, its gateway, with more variables for that if there are any.

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
                simulated = stack.enter_context(authorities(of=code.folder))
                for adapter in simulated.urls:
                    simulated.control(adapter, "PUT", "/latency", seconds=PARTNER_S)
                settings = {
                    "GATEWAY_DATABASE_URL": url,
                    "GATEWAY_LEASE_SECONDS": "30",
                    "GATEWAY_SWEEP_SECONDS": "2",
                    "GATEWAY_PROCESSES": str(setting("PROCESSES", PROCESSES)),
                }
                environment = {**simulated.environment, **settings, **more}
                gateway = stack.enter_context(
                    served(environment, python=code.python, folder=code.folder, stderr=stderr)
                )
            except (AssertionError, RuntimeError) as error:
                raise NotComparable(f"{name}: {error}") from error
            yield Side(name=name, code=code, gateway=gateway, simulators=simulated.pid, cluster=cluster)
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
    found: dict[str, list[Pair]] = {what: [] for what in IN_FLIGHT}
    plain = {name: _plain() for name in sides}
    calls = {name: {PLAIN: plain[name], RESERVING: _reserving(), SINGLE: plain[name]} for name in sides}
    totals = {what: max(1, declarations // share) for what, share in _SHARE.items()}
    for what, total in totals.items():
        for name, side in sides.items():
            side.turn(calls[name][what], max(1, total // 2), IN_FLIGHT[what])
            print(f"warmed up: {what}, {name}", flush=True)
    for number, turns in enumerate(order(pairs), start=1):
        for what, total in totals.items():
            costs = {name: sides[name].turn(calls[name][what], total, IN_FLIGHT[what]) for name in turns}
            pair = Pair(ours=costs[OURS], theirs=costs[THEIRS])
            found[what].append(pair)
            print(f"pair {number} of {pairs}, {what}: {_told(pair)}", flush=True)
    return found


def table(
    sides: Mapping[str, Side], found: Mapping[str, Sequence[Pair]], *, declarations: int, idle: Mapping[str, Cost]
) -> Table:
    """Shows what was found: ratios of ours to theirs, below 1 where ours takes less; and what each takes while nothing is lodged."""
    ours, theirs = sides[OURS].code.revision, sides[THEIRS].code.revision
    pairs = len(found[PLAIN])
    title = (
        f"{ours} (ours) against {theirs} (theirs): processor time a declaration, {pairs} pairs of {declarations:,},"
        f" {setting('PROCESSES', PROCESSES)} serving on each side, Python {platform.python_version()}, {os.cpu_count()} cores"
    )
    shown = Table("load", "of", "theirs", "ours", "ratio, median", "smallest", "largest", title=title)
    for what, measured in found.items():
        for name, part in _PARTS:
            middle = (median(part(cost) for cost in costs) for costs in _by_side(measured))
            shown.add_row(what, name, *(f"{cost * 1000:.2f} ms" for cost in middle), *_ratios_shown(measured, part))
        for name, form, one in _BESIDE:
            middle = (median(one(cost) for cost in costs) for costs in _by_side(measured))
            shown.add_row(what, name, *(form.format(value) for value in middle), "", "", "")
    for name, part in _SPENT:
        shown.add_row(
            "a second, idle", name, *(f"{part(idle[side]) * 1000:.2f} ms" for side in (THEIRS, OURS)), "", "", ""
        )
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
    heed_signals()
    try:
        pairs, declarations = setting("PAIRS", PAIRS), setting("DECLARATIONS", DECLARATIONS)
        commit_of(revision, repository)
        with tempfile.TemporaryDirectory(prefix="gateway-against-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)
            with both(revision, Path(name), repository) as sides:
                found = compare(sides, pairs=pairs, declarations=declarations)
                idle = {name: side.idle(IDLE_S) for name, side in sides.items()}
                shown = table(sides, found, declarations=declarations, idle=idle)
        Console(width=None if sys.stdout.isatty() else _WIDTH).print(shown)
    except (NotComparable, ValueError, OSError, psycopg.Error, StoreUnavailable, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing is left of it", file=sys.stderr)
        return 130
    return 0


def _ratios_shown(measured: Sequence[Pair], part: Callable[[Cost], float]) -> Sequence[str]:
    try:
        return [f"{one:.3f}" for one in ratios(measured, part)]
    except TooLittle:
        return ("too few", "", "")


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


def each(revisions: str, repository: Path = ROOT) -> int:
    """Compares with one commit after the other, of those with commas between them; gives the status of the first that fails."""
    return next((status for one in revisions.split(",") if (status := main(one.strip(), repository))), 0)


if __name__ == "__main__":
    sys.exit(each(os.environ.get("AGAINST", "")))
