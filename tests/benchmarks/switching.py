"""A load of TARIC put in force at once, under load, and what it costs: `python -m tests.benchmarks.switching [CONDITIONS]`; rows of
`make bench`, too."""

import asyncio
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.app import stored
from gateway.settings import load as load_settings
from gateway.settings.tables import load_tables
from gateway.settings.taric.records import Update
from gateway.store import Store, StoredSet
from tests.benchmarks.decisions import decision_costs
from tests.benchmarks.installed import PROCESSES, installation, resident_mb
from tests.benchmarks.load import Answered, Call, load
from tests.builders.actors import ONE
from tests.builders.declarations import declaration
from tests.builders.running import Served, clean_environment
from tests.builders.taric import Record, condition, envelope, measure

CONDITIONS = 200_000
IN_FLIGHT = 8
WANTED_S = 2.0
"""From the order on, until all replicas serve the set."""
WANTED_MB = 80
WANTED_RECORDS = 5_000
CHANGED = 100
"""Measures that a daily file changes."""
_WARM_S, _BEFORE_S, _AFTER_S = 1.0, 3.0, 3.0
_CERTIFICATES = {
    "410": ("C640", "N853", "Y930"),
    "707": ("C678", "Y937"),
    "719": ("C673", "Y927"),
    "750": ("C644", "Y929"),
}
_CHAPTERS = ("01", "02", "03", "04", "07", "12", "16")
_ORIGINS = ("BR", "CL", "CN", "EG", "IN", "TH", "TR", "US", "VN")
_FIRST = 5_000_000
"""The number of the first declaration here: none of the other loads comes so far."""


def extract(conditions: int) -> Iterator[Record]:
    """Gives the records of an extraction with so many conditions. None of them concerns the declarations of the load."""
    chosen = random.Random(1)
    written = number = 0
    while written < conditions:
        number += 1
        digits = "".join(chosen.choices("0123456789", k=chosen.choice((2, 4, 6, 8))))
        goods, origin = f"{chosen.choice(_CHAPTERS)}{digits:0<8}", chosen.choice(_ORIGINS)
        kind = chosen.choice(tuple(_CERTIFICATES))
        yield measure(number, kind, goods, origin, measure__generating__regulation__id=f"R{number:07}")
        for place, certificate in enumerate((*_CERTIFICATES[kind], "")):
            written += 1
            yield condition(10 * number + place, number, "B", certificate, "29" if certificate else "09")


def daily() -> Iterator[Record]:
    """Gives the changes of a day: measures that end."""
    for number, (_, values) in zip(range(CHANGED), measures(), strict=False):
        yield measure(
            number + 1, str(values["measure.type"]), str(values["goods.nomenclature.item.id"]),
            str(values["geographical.area"]), validity__end__date="2027-12-31", update=Update.UPDATE,
        )  # fmt: skip


def measures() -> Iterator[Record]:
    """Gives the measures of an extraction."""
    return (one for one in extract(sys.maxsize) if one[0] == "measure")


