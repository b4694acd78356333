"""`gateway settle`: what is in doubt is listed, looked up on demand, and found again after a restore from a backup."""

import re
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gateway.terminal.client import Reply
from tests.builders.commands import gateway_command, ran_apart
from tests.builders.consignments import WAIT_S, Consignment, lodged
from tests.builders.databases import administer, database_of
from tests.builders.operator_pages import blocks_of, typed
from tests.builders.running import Authorities, GatewayReader, served, until

pytestmark = pytest.mark.whole

PATIENCE = {"GATEWAY_SETTLE_FIRST_SECONDS": "3600", "GATEWAY_DEADLINE_SECONDS": "3"}
FILE = "/var/backups/gateway/2026-11-28.dump"
WAITING = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
READING, RELEASING = "QuantityManagementIndication>0<", "chedClearanceRequest"


@pytest.fixture
def apart(simulated: Authorities, database_url: str) -> dict[str, str]:
    """What a gateway with a database of the test's own is started with; by itself it looks nothing up for an hour, and no authority for long."""
    return {**simulated.environment, "GATEWAY_DATABASE_URL": database_url, **PATIENCE}


@pytest.fixture
def restored(database_cluster: str) -> Iterator[str]:
    """The URL of the empty database that a backup is restored to."""
    administer(database_cluster, 'CREATE DATABASE "restored" TEMPLATE template0')
    yield database_of(database_cluster, "restored")
    administer(database_cluster, 'DROP DATABASE IF EXISTS "restored" WITH (FORCE)')


@contextmanager
def unread(goods: Consignment) -> Iterator[None]:
    """The certificate's position cannot be read."""
    aim = {"reference": goods.reference, "containing": READING}
    goods.simulated.control("traces", "POST", "/faults", fault="down", **aim)
    try:
        yield
    finally:
        goods.simulated.control("traces", "POST", "/faults", fault=None, **aim)


@contextmanager
def busy(url: str) -> Iterator[None]:
    """Has a database keep its movements from whoever wants them, until statements were given up and begun anew."""
    with psycopg.connect(url) as locking, psycopg.connect(url, autocommit=True) as watching:
        locking.execute("LOCK TABLE movement")
        yield
        waiting: set[int] = set()

        def given_up() -> bool:
            waiting.update(pid for (pid,) in watching.execute(WAITING).fetchall())
            return len(waiting) > 4

        until(lambda: given_up() or None, "more connections that waited than there are declarations")


def movement_of(reply: Reply) -> object:
    """How the declaration's only movement of its only document stands."""
    quantity = reply.body["documents"][0]["quantity"]
    return quantity[0]["movement"] if quantity else None


def test_nothing_is_in_doubt(apart: dict[str, str]) -> None:
    listed = gateway_command(apart, "settle")
    assert (listed.returncode, listed.stderr) == (0, "")
    assert "No movement is in doubt" in listed.stdout
    settled = gateway_command(apart, "settle", "--all")
    assert settled.returncode == 0, settled.stderr
    assert "0 declarations reconciled" in settled.stdout


