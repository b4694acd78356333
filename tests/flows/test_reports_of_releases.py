"""An authority is told once of a release, although the gateway that told it was killed before it was answered: with real processes."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from adapters.simulation import simulator_process
from tests.builders.databases import Databases
from tests.builders.due_reports import sent_now
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.processes import PATIENCE_S
from tests.builders.replicas import mrn_of
from tests.builders.running import Authorities, Served, served, until

pytestmark = pytest.mark.whole
ROW = """
[[document]]
types = ["C690"]
directions = ["import"]
adapter = "twin"
report = true
loosens = "a test's own"
valid_from = 2026-01-01
source = "a test"
"""


def told(gateway: Served, record_id: str) -> list[Any]:
    """The reports of a declaration's releases."""
    with gateway.client() as client:
        found: list[Any] = client.read(f"/v1/declarations/{record_id}/movements").json()["reports"]
        return found


def released(gateway: Served) -> str:
    """Lodges goods with a permit, and has them released; gives the declaration's id."""
    said = json.loads(message("TOLD", goods(milk("CHEDP.FR.2026.0000001")), mrn=mrn_of("TOLD")))
    permit = {"sequenceNumber": 2, "type": "C690", "referenceNumber": "OO/17"}
    said["GoodsShipment"]["GoodsItem"][0]["SupportingDocument"].append(permit)
    with gateway.client() as client:
        record_id = str(client.lodge(json.dumps(said).encode(), JSON, wait_s=20).body["id"])
        override = {"officer": "one", "reason": "seen", "second_officer": "two"}
        assert client.release(record_id, {"override": override}, wait_s=20).body["state"] == "released"
    return record_id


def test_it_is_told_once_by_whoever_goes_on(simulated: Authorities, databases: Databases, tmp_path: Path) -> None:
    (tmp_path / "documents.toml").write_text(ROW, "utf-8")
    with simulator_process("tests.zoo.twin") as (orchard,), databases.one() as url:

        def control(method: str, path: str = "", **body: object) -> dict[str, Any]:
            there = f"{orchard}/_simulator{path}"
            answer = httpx.request(method, there, json=body or None, timeout=PATIENCE_S, trust_env=False)
            found: dict[str, Any] = answer.raise_for_status().json()
            return found

        environment = {
            **simulated.environment,
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_TABLES": f'["{tmp_path}"]',
            "GATEWAY_ALLOW_DRAFT": "true",
            "GATEWAY_ADAPTERS__TWIN__PACKAGE": "tests.zoo.twin",
            "GATEWAY_ADAPTERS__TWIN__BASE_URL": orchard,
            "GATEWAY_ADAPTERS__TWIN__SECRETS__SIGNING_KEY": "env:ORCHARD_KEY",
            "ORCHARD_KEY": "orchard-simulator-key",
        }
        with served(environment, "--processes=1") as doomed:
            record_id = released(doomed)
            assert [one["state"] for one in told(doomed, record_id)] == ["due"]
            control("POST", "/hold", containing='"key"', when="after", count=1)
            sent_now(url)
            until(lambda: control("GET")["held"] == 1, "a report at the authority")
            doomed.kill()
        control("POST", "/hold/release")
        with served(environment, "--processes=1") as survivor, survivor.client() as client:
            sent_now(url)
            until(lambda: told(survivor, record_id)[0]["state"] == "reported", "a report that was read back")
            events = client.read(f"/v1/declarations/{record_id}/events").json()["items"]
            (event,) = [one["body"] for one in events if one["kind"] == "release.reported"]
        # One reading, and no second sending.
        assert len(event["reports"][0]["message_ids"]) == 1
