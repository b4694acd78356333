"""Several processes and replicas are one gateway to those who call."""

import os
import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.terminal.client import Reply
from tests.builders.processes import PATIENCE_S, ran
from tests.builders.running import Authorities, GatewayReader, Served, declaration, ended, served, settled, until


def test_twins_at_the_same_moment_are_one_declaration(running: Served) -> None:
    raw = declaration("01", "TWINS")

    def lodge(_: int) -> Reply:
        with running.client() as client:
            return client.lodge(raw, "application/xml", wait_s=20)

    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lodge, range(24)))
    assert {reply.status for reply in replies} == {200}
    assert len({reply.body["id"] for reply in replies}) == 1
    assert {reply.body["decision"]["number"] for reply in replies} == {1}


def test_waiter_on_one_replica_while_another_decides(
    environment: dict[str, str], gateway: GatewayReader, simulated: Authorities
) -> None:
    raw = declaration("01", "ELSEWHERE")
    with served(environment) as other, other.client() as client, simulated.slow("traces", 1.0):
        lodged = gateway.lodge(raw, "application/xml", wait_s=0)
        assert lodged.status == 202
        waited = client.lodge(raw, "application/xml", wait_s=20)
    assert (waited.status, waited.body["id"], waited.effect) == (200, lodged.body["id"], "release")


def test_client_that_hangs_up_is_decided_all_the_same(
    running: Served, gateway: GatewayReader, simulated: Authorities
) -> None:
    raw = declaration("01", "HUNG-UP")
    place = urlsplit(running.url)
    head = (
        f"POST /v1/declarations HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Type: application/xml\r\nPrefer: wait=20\r\n"
        f"Content-Length: {len(raw)}\r\n\r\n"
    )
    with simulated.slow("traces", 1.0):
        before = simulated.control("traces", "GET")["requests"]
        with socket.create_connection((place.hostname, place.port)) as line:
            line.sendall(head.encode() + raw)
            until(lambda: simulated.control("traces", "GET")["requests"] != before, "a question to the authority")
    found = until(lambda: gateway.read("/v1/declarations?lrn=HUNG-UP").json()["items"], "the declaration")
    assert settled(gateway, found[0]["id"]).effect == "release"


def test_stopping_finishes_what_is_in_hand(environment: dict[str, str], simulated: Authorities) -> None:
    with served(environment) as gateway, gateway.client() as client, simulated.slow("traces", 2.0):
        before = simulated.control("traces", "GET")["requests"]
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.lodge, declaration("01", "DRAINED"), "application/xml", wait_s=20)
            until(lambda: simulated.control("traces", "GET")["requests"] != before, "a question to the authority")
            pids = [gateway.process.pid, *gateway.replicas]
            assert gateway.stop() == 0
            assert waiting.result(PATIENCE_S).effect == "release"
        assert all(ended(pid) for pid in pids)


@pytest.mark.usefixtures("cold")
def test_processes_go_with_their_killed_parent(environment: dict[str, str]) -> None:
    with served(environment, "--processes=2") as gateway:
        replicas = gateway.replicas
        assert len(replicas) == 2
        os.kill(gateway.process.pid, signal.SIGKILL)
        until(lambda: all(ended(pid) for pid in replicas), "the end of all processes")
        gateway.process.wait(PATIENCE_S)


@pytest.mark.usefixtures("cold")
@pytest.mark.whole
def test_processes_keep_free_memory_and_an_operators_own_word_on_it_counts(environment: dict[str, str]) -> None:
    with served({**environment, "MALLOC_TRIM_THRESHOLD_": "1000000"}) as gateway:
        (pid,) = gateway.replicas
        variables = Path(f"/proc/{pid}/environ").read_text().split("\0")
    assert {one for one in variables if one.startswith("MALLOC_")} == {
        "MALLOC_MMAP_THRESHOLD_=8388608", "MALLOC_TRIM_THRESHOLD_=1000000",
    }  # fmt: skip


def test_a_taken_port_is_said(environment: dict[str, str], running: Served) -> None:
    import sys

    from tests.builders.running import clean_environment

    port = urlsplit(running.url).port
    done = ran(
        [sys.executable, "-m", "gateway.cli", "serve", f"--port={port}"],
        env={**clean_environment(), "GATEWAY_SECURITY__MODE": "none", **environment},
    )
    assert done.returncode == 78
    assert f"port {port}" in done.stderr
