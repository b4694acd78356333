"""One set of tables counts on all replicas; they change at the stated time while calls run, and none is lost."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.app import stored
from gateway.domain.actor import GATEWAY
from gateway.lifecycle.tables.table_publication import recorded
from gateway.settings.tables import load_tables
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from gateway.store import Store
from gateway.terminal.client import Reply
from gateway.terminal.exits import Exit
from tests.builders.commands import gateway_command, ran_apart
from tests.builders.databases import administer, database_of
from tests.builders.places import CONFIG
from tests.builders.running import Authorities, GatewayReader, declaration, served, until

OWN = """
[[tolerance]]
adapter = "traces"
percent = "{percent}"
loosens = "a test"
valid_from = 2020-01-01
source = "an administration's own"
"""
STRICTER = """
[[second_officer]]
statuses = ["not_found"]
outcomes = ["valid"]
valid_from = 2020-01-01
source = "an administration's own"
"""
SHIPPED = load_tables(CONFIG)
MILK, ENDLESS = b"CHEDP.FR.2026.0000001", b"CHEDP.XX.2026.1889001"

pytestmark = pytest.mark.usefixtures("untouched")


@pytest.fixture
def environment(simulated: Authorities, database_cluster: str, migrated_template: str) -> Iterator[dict[str, str]]:
    """What replicas are started with that share a database of this test's own."""
    administer(database_cluster, f'CREATE DATABASE "tables" TEMPLATE "{migrated_template}"')
    try:
        yield {**simulated.environment, "GATEWAY_DATABASE_URL": database_of(database_cluster, "tables")}
    finally:
        administer(database_cluster, 'DROP DATABASE "tables" WITH (FORCE)')


