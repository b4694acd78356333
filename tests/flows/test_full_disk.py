"""A disk that is full: the backup does not stand, new work is refused honestly, nothing is lost, and it is back by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psycopg
import pytest

from gateway.embedded import watcher
from tests.builders.commands import gateway_command
from tests.builders.lodging_callers import lodging_callers
from tests.builders.processes import ran
from tests.builders.running import Authorities, served, settled, until


@contextmanager
def disk(megabytes: int) -> Iterator[Path]:
    """Mounts a disk of so many megabytes until the context ends."""
    with TemporaryDirectory(prefix="gateway-disk-") as name:
        ran(["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=755", "tmpfs", name], check=True)
        try:
            yield Path(name)
        finally:
            until(lambda: ran(["umount", name]).returncode == 0 or None, "a disk nobody uses")


def fill(file: Path) -> None:
    """Writes until there is no room left."""
    with file.open("wb", buffering=0) as filling:
        for size in (1 << 20, 1 << 12):
            try:
                while filling.write(bytes(size)) == size:
                    pass
            except OSError:
                continue


@pytest.mark.needs("root")
def test_a_gateway_whose_disk_is_full_refuses_and_comes_back(simulated: Authorities) -> None:
    with disk(256) as large, disk(1) as small:
        environment = {**simulated.environment, "GATEWAY_DATA_DIR": str(large / "data")}
        with served(environment) as gateway, gateway.client() as client:
            with lodging_callers(gateway.url, "FULL", at_once=2) as callers:
                until(lambda: len(callers.acknowledged) > 8 or None, "load before the disk is full")
                # Random words, which do not become fewer by compression.
                sockets = watcher.socket_folder(large / "data")
                with psycopg.connect(f"postgresql://gateway@/gateway?host={sockets}", autocommit=True) as connection:
                    connection.execute("CREATE TABLE incompressible AS SELECT sha512(n::text::bytea) FROM generate_series(1, 40000) n")  # fmt: skip
                    cut = gateway_command(environment, "backup", str(small / "cut.dump"))
                    assert (cut.returncode, list(small.iterdir())) == (73, []), cut.stderr
                    assert "No space left on device" in cut.stderr
                    connection.execute("DROP TABLE incompressible")
                before = len(callers.acknowledged)
                until(lambda: len(callers.acknowledged) > before + 2 or None, "load after the backup failed")

                fill(large / "filling")
                until(lambda: len(callers.refused) > 4 or None, "refusals")
                until(lambda: httpx.get(f"{gateway.url}/readyz", timeout=30, trust_env=False).status_code == 503 or None, "not ready")  # fmt: skip
                (large / "filling").unlink()
                before = len(callers.acknowledged)
                until(lambda: len(callers.acknowledged) > before + 8 or None, "load after there is room again")
            assert {(one.status, one.code) for one in callers.refused} == {(503, "SW-STO-003")}
            assert all(int(one.retry_after or 0) > 0 for one in callers.refused)
            assert {settled(client, one).effect for one in callers.acknowledged} == {"release"}
