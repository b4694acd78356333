"""The commands that work on a running gateway or on its database."""

import asyncio
import json
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import httpx
import psycopg
import pytest

from gateway.store import Store
from tests.builders.commands import command_line, gateway_command, ran_apart
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import Authorities, GatewayReader, Served, clean_environment, declaration, settled


@pytest.mark.parametrize(
    ("samples", "status"),
    [(("01",), 0), (("01", "02"), 10), (("03", "02", "01"), 20), (("03", "nonsense"), 30)],
    ids=["release", "hold", "refuse", "not accepted"],
)
def test_submit_ends_with_the_gravest_outcome(
    samples: tuple[str, ...], status: int, running: Served, tmp_path: Path
) -> None:
    files = []
    for sample in samples:
        file = tmp_path / f"{sample}.xml"
        lrn = f"SUBMIT-{status}-{sample}"
        file.write_bytes(b"<nonsense/>" if sample == "nonsense" else declaration(sample, lrn))
        files.append(str(file))
    done = gateway_command({}, "submit", *files, "--url", running.url)
    assert done.returncode == status, done.stdout + done.stderr
    for sample in samples:
        assert f"{sample}.xml" in done.stdout


def test_submit_of_many_shows_each(running: Served, tmp_path: Path) -> None:
    files = []
    for number in range(12):
        file = tmp_path / f"many-{number}.xml"
        file.write_bytes(declaration("01", f"MANY-{number}"))
        files.append(str(file))
    done = gateway_command({}, "submit", *files, "--url", running.url)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("MANY-") == 12


def test_submit_tells_why_in_the_language_of_the_terminal(running: Served, tmp_path: Path) -> None:
    file = tmp_path / "pending.xml"
    file.write_bytes(declaration("02", "SUBMIT-FR"))
    done = gateway_command({"LC_ALL": "fr_BE.UTF-8"}, "submit", str(file), "--url", running.url, run=ran_apart)
    assert "statué" in done.stdout, done.stdout + done.stderr


def test_submit_without_waiting_is_a_hold(running: Served, simulated: Authorities, tmp_path: Path) -> None:
    file = tmp_path / "one.xml"
    file.write_bytes(declaration("01", "NOT-WAITED"))
    with simulated.slow("traces", 1.0):
        done = gateway_command({}, "submit", str(file), "--wait=0", "--url", running.url)
    assert done.returncode == 10
    assert "not decided yet" in done.stdout


def test_replay_comes_out_the_same(environment: dict[str, str], gateway: GatewayReader, simulated: Authorities) -> None:
    raw = declaration("08", "REPLAYED").replace(b"CHEDP.FR.2026.0000008", b"CHEDP.FR.2026.0000002")
    reply = gateway.lodge(raw, "application/xml", wait_s=20)
    gateway.accept(reply.body["id"], mrn="26FR000000000REPL5", accepted_at="2026-06-01T08:00:00Z", wait_s=20)
    verification = {"outcome": "valid", "means": "paper", "reason": "seen", "officer": "officer.martin"}
    last = gateway.verify(reply.body["id"], "N853", "CHEDP.FR.2026.0000002", verification=verification, wait_s=20)
    assert last.decision is not None
    done = gateway_command(environment, "replay", reply.body["id"], run=ran_apart)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("same") == last.decision["number"] == 3


def test_replay_of_other_facts_is_different(
    environment: dict[str, str], gateway: GatewayReader, flows_database: str
) -> None:
    first = gateway.lodge(declaration("01", "REPLAY-GOOD"), "application/xml", wait_s=20).body["id"]
    second = gateway.lodge(declaration("03", "REPLAY-BAD"), "application/xml", wait_s=20).body["id"]

    async def model_of(record_id: str) -> bytes:
        async with Store.opened(flows_database) as store:
            found = await store.declarations.declaration(record_id, 1)
            assert found is not None
            return found.lrn.encode()

    assert asyncio.run(model_of(first)) == b"REPLAY-GOOD"
    kept = "SELECT model FROM declaration_version WHERE declaration_id = %s"
    with psycopg.connect(flows_database) as connection:
        (before,) = connection.execute(kept.encode(), [first]).fetchone() or ("",)
        # Somebody exchanges what was declared: what was decided does not follow from it any more.
        connection.execute(
            "UPDATE declaration_version SET model = (SELECT model FROM declaration_version WHERE declaration_id = %s)"
            " WHERE declaration_id = %s",
            [second, first],
        )
    done = gateway_command(environment, "replay", first)
    assert done.returncode == 1
    assert "same" not in done.stdout
    audited = gateway_command(environment, "audit", "verify", run=ran_apart)
    assert audited.returncode == 1
    assert f"{first}: declaration_version 1: model is not what event 1 tells" in audited.stderr
    with psycopg.connect(flows_database) as connection:
        connection.execute("UPDATE declaration_version SET model = %s WHERE declaration_id = %s", [before, first])


