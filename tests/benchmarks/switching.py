"""A large set of tables put in force at once, under load: `python -m tests.benchmarks.switching [ROWS]`; rows of `make bench`, too."""

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
from gateway.store import Store, StoredSet
from tests.benchmarks.installed import PROCESSES, installation
from tests.benchmarks.load import Answered, Call, load
from tests.builders.actors import ONE
from tests.builders.declarations import declaration
from tests.builders.running import clean_environment

ROWS = 20_000
IN_FLIGHT = 8
WANTED_S = 1.0
"""From the order on, until all replicas serve the set."""
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


def extract(rows: int) -> Iterator[str]:
    """Gives the lines of a TARIC extract from which so many rows follow. None of them concerns the declarations of the load."""
    chosen = random.Random(1)
    yield "goods_code;origin;measure_type;condition_code;certificate;action;valid_from;legal_base"
    for number in range(rows):
        digits = "".join(chosen.choices("0123456789", k=chosen.choice((2, 4, 6, 8))))
        goods, origin = f"{chosen.choice(_CHAPTERS)}{digits:0<8}", chosen.choice(_ORIGINS)
        kind = chosen.choice(tuple(_CERTIFICATES))
        for certificate in _CERTIFICATES[kind]:
            yield f"{goods};{origin};{kind};B;{certificate};29;2021-01-01;R{number}/26"


def command(*arguments: str, tables: Path | None = None) -> float:
    """Runs a command of the gateway, with a folder of further tables; gives the seconds that it took."""
    secrets = dict.fromkeys(
        ("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"), "-"
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


def rows(table: Table, url: str, database: str, count: int = ROWS) -> None:
    """Measures on a running gateway."""
    with tempfile.TemporaryDirectory(prefix="gateway-tables-") as name:
        csv, out = Path(name) / "extract.csv", Path(name) / "taric"
        csv.write_text("\n".join(extract(count)) + "\n", encoding="utf-8")
        table.add_row(
            f"`gateway tables load-taric`, {count:,} rows",
            f"{command('tables', 'load-taric', str(csv), '--out', str(out)):.1f} s",
            "",
        )
        table.add_row("`gateway check` with them", f"{command('check', tables=out):.1f} s", "")
        new = stored(load_tables(load_settings({}).folder, out))
    before, around, seconds = asyncio.run(switched(url, database, new))
    table.add_row(
        f"put in force at once, {IN_FLIGHT} calls in flight, until all {PROCESSES} replicas serve them",
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


def main(count: int) -> None:
    """Measures on an installation of its own and prints."""
    table = Table(
        "what", "figure", "wanted", title=f"Tables, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        with installation(Path(name) / "data") as (_, database, gateway):
            rows(table, gateway.url, database, count)
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else ROWS)
