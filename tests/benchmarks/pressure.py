"""`make pressure`: what others notice while one client wants too much, or all that there is of something.

Two processes in the mode `api-key`, authorities at 5 ms, the load on the same cores. The others are customs and a trader that lodge and
an officer who reads, with five calls a second each. SECONDS (30) sets how long a load lasts; CELLS (all) which of the cells are
measured. It ends with 1 where others notice more than they may.
"""

import asyncio
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from itertools import cycle, groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.access import key_hash
from tests.benchmarks import used_up
from tests.benchmarks.callers import (
    OWN,
    PATIENCE_S,
    QUIET,
    Noticed,
    after,
    call,
    citing,
    lodging,
    message,
    others_apart,
    request,
    retry_after,
)
from tests.benchmarks.installed import PROCESSES, installation
from tests.benchmarks.pressed import (
    SECONDS,
    Bars,
    Installed,
    Rate,
    beside,
    decided,
    flooded,
    last_place,
    show,
    sustainable,
)
from tests.benchmarks.used_up import Cell
from tests.builders.issuer import publishing
from tests.builders.receiver import HOST, authority_file, receiving

READERS = 5_000
SILENT = 19_000
"""Silent connections, a thousand fewer than the files that a process may open here."""
LARGE, LARGE_BYTES = 50, 6_000_000
EACH = 5
"""Documents of each item of the declaration with the most of them."""
KEYS = {
    "customs": "customs",
    "reader": "customs",
    "system": "customs",
    "officer": "officer",
    "flood": "trader",
    "quiet": "trader",
}


async def flood(installed: Installed, times: float, usual: Rate, bars: Bars, companies: Mapping[str, str]) -> None:
    """R6: one trader, or several, lodge at a multiple of what can be decided."""
    flooding, not_sent, turns = Noticed(), 0, cycle(companies.items())

    async def work() -> None:
        nonlocal not_sent
        rate = times * usual.per_second
        not_sent = await flooded(installed, rate, lambda: lodging(*next(turns)), flooding, SECONDS)

    bars.cell(f"flood by {len(companies)}, {times:g} x {usual.per_second:.0f}/s")
    async with beside(installed, bars):
        rate = await decided(installed, work)
    bars.row("who floods", f"{flooding.told()}, {not_sent} not sent")
    share = rate.per_processor_second / usual.per_processor_second
    compared = (
        f"{rate.per_second:.0f} a second ({rate.per_second / usual.per_second:.0%} of before), "
        f"{rate.per_processor_second:.0f} a processor second ({share:.0%})"
    )
    bars.row("decisions", compared, "90 %")


async def readers(installed: Installed, _: Rate, bars: Bars) -> None:
    """R7: thousands wait for the next notice, each behind all that there is."""
    waiting = Noticed()
    over = after(SECONDS)
    last = await last_place(installed)

    async def reader() -> None:
        place = last
        while not over():
            wait_s = int(PATIENCE_S) - 10
            path = f"/v1/notices?limit=100&after={place}&wait={wait_s}"
            answer = await call(installed.place, request("GET", path, "reader"), waiting, PATIENCE_S + 20)
            if found := re.search(rb'"next":"([^"]+)"', answer):
                place = found[1].decode()
            else:
                await asyncio.sleep(retry_after(answer))

    bars.cell(f"{READERS:,} readers that wait for notices")
    async with beside(installed, bars):
        await asyncio.gather(*(reader() for _ in range(READERS)))
    bars.row("the readers", waiting.told())


async def large(installed: Installed, _: Rate, bars: Bars) -> None:
    """R8: fifty large messages at once, each sent again until it is taken."""
    items = LARGE_BYTES // 900
    sent = Noticed()

    async def lodge() -> None:
        body = await asyncio.to_thread(message, items=items)
        while True:
            answer = await call(
                installed.place, request("POST", "/v1/declarations", "customs", body), sent, PATIENCE_S * 4
            )
            if answer.startswith((b"HTTP/1.1 202", b"HTTP/1.1 200")):
                return
            await asyncio.sleep(retry_after(answer))

    bars.cell(f"{LARGE} messages of {LARGE_BYTES / 1e6:.0f} MB")
    began, taken_s, memory = time.perf_counter(), 0.0, list[int]()
    async with beside(installed, bars):
        await asyncio.gather(*(lodge() for _ in range(LARGE)))
        taken_s, memory = time.perf_counter() - began, list(installed.memory_mb())
    bars.row("all taken", f"after {taken_s:.0f} s", "300 s", taken_s <= 300)
    bars.row("these calls", sent.told())
    bars.row("memory meanwhile", f"{memory} MB", "400 MB each", max(memory) <= 400)


async def silent(installed: Installed, _: Rate, bars: Bars) -> None:
    """R12: thousands of connections that say nothing."""
    opened: list[asyncio.StreamWriter] = []
    refused = 0

    async def open_all() -> None:
        nonlocal refused
        for _ in range(SILENT):
            try:
                _, writer = await asyncio.wait_for(asyncio.open_connection(*installed.place), 10)
                opened.append(writer)
            except (OSError, TimeoutError):
                refused += 1

    bars.cell("silent connections")
    async with beside(installed, bars):
        await open_all()
        await asyncio.sleep(SECONDS / 3)
        for writer in opened:
            writer.close()
    bars.row("opened", f"{len(opened):,}, not opened {refused:,}")


