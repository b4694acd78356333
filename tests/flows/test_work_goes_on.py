"""What comes while an order is under way, and a database that comes back: nothing is left undone, or done for nothing."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from gateway.embedded import watcher
from tests.builders.declarations import Goods, message
from tests.builders.running import Authorities, Served, served, settled, stepped, until

RESERVES, RELEASES, READS = (
    "QuantityManagementIndication>1<",
    "GoodsClearanceInformation>01<",
    "QuantityManagementIndication>0<",
)
QUICK = {"GATEWAY_SETTLE_FIRST_SECONDS": "0.3", "GATEWAY_RETRY_UNDETERMINED_SECONDS": "1"}


@pytest.fixture
def database(database_url: str) -> str:
    """A database of the test's own: another gateway's pauses would count there."""
    return database_url


@pytest.fixture
def own(database: str, simulated: Authorities) -> Iterator[Served]:
    """A gateway on it."""
    try:
        with served({**simulated.environment, **QUICK, "GATEWAY_DATABASE_URL": database}) as gateway:
            yield gateway
    finally:
        simulated.control("traces", "POST", "/hold/release")


def at_rest(database: str, record_id: str) -> bool:
    with psycopg.connect(database, autocommit=True) as connection:
        return connection.execute(
            "SELECT 1 FROM declaration WHERE id = %s::uuid AND due_at IS NULL AND lease_owner IS NULL", [record_id]
        ).fetchone() is not None  # fmt: skip


def held(simulated: Authorities) -> bool:
    return bool(simulated.control("traces", "GET")["held"])


def states(simulated: Authorities, reference: str) -> set[str]:
    """The states of what is held of a certificate."""
    return {one["state"] for one in simulated.ledger("traces", reference)["allocations"]}


def test_nothing_is_released_on_a_decision_made_before_acceptance(
    own: Served, database: str, simulated: Authorities
) -> None:
    reference = "CHEDP.XX.2026.1772201"
    with own.client() as client:
        raw = message("EARLY-1", None, [Goods(number=1, reference=reference)])
        record_id = client.lodge(raw, "application/xml", wait_s=20).body["id"]
        settled(client, record_id)
        simulated.hold("traces", reference, READS, when="before")
        answer = stepped(own.url, record_id, "acceptance", mrn="26FR00000007722012", accepted_at="2026-11-25T00:00:00Z")
        assert answer.status_code == 202
        until(lambda: held(simulated), "the question after acceptance")
        answer = stepped(own.url, record_id, "release")
        simulated.control("traces", "POST", "/hold/release")
        until(lambda: at_rest(database, record_id), "rest")
        released = client.get(record_id).body["release"] is not None
    assert released == (states(simulated, reference) == {"consumed"}), answer.text
    assert answer.status_code == 409 or released


def test_an_amendment_that_comes_while_a_release_is_written_off_leaves_nothing_written_off_for_nothing(
    own: Served, database: str, simulated: Authorities
) -> None:
    reference = "CHEDP.XX.2026.1772202"
    goods = [Goods(number=1, reference=reference), Goods(number=2, reference=reference)]
    with own.client() as client:
        raw = message("CROSSED-1", "26FR00000007722020", goods)
        record_id = client.lodge(raw, "application/xml", wait_s=20).body["id"]
        simulated.hold("traces", reference, RELEASES, when="after")
        assert stepped(own.url, record_id, "release").status_code == 202
        until(lambda: held(simulated), "the write-off")
        amended = message("CROSSED-1", "26FR00000007722020", goods[:1], version=2)
        assert client.amend(record_id, amended, "application/xml", wait_s=0).status == 202
        simulated.control("traces", "POST", "/hold/release")
        until(lambda: at_rest(database, record_id), "rest")
        released = client.get(record_id).body["release"] is not None
    assert released == (states(simulated, reference) == {"consumed"})
    (line,) = simulated.ledger("traces", reference)["allocations"]
    assert line["quantity"] == "120", "the amended goods"


def test_a_release_whose_doubt_is_settled_by_the_next_question_is_ended(
    own: Served, database: str, simulated: Authorities
) -> None:
    reference = "CHEDP.XX.2026.1772205"
    with own.client() as client:
        raw = message("SETTLED-1", "26FR00000007722055", [Goods(number=1, reference=reference)])
        record_id = client.lodge(raw, "application/xml", wait_s=20).body["id"]
        # The write-off is done and its answer lost; the position cannot be read as often as one tries; then it can.
        for containing, fault, count in ((RELEASES, "drop_after", 1), (READS, "down", 3)):
            simulated.control(
                "traces", "POST", "/faults", reference=reference, containing=containing, fault=fault, count=count
            )
        assert stepped(own.url, record_id, "release").status_code == 202
        until(lambda: states(simulated, reference) == {"consumed"}, "the write-off")
        until(lambda: client.get(record_id).body["release"], "the release")
    until(lambda: at_rest(database, record_id), "rest")


def test_a_late_look_at_an_invalidated_declaration_finds_nothing_and_ends(
    own: Served, database: str, simulated: Authorities
) -> None:
    reference = "CHEDP.XX.2026.1772203"
    simulated.control(
        "traces", "POST", "/faults", reference=reference, containing=RESERVES, fault="refuse_connection", count=1
    )
    with own.client() as client:
        raw = message("LATELOOK-1", "26FR00000007722039", [Goods(number=1, reference=reference)])
        record_id = client.lodge(raw, "application/xml", wait_s=20).body["id"]
        assert stepped(own.url, record_id, "invalidation", wait_s=20, reason="By mistake").status_code == 200
    with psycopg.connect(database, autocommit=True) as connection:
        moved = connection.execute(
            "UPDATE declaration SET look_due_at = now() WHERE id = %s::uuid AND look_due_at IS NOT NULL RETURNING id",
            [record_id],
        ).fetchone()
        assert moved is not None, "a late effect is looked for"
        until(
            lambda: (
                not connection.execute(
                    "SELECT 1 FROM declaration WHERE id = %s AND look_due_at <= now()", moved
                ).fetchone()
            ),
            "the late look",
        )
    until(lambda: at_rest(database, record_id), "rest")


@pytest.mark.whole
def test_delayed_work_goes_on_after_the_database_came_back(simulated: Authorities) -> None:
    reference = "CHEDP.XX.2026.1772204"
    with tempfile.TemporaryDirectory(prefix="gateway-test-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        data = Path(name) / "data"
        environment = {**simulated.environment, **QUICK, "GATEWAY_DATA_DIR": str(data)}
        with served(environment) as alone, alone.client() as client:
            server = watcher.postmaster(data / "pg")
            assert server is not None
            os.kill(server, signal.SIGKILL)
            until(lambda: watcher.postmaster(data / "pg") not in {None, server}, "a new server")
            simulated.control("traces", "POST", "/faults", reference=reference, fault="down")
            raw = message("BACK-1", "26FR00000007722047", [Goods(number=1, reference=reference)])
            first = until(
                lambda: reply if (reply := client.lodge(raw, "application/xml", wait_s=20)).taken else None, "a receipt"
            )
            assert settled(client, first.body["id"]).effect == "hold"
            simulated.control("traces", "POST", "/faults", reference=reference, fault=None)
            until(lambda: client.get(first.body["id"]).effect == "release", "a release by itself")
