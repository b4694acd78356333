"""What is open is asked again on the schedule of the tables, what is confirmed is looked at, and giving up is said."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.builders.consignments import lodged
from tests.builders.places import ROOT
from tests.builders.running import Authorities, GatewayReader, declaration, served, until
from tests.flows.told import codes, looks, told, trail

SOON = """
first_minutes = 0.02
longest_minutes = 0.02
for_days = {days}
valid_from = 2019-12-14
source = "test"
"""
ROWS = """
[[ask_again]]
adapter = "traces"
statuses = ["pending"]{often}
[[ask_again]]
adapter = "dual_use"
statuses = ["suspended"]{once}
[[ask_again]]
adapter = "dual_use"
statuses = ["valid"]{often}
"""


LICENCE = "DU.FR.2026.0000001"


@contextmanager
def licence(simulated: Authorities, status: str) -> Iterator[None]:
    """Gives the licence of the samples another status for a while."""
    simulated.control("dual_use", "PUT", f"/documents/{LICENCE}", status=status)
    try:
        yield
    finally:
        simulated.control("dual_use", "PUT", f"/documents/{LICENCE}", status="VALID")


@pytest.fixture
def gateway(
    environment: dict[str, str], database_url: str, tmp_path: Path, simulated: Authorities
) -> Iterator[GatewayReader]:
    """A gateway whose tables say that authorities are asked again within seconds."""
    folder = tmp_path / "config"
    shutil.copytree(ROOT / "config", folder)
    changes = folder / "changes.toml"
    kept = changes.read_text(encoding="utf-8").split("[[ask_again]]")[0]
    rows = ROWS.format(often=SOON.format(days=30), once=SOON.format(days=0.00002))
    changes.write_text(kept + rows, encoding="utf-8")
    own = {**environment, "GATEWAY_DATABASE_URL": database_url, "GATEWAY_CONFIG": str(folder)}
    with served(own) as running, running.client() as client:
        yield client


@pytest.mark.whole
def test_a_pending_answer_is_asked_again_on_the_tables_schedule(gateway: GatewayReader, simulated: Authorities) -> None:
    goods = lodged(gateway, simulated, 2400, status="42")
    assert goods.reply.effect == "hold"
    until(lambda: looks(gateway, goods.id) >= 3 or None, "two more looks")
    assert told(gateway, goods.id) == [("decided", 1, "hold")], "the same meaning is not told again"
    simulated.control("traces", "PUT", f"/documents/{goods.reference}", status="70")
    until(lambda: gateway.get(goods.id).effect == "release" or None, "a release by itself")
    assert told(gateway, goods.id) == [("decided", 1, "hold"), ("changed", 2, "release")]


def revocation_found(gateway: GatewayReader, record_id: str) -> None:
    until(lambda: gateway.get(record_id).effect == "refuse" or None, "the revocation found")
    assert "SW-DEC-140" in codes(gateway, record_id)


@pytest.mark.whole
def test_a_licence_that_is_revoked_without_a_push_is_found_before_release(
    gateway: GatewayReader, simulated: Authorities
) -> None:
    whole, part = (
        gateway.lodge(declaration("12", f"REVOKED-{part}"), "application/xml", wait_s=30) for part in ("SINCE", "PART")
    )
    assert (whole.effect, part.effect) == ("release", "release")
    released = {"goods_item": 1, "quantity": "3", "unit": "H87"}
    assert gateway.release(part.body["id"], {"items": [released]}, wait_s=30).taken
    with licence(simulated, "REVOKED"):
        for record_id in (whole.body["id"], part.body["id"]):
            revocation_found(gateway, record_id)
    assert told(gateway, whole.body["id"])[:2] == [("decided", 1, "release"), ("changed", 2, "refuse")]
    # What is left of goods that were released in part was still looked at.
    assert ("changed", 3, "refuse") in told(gateway, part.body["id"])


@pytest.mark.whole
def test_giving_up_is_said_once(gateway: GatewayReader, simulated: Authorities) -> None:
    with licence(simulated, "SUSPENDED"):
        first = gateway.lodge(declaration("12", "GIVEN-UP"), "application/xml", wait_s=30)
        record_id = str(first.body["id"])
        assert first.body["documents"][0]["status"] == "suspended"
        until(lambda: ("gave_up", 1, "hold") in told(gateway, record_id) or None, "it is given up")
        seen = looks(gateway, record_id)
    (given_up,) = [one["body"] for one in trail(gateway, record_id) if one["kind"] == "documents.given_up"]
    assert [(one["reference"], one["status"]) for one in given_up["documents"]] == [(LICENCE, "suspended")]
    assert told(gateway, record_id) == [("decided", 1, "hold"), ("gave_up", 1, "hold")]
    assert looks(gateway, record_id) == seen
