"""A process whose own clock is an hour ahead: every moment that it keeps or tells of a declaration is the database's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from psycopg import sql

from tests.builders.databases import Databases
from tests.builders.faked_clock import FakedClock
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, GatewayReader, Served, declaration, lodgeable, served, stepped

pytestmark = pytest.mark.needs("faketime")
HOUR, NEAR = 3_600, timedelta(minutes=10)
LICENCE, PERMIT = "12", "16"
"""Samples whose authorities are not told the time."""
MOMENTS = """
SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.atttypid = 'timestamptz'::regtype AND a.attnum > 0 AND NOT a.attisdropped AND c.relname NOT LIKE 'procrastinate%'
ORDER BY 1, 2
"""


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """A gateway whose wall clock is an hour ahead, and its database."""

    gateway: Served
    client: GatewayReader
    url: str
    since: datetime
    """The database's time at which it was started."""

    def post(self, path: str, **body: Any) -> httpx.Response:
        answer = httpx.post(f"{self.gateway.url}{path}", json=body, timeout=PATIENCE_S, trust_env=False)
        return answer.raise_for_status()

    def ask(self, query: sql.SQL | sql.Composed) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def ahead(databases: Databases, simulated: Authorities, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ahead]:
    clock = FakedClock(Path(tmp_path_factory.mktemp("clock")) / "faked")
    clock.jump(HOUR)
    with databases.one() as url, psycopg.connect(url) as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        environment = {**simulated.environment, **clock.environment, "GATEWAY_DATABASE_URL": url}
        with served(environment) as gateway, gateway.client() as client:
            yield Ahead(gateway=gateway, client=client, url=url, since=row[0])


def moments_of(body: Any) -> Iterator[tuple[str, datetime]]:
    """The moments that an answer tells, with the names of their members."""
    if isinstance(body, list):
        for one in body:
            yield from moments_of(one)
    elif isinstance(body, dict):
        for name, value in body.items():
            if isinstance(value, str) and name.rpartition("_")[2] in {"at", "since"}:
                yield name, datetime.fromisoformat(value)
            else:
                yield from moments_of(value)


def test_what_is_kept_and_told_of_a_declarations_life_is_by_the_databases_clock(ahead: Ahead) -> None:
    lodged = ahead.client.lodge(declaration(LICENCE, "AHEAD-1"), "application/xml", wait_s=60)
    assert lodged.effect == "release", lodged.body
    record_id = lodged.body["id"]
    assert stepped(ahead.gateway.url, record_id, "release", wait_s=60).json()["state"] == "released"
    other = ahead.client.lodge(declaration(PERMIT, "AHEAD-2"), "application/xml", wait_s=60).body["id"]
    assert (
        stepped(ahead.gateway.url, other, "invalidation", wait_s=60, reason="Sent twice").json()["state"]
        == "invalidated"
    )
    assert ahead.client.lodge(lodgeable(PERMIT, "AHEAD-3"), "application/xml", wait_s=60).taken

    told = [*moments_of(ahead.client.get(record_id).body), *moments_of(ahead.client.movements(record_id))]
    told += moments_of(ahead.client.read("/v1/adapters").raise_for_status().json())
    assert {"received_at", "accepted_at", "decided_at", "last_ok_at"} <= {name for name, _ in told}
    assert [(name, at) for name, at in told if name != "accepted_at" and at - ahead.since > NEAR] == []

    off = []
    for table, column in ahead.ask(sql.SQL(MOMENTS)):
        (found,) = ahead.ask(
            sql.SQL(
                "SELECT count(*) FROM {} WHERE {} BETWEEN now() + interval '45 minutes' AND now() + interval '75 minutes'"
            ).format(sql.Identifier(table), sql.Identifier(column))
        )
        off += [f"{table}.{column}"] if found[0] else []
    assert off == [], "an hour ahead, by the clock of the process"


def test_since_when_an_authority_does_not_answer_is_by_the_databases_clock(
    ahead: Ahead, simulated: Authorities
) -> None:
    simulated.control("cites", "POST", "/faults", fault="down")
    try:
        held = ahead.client.lodge(declaration(PERMIT, "AHEAD-DOWN"), "application/xml", wait_s=60)
        assert held.effect == "hold", held.body
        down = [
            (name, at)
            for name, at in moments_of(ahead.client.read("/v1/adapters").raise_for_status().json())
            if name == "down_since"
        ]
        assert down, [one for one in ahead.client.read("/v1/adapters").json()["items"] if one["name"] == "cites"]
        assert all(abs(at - ahead.since) < NEAR for _, at in down)
    finally:
        simulated.control("cites", "POST", "/faults", fault=None)
