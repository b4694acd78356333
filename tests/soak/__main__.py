"""`make soak`: declarations of every kind of life while processes and the database are killed and authorities fail.

DECLARATIONS, KILLS (in all), SEED and MINUTES (at most) say how, and SLEEPS of processes, SILENT and READ_ONLY databases and FLOODS by
one client how often of each; the seed is printed, so that the same lives can be had
again. In the end the faults are lifted, everything comes to rest by itself, the gateway and the authorities have to
say the same of every certificate and account, never more was out than certified, and a receiver of webhooks has to have been sent every notice, in order.

`faketime -f '@2026-12-31 22:59:35' make soak DECLARATIONS=400 KILLS=2` has the year end under the load: accounts are of years.
"""

import asyncio
import os
import random
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from json import dumps
from pathlib import Path

from rich.console import Console
from rich.table import Table

from gateway.access import key_hash, new_key
from gateway.embedded.server import EmbeddedServer
from gateway.store import migrate
from tests.builders.running import authorities, served
from tests.soak.disturbances import Disturbances
from tests.soak.lives import Load, put_certificates
from tests.soak.out import Watch
from tests.soak.receiver import taking
from tests.soak.suspending import suspend_long_ago, wrong_suspensions
from tests.soak.trouble import Faults, Kills
from tests.soak.verdict import Unrest, Verdict, judge, unrest

SEED = int(os.environ.get("SEED", str(int(time.time()))))
DECLARATIONS = int(os.environ.get("DECLARATIONS", "10000"))
KILLS = int(os.environ.get("KILLS", "50"))
MINUTES = float(os.environ.get("MINUTES", "60"))
DISTURBANCES = {
    "sleep": int(os.environ.get("SLEEPS", "6")),
    "silent": int(os.environ.get("SILENT", "2")),
    "read_only": int(os.environ.get("READ_ONLY", "2")),
    "flood": int(os.environ.get("FLOODS", "2")),
}
KEYS = {name: new_key() for name in ("soak", "flood", "officer", "authority")}
_ROLES: dict[str, dict[str, str]] = {
    "officer": {"role": "officer"},
    "authority": {"role": "authority", "authority": "plain_events"},
}
CALLERS = 12
TELL_S = 10.0
REST_S = 400.0
"""In this time everything has to come to rest once nothing fails any more: what was not done is looked at again after 150 s."""
SHOWN = 20
ENVIRONMENT = {
    "GATEWAY_SETTLE_FIRST_SECONDS": "0.5",
    "GATEWAY_SETTLE_LONGEST_SECONDS": "5",
    "GATEWAY_RETRY_UNDETERMINED_SECONDS": "2",
    # The first three readings of what may come late fall into the time of rest; the last one is a day away.
    "GATEWAY_READ_AGAIN_AFTER_SECONDS": "[20, 60, 150, 86400]",
    "GATEWAY_DEADLINE_SECONDS": "5",
    "GATEWAY_LOG_LEVEL": "error",
    "GATEWAY_SECURITY__MODE": "api-key",
    "GATEWAY_SECURITY__KEYS": dumps(
        [{"name": name, "hash": key_hash(key), **_ROLES.get(name, {"role": "customs"})} for name, key in KEYS.items()]
    ),
    "GATEWAY_ADAPTERS__PLAIN_EVENTS__PACKAGE": "adapters.plain_events",
    "GATEWAY_ADAPTERS__PLAIN_EVENTS__BASE_URL": "http://127.0.0.1:1",
}


