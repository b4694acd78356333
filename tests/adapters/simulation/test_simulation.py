"""The frame around simulators, over real HTTP."""

import asyncio
import gzip
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.simulation import (
    Fault,
    RunningSimulator,
    load_simulator,
    read_catalogue,
    run_simulator,
    simulator_process,
)
from tests.builders.processes import started

TOY = "tests.adapters.simulation.authority"


@pytest.fixture
async def toy() -> AsyncIterator[RunningSimulator]:
    async with run_simulator(TOY) as running:
        yield running


@pytest.fixture
async def client(toy: RunningSimulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=toy.url, timeout=20, trust_env=False) as client:
        yield client


async def set_fault(client: httpx.AsyncClient, fault: str | None, **more: object) -> None:
    answer = await client.post("/_simulator/faults", json={"fault": fault, **more})
    answer.raise_for_status()


async def raw(toy: RunningSimulator, path: str = "/documents/A%2F1") -> bytes:
    """Everything that comes over the wire until the connection ends."""
    reader, writer = await asyncio.open_connection("127.0.0.1", toy.port)
    try:
        writer.write(f"GET {path} HTTP/1.1\r\nHost: toy\r\nConnection: close\r\n\r\n".encode())
        return await reader.read()
    finally:
        writer.close()


async def test_answers_and_counts_look_ups(client: httpx.AsyncClient) -> None:
    assert (await client.get("/documents/A%2F1")).json()["status"] == "valid"
    assert (await client.get("/documents/GEN-9")).json()["status"] == "valid"
    assert (await client.get("/documents/nobody")).status_code == 404
    state = (await client.get("/_simulator")).json()
    assert state["requests"] == 3
    assert state["asked"] == {"A/1": 1, "GEN-9": 1, "NOBODY": 1}


async def test_a_document_changes_is_removed_and_comes_back_with_a_reset(client: httpx.AsyncClient) -> None:
    (await client.put("/_simulator/documents/B%202", json={"status": "valid"})).raise_for_status()
    (await client.put("/_simulator/documents/new%2F7", json={"status": "draft"})).raise_for_status()
    (await client.put("/_simulator/documents/GEN-1", json={"status": "draft", "extra": 1})).raise_for_status()
    (await client.delete("/_simulator/documents/A%2F1")).raise_for_status()
    assert (await client.get("/documents/B%202")).json()["status"] == "valid"
    assert (await client.get("/documents/new%2F7")).json()["status"] == "draft"
    assert (await client.get("/documents/GEN-1")).json()["extra"] == 1
    assert (await client.get("/documents/A%2F1")).status_code == 404

    (await client.post("/_simulator/reset")).raise_for_status()

    assert (await client.get("/documents/B%202")).json()["status"] == "rejected"
    assert (await client.get("/documents/new%2F7")).status_code == 404
    assert (await client.get("/documents/A%2F1")).json()["answered"] == 3, "the application was made anew"


@pytest.mark.parametrize(
    ("fault", "status", "part"),
    [("down", 503, b"Service Unavailable"), ("html", 200, b"<html>"), ("unauthorised", 401, b"Unauthorized"),
     ("unknown_status", 200, b"never heard of")],
)  # fmt: skip
async def test_faults_that_are_http(client: httpx.AsyncClient, fault: str, status: int, part: bytes) -> None:
    await set_fault(client, fault)
    answer = await client.get("/documents/A%2F1")
    assert answer.status_code == status
    assert part in answer.content
    await set_fault(client, None)
    assert (await client.get("/documents/A%2F1")).json()["status"] == "valid"


async def test_a_fault_strikes_one_reference_as_often_as_asked(client: httpx.AsyncClient) -> None:
    await set_fault(client, "down", reference="B 2", count=2)
    seen = [(await client.get(f"/documents/{path}")).status_code for path in ("A%2F1", "B%202", "B%202", "B%202")]
    assert seen == [200, 503, 503, 200]


