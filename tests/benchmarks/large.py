"""Whether what is big costs more each: `make bench-large`, a table of what a declaration costs beside ever more of something.

PARTS (draws, documents, tables, stored, clocks, indicators, with commas between; all by default) says of what, SECONDS (6) how long each is loaded,
STORED (100000) how many declarations are stored in the last row; 0 leaves those rows out. Of `clocks` SUSPENDED (1000000) says how many
suspensions are open, and EXPIRING (10000) how many run out within one minute.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from gateway.app import stored as as_stored
from gateway.settings import load as load_settings
from gateway.settings.tables import load_tables
from gateway.store import Store
from tests.benchmarks import folded, stored, work_list
from tests.benchmarks.cells import Cell, Way
from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.comparison import made_hot, setting
from tests.benchmarks.figures import run_of_now
from tests.benchmarks.installed import installation, resident_mb
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.load import Call, load
from tests.benchmarks.participants import Field, Participant, running_gateway
from tests.benchmarks.suspended import EACH, Suspended
from tests.benchmarks.switching import command, extract
from tests.benchmarks.turns import Meter, NotAsMeasured, checked, turn
from tests.builders.actors import ONE
from tests.builders.declarations import HOT, bulky, reserving
from tests.builders.running import Served
from tests.builders.taric import envelope

DRAWS = (100, 1_000, 10_000)
DOCUMENTS = (100, 1_000, 5_000)
ITEMS = 1_000
"""Of the declarations of many documents at most; a tenth of these have fewer."""
CONDITIONS = (2_000, 20_000, 200_000)
_LARGE_ONES = 3
"""Declarations of many documents that are lodged, one after the other."""
_PATIENCE_S = 600
_FIRST = 8
"""Declarations that draw on a certificate before it is measured, one after the other."""
_WARM_S = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What was measured beside so much of something; milliseconds are of one declaration, or of a document where it says so."""

    what: str
    gateway_ms: float
    database_ms: float
    simulators_ms: float
    median_ms: float
    more: str = ""


