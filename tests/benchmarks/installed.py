"""An installation to measure: simulated authorities, a durable database, a gateway of several processes."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gateway.store import migrate
from gateway.store.embedded import EmbeddedServer
from tests.flows.running import Authorities, Served, authorities, served

PARTNER_S = 0.005
"""After which an authority answers."""
PROCESSES = 2


@contextmanager
def installation(folder: Path) -> Iterator[tuple[Authorities, str, Served]]:
    """Simulators at 5 ms, a durable database of its own, a gateway of two processes."""
    server = EmbeddedServer.start(folder, remove=True)
    try:
        asyncio.run(migrate(server.url))
        with authorities() as simulated:
            for name in simulated.urls:
                simulated.control(name, "PUT", "/latency", seconds=PARTNER_S)
            environment = {**simulated.environment, "GATEWAY_DATABASE_URL": server.url, "GATEWAY_LEASE_SECONDS": "30"}
            with served({**environment, "GATEWAY_SWEEP_SECONDS": "2"}, f"--processes={PROCESSES}") as gateway:
                yield simulated, server.url, gateway
    finally:
        server.stop()
