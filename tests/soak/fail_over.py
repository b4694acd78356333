"""Fail-over to a standby of Debian's PostgreSQL 17 under load: how long callers are refused, and what is lost.

`python -m tests.soak.fail_over [SECONDS]` (15 by default) loads a gateway so long before and after its primary is killed and the standby
promoted, with synchronous replication, and with an asynchronous standby that lags. PROGRAMS names another version's folder. Status 1 where
something acknowledged is lost with synchronous replication, or an answer is neither taken nor a refusal that says when to come back.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg

from gateway.embedded import watcher
from gateway.store import migrate
from tests.builders.commands import command_line
from tests.builders.lodging_callers import LodgingCallers, lodging_callers
from tests.builders.processes import ran
from tests.builders.running import Authorities, authorities, clean_environment, served, until
from tests.builders.standby import StreamingPair, streaming_pair

CALLERS = 8
LAG_S = 2.0
"""How long an asynchronous standby hears nothing before the primary dies."""
PROMOTED_AFTER_S = 5.0
"""How long whoever watches the servers takes."""


@contextmanager
def lagging(pair: StreamingPair, *, lags: bool) -> Iterator[None]:
    """Has the standby receive nothing from here on until the primary is dead."""
    receivers = [pid for pid in watcher.processes(pair.standby.data) if b"walreceiver" in _command(pid)] if lags else []
    for pid in receivers:
        os.kill(pid, signal.SIGSTOP)
    if lags:
        time.sleep(LAG_S)
    yield
    for pid in receivers:
        os.kill(pid, signal.SIGKILL)


def failed_over(simulated: Authorities, programs: Path, seconds: float, *, synchronous: bool) -> list[str]:
    """Kills the primary under load and promotes the standby; gives what is wrong."""
    with streaming_pair(programs, hasty=False) as pair:
        asyncio.run(migrate(pair.url))
        if synchronous:
            pair.make_synchronous()
        environment = {**simulated.environment, "GATEWAY_DATABASE_URL": pair.url}
        began = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        name = "SYNCHRONOUS" if synchronous else "ASYNCHRONOUS"
        with (
            served(environment, "--processes=2") as gateway,
            lodging_callers(gateway.url, name, at_once=CALLERS) as callers,
        ):
            time.sleep(seconds)
            with lagging(pair, lags=not synchronous):
                killed = time.monotonic()
                pair.primary.kill()
            time.sleep(PROMOTED_AFTER_S)
            promoted = time.monotonic()
            pair.promote()
            wanted = len(callers.acknowledged) + CALLERS
            until(lambda: len(callers.acknowledged) >= wanted or None, "load after the promotion")
            time.sleep(seconds)
        lost = _missing(pair, callers)
        _report(name.lower(), callers, killed, promoted, lost)
        if lost:
            settle = command_line("settle", "--since", began)
            settled = ran(settle, env={**clean_environment(), **environment}, timeout=3600)
            print(settled.stdout.strip().splitlines()[-1] if settled.stdout else settled.stderr)
        odd = [one for one in callers.refused if one.status != 503 or not int(one.retry_after or 0)]
        faults = [f"{name}: {len(odd)} answers, as {odd[0]}"] if odd else []
        return faults + ([f"{name}: {len(lost)} acknowledged declarations are lost"] if lost and synchronous else [])


def _report(name: str, callers: LodgingCallers, killed: float, promoted: float, lost: set[str]) -> None:
    taken = sorted(one.at + one.seconds for one in callers.answers if one.status in {200, 202})
    before = max((one for one in taken if one <= promoted), default=killed)
    after = min(one for one in taken if one > promoted)
    slowest = max(one.seconds for one in callers.answers)
    print(
        f"| {name} | {len(taken)} | {len(callers.refused)} | {after - before:.1f} s | {after - promoted:.1f} s | {slowest:.1f} s | {len(lost)} |",
        flush=True,
    )


def _missing(pair: StreamingPair, callers: LodgingCallers) -> set[str]:
    with psycopg.connect(pair.url) as connection:
        there = {str(one) for (one,) in connection.execute("SELECT id::text FROM declaration").fetchall()}
    return set(callers.acknowledged) - there


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def main(seconds: float) -> int:
    """Fails over in both ways; gives the status."""
    programs = Path(os.environ.get("PROGRAMS", "/usr/lib/postgresql/17/bin"))
    assert (programs / "initdb").exists(), "install postgresql-17: apt-get install postgresql-17"
    print("| replication | acknowledged | refused | callers were refused for | of that after the promotion | slowest answer | acknowledged and lost |")  # fmt: skip
    print("|---|---|---|---|---|---|---|")
    with authorities() as simulated:
        faults = [
            fault for way in (True, False) for fault in failed_over(simulated, programs, seconds, synchronous=way)
        ]
    print("\n".join(faults) or "nothing is wrong", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if sys.argv[1:] else 15.0))