@pytest.mark.parametrize("record_id", ["nonsense", "00000000-0000-4000-8000-000000000000"])
def test_replay_of_nothing(record_id: str, environment: dict[str, str]) -> None:
    done = gateway_command(environment, "replay", record_id)
    assert done.returncode == 30
    assert "Traceback" not in done.stderr


def test_audit_of_a_sound_trail_with_a_kept_checkpoint(
    environment: dict[str, str], gateway: GatewayReader, tmp_path: Path
) -> None:
    record_id = gateway.lodge(declaration("01", "AUDITED"), "application/xml", wait_s=20).body["id"]
    settled(gateway, record_id)
    sound = gateway_command(environment, "audit", "verify")
    assert sound.returncode == 0, sound.stderr
    kept = tmp_path / "checkpoint"
    kept.write_text(gateway_command(environment, "audit", "checkpoint", run=ran_apart).stdout)
    assert gateway_command(environment, "audit", "verify", "--checkpoint", str(kept)).returncode == 0
    assert json.loads(kept.read_text())["root"]


def test_what_is_erased_is_said_by_the_audit(environment: dict[str, str], gateway: GatewayReader) -> None:
    record_id = gateway.lodge(declaration("01", "ERASED"), "application/xml", wait_s=20).body["id"]
    settled(gateway, record_id)
    refused = gateway_command(environment, "erase", "content", record_id, "--reason", "too early")
    assert (refused.returncode, "neither ended nor released" in refused.stderr) == (30, True)
    asked = ("--officer", "martin", "--reason", "asked for")
    words = gateway_command(environment, "erase", "words", record_id, *asked, run=ran_apart)
    assert words.returncode == 0, words.stderr
    beside = gateway_command(environment, "erase", "beside", "--before", "2020-01-01", "--reason", "old")
    expired = gateway_command(environment, "erase", "evidence", "--before", "2020-01-01", "--reason", "old")
    assert (beside.returncode, expired.returncode) == (0, 0), beside.stderr + expired.stderr
    done = gateway_command(environment, "audit", "verify", "--evidence", "--json")
    assert done.returncode == 0, done.stdout
    report = json.loads(done.stdout)
    assert (report["faults"], report["not_covered"]) == ([], [])
    assert report["evidence"] > 0
    assert any(said.startswith(f"{record_id}: words erased on ") and "martin" in said for said in report["erased"])
    assert any("evidence of days before 2020-01-01" in said for said in report["erased"])


def test_audit_misses_a_checkpoint_that_was_kept(environment: dict[str, str], tmp_path: Path) -> None:
    kept = tmp_path / "checkpoints"
    kept.write_text('{"checkpoint": 999999, "at": "2026-03-02T10:07:00+00:00", "root": "00", "heads": 1}\n')
    done = gateway_command(environment, "audit", "verify", "--checkpoint", str(kept))
    assert done.returncode == 1
    assert "999999" in done.stderr
    kept.write_text("nonsense")
    assert gateway_command(environment, "audit", "verify", "--checkpoint", str(kept)).returncode == 64


@pytest.mark.usefixtures("cold")
def test_migrate_says_that_nothing_is_to_do(environment: dict[str, str]) -> None:
    done = gateway_command(environment, "migrate", run=ran_apart)
    assert done.returncode == 0
    assert "newest" in done.stdout


def test_database_that_does_not_answer(environment: dict[str, str]) -> None:
    parts = urlsplit(environment["GATEWAY_DATABASE_URL"])
    nowhere = urlunsplit(parts._replace(query="host=/nonexistent"))
    done = gateway_command({**environment, "GATEWAY_DATABASE_URL": nowhere}, "audit", "verify", run=ran_apart)
    assert done.returncode == 69
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("cold")
def test_simulate_serves_and_says_what_is_accepted() -> None:
    command = command_line("simulate", "catch", "--port=0", "--latency=5ms")
    with started(command, env=clean_environment(), stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip().removeprefix("catch: listening on ")
            assert process.stdout.readline().startswith("  export CATCH_API_KEY=")
            assert httpx.get(f"{url}/_simulator", timeout=60, trust_env=False).json()["latency_s"] == 0.005
        finally:
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
    assert gateway_command({}, "simulate", "nobody", run=ran_apart).returncode == 78


def test_worker_does_the_jobs_only(environment: dict[str, str]) -> None:
    with started(command_line("worker"), env={**clean_environment(), **environment}, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            assert "working" in process.stdout.readline()
        finally:
            process.terminate()
            assert process.wait(PATIENCE_S) == 0