def main() -> int:
    """Runs; the status is 0 if all that has to be true is."""
    counts = " ".join(f"{name}={count}" for name, count in DISTURBANCES.items())
    print(f"SEED={SEED} DECLARATIONS={DECLARATIONS} KILLS={KILLS} MINUTES={MINUTES:g} {counts}", flush=True)
    with ExitStack() as stack:
        name = stack.enter_context(tempfile.TemporaryDirectory(prefix="gateway-soak-", ignore_cleanup_errors=True))
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        server = EmbeddedServer.start(data, remove=True)
        stack.callback(server.stop)
        asyncio.run(migrate(server.url))
        simulated = stack.enter_context(authorities("fgas"))
        put_certificates(simulated)
        events, calling = stack.enter_context(taking(Path(name), random.Random(SEED + 3)))
        environment = {**simulated.environment, **ENVIRONMENT, **calling, "GATEWAY_DATABASE_URL": server.url}
        gateways = [stack.enter_context(served(environment, "--processes=2")) for _ in range(2)]
        events.begin(gateways[0].url, KEYS["soak"])
        load = Load(gateways, SEED, DECLARATIONS, KEYS, partial(suspend_long_ago, server.url))
        kills = Kills.drawn(random.Random(SEED), KILLS, gateways, server, data)
        faults = Faults(random.Random(SEED + 1), simulated)
        dice = random.Random(SEED + 2)
        planned = Disturbances.drawn(dice, **DISTURBANCES)
        disturbances = Disturbances(dice, gateways, server.url, data, KEYS["flood"], kills.database, planned)
        watch = Watch(load, simulated, random.Random(SEED + 4))
        began = time.monotonic()
        _suffer(load, kills, faults, disturbances, watch, began)
        loaded_s = time.monotonic() - began
        left = _come_to_rest(server.url)
        rested_s = time.monotonic() - began - loaded_s
        verdict = judge(load.lives, server.url, simulated)
        verdict.faults += wrong_suspensions(load.lives, server.url)
        verdict.figures.update(f"suspensions {life.ends}" for life in load.lives if life.ends)
        verdict.faults += events.faults(server.url)
        verdict.figures.update(events.figures)
        verdict.faults += watch.faults
        verdict.figures["looks at goods that were out"] = watch.looks
    if left.any:
        verdict.faults.append(f"no rest: {left}")
    if load.ended < DECLARATIONS:
        verdict.faults.append(f"only {load.ended} declarations in {MINUTES:g} minutes")
    verdict.faults += load.wrong
    _tell(load, kills, faults, disturbances, verdict, loaded_s, rested_s)
    return 1 if verdict.faults else 0


def _suffer(load: Load, kills: Kills, faults: Faults, disturbances: Disturbances, watch: Watch, began: float) -> None:
    """Lets callers call while things go wrong, until they are done or the time is over."""
    over = threading.Event()
    with ThreadPoolExecutor(CALLERS + 4) as pool:
        trouble = [
            pool.submit(kills.run, lambda: load.ended / DECLARATIONS, over),
            pool.submit(faults.run, over),
            pool.submit(watch.run, over),
            pool.submit(disturbances.run, lambda: load.ended / DECLARATIONS, over),
        ]
        calls = [pool.submit(load.call) for _ in range(CALLERS)]
        told = began
        while not all(call.done() for call in calls):
            time.sleep(0.2)
            if time.monotonic() - began > MINUTES * 60:
                load.stop.set()
            if time.monotonic() - told >= TELL_S:
                told = time.monotonic()
                print(
                    f"{told - began:5.0f} s  {load.ended} of {DECLARATIONS} declarations, {sum(load.steps.values())} calls"
                    f" ({load.again} again), {sum(kills.done.values())} kills, {sum(faults.planned.values())} faults,"
                    f" {sum(disturbances.done.values())} disturbances",
                    flush=True,
                )
        over.set()
        for done in (*calls, *trouble):
            done.result()


def _come_to_rest(url: str) -> Unrest:
    """Waits until nothing is left to do; gives what is in spite of all patience."""
    end = told = time.monotonic()
    while (left := unrest(url)).any and time.monotonic() < end + REST_S:
        if time.monotonic() - told >= TELL_S:
            told = time.monotonic()
            print(f"        at rest in a while: {left}", flush=True)
        time.sleep(0.5)
    return left


def _tell(
    load: Load,
    kills: Kills,
    faults: Faults,
    disturbances: Disturbances,
    verdict: Verdict,
    loaded_s: float,
    rested_s: float,
) -> None:
    table = Table("what", "figure", title=f"SEED={SEED}: " + ("everything holds" if not verdict.faults else "FAULTS"))
    table.add_row("declarations taken", f"{len(load.lives)} in {loaded_s:.0f} s, at rest {rested_s:.0f} s after")
    table.add_row("calls", ", ".join(f"{what} {count}" for what, count in sorted(load.steps.items())))
    table.add_row("calls without an answer, made again", str(load.again))
    table.add_row("killed", ", ".join(f"{what} {count}" for what, count in sorted(kills.done.items())))
    table.add_row("disturbed", ", ".join(f"{what} {count}" for what, count in sorted(disturbances.done.items())))
    table.add_row("the flood was told", ", ".join(f"{w} {n}" for w, n in sorted(disturbances.flooded.items())))
    table.add_row("faults of authorities", f"{sum(faults.planned.values())} of {len(faults.planned)} kinds")
    for what, count in sorted(verdict.figures.items()):
        table.add_row(what, str(count))
    table.add_row("faults found", str(len(verdict.faults)))
    console = Console()
    for fault in verdict.faults[:SHOWN]:
        console.print(fault, markup=False)
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
