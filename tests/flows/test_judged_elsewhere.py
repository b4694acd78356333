"""A document that is judged under some procedures alone: through the gateway as it runs, amended from one to another."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.builders.consignments import WAIT_S
from tests.builders.running import Authorities, GatewayReader, Served, declaration, served

RELEASED_ONLY = """
[[document]]
types = ["N853"]
directions = ["import"]
procedures = ["40"]
reserves = ["40"]
verifies = []
loosens = "an administration that looks at them at release alone"
valid_from = 2019-12-14
source = "a test"
"""
ASKED_FOR_THEN = """
[[requirement]]
measure = "veterinary control of products of animal origin"
directions = ["import"]
at_entry = false
procedures = ["40"]
loosens = "and that asks for them at release alone"
valid_from = 2019-12-14
source = "a test"
"""
REFERENCE = "CHEDP.FR.2026.0000001"


@pytest.fixture
def running(database_url: str, simulated: Authorities, tmp_path: Path) -> Iterator[Served]:
    """A gateway under the law of an administration that judges veterinary certificates at release for free circulation alone."""
    (tmp_path / "documents.toml").write_text(RELEASED_ONLY, encoding="utf-8")
    (tmp_path / "requirements.toml").write_text(ASKED_FOR_THEN, encoding="utf-8")
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": database_url, "GATEWAY_TABLES": f'["{tmp_path}"]'}
    with served(environment) as gateway:
        yield gateway


def milk(procedure: str, version: int) -> bytes:
    text = declaration("01", "ELSEWHERE-1")
    text = text.replace(b"<requestedProcedure>40<", f"<requestedProcedure>{procedure}<".encode())
    return text.replace(b"<version>1<", f"<version>{version}<".encode())


def ours(simulated: Authorities, mrn: str) -> list[tuple[str, Decimal]]:
    """What is reserved or used of the certificate for a declaration, by its authority."""
    told = simulated.ledger("traces", REFERENCE)["allocations"]
    return [(one["state"], Decimal(str(one["quantity"]))) for one in told if one["value"] == mrn]


def codes(gateway: GatewayReader, record_id: str) -> set[str]:
    return {one["code"] for one in gateway.read(f"/v1/declarations/{record_id}").json()["decision"]["findings"]}


def test_nothing_is_reserved_of_a_document_where_it_is_not_judged(running: Served, simulated: Authorities) -> None:
    with running.client() as gateway:
        first = gateway.lodge(milk("40", 1), "application/xml", wait_s=WAIT_S)
        record_id, mrn = str(first.body["id"]), str(first.body["mrn"])
        assert first.effect == "release"
        assert [state for state, _ in ours(simulated, mrn)] == ["reserved"]

        second = gateway.amend(record_id, milk("71", 2), "application/xml", wait_s=WAIT_S)
        assert second.effect == "release", second.body
        assert "SW-DEC-277" in codes(gateway, record_id)
        assert ours(simulated, mrn) == [], "what was reserved for the release is given back"
        (document,) = [one for one in second.body["documents"] if one["type"] == "N853"]
        assert (document["status"], document["effect"]) == ("unrouted", "none")

        # Customs may release goods that stay under the other procedure; here the trader changes it back first.
        third = gateway.amend(record_id, milk("40", 3), "application/xml", wait_s=WAIT_S)
        assert third.effect == "release", third.body
        assert [state for state, _ in ours(simulated, mrn)] == ["reserved"]
        assert gateway.release(record_id, {}, wait_s=WAIT_S).body["state"] == "released"
        assert [state for state, _ in ours(simulated, mrn)] == ["consumed"]
