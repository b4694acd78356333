"""Another commit serves beside this one, takes over from it, explains and replays what it wrote before `gateway migrate --finish`.

`python -m tests.soak.version_before REV` prints what was done; it ends with an error where something was not as it has to be.
"""

import subprocess
import sys
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import httpx
import psycopg

from tests.benchmarks.checkout import Code, checked_out, here
from tests.builders.databases import temporary_server
from tests.builders.running import REAL, Served, authorities, lodgeable, real, served, until

EACH = 12
"""Declarations that each of them receives each time."""
MAY_NOT_SERVE = 78
_LATER = """
UPDATE adapter_process SET at = at - interval '11 minutes';
UPDATE authority_figures SET slot = slot - interval '1 day';
UPDATE declaration SET lease_until = lease_until - interval '11 minutes';
"""


def command(code: Code, environment: Mapping[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Runs a command of one of the two."""
    return subprocess.run(
        [code.python, "-m", "gateway.cli", *arguments],
        cwd=code.folder, env={**code.environment(), **real(code.folder), **environment}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def succeed(code: Code, environment: Mapping[str, str], *arguments: str) -> None:
    """Runs a command that has to succeed, and prints what it says last."""
    done = command(code, environment, *arguments)
    assert done.returncode == 0, (code.revision, arguments, done.stdout[-2000:], done.stderr[-2000:])
    print(f"{code.revision}: {' '.join(arguments)}: {(done.stdout.strip().splitlines() or [''])[-1]}", flush=True)


def without(environment: Mapping[str, str], names: Collection[str]) -> dict[str, str]:
    """Leaves out what an older commit may not know."""
    return {name: value for name, value in environment.items() if name not in names}


def lodge(gateway: Served, first: int, *, wait: int = 30) -> list[str]:
    """Lodges some declarations; gives their ids."""
    headers = {"content-type": "application/xml", "prefer": f"wait={wait}"}
    ids = []
    for number in range(first, first + EACH):
        answer = httpx.post(
            f"{gateway.url}/v1/declarations", content=lodgeable(("01", "12")[number % 2], f"BEFORE-{number}"),
            headers=headers, timeout=60, trust_env=False,
        )  # fmt: skip
        assert answer.status_code in {200, 202}, answer.text
        ids.append(str(answer.json()["id"]))
    return ids


def read(gateway: Served, ids: Sequence[str]) -> None:
    """Reads all pages of declarations: each is explained from what was known, and all its messages are there."""
    with httpx.Client(base_url=gateway.url, timeout=60, trust_env=False) as client:
        for one in ids:
            explained = client.get(f"/v1/declarations/{one}/explanation").json()
            assert explained["again"]["outcome"] == "same", explained["again"]
            messages = client.get(f"/v1/declarations/{one}/evidence").json()["items"]
            assert messages
            for message in messages:
                assert client.get(message["link"]).status_code == 200, message


def decided(url: str) -> bool:
    """Whether nothing is due."""
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT 1 FROM declaration WHERE due_at IS NOT NULL LIMIT 1").fetchone() is None


def sound(code: Code, environment: Mapping[str, str]) -> None:
    """The trail has no fault, and every decision is made again."""
    succeed(code, environment, "audit", "verify", "--evidence")
    succeed(code, environment, "replay", "--since=2026-01-01")


def go_over(before: Code, now: Code, url: str, environment: Mapping[str, str]) -> None:
    """Goes from one commit to the other and back, and over for good."""
    succeed(before, environment, "migrate")
    with served(environment, python=before.python, folder=before.folder) as older:
        ids = lodge(older, 0)
        succeed(now, environment, "migrate")
        with served(environment, python=now.python, folder=now.folder) as newer:
            ids += lodge(newer, EACH)
            read(newer, ids)
            waits = "after-steps wait" in command(now, environment, "migrate").stdout
            refused = command(now, environment, "migrate", "--finish")
            assert (refused.returncode == MAY_NOT_SERVE) is waits, (refused.returncode, refused.stdout, refused.stderr)
            ids += lodge(newer, 2 * EACH, wait=0)
            newer.process.kill()
            newer.process.wait()
        until(lambda: decided(url), "what the newer one left, decided by the older")
        read(older, ids)
    sound(before, environment)
    sound(now, environment)
    with psycopg.connect(url) as connection:
        connection.execute(_LATER)
    succeed(now, environment, "migrate", "--finish")
    if waits:
        late = command(before, environment, "serve", "--port=0")
        assert late.returncode == MAY_NOT_SERVE, (late.returncode, late.stderr)
    with served(environment, python=now.python, folder=now.folder) as newer:
        ids += lodge(newer, 3 * EACH)
        read(newer, ids)
    sound(now, environment)


def main(revision: str) -> None:
    """Checks the other commit out, and starts what both need."""
    with tempfile.TemporaryDirectory(prefix="gateway-before-") as name, authorities() as simulated:
        server = temporary_server()
        try:
            environment = {**without(simulated.environment, REAL), "GATEWAY_DATABASE_URL": server.url}
            with checked_out(revision, Path(name) / "before") as before:
                go_over(before, here(), server.url, environment)
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1])