def command(*arguments: str, tables: Path | None = None) -> float:
    """Runs a command of the gateway, with a folder of further tables; gives the seconds that it took."""
    secrets = dict.fromkeys(
        ("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "CITES_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"),
        "-",
    )
    further = {} if tables is None else {"GATEWAY_TABLES": f'["{tables}"]'}
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", *arguments],
        env={**clean_environment(), **secrets, **further}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return time.perf_counter() - began


async def switched(url: str, database: str, new: StoredSet) -> tuple[Answered, Answered, float]:
    """Puts a set in force while calls run; gives the load before it, the load around it, and the seconds until all served it."""
    numbers = count(_FIRST)

    async def loaded(enough: asyncio.Event) -> Answered:
        calls = (
            Call(body=declaration(number, accepted=False))
            for number in takewhile(lambda _: not enough.is_set(), numbers)
        )
        return await load(url, calls, total=sys.maxsize, in_flight=IN_FLIGHT, wait_s=30)

    async def until(seconds: float) -> tuple[asyncio.Event, "asyncio.Task[Answered]"]:
        enough = asyncio.Event()
        task = asyncio.create_task(loaded(enough))
        await asyncio.sleep(seconds)
        return enough, task

    for seconds in (_WARM_S, _BEFORE_S):
        enough, task = await until(seconds)
        enough.set()
        before = await task
    async with Store.opened(database) as store:
        enough, task = await until(_BEFORE_S)
        ordered = time.perf_counter()
        await store.table_sets.publish(new, reason="measured", by=ONE)
        await asyncio.sleep(_AFTER_S)
        enough.set()
        around = await task
    if set(around.decided_by) < {new.digest}:
        raise SystemExit("the set never came into force")
    old = max(came for digest, came in around.decided_by.items() if digest != new.digest)
    return before, around, old - ordered


def rows(table: Table, gateway: Served, database: str, conditions: int) -> None:
    """Measures on a running gateway."""
    with tempfile.TemporaryDirectory(prefix="gateway-tables-") as name:
        home, out = Path(name), Path(name) / "taric"
        records = list(extract(conditions))
        (home / "full.xml").write_text(envelope("260001", *records), encoding="utf-8")
        (home / "daily.xml").write_text(envelope("260002", *daily()), encoding="utf-8")
        seconds = command("tables", "load-taric", str(home / "full.xml"), "--out", str(out), "--whole")
        table.add_row(
            f"`gateway tables load-taric`, {len(records):,} records with {conditions:,} conditions",
            f"{seconds:.1f} s, {len(records) / seconds:,.0f} records a second",
            f"> {WANTED_RECORDS:,} a second",
        )
        table.add_row("`gateway check` with them", f"{command('check', tables=out):.1f} s", "")
        full = load_tables(load_settings({}).folder, out)
        _switch(table, "all of it", stored(full), gateway, database)
        costs = decision_costs(load_tables(load_settings({}).folder), full)
        table.add_row(
            "one decision, 10 items, with TARIC beside the delivered tables",
            f"{costs[1]:.3f} ms of processor time ({costs[0]:.3f} with the delivered tables alone)",
            "within noise",
        )
        seconds = command("tables", "load-taric", str(home / "daily.xml"), "--out", str(out), "--update")
        table.add_row(f"a daily file, {CHANGED} measures", f"{seconds:.1f} s", "")
        new = stored(load_tables(load_settings({}).folder, out))
        texts, known = new.parts(), stored(full).parts()
        differing = [len(text) for digest, text in texts.items() if digest not in known]
        whole = sum(len(text) for text in texts.values())
        table.add_row(
            "... the parts that differ",
            f"{len(differing)} of {len(texts)}, {sum(differing) / 1e6:.1f} of {whole / 1e6:.1f} MB",
            "",
        )
        _switch(table, "the daily set", new, gateway, database)


def _switch(table: Table, what: str, new: StoredSet, gateway: Served, database: str) -> None:
    memory = [resident_mb(pid) for pid in gateway.replicas]
    before, around, seconds = asyncio.run(switched(gateway.url, database, new))
    more = max(resident_mb(pid) - held for pid, held in zip(gateway.replicas, memory, strict=True))
    table.add_row(
        f"{what} put in force at once, {IN_FLIGHT} calls in flight, until all {PROCESSES} replicas serve it",
        f"{seconds:.2f} s",
        f"< {WANTED_S:.0f} s",
    )
    table.add_row(
        "... the longest that a caller waited",
        f"{around.latencies[-1] * 1000:.0f} ms (without a switch {before.latencies[-1] * 1000:.0f} ms)",
        "",
    )
    lost = sum(number for status, number in around.statuses.items() if status != 200)
    table.add_row("... calls lost", f"{lost} of {len(around.latencies)}", "0")
    table.add_row("... more memory of a serving process, at most", f"{more:.0f} MB", f"< {WANTED_MB} MB")


def main(conditions: int) -> None:
    """Measures on an installation of its own and prints."""
    table = Table(
        "what", "figure", "wanted", title=f"Tables, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with installation(Path(name) / "data") as (_, database, gateway):
            rows(table, gateway, database, conditions)
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else CONDITIONS)
