"""An installation to measure: simulated authorities, a durable database, a gateway of several processes."""

import asyncio
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg

from gateway.embedded.server import EmbeddedServer
from gateway.store import migrate
from tests.builders.running import Authorities, Served, authorities, served

PARTNER_S = 0.005
"""After which an authority answers."""
PROCESSES = 2


@contextmanager
def installation(
    folder: Path, settings: Mapping[str, str] | None = None, *, processes: int = PROCESSES
) -> Iterator[tuple[Authorities, str, Served]]:
    """Simulators at 5 ms, a durable database of its own, a gateway of several processes with further settings."""
    server = EmbeddedServer.start(folder, remove=True)
    try:
        asyncio.run(migrate(server.url))
        with authorities() as simulated:
            for name in simulated.urls:
                simulated.control(name, "PUT", "/latency", seconds=PARTNER_S)
            environment = {**simulated.environment, "GATEWAY_DATABASE_URL": server.url, "GATEWAY_LEASE_SECONDS": "30"}
            with served(
                {**environment, "GATEWAY_SWEEP_SECONDS": "2", **(settings or {})}, f"--processes={processes}"
            ) as gateway:
                yield simulated, server.url, gateway
    finally:
        server.stop()


def resident_mb(pid: int) -> float:
    """A process's memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return int(found[1]) / 1024 if found else 0.0


def wait_until_all_is_decided(url: str) -> float:
    """Waits until nothing is due; gives the seconds."""
    began = time.perf_counter()
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute("SELECT 1 FROM declaration WHERE due_at IS NOT NULL LIMIT 1").fetchone():
            time.sleep(0.05)
    return time.perf_counter() - began
