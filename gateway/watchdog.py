"""The watchdog of a process whose loop runs proven adapters: a step that stands still there ends the process.

A thread cannot do it: a regular expression that backtracks holds the interpreter. So it is a process of its own, which reads
from shared memory what step the loop is in. Of one that takes too long it stores that the adapter lost its tier, and on which
declaration; then it kills the process. Whoever starts it again finds the adapter to be a draft, and runs it in sandboxes.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from gateway.dispatch import LoadedAdapter
from gateway.dispatch.step_record import StepRecord, StepUnderWay
from gateway.domain.actor import GATEWAY
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.adapter_tier import AdapterTier, StoredTier
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.store import Store

log = structlog.get_logger(__name__)

EVERY_S = 0.1
"""So often it looks."""
PATIENCE = 3
"""A step may take so many times its limit by the clock, as long as it has not used it up: the machine may be busy."""
STORE_S = 5.0
"""So long it tries to store what it found before it kills."""
AFTERWARDS_S = 120.0
"""So long it goes on trying afterwards, where the database did not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What a watchdog is told: the process, its limit, and the code of its adapters."""

    process: int
    line: int
    limit_s: float
    database_url: str
    adapters: Mapping[str, tuple[str, str]]
    """Package and digest, by the adapter's name."""


class Watchdog:
    """The watchdog of this process."""

    def __init__(self, adapters: Mapping[str, LoadedAdapter], *, limit_s: float, database_url: str) -> None:
        """Start it where an adapter runs in the loop that was not delivered; else there is nothing to watch."""
        watched = {
            name: (one.config.package, one.digest)
            for name, one in adapters.items()
            if one.placement.in_loop and not one.delivered
        }
        self.record: StepRecord | None = None
        self._process: subprocess.Popen[bytes] | None = None
        if not watched:
            return
        self.record = StepRecord()
        told = {
            "process": os.getpid(),
            "line": self.record.line,
            "limit_s": limit_s,
            "database_url": database_url,
            "adapters": watched,
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gateway.watchdog"],
            stdin=subprocess.PIPE,
            pass_fds=(self.record.line,),
            start_new_session=True,
        )
        assert self._process.stdin is not None
        # By standard input: arguments and environment of a process can be read by others.
        with self._process.stdin as told_by:
            told_by.write(json.dumps(told).encode())

    def close(self) -> None:
        """End it."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if self.record is not None:
            self.record.close()


def stands_still(step: StepUnderWay, process: int, limit_s: float, stopped_s: float = 0.0) -> bool:
    """Whether a step has taken longer than it may; seconds in which its process was stopped do not count."""
    try:
        used_ns = time.clock_gettime_ns(((~process) << 3) | 2)  # clock_getcpuclockid(3) of another process
    except OSError:
        return False
    lasted_s = (time.monotonic_ns() - step.began_ns) / 1e9 - stopped_s
    return used_ns - step.used_ns >= limit_s * 1e9 or lasted_s >= PATIENCE * limit_s


def main() -> None:
    """Watch the process that standard input names until it ends, or has to be ended."""
    told = Watched(**json.loads(sys.stdin.buffer.read()))
    record = StepRecord(told.line)
    stopped_s, seen = 0.0, None
    while os.getppid() == told.process:
        time.sleep(EVERY_S)
        step = record.read()
        if step is None or step != seen:
            stopped_s, seen = 0.0, step
            continue
        if _is_stopped(told.process):
            stopped_s += EVERY_S
            continue
        if stands_still(step, told.process, told.limit_s, stopped_s) and record.read() == step:
            asyncio.run(_ended(told, step))
            return


def _is_stopped(process: int) -> bool:
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace")
        return stat.rpartition(")")[2].split()[0] in "Tt"
    except (OSError, IndexError):
        return False


async def _ended(told: Watched, step: StepUnderWay) -> None:
    log.error("adapter_stood_still", adapter=step.adapter, declaration=step.declaration)
    stored = False
    with suppress(TimeoutError):
        async with asyncio.timeout(STORE_S):
            stored = await _stored(told, step)
    with suppress(OSError):
        os.kill(told.process, signal.SIGKILL)
    until = time.monotonic() + AFTERWARDS_S
    while not stored and time.monotonic() < until:
        await asyncio.sleep(1.0)
        with suppress(TimeoutError):
            async with asyncio.timeout(STORE_S):
                stored = await _stored(told, step)


async def _stored(told: Watched, step: StepUnderWay) -> bool:
    """Store that the adapter lost its tier, and return whether that could be done."""
    package, digest = told.adapters[step.adapter]
    lost = StoredTier(adapter=step.adapter, package=package, digest=digest, tier=AdapterTier.CONFORMANT, lost=True)
    reason = f"a step of its code took longer than {told.limit_s:g} s in the loop, on declaration {step.declaration or '(none)'}"
    try:
        async with Store.opened(told.database_url, owner="watchdog") as store:
            await store.adapter_tiers.store(lost, by=GATEWAY, reason=reason)
            if step.declaration is not None:
                await store.adapters.note_overrun(step.adapter, step.declaration, OverrunKind.LATE)
    except (StoreError, ConfigurationError, OSError):
        return False
    return True


if __name__ == "__main__":
    main()