async def many_documents(installed: Installed, _: Rate, bars: Bars) -> None:
    """A declaration of 1,000 items with five documents each: decided and explained."""
    bars.cell("1,000 items with 5 documents each")
    async with others_apart(installed.place) as quiet:
        await asyncio.sleep(SECONDS / 3)
    show(bars, quiet, installed, "before it")
    body = citing(1_000, EACH)
    lodged = Noticed()
    spent = installed.spent_s()
    bars.row("beside it", "")
    async with beside(installed, bars):
        answer = await call(
            installed.place, request("POST", "/v1/declarations", "customs", body, wait_s=120), lodged, 150
        )
        judged_s = installed.spent_s() - spent
    found = re.search(rb'"id":"([^"]+)"', answer)
    bars.row("judging, with the others", f"{judged_s:.1f} s of the processor", "5 s")
    bars.row("the call", lodged.told())
    if found is None:
        return
    explained, spent = Noticed(), installed.spent_s()
    bars.row("beside explaining it", "")
    async with beside(installed, bars):
        path = f"/v1/declarations/{found[1].decode()}/explanation"
        await call(installed.place, request("GET", path, "customs"), explained, 150)
        explained_s = installed.spent_s() - spent
    bars.row("its explanation", explained.told())
    bars.row("explaining, with the others", f"{explained_s:.1f} s of the processor", "5 s")


async def measure(installed: Installed, bars: Bars, cells: Sequence[str]) -> None:
    """Measures one cell after the other."""
    await sustainable(installed)
    usual = await sustainable(installed)
    await installed.rest()
    bars.cell("32 callers that wait")
    bars.row("decisions", f"{usual.per_second:.0f} a second, {usual.per_processor_second:.0f} a processor second")
    bars.row("memory of the processes", f"{installed.memory_mb()} MB")
    for name in cells:
        print(f"{name} ...", flush=True)
        await CELLS[name](installed, usual, bars)


async def _twice(installed: Installed, usual: Rate, bars: Bars) -> None:
    await flood(installed, 2, usual, bars, {"flood": OWN})


async def _tenfold(installed: Installed, usual: Rate, bars: Bars) -> None:
    await flood(installed, 10, usual, bars, {"flood": OWN})


async def _traders(installed: Installed, usual: Rate, bars: Bars) -> None:
    await flood(installed, 10, usual, bars, used_up.TRADERS)


CELLS: Mapping[str, Cell] = {
    "twice": _twice,
    "tenfold": _tenfold,
    "traders": _traders,
    "readers": readers,
    "documents": many_documents,
    "silent": silent,
    "large": large,
    **used_up.CELLS,
}


def keys() -> str:
    """The keys of the clients, as the setting has them."""
    owners = {"flood": OWN, "quiet": QUIET, **used_up.COMPANY, **used_up.TRADERS}
    roles = {**KEYS, **dict.fromkeys((*used_up.COMPANY, *used_up.TRADERS), "trader")}
    return json.dumps(
        [
            {
                "name": name,
                "hash": key_hash(name),
                "role": role,
                **({"eoris": [owners[name]]} if role == "trader" else {}),
            }
            for name, role in roles.items()
        ]
    )


def main() -> None:
    """Measures and prints; ends with 1 where something is not as wanted."""
    cells = [name for name in os.environ.get("CELLS", "").split(",") if name] or list(CELLS)
    title = (
        f"{os.cpu_count()} cores, {PROCESSES} processes, floods of {SECONDS} s, load before {os.getloadavg()[0]:.1f}"
    )
    bars = Bars(Table("what", "of", "figure", "wanted", "met", title=title))
    with (
        tempfile.TemporaryDirectory(prefix="gateway-pressure-", ignore_cleanup_errors=True) as name,
        publishing() as signing,
        receiving(Path(name)) as slow,
        receiving(Path(name)) as quick,
    ):
        Path(name).chmod(0o755)
        settings = {
            "GATEWAY_SECURITY__MODE": "api-key",
            "GATEWAY_SECURITY__KEYS": keys(),
            "GATEWAY_SECURITY__ISSUERS": json.dumps([used_up.issuer(signing)]),
            "GATEWAY_LOG_LEVEL": "error",
            "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": json.dumps([HOST]),
            "GATEWAY_WEBHOOKS__PORTS": json.dumps([slow.port, quick.port]),
            "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(Path(name))),
        }
        for backlog, some in groupby(cells, key=lambda one: used_up.BACKLOG if one in used_up.FILLING else None):
            more = {} if backlog is None else {"GATEWAY_BACKLOG": str(backlog)}
            with installation(Path(name) / f"data {backlog}", {**settings, **more}) as (_, url, gateway):
                installed = Installed(gateway=gateway, database=url, slow=slow, quick=quick, signing=signing)
                asyncio.run(measure(installed, bars, list(some)))
    Console(width=None if sys.stdout.isatty() else 200).print(bars.table)
    if bars.missed:
        print("not as wanted:", *bars.missed, sep="\n  ")
        sys.exit(1)


if __name__ == "__main__":
    main()
