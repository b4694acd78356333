"""`gateway serve` with its own PostgreSQL: it comes back after a kill, and goes with its last user."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.embedded import watcher
from tests.builders.running import Authorities, Served, declaration, ended, served, settled, until

pytestmark = pytest.mark.whole


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder that the server's user can reach, as pytest's own are not."""
    with tempfile.TemporaryDirectory(prefix="gateway-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        yield Path(name) / "data"


@pytest.fixture
def alone(data: Path, simulated: Authorities) -> Iterator[Served]:
    """A gateway with the embedded database."""
    with served({**simulated.environment, "GATEWAY_DATA_DIR": str(data)}) as gateway:
        yield gateway


@pytest.mark.usefixtures("cold")
def test_killed_database_comes_back_and_nothing_is_lost(alone: Served, data: Path, simulated: Authorities) -> None:
    with alone.client() as client:
        first = client.lodge(declaration("01", "BEFORE"), "application/xml", wait_s=20)
        assert first.effect == "release"
        with simulated.slow("traces", 1.0):
            open_one = client.lodge(declaration("03", "MEANWHILE"), "application/xml", wait_s=0)
            assert open_one.status == 202
            server = watcher.postmaster(data / "pg")
            assert server is not None
            os.kill(server, signal.SIGKILL)
        until(lambda: watcher.postmaster(data / "pg") not in {None, server}, "a new server")
        assert settled(client, open_one.body["id"]).effect == "refuse"
        assert client.get(first.body["id"]).effect == "release"

        def taken() -> bool:
            return client.lodge(declaration("02", "AFTER"), "application/xml", wait_s=20).effect == "hold"

        until(taken, "a declaration taken after the restart")


def test_nothing_is_left_of_a_killed_gateway(alone: Served, data: Path) -> None:
    server = watcher.postmaster(data / "pg")
    assert server is not None
    alone.kill()
    until(lambda: ended(server), "the end of the database server")
