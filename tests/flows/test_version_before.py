"""A database that an older commit filled is migrated, served, worked with, replayed and audited: tests/data/README.md."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gateway.lifecycle.case_file import export, verifier
from gateway.store import Store
from tests.builders.actors import ONE
from tests.builders.commands import gateway_command, ran_apart
from tests.builders.consignments import WAIT_S
from tests.builders.declarations import Goods, message
from tests.builders.old_databases import DUMPS, old_database
from tests.builders.running import Authorities, GatewayReader, served, until
from tests.builders.verifier import Verifier, unpacked

OLDER = [pytest.param(one, marks=pytest.mark.whole) for one in DUMPS[:-1]]
LARGEST = 2_000_000
"""Bytes."""
STATES = """
SELECT d.lrn, d.id::text, v.state, d.released IS NOT NULL AS released
FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
"""
QUIET = {"GATEWAY_DEADLINE_SECONDS": "3"}

pytestmark = pytest.mark.usefixtures("untouched")
States = Mapping[str, tuple[str, str, bool]]


@pytest.fixture(params=[*OLDER, DUMPS[-1]], ids=[dump.name.partition(".")[0] for dump in DUMPS])
def dump(request: pytest.FixtureRequest) -> Path:
    """What an older commit left behind."""
    found: Path = request.param
    return found


@pytest.fixture
def restored(database_cluster: str, tmp_path: Path, dump: Path) -> Iterator[str]:
    """The URL of a database as the older commit left it."""
    with old_database(database_cluster, dump, tmp_path, "before") as url:
        yield url


def states(url: str) -> States:
    """How each declaration stands, by its LRN: id, state, whether anything of it was released."""
    with psycopg.connect(url) as connection:
        return {lrn: (str(one), str(state), bool(let)) for lrn, one, state, let in connection.execute(STATES)}


def found(url: str, query: str) -> set[str]:
    """What a query of one column gives."""
    with psycopg.connect(url) as connection:
        return {str(row[0]) for row in connection.execute(query.encode())}


def sound(environment: Mapping[str, str], *, at_least: int) -> None:
    """The trail has no fault, and every decision is made again: what comes out otherwise now is explained, not a failure."""
    audited = gateway_command(environment, "audit", "verify")
    assert audited.returncode == 0, audited.stdout + audited.stderr
    assert ": 0 faults" in audited.stdout
    replayed = gateway_command(environment, "replay", "--since=2026-01-01", "--json")
    assert replayed.returncode == 0, replayed.stdout + replayed.stderr
    told: dict[str, Any] = httpx.Response(200, text=replayed.stdout).json()
    assert told["decisions"] >= at_least
    assert told["not_recomputed"] == {}


def released_stays_released(before: States, after: States) -> None:
    for lrn, (record_id, state, let) in before.items():
        assert after[lrn][0] == record_id
        if let:
            assert after[lrn][2], lrn
        if state in {"released", "invalidated"}:
            assert after[lrn][1] == state, lrn


def read_everything(gateway: GatewayReader, before: States) -> None:
    """Every page of every declaration can be read."""
    for lrn, (record_id, state, let) in before.items():
        shown = gateway.get(record_id)
        assert (shown.status, shown.body["lrn"]) == (200, lrn)
        assert (shown.body["release"] is not None) == let, lrn
        if state == "released":
            assert shown.body["state"] == state, lrn
        for page in ("events", "movements", "explanation"):
            answer = gateway.read(f"/v1/declarations/{record_id}/{page}")
            assert answer.status_code == 200, (lrn, page, answer.text)
    for page in ("/v1/notices?limit=200", "/v1/contingency", "/v1/contingency/1", "/v1/contingency/2"):
        assert gateway.read(page).status_code == 200, page


def work_goes_on(gateway: GatewayReader, before: States) -> None:
    """What was lodged before is amended, accepted, released against the decision, invalidated."""
    amended, accepted, invalidated = (before[f"VERSIONS-3-{number}"][0] for number in (0, 1, 2))
    raw = message("VERSIONS-3-0", None, [Goods(number=1, reference="CHEDP.XX.2026.1530000", net_kg=90)], version=2)
    reply = gateway.amend(amended, raw, "application/xml", wait_s=WAIT_S)
    assert (reply.status, reply.body["version"]) == (200, 2), reply.body
    accepted_at = datetime.now(UTC).isoformat()
    reply = gateway.accept(accepted, mrn="26FR00000000300011", accepted_at=accepted_at, wait_s=WAIT_S)
    assert (reply.status, reply.effect) == (200, "release"), reply.body
    reply = gateway.release(accepted, wait_s=WAIT_S)
    assert (reply.status, reply.body["state"]) == (200, "released"), reply.body
    reply = gateway.invalidate(invalidated, reason="Lodged twice.", wait_s=WAIT_S)
    assert reply.status == 200, reply.body
    until(lambda: gateway.get(invalidated).body["state"] == "invalidated", "an invalidation")


def test_the_dump_is_small(dump: Path) -> None:
    assert dump.stat().st_size < LARGEST


def test_the_dump_has_everything_that_a_gateway_writes(restored: str, dump: Path) -> None:
    assert found(restored, "SELECT DISTINCT kind || ' ' || state FROM movement") >= {
        "reserve done", "write_off done", "write_off in_doubt",
        "amend done", "cancel done", "delete done", "force done", "force refused",
        # Later ones read the position first, and order nothing that is not left.
        *(("reserve refused",) if "79e38db" in dump.name else ()),
    }  # fmt: skip
    assert found(restored, "SELECT DISTINCT state FROM declaration_version") == {
        "decided", "released", "invalidated", "superseded",
    }  # fmt: skip
    became = found(restored, "SELECT afterwards FROM contingency_document")
    assert became == {"confirmed", "differs" if "79e38db" in dump.name else "awaited"}
    used = 'SELECT DISTINCT substring(body from \'"digest":"(sha256:[0-9a-f]{64})\') FROM decision'
    decided_by = found(restored, used)
    assert decided_by
    assert decided_by <= found(restored, "SELECT digest FROM table_set")
    overridden = """SELECT count(*)::text FROM step WHERE body LIKE '%second_officer":"%' AND kind = 'release'"""
    assert found(restored, overridden) != {"0"}
    for table in ("officer_verification", "evidence_bundle", "notice", "checkpoint", "contingency_event"):
        assert found(restored, f"SELECT count(*)::text FROM {table}") != {"0"}, table


async def cases(url: str) -> list[bytes]:
    """Every declaration, exported."""
    async with Store.opened(url) as store:
        ids = [record_id for record_id, _, _ in states(url).values()]
        return [(await export(store.exports, one, by=ONE)).content for one in ids]


@pytest.mark.whole
def test_a_database_of_the_version_before_goes_on(
    restored: str, simulated: Authorities, tmp_path: Path, dump: Path
) -> None:
    before = states(restored)
    environment = {**simulated.environment, **QUIET, "GATEWAY_DATABASE_URL": restored}
    migrated = gateway_command(environment, "migrate", run=ran_apart)
    assert migrated.returncode == 0, migrated.stderr
    assert states(restored) == before
    sound(environment, at_least=60)
    verify = Verifier(verifier(), tmp_path)
    assert [fault for one in asyncio.run(cases(restored)) for fault in verify.faults(unpacked(one))] == []
    with served(environment) as running, running.client() as gateway:
        read_everything(gateway, before)
        work_goes_on(gateway, before)
        held = next(record_id for lrn, (record_id, _, _) in before.items() if lrn == "STORY-02")
        override = {"officer": "officer.martin", "reason": "Perishable; seen on paper."}
        reply = gateway.release(held, {"override": override}, wait_s=WAIT_S)
        assert (reply.status, reply.body["state"]) == (200, "released"), reply.body
    released_stays_released(before, states(restored))
    sound(environment, at_least=63)
    assert [fault for one in asyncio.run(cases(restored)) for fault in verify.faults(unpacked(one))] == []
