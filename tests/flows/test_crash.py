"""A gateway that is killed loses nothing and decides nothing twice: another replica takes over."""

import re
from collections.abc import Iterator
from contextlib import suppress

import httpx
import psycopg
import pytest

from gateway_client import Unreachable
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, GatewayReader, Served, declaration, served, settled, until


@pytest.fixture
def doomed(environment: dict[str, str]) -> Iterator[Served]:
    """A replica that is going to be killed, beside the one that stays up."""
    with served(environment) as gateway:
        yield gateway


def decisions(gateway: GatewayReader, record_id: str) -> list[str]:
    """The kinds of a declaration's events."""
    answer = gateway.read(f"/v1/declarations/{record_id}/events").json()
    return [event["kind"] for event in answer["items"]]


def test_killed_after_receipt(gateway: GatewayReader, doomed: Served, simulated: Authorities) -> None:
    reference = "CHEDP.XX.2026.1777001"
    raw = declaration("01", "CRASH-RECEIVED").replace(b"CHEDP.FR.2026.0000001", reference.encode())
    with simulated.slow("traces", 3.0), doomed.client() as client:
        reply = client.lodge(raw, "application/xml", wait_s=0)
        assert reply.status == 202
        doomed.kill()
    assert settled(gateway, reply.body["id"]).effect == "release"
    assert decisions(gateway, reply.body["id"]).count("declaration.decided") == 1
    assert simulated.asked("traces", reference) <= 2


def test_killed_while_the_authority_is_asked(gateway: GatewayReader, doomed: Served, simulated: Authorities) -> None:
    with simulated.slow("traces", 3.0), doomed.client() as client:
        before = simulated.control("traces", "GET")["requests"]
        reply = client.lodge(declaration("01", "CRASH-ASKING"), "application/xml", wait_s=0)
        until(lambda: simulated.control("traces", "GET")["requests"] != before, "a question to the authority")
        doomed.kill()
    assert settled(gateway, reply.body["id"]).effect == "release"
    assert decisions(gateway, reply.body["id"]).count("declaration.decided") == 1


def test_killed_before_the_decision_is_committed(
    gateway: GatewayReader, doomed: Served, simulated: Authorities, flows_database: str
) -> None:
    with simulated.slow("traces", 1.0), doomed.client() as client, psycopg.connect(flows_database) as lock:
        reply = client.lodge(declaration("01", "CRASH-DECIDING"), "application/xml", wait_s=0)
        lock.execute("SELECT 1 FROM declaration WHERE id = %s FOR UPDATE", [reply.body["id"]])
        with psycopg.connect(flows_database, autocommit=True) as watching:
            until(
                lambda: watching.execute(
                    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
                ).fetchone(),
                "a decision that waits to be committed",
            )
        doomed.kill()
        lock.rollback()
    assert settled(gateway, reply.body["id"]).effect == "release"
    assert decisions(gateway, reply.body["id"]).count("declaration.decided") == 1


@pytest.mark.usefixtures("cold")
def test_killed_process_is_started_again_and_what_it_counted_is_kept(environment: dict[str, str]) -> None:
    import os
    import signal

    with served({**environment, "GATEWAY_METRICS_PORT": "0"}, "--processes=2") as gateway:
        assert gateway.process.stdout is not None
        figures = gateway.process.stdout.readline().removeprefix("figures on ").strip()
        assert httpx.get(figures.replace("/metrics", "/v1/adapters"), trust_env=False).status_code == 404
        assert httpx.post(figures, trust_env=False).status_code == 405
        (first, second) = gateway.replicas
        with gateway.client() as client:
            assert client.lodge(declaration("01", "CRASH-COUNTED"), "application/xml", wait_s=20).effect == "release"
        until(lambda: told(figures)[0] == 1, "a decision that is counted")
        os.kill(first, signal.SIGKILL)
        until(lambda: len(gateway.replicas) == 2 and first not in gateway.replicas, "a process in its place")
        assert second in gateway.replicas
        raw = declaration("01", "CRASH-REVIVED")

        def released() -> bool:
            # A connection may still have gone to a process that ends: a client whose answer is lost sends the same again.
            with gateway.client() as client, suppress(Unreachable):
                return client.lodge(raw, "application/xml", wait_s=20).effect == "release"
            return False

        until(released, "a decision of the processes that are there")
        until(lambda: told(figures) == (2, set(gateway.replicas)), "both decisions, and figures of those that live")


def told(figures: str) -> tuple[float, set[int]]:
    """What one scrape tells: how many decisions were made, and of which processes there are figures."""
    with suppress(httpx.TransportError):
        text = httpx.get(figures, timeout=PATIENCE_S, trust_env=False).text
        decisions = sum(float(value) for value in re.findall(r"^gateway_decisions_total\S+ (\S+)$", text, re.M))
        pids = re.findall(r'^gateway_process_resident_bytes\{pid="(\d+)"\}', text, re.M)
        return decisions, {int(pid) for pid in pids}
    return 0.0, set()