async def test_empty_truncated_and_half(client: httpx.AsyncClient, toy: RunningSimulator) -> None:
    whole = (await client.get("/documents/B%202")).content
    await set_fault(client, "empty")
    assert (await client.get("/documents/B%202")).content == b""
    await set_fault(client, "truncated")
    assert whole.startswith((await client.get("/documents/B%202")).content[:20])
    assert len((await client.get("/documents/B%202")).content) == len(whole) // 2
    await set_fault(client, "half")
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get("/documents/B%202")
    head, _, body = (await raw(toy)).partition(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    assert 0 < len(body) < length


async def test_garbage_and_a_reset_connection(client: httpx.AsyncClient, toy: RunningSimulator) -> None:
    await set_fault(client, "garbage")
    assert not (await raw(toy)).startswith(b"HTTP/")
    await set_fault(client, "refuse_connection")
    with pytest.raises(ConnectionResetError):
        await raw(toy)


async def test_huge_and_gzip_bomb(client: httpx.AsyncClient, toy: RunningSimulator) -> None:
    await set_fault(client, "huge")
    assert len(await raw(toy)) > 30 * 1024 * 1024
    await set_fault(client, "gzip_bomb")
    head, _, body = (await raw(toy)).partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head
    assert len(body) < 2 * 1024 * 1024
    assert len(gzip.decompress(body[: len(body) // 100])) == 10 * 1024 * 1024


async def test_late_and_drip_keep_a_caller_waiting(client: httpx.AsyncClient) -> None:
    await set_fault(client, "late", seconds=30)
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/documents/A%2F1", timeout=0.2)
    await set_fault(client, "late", seconds=0.01)
    assert (await client.get("/documents/A%2F1")).json()["status"] == "valid"
    await set_fault(client, "drip")
    async with client.stream("GET", "/documents/A%2F1") as answer:
        pieces = answer.aiter_raw()
        assert [await anext(pieces), await anext(pieces)] == [b"{", b'"']


async def test_a_control_that_is_wrong_is_said_and_changes_nothing(client: httpx.AsyncClient) -> None:
    assert (await client.post("/_simulator/faults", json={"fault": "gremlins"})).status_code == 422
    assert (await client.post("/_simulator/faults", content=b"{")).status_code == 422
    assert (await client.get("/_simulator/elsewhere")).status_code == 404
    assert (await client.get("/_simulator")).json()["faults"] == []


async def test_latency_is_added_to_every_answer(client: httpx.AsyncClient) -> None:
    (await client.put("/_simulator/latency", json={"seconds": 0.2})).raise_for_status()
    began = time.monotonic()
    await client.get("/documents/A%2F1")
    assert time.monotonic() - began >= 0.2


def test_a_process_serves_several_simulators_and_ends_with_the_context() -> None:
    with simulator_process(TOY, TOY, latency_s=0.001, fault=Fault.DOWN) as (first, second):
        assert first != second
        for url in (first, second):
            assert httpx.get(f"{url}/documents/A%2F1", timeout=60, trust_env=False).status_code == 503
    with pytest.raises(httpx.ConnectError):
        httpx.get(first, trust_env=False)


def test_a_process_dies_with_its_parent(tmp_path: Path) -> None:
    parent = (
        "import sys, time; from adapters.simulation import simulator_process\n"
        f"with simulator_process({TOY!r}) as (url,):\n    print(url, flush=True)\n    time.sleep(600)\n"
    )
    with started([sys.executable, "-c", parent], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        os.kill(child.pid, signal.SIGKILL)
    port = int(url.rpartition(":")[2])
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return
    pytest.fail("the simulator outlived its parent")


def test_what_is_no_simulator_is_said() -> None:
    with pytest.raises(LookupError, match=r"tests\.adapters"):
        load_simulator("tests.adapters")
    assert load_simulator(f"{TOY}.simulator").name == "toy"


def test_a_catalogue_names_every_document_once(tmp_path: Path) -> None:
    file = tmp_path / "documents.toml"
    file.write_text('[[document]]\nreference = "A"\n[[document]]\nreference = "A"\n')
    with pytest.raises(ValueError, match="reference of its own"):
        read_catalogue(file)
    file.write_text('[[document]]\nreference = "A"\nquantity = 1.5\n')
    assert str(read_catalogue(file)["A"]["quantity"]) == "1.5"