def own(environment: dict[str, str], folder: Path, text: str) -> dict[str, str]:
    """The same, with a folder of an administration's own over the delivered tables."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "decisions.toml").write_text(text)
    return {**environment, "GATEWAY_TABLES": f'["{folder}"]', "GATEWAY_SECURITY__MODE": "none"}


def in_store(environment: dict[str, str], what: Any) -> Any:
    """Does something with the store that the replicas share."""

    async def run() -> Any:
        async with Store.opened(environment["GATEWAY_DATABASE_URL"]) as store:
            return await what(store)

    return asyncio.run(run())


def digest(reply: Reply) -> str:
    found: str = reply.body["decision"]["rules"]["digest"]
    return found


@pytest.mark.whole
def test_replicas_change_at_the_stated_time_while_calls_run(environment: dict[str, str], tmp_path: Path) -> None:
    changed = own(environment, tmp_path, OWN.format(percent="1"))
    new = load_tables(CONFIG, tmp_path)
    with served(environment) as one, served(environment) as two:
        published = gateway_command(changed, "tables", "publish", "--at", "2099-01-01T00:00:00Z", "--reason", "Law 1")
        assert published.returncode == 0, published.stderr
        enough = threading.Event()

        def lodging(number: int) -> list[Reply]:
            replies: list[Reply] = []
            with (one, two)[number % 2].client() as client:
                while not enough.is_set():
                    # A certificate that no number of calls uses up.
                    raw = declaration("01", f"SWITCH-{number}-{len(replies)}").replace(MILK, ENDLESS)
                    replies.append(client.lodge(raw, "application/xml", wait_s=20))
            return replies

        with ThreadPoolExecutor(4) as pool:
            lodgers = [pool.submit(lodging, number) for number in range(4)]
            at = datetime.now(UTC) + timedelta(seconds=3)
            at = in_store(environment, lambda store: store.table_sets.switch(new.digest, by=GATEWAY, at=at))
            until(lambda: datetime.now(UTC) > at + timedelta(seconds=1), "the time after the switch")
            enough.set()
            replies = [reply for lodger in lodgers for reply in lodger.result()]
    assert {(reply.status, reply.effect) for reply in replies} == {(200, "release")}
    decided = {reply.body["id"]: datetime.fromisoformat(reply.body["decision"]["decided_at"]) for reply in replies}
    after = [reply for reply in replies if decided[reply.body["id"]] >= at]
    before = [reply for reply in replies if decided[reply.body["id"]] < at - timedelta(seconds=1)]
    assert after
    assert before
    assert {digest(reply) for reply in after} == {new.digest}
    assert {digest(reply) for reply in before} == {SHIPPED.digest}


def test_a_broken_set_is_refused_and_the_old_one_goes_on_serving(environment: dict[str, str], tmp_path: Path) -> None:
    broken = own(environment, tmp_path, OWN.format(percent="-1"))
    with served(environment) as gateway, gateway.client() as client:
        refused = gateway_command(broken, "tables", "publish")
        assert refused.returncode == Exit.CONFIGURATION
        assert f"{tmp_path}/decisions.toml:4: percent: -1 is no such figure" in refused.stderr
        switches = in_store(environment, lambda store: store.table_sets.switches())
        assert [one.digest for one in switches] == [SHIPPED.digest]
        reply = client.lodge(declaration("01", "BROKEN"), "application/xml", wait_s=20)
        assert (reply.effect, digest(reply)) == ("release", SHIPPED.digest)
    # And nobody starts on it.
    started = gateway_command(broken, "serve", "--port=0", run=ran_apart)
    assert started.returncode == Exit.CONFIGURATION
    assert f"{tmp_path}/decisions.toml:4: " in started.stderr


def ready(client: GatewayReader) -> bool:
    answer = client.read("/readyz")
    tables: bool = answer.json()["tables"]
    assert answer.status_code == (200 if tables else 503)
    return tables


@pytest.mark.whole
def test_a_set_that_needs_an_adapter_that_is_not_there_is_not_taken(environment: dict[str, str]) -> None:
    routes = [replace(one, adapter="nowhere") if one.adapter == "dual_use" else one for one in SHIPPED.routes]
    needing = compose("elsewhere", {**{into: SHIPPED.rows_of(into) for into in KINDS}, "routes": routes})
    with served(environment) as gateway, gateway.client() as client:
        assert ready(client)
        in_store(environment, lambda store: store.table_sets.publish(stored(needing), by=GATEWAY))
        until(lambda: not ready(client), "the replica that says so")
        reply = client.lodge(declaration("01", "NOT-TAKEN"), "application/xml", wait_s=20)
        assert (reply.effect, digest(reply)) == ("release", SHIPPED.digest)
        assert "gateway_tables_refused 1.0" in client.read("/metrics").text
        # Another adapter may be a laxer one, whoever it is: the way back waits for a second person, too.
        beginning, reason = SHIPPED.digest[:20], ("--officer", "one", "--reason", "back")
        back = gateway_command(environment, "tables", "switch", beginning, *reason)
        assert back.returncode == 0, back.stderr
        approval, second = back.stdout.split()[-1], ("--officer", "two", f"--url={gateway.url}")
        approved = gateway_command(environment, "approvals", "approve", approval, *second, run=ran_apart)
        assert approved.returncode == 0, approved.stdout + approved.stderr
        until(lambda: ready(client), "the set that can be served")


@pytest.mark.whole
def test_new_files_are_published_once_and_old_replicas_do_not_bring_the_old_ones_back(
    environment: dict[str, str], tmp_path: Path
) -> None:
    changed = own(environment, tmp_path, 'version = "own"\n' + STRICTER)
    new = load_tables(CONFIG, tmp_path)
    with served(environment) as old, old.client() as client:
        with served(changed):
            pass
        listed = gateway_command(environment, "tables", "list")
        assert listed.returncode == 0, listed.stderr
        assert [line.split()[0] for line in listed.stdout.splitlines()[1:]] == [SHIPPED.version, new.version]
        assert "in force" in listed.stdout.splitlines()[-1]
        reply = client.lodge(declaration("01", "ROLLED"), "application/xml", wait_s=20)
        assert digest(reply) == new.digest
    with served(environment) as again, again.client() as client:
        reply = client.lodge(declaration("01", "NO-FLAP"), "application/xml", wait_s=20)
        assert digest(reply) == new.digest
    # Settling is no start of a replica: whatever the files of whoever settles say, they come not into force.
    third = own(environment, tmp_path / "third", OWN.format(percent="2"))
    assert gateway_command(third, "settle", "--all").returncode == 0
    assert len(in_store(environment, lambda store: store.table_sets.switches())) == 2
    # The files here are not those of the decision: the database has them.
    replayed = gateway_command(environment, "replay", reply.body["id"])
    assert (replayed.returncode, replayed.stdout) == (0, "decision 1 (release): same\n")


def test_what_loosens_waits_for_a_second_person_however_it_comes(environment: dict[str, str], tmp_path: Path) -> None:
    """A replica that starts without its further folder, and an order: both wait, and what was loosened is kept."""
    changed = own(environment, tmp_path, STRICTER)
    stricter = load_tables(CONFIG, tmp_path)
    with served(changed):
        pass
    with served(environment) as without, without.client() as client:
        assert lodged(client) == stricter.digest
        assert [
            one.digest for one in in_store(environment, lambda store: store.table_sets.switches()) if one.counts
        ] == [stricter.digest]
        refused = gateway_command(environment, "tables", "publish")
        assert refused.returncode == Exit.CONFIGURATION
        assert "second_officer not_found, valid: one officer's word is enough" in refused.stderr
        waits = gateway_command(environment, "tables", "publish", "--officer", "one", "--reason", "given up")
        assert waits.returncode == 0, waits.stderr
        approval = waits.stdout.split()[-1]
        alone = gateway_command(
            environment, "approvals", "approve", approval, "--officer", "one", f"--url={without.url}"
        )
        assert alone.returncode == Exit.NOT_ACCEPTED, alone.stdout
        assert lodged(client) == stricter.digest
        done = gateway_command(
            environment, "approvals", "approve", approval, "--officer", "two", f"--url={without.url}"
        )
        assert done.returncode == 0, done.stdout + done.stderr
        until(lambda: lodged(client) == SHIPPED.digest, "the set that was approved")
    (order,) = [one for one in in_store(environment, lambda store: store.table_sets.switches()) if one.counts]
    assert [change.field for change in recorded(order.loosens)] == [None]
    assert (order.officer, order.approver and order.approver.person) == ("one", "two")


def lodged(client: GatewayReader) -> str:
    """The digest of the tables that the next declaration is decided by."""
    raw = declaration("01", f"NEXT-{datetime.now(UTC).timestamp()}").replace(MILK, ENDLESS)
    return digest(client.lodge(raw, "application/xml", wait_s=20))
