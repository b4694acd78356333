"""Whether an authority that hangs for a minute is felt by declarations that do not ask it: `python -m tests.benchmarks.hanging`.

RUNS (5) of SECONDS (60) without it, and one with it in their middle; each declaration asks TRACES alone while four a second
ask CATCH, too. PER_SECOND (20) arrive, whatever is answered. Status 1: p95 beside the hanging one lies above all of those without it.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.comparison import setting
from tests.benchmarks.figures import run_of_now
from tests.benchmarks.installed import installation
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.load import Answered, Call, arrive
from tests.benchmarks.participants import Field, running_gateway
from tests.benchmarks.turns import HANGING_PER_SECOND, NotAsMeasured, asking_again, checked, fish
from tests.builders.declarations import declaration
from tests.builders.running import Authorities, until

_NUMBERS = count(1)
_WAIT_S = 30


def _others() -> Iterator[Call]:
    return (Call(body=declaration(number, accepted=False, documents=1)) for number in _NUMBERS)


def _hang(simulated: Authorities, *, hangs: bool) -> None:
    simulated.control("catch", "POST", "/faults", fault="hang" if hangs else None)


async def _run(urls: list[str], simulated: Authorities, per_second: float, seconds: float, *, hangs: bool) -> Answered:
    """Has both kinds arrive; gives what became of those that do not ask the one that hangs."""
    _hang(simulated, hangs=hangs)
    fishing = asyncio.create_task(
        arrive(urls, fish(), per_second=HANGING_PER_SECOND, total=round(HANGING_PER_SECOND * seconds), wait_s=_WAIT_S)
    )
    found = await arrive(urls, _others(), per_second=per_second, total=round(per_second * seconds), wait_s=_WAIT_S)
    await asyncio.to_thread(_hang, simulated, hangs=False)
    await fishing
    return checked(found)


def main() -> int:
    """Measures and prints; gives the status."""
    heed_signals()
    try:
        runs, seconds, per_second = round(setting("RUNS", 5)), setting("SECONDS", 60), setting("PER_SECOND", 20)
        _, told = run_of_now("python -m tests.benchmarks.hanging")
        table = Table("run", "p50 ms", "p95 ms", "p99 ms", "declarations")
        without, beside = [], 0.0
        with tempfile.TemporaryDirectory(prefix="gateway-hanging-", ignore_cleanup_errors=True) as name:
            Path(name).chmod(0o755)
            with installation(Path(name) / "data", {"GATEWAY_LOG_LEVEL": "error"}) as (simulated, url, gateway):
                (one,) = Field(simulated=simulated, participants=[running_gateway(url, gateway)]).participants
                urls = list(one.urls)
                asyncio.run(_run(urls, simulated, per_second, min(seconds, 10.0), hangs=False))
                # In the middle, so that a machine that slows down is not taken for what hangs.
                for number in range(runs + 1):
                    hangs = number == (runs + 1) // 2
                    found = asyncio.run(_run(urls, simulated, per_second, seconds, hangs=hangs))
                    if hangs:
                        beside = found.percentile(0.95)
                        until(lambda: asking_again(one), "the authority that hung is asked again")
                    else:
                        without.append(found.percentile(0.95))
                    figures = (f"{found.percentile(share):.0f}" for share in (0.5, 0.95, 0.99))
                    table.add_row("CATCH hangs" if hangs else "without it", *figures, str(len(found.ids)))
                    print(
                        f"run {number + 1} of {runs + 1}: p95 {found.percentile(0.95):.0f} ms{' beside it' * hangs}",
                        flush=True,
                    )
    except (NotAsMeasured, NotComparable, OSError, EOFError) as error:
        print(error, file=sys.stderr)
        return 1
    table.title = (
        f"{told['machine']}, {told['commit'][:8]}, load {told['load_before']} before, {os.getloadavg()[0]:.1f} after"
    )
    table.caption = f"p95 beside it {beside:.0f} ms; without it {min(without):.0f} to {max(without):.0f} ms"
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    return int(beside > max(without))


if __name__ == "__main__":
    sys.exit(main())