@pytest.mark.parametrize("record_id", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_nothing_is_done_for_a_declaration_that_does_not_exist(apart: dict[str, str], record_id: str) -> None:
    done = gateway_command(apart, "settle", record_id)
    assert done.returncode == 30
    assert record_id in done.stderr


def test_what_is_in_doubt_is_listed_and_looked_up_on_demand(apart: dict[str, str], simulated: Authorities) -> None:
    with served(apart) as running, running.client() as gateway:
        goods = lodged(gateway, simulated, 2400)
        simulated.control(
            "traces", "POST", "/faults", fault="drop_after", reference=goods.reference, containing=RELEASING, count=1
        )
        with unread(goods):
            assert gateway.release(goods.id, wait_s=0).body["release"] is None
            until(lambda: movement_of(gateway.get(goods.id)) == "in_doubt", "a release that is in doubt")
            assert gateway.get(goods.id).body["release"] is None
    assert goods.taken() == {1: ("consumed", Decimal(2400))}

    listed = gateway_command(apart, "settle", run=ran_apart)
    assert listed.returncode == 10, listed.stderr
    for told in (goods.id, goods.reply.body["mrn"], goods.reference, "write off", "in doubt", "SW-ADP-01"):
        assert told in listed.stdout
    with unread(goods):
        still = gateway_command(apart, "settle", "--all")
    assert still.returncode == 10, still.stderr
    assert "1 in doubt" in still.stdout
    settled = gateway_command(apart, "settle", goods.id)
    assert settled.returncode == 0, settled.stdout + settled.stderr
    assert "done" in settled.stdout
    assert "written off" in settled.stdout
    assert goods.effects() == Counter(reserve=1, release=1)
    assert gateway_command(apart, "settle").returncode == 0
    with served(apart) as running, running.client() as gateway:
        assert gateway.get(goods.id).body["state"] == "released"


def goes_on_where_notices_were_lost(gateway: GatewayReader, before: dict[str, Any], lost: dict[str, Any]) -> None:
    """A follower whose notice is gone is told behind which to go on; one who had not read so far goes on as ever."""
    gone = gateway.read(f"/v1/notices?after={lost['next']}")
    assert (gone.status_code, gone.json()["code"]) == (410, "SW-API-410")
    last = before["items"][-1]["number"]
    assert gone.json()["continue_at"] == last
    behind = [gateway.read(f"/v1/notices?after={place}").json() for place in (before["next"], last)]
    assert behind[0]["items"] == behind[1]["items"]
    assert all(one["number"] > last for one in behind[0]["items"])


def test_after_a_restore_the_authority_knows_what_the_database_lost(
    apart: dict[str, str], simulated: Authorities, restored: str, tmp_path: Path
) -> None:
    write_file, restore_file = blocks_of("operators-backup.md", "As one file")
    file, backup = tmp_path / "gateway.dump", {**apart, "GATEWAY_DATABASE_URL": restored}

    with served(apart) as running, running.client() as gateway:
        released, kept = lodged(gateway, simulated, 2400), lodged(gateway, simulated, 1000)
        window = {"adapter": "catch", "mode": "manual", "reason": "down", "officer": "one", "second_officer": "two"}
        httpx.post(f"{running.url}/v1/contingency", json=window, trust_env=False, timeout=WAIT_S).raise_for_status()
        before = gateway.read("/v1/notices").json()
        written = typed(write_file, apart, {FILE: str(file)})
        assert (written.returncode, file.stat().st_mode & 0o777) == (0, 0o600), written.stderr
        assert gateway.release(released.id, wait_s=WAIT_S).body["state"] == "released"
        lost = gateway.read("/v1/notices").json()

    restore = typed(restore_file.splitlines()[0], backup, {FILE: str(file)})
    assert (restore.returncode, "2 declarations; the newest event is of" in restore.stdout) == (0, True), restore.stderr
    refused = gateway_command(backup, "serve", "--port=0", run=ran_apart)
    assert (refused.returncode, "Run `gateway settle --since TIME`" in refused.stderr) == (78, True), refused.stderr
    *_, since = restore.stdout.split()
    with ThreadPoolExecutor(1) as typing, busy(restored):
        hasty = {**backup, "GATEWAY_STATEMENT_SECONDS": "0.3"}
        settling = typing.submit(typed, restore_file.splitlines()[1], hasty, {"2026-10-28T02:00:00Z": since})
    settled = settling.result()
    assert settled.returncode == 0, settled.stdout + settled.stderr
    assert "2 declarations reconciled, 1 movement found changed" in settled.stdout
    assert re.search(r"^1 of 2 declarations reconciled, about \d+ s more$", settled.stdout, re.MULTILINE), "in a pipe"
    assert released.id in settled.stdout
    assert "written off" in settled.stdout
    assert kept.id not in settled.stdout
    with served(backup) as running, running.client() as gateway:
        goes_on_where_notices_were_lost(gateway, before, lost)
        assert [one["in_force"] for one in gateway.read("/v1/contingency").json()["items"]] == [False]
        told = [gateway.get(one.id).body["documents"][0]["quantity"][0]["movement"] for one in (released, kept)]
        assert told == ["written_off", "reserved"]
        differed = [
            e
            for e in gateway.read(f"/v1/declarations/{released.id}/events").json()["items"]
            if e["kind"] == "quantity.differed"
        ]
        assert differed
        again = gateway.release(released.id, wait_s=WAIT_S)
        assert again.body["state"] == "released", again.body
        assert len(gateway.read("/v1/notices").json()["items"]) > len(lost["items"])
        goes_on_where_notices_were_lost(gateway, before, lost)
    assert released.effects() == Counter(reserve=1, release=1)
    assert kept.taken() == {1: ("reserved", Decimal(1000))}
