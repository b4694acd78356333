"""`gateway case` and the call of the API: a declaration in one file, verified by whoever gets it."""

import sys
import zipfile
from io import BytesIO
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.builders.commands import gateway_command, ran_apart
from tests.builders.processes import PATIENCE_S, ran
from tests.builders.running import GatewayReader, Served, declaration


def lodged(gateway: GatewayReader, lrn: str) -> str:
    return str(gateway.lodge(declaration("01", lrn), "application/xml", wait_s=PATIENCE_S).body["id"])


@pytest.mark.whole
def test_a_case_is_exported_on_the_command_line_and_verified(
    gateway: GatewayReader, environment: dict[str, str], tmp_path: Path
) -> None:
    record_id = lodged(gateway, "EXPORT-1")
    out = tmp_path / "case.zip"
    out.touch(mode=0o644)
    done = gateway_command(environment, "case", "export", record_id, f"--out={out}", "--officer=martin", run=ran_apart)
    assert done.returncode == 0, done.stderr
    assert f"{out}: sha256:" in done.stdout
    assert out.stat().st_mode & 0o777 == 0o600
    verified = gateway_command({}, "case", "verify", str(out), run=ran_apart)
    assert (verified.returncode, verified.stderr) == (0, "")
    with zipfile.ZipFile(out) as archive:
        archive.extractall(tmp_path / "unpacked")
    own = ran([sys.executable, "-I", "-S", "verify.py"], cwd=tmp_path / "unpacked")
    assert (own.returncode, own.stdout) == (0, verified.stdout)
    (tmp_path / "unpacked/messages/version-1.xml").write_text("<other/>")
    tampered = gateway_command({}, "case", "verify", str(tmp_path / "unpacked"), run=ran_apart)
    assert tampered.returncode == 1
    assert "messages/version-1.xml: was changed" in tampered.stderr
    with psycopg.connect(environment["GATEWAY_DATABASE_URL"]) as connection:
        ((words,),) = connection.execute(
            "SELECT body FROM installation_step JOIN installation_event ON seq = event_seq"
            " WHERE kind = 'case.exported' AND strpos(text, %s) > 0",
            [record_id],
        )
    assert "martin" in words


@pytest.mark.parametrize("record_id", ["nonsense", "00000000-0000-4000-8000-000000000000"])
@pytest.mark.whole
def test_nothing_is_written_for_a_declaration_that_does_not_exist(
    environment: dict[str, str], tmp_path: Path, record_id: str
) -> None:
    out = tmp_path / "case.zip"
    done = gateway_command(environment, "case", "export", record_id, f"--out={out}")
    assert done.returncode == 30
    assert "There is no such declaration." in done.stderr
    assert not out.exists()


@pytest.mark.whole
def test_the_api_gives_the_same_file(running: Served, gateway: GatewayReader) -> None:
    record_id = lodged(gateway, "EXPORT-2")
    answer = httpx.get(f"{running.url}/v1/declarations/{record_id}/export", trust_env=False, timeout=PATIENCE_S)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert f'filename="case-{record_id}.zip"' in answer.headers["content-disposition"]
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        assert {"README.txt", "verify.py", "trail.jsonl", "index.json"} <= set(archive.namelist())
    missing = httpx.get(
        f"{running.url}/v1/declarations/{'0' * 8}-0000-4000-8000-000000000000/export", timeout=60, trust_env=False
    )
    assert missing.status_code == 404