class LargeThings:
    """The measurements, on one running installation."""

    def __init__(self, field: Field, gateway: Served, folder: Path, seconds: float) -> None:
        self._field = field
        (self._one,) = field.participants
        self._gateway = gateway
        self._folder = folder
        self._seconds = seconds

    def parts(self) -> Mapping[str, Callable[[], Iterator[Row]]]:
        """Gives what can be measured, in the order in which it is: the database is filled last."""
        return {
            "draws": self._draws,
            "documents": self._documents,
            "tables": self._tables,
            "stored": self._stored,
            "clocks": self._clocks,
            "indicators": self._indicators,
        }

    def warm(self) -> None:
        """Has every process seen each kind of work."""
        for way in (Way.CLOSED, Way.HOT):
            turn(Cell(way=way), self._field, self._one, _WARM_S)

    def _draws(self) -> Iterator[Row]:
        # A certificate each: what has been drawn on one stays drawn.
        for draws, hot in zip(DRAWS, HOT[1:], strict=False):
            one = replace(self._one, hot=hot)
            made_hot(replace(self._field, participants=[one]), draws)
            # Until each process has read the others' draws once: what comes together then reads all of them again.
            some = (Call(body=reserving(number, hot=hot)) for number in count(draws))
            asyncio.run(load(one.urls, some, total=_FIRST, in_flight=1, wait_s=_PATIENCE_S))
            yield self._row(f"{draws:,} draws on a certificate, three reservations", Cell(way=Way.HOT), one=one)

    def _documents(self) -> Iterator[Row]:
        for documents in DOCUMENTS:
            items = min(ITEMS, documents)
            bodies = (bulky(number, items=items, documents=documents) for number in count(1))
            before = self._memory()
            with Meter(self._field, self._one) as meter:
                answered = asyncio.run(
                    load(self._one.urls, (Call(body=one) for one in islice(bodies, _LARGE_ONES)), total=_LARGE_ONES,
                         in_flight=1, wait_s=_PATIENCE_S)
                )  # fmt: skip
            checked(answered)
            checked(answered)
            work, each = meter.work, _LARGE_ONES * documents
            yield Row(
                what=f"{documents:,} documents of {items:,} items: of a document",
                gateway_ms=work.own_s * 1000 / each,
                database_ms=work.database_s * 1000 / each,
                simulators_ms=work.simulators_s * 1000 / each,
                median_ms=answered.percentile(0.5) / documents,
                more=f"decided after {answered.percentile(0.5) / 1000:.1f} s, {self._grown(before)}",
            )

    def _tables(self) -> Iterator[Row]:
        for conditions in CONDITIONS:
            out = self._folder / f"taric-{conditions}"
            file = self._folder / f"taric-{conditions}.xml"
            file.write_text(envelope(f"26{len(str(conditions)):04}", *extract(conditions)), encoding="utf-8")
            loaded_s = command("tables", "load-taric", str(file), "--out", str(out), "--whole")
            before = self._memory()
            switched_s = asyncio.run(self._switched(out))
            yield self._row(
                f"{conditions:,} rows of tables",
                Cell(way=Way.CLOSED),
                more=f"loaded in {loaded_s:.1f} s, in force after {switched_s:.1f} s, {self._grown(before)}",
            )

    def _stored(self) -> Iterator[Row]:
        declarations = int(os.environ.get("STORED", "100000"))
        yield self._row("next to nothing stored", Cell(way=Way.CLOSED))
        yield self._row("next to nothing stored, three reservations", Cell(way=Way.RESERVED))
        if declarations:
            began = time.perf_counter()
            stored.fill_gateway(self._one.database_url, self._gateway.url, declarations)
            more = f"filled in {time.perf_counter() - began:.0f} s"
            yield self._row(
                f"{declarations:,} declarations stored", Cell(way=Way.CLOSED, stored=declarations), more=more
            )
            yield self._row(f"{declarations:,} stored, three reservations", Cell(way=Way.RESERVED, stored=declarations))
            for what, waited_ms in work_list.waited(self._gateway.url):
                yield Row(
                    what=f"{declarations:,} stored: {what}", gateway_ms=0, database_ms=0, simulators_ms=0,
                    median_ms=median(waited_ms), more=f"the page alone; slowest {max(waited_ms):.0f} ms; asked below 300 ms",
                )  # fmt: skip

    def _clocks(self) -> Iterator[Row]:
        """Clocks of suspensions: what a declaration costs beside open ones, how those are found that ran out, and many at once."""
        open_ones, expiring = setting("SUSPENDED", 1_000_000), setting("EXPIRING", 10_000)
        suspended = Suspended(self._one.database_url, self._gateway.url)
        stored.fill_gateway(self._one.database_url, self._gateway.url, int(-(-open_ones // EACH)))
        yield self._row("no suspension", Cell(way=Way.CLOSED))
        filled_s = suspended.fill(int(open_ones))
        yield self._row(f"{open_ones:,.0f} suspensions open", Cell(way=Way.CLOSED), more=f"filled in {filled_s:.0f} s")
        found_ms, plan = suspended.found()
        yield Row(
            what="clocks that ran out, looked for", gateway_ms=0, database_ms=found_ms, simulators_ms=0, median_ms=0, more=plan
        )  # fmt: skip
        ids, before = suspended.lodged(int(expiring))
        with Meter(self._field, self._one) as meter:
            took_s, beside = suspended.run_out(ids)
        yield Row(
            what=f"{expiring:,.0f} running out in a minute: each",
            gateway_ms=meter.work.own_s * 1000 / expiring,
            database_ms=meter.work.database_s * 1000 / expiring,
            simulators_ms=meter.work.simulators_s * 1000 / expiring,
            median_ms=beside.percentile(0.5),
            more=f"worked off after {took_s:.0f} s; others p50 {before.percentile(0.5):.0f} -> {beside.percentile(0.5):.0f} ms,"
            f" p95 {before.percentile(0.95):.0f} -> {beside.percentile(0.95):.0f} ms",
        )

    def _indicators(self) -> Iterator[Row]:
        """Indicators: how they are read of ten million declarations a year, and how long the day of the stored ones takes to be counted."""
        declarations = int(os.environ.get("STORED", "100000"))
        rows = folded.fill(self._one.database_url)
        for what, waited_ms in folded.waited(self._gateway.url):
            yield Row(
                what=f"{rows:,} counted rows: {what}", gateway_ms=0, database_ms=0, simulators_ms=0, median_ms=median(waited_ms),
                more=f"slowest {max(waited_ms):.0f} ms; asked below 300 ms",
            )  # fmt: skip
        stored.fill_gateway(self._one.database_url, self._gateway.url, declarations)
        day, events, took_s = folded.counted(self._one.database_url)
        yield Row(
            what=f"{declarations:,} declarations of a day counted", gateway_ms=0, database_ms=took_s * 1000 / declarations,
            simulators_ms=0, median_ms=0, more=f"{day}: {events:,} events in {took_s:.1f} s",
        )  # fmt: skip

    async def _switched(self, out: Path) -> float:
        """Puts tables into force; gives the seconds until a declaration is decided by them in each process."""
        new = as_stored(load_tables(load_settings({}).folder, out))
        async with Store.opened(self._one.database_url) as store:
            began = time.perf_counter()
            await store.table_sets.publish(new, reason="measured", by=ONE)
            numbers = count(time.time_ns() % 10**8)
            clean = 0
            while clean < 4 * len(self._gateway.replicas):
                call = Call(body=bulky(next(numbers), items=1, documents=1))
                answered = await load(self._one.urls, iter([call]), total=1, in_flight=1, wait_s=30)
                clean = clean + 1 if set(answered.decided_by) == {new.digest} else 0
                if not clean:
                    ended = time.perf_counter()
                if time.perf_counter() - began > _PATIENCE_S:
                    raise NotAsMeasured("the set never came into force")
        return ended - began

    def _row(self, what: str, cell: Cell, *, more: str = "", one: Participant | None = None) -> Row:
        found = turn(cell, self._field, one or self._one, self._seconds).figures
        return Row(
            what=what,
            gateway_ms=found["own_ms"],
            database_ms=found["database_ms"],
            simulators_ms=found["simulators_ms"],
            median_ms=found["p50_ms"],
            more=more or f"{found['per_second']:.0f}/s",
        )

    def _memory(self) -> Sequence[float]:
        return [resident_mb(pid) for pid in self._gateway.replicas]

    def _grown(self, before: Sequence[float]) -> str:
        now = self._memory()
        return f"processes {max(now):.0f} MB ({max(b - a for a, b in zip(before, now, strict=True)):+.0f})"


def main() -> int:
    """Measures and prints; gives the status."""
    heed_signals()
    try:
        wanted = [one.strip() for one in os.environ.get("PARTS", "").split(",") if one.strip()]
        seconds = setting("SECONDS", 6)
        _, told = run_of_now("make bench-large")
        with tempfile.TemporaryDirectory(prefix="gateway-large-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)
            settings = {"GATEWAY_LOG_LEVEL": "error"}
            with installation(Path(name) / "data", settings) as (simulated, url, gateway):
                field = Field(simulated=simulated, participants=[running_gateway(url, gateway)])
                things = LargeThings(field, gateway, Path(name), seconds)
                parts = things.parts()
                if unknown := sorted(set(wanted) - parts.keys()):
                    raise NotComparable(f"PARTS: no part is called {', '.join(unknown)}; there are {', '.join(parts)}")
                things.warm()
                table = Table("beside", "gateway ms", "PostgreSQL ms", "simulators ms", "p50 ms", "more")
                for part in wanted or parts:
                    for row in parts[part]():
                        print(f"{row.what}: {row.gateway_ms + row.database_ms:.2f} ms, {row.more}", flush=True)
                        figures = (row.gateway_ms, row.database_ms, row.simulators_ms, row.median_ms)
                        table.add_row(row.what, *(f"{one:.2f}" for one in figures), row.more)
    except (NotComparable, NotAsMeasured, OSError, EOFError) as error:
        print(error, file=sys.stderr)
        return 1
    table.title = (
        f"{told['machine']}, {told['commit'][:8]}, load {told['load_before']} before, {os.getloadavg()[0]:.1f} after"
    )
    Console(width=None if sys.stdout.isatty() else 180).print(table)
    return 0


if __name__ == "__main__":
    sys.exit(main())
