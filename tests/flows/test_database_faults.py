"""A database that is read-only, locked or silent: 503 and not ready, never 500 and never silence; and then everything goes on."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import count
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from tests.builders.databases import Databases
from tests.builders.processes import PATIENCE_S
from tests.builders.proxy import Proxy, proxied
from tests.builders.running import Authorities, Served, declaration, ended, served, until

NUMBERS = count(1)
SOON = {"GATEWAY_STATEMENT_SECONDS": "0.5", "GATEWAY_LOOP_STATEMENT_SECONDS": "0.5", "GATEWAY_POOL_SIZE": "4"}

OTHERS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL (%s)"
ENDED = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> ALL (%s)"


@dataclass(frozen=True, kw_only=True)
class Faulty:
    """A gateway, with a proxy before its database."""

    url: str
    proxy: Proxy
    gateway: Served

    def lodge(self, *, wait_s: int = 0) -> httpx.Response:
        """Lodges another declaration."""
        return httpx.post(
            f"{self.gateway.url}/v1/declarations",
            content=declaration("01", f"FAULT-{next(NUMBERS):04d}"),
            headers={"content-type": "application/xml", "prefer": f"wait={wait_s}"},
            timeout=PATIENCE_S, trust_env=False,
        )  # fmt: skip

    def get(self, path: str) -> httpx.Response:
        """Asks for something."""
        return httpx.get(self.gateway.url + path, timeout=PATIENCE_S, trust_env=False)

    def is_not_ready(self) -> httpx.Response:
        """Waits until the gateway says that it is not ready; its answer."""

        def answered() -> httpx.Response | None:
            answer = self.get("/readyz")
            return answer if answer.status_code == 503 else None

        return until(answered, "a gateway that is not ready")

    def run(self, statement: str) -> None:
        """Runs a statement beside the gateway."""
        with psycopg.connect(self.url, autocommit=True, options="-c default_transaction_read_only=off") as connection:
            connection.execute(statement.encode())

    def goes_on(self) -> None:
        """Waits until declarations are taken and decided again; every answer before that says when to come back."""

        def taken() -> httpx.Response | None:
            answer = self.lodge(wait_s=30)
            refused_for_now(answer) if answer.status_code == 503 else answer.raise_for_status()
            return answer if answer.status_code == 200 else None

        assert until(taken, "a decision").json()["state"] == "decided"
        until(lambda: self.get("/readyz").status_code == 200 or None, "readiness")


def refused_for_now(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "SW-STO-003"), answer.text
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture(scope="module")
def faulty(databases: Databases, simulated: Authorities) -> Iterator[Faulty]:
    environment = {**simulated.environment, **SOON}
    with (
        databases.one() as url,
        proxied(url) as proxy,
        served({**environment, "GATEWAY_DATABASE_URL": proxy.url}) as gateway,
    ):
        yield Faulty(url=url, proxy=proxy, gateway=gateway)


def test_after_a_fail_over_to_a_read_only_database(faulty: Faulty) -> None:
    name = urlsplit(faulty.url).path[1:]
    faulty.run(f'ALTER DATABASE "{name}" SET default_transaction_read_only TO on')
    try:
        faulty.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        for _ in range(12):
            refused_for_now(faulty.lodge())
        assert faulty.is_not_ready().json()["store"] is False
    finally:
        faulty.run(f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
    faulty.goes_on()


def test_while_a_table_is_locked(faulty: Faulty) -> None:
    with psycopg.connect(faulty.url) as locking:
        for table in ("declaration", "event"):
            locking.execute(f"LOCK TABLE {table}".encode())
            refused_for_now(faulty.lodge())
            faulty.is_not_ready()
        refused_for_now(faulty.get("/v1/declarations"))
        assert faulty.get("/healthz").status_code == 200
    faulty.goes_on()


@pytest.mark.whole
def test_while_others_have_all_connections(faulty: Faulty) -> None:
    with ExitStack() as taken:
        first = taken.enter_context(psycopg.connect(faulty.url, autocommit=True))
        own = [first.info.backend_pid]

        def all_taken() -> bool:
            first.execute(ENDED, [own])
            try:
                while True:
                    own.append(taken.enter_context(psycopg.connect(faulty.url)).info.backend_pid)
            except psycopg.OperationalError:
                return first.execute(OTHERS, [own]).fetchone() == (0,)

        until(lambda: all_taken() or None, "all connections taken")
        refused_for_now(faulty.lodge())
        faulty.is_not_ready()
    faulty.goes_on()


def test_after_all_connections_fell_silent(faulty: Faulty) -> None:
    assert faulty.proxy.silence() > 2
    faulty.goes_on()


@pytest.mark.whole
def test_a_process_that_cannot_go_on_ends_and_is_started_anew_if_that_helps(
    simulated: Authorities, database_url: str
) -> None:
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": database_url, "GATEWAY_LOOP_SILENCE_SECONDS": "1"}
    newer = "INSERT INTO migration (name, digest, oldest) VALUES (%s, 'x', %s)"
    with psycopg.connect(database_url, autocommit=True) as connection, served(environment) as gateway:
        (first,) = gateway.replicas
        # What the switches are read from is not there: each look fails, and the database answers all the same.
        connection.execute("ALTER TABLE table_switch RENAME TO away")
        until(lambda: ended(first) or None, "the end of a process that follows no switches")
        connection.execute("ALTER TABLE away RENAME TO table_switch")
        connection.execute(newer, ["9998_beside_all.sql", "0.1.0"])

        def serves() -> bool | None:
            try:
                return httpx.get(f"{gateway.url}/readyz", trust_env=False).status_code == 200 or None
            except httpx.TransportError:
                return None

        until(serves, "another process in its place")
        assert gateway.replicas != [first]
        connection.execute(newer, ["9999_beside_newer_ones.sql", "99.0"])
        assert gateway.process.wait(PATIENCE_S) == 78, "what may not serve is not started again"
        connection.execute("DELETE FROM migration WHERE name > '9'")
