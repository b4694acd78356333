"""`gateway explain`: the page that an officer reads, from a gateway and from its database."""

import pytest

from tests.builders.commands import gateway_command, ran_apart
from tests.builders.running import Authorities, GatewayReader, Served, declaration


def test_a_decision_is_explained_from_the_gateway_and_from_its_database(
    environment: dict[str, str], running: Served, gateway: GatewayReader, simulated: Authorities
) -> None:
    raw = declaration("08", "EXPLAINED").replace(b"CHEDP.FR.2026.0000008", b"CHEDP.FR.2026.0000002")
    record_id = gateway.lodge(raw, "application/xml", wait_s=20).body["id"]
    verification = {"outcome": "valid", "means": "paper", "reason": "seen", "officer": "officer.martin"}
    last = gateway.verify(record_id, "N853", "CHEDP.FR.2026.0000002", verification=verification, wait_s=20)
    assert last.decision is not None
    assert last.decision["number"] == 2

    stored = gateway_command(environment, "explain", record_id, run=ran_apart)
    asked = gateway_command({}, "explain", record_id, "--url", running.url)
    assert (stored.returncode, asked.returncode) == (0, 0), stored.stderr + asked.stderr
    assert stored.stdout == asked.stdout
    for said in (
        "Decision 2 on declaration EXPLAINED",
        "free to be released",
        "An officer verified it on",
        "officer.martin",
        "documents.toml:",
        "comes out the same",
        last.decision["rules"]["digest"],
    ):
        assert said in stored.stdout, said

    french = {"LC_ALL": "fr_FR.UTF-8"}
    for done in (
        gateway_command({**environment, **french}, "explain", record_id),
        gateway_command(french, "explain", record_id, "--url", running.url),
    ):
        assert "Décision 2 sur la déclaration EXPLAINED" in done.stdout, done.stderr

    first = gateway_command(environment, "explain", record_id, "--decision", "1")
    assert "Decision 1 on declaration EXPLAINED" in first.stdout
    assert "A later decision stands in its place." in first.stdout
    assert "An officer verified it on" not in first.stdout, "it is of before that"
    assert "comes out the same" in first.stdout

    page = gateway.gateway.explanation(record_id, 1).body
    digests = [
        digest for document in page["documents"] for answer in document["answers"] for digest in answer["evidence"]
    ]
    assert digests
    assert all(digest in first.stdout.replace("\n", "").replace(" ", "") for digest in digests)


@pytest.mark.parametrize("arguments", [("nonsense",), ("00000000-0000-4000-8000-000000000000",)])
def test_what_is_not_there_is_not_explained(
    arguments: tuple[str, ...], environment: dict[str, str], running: Served
) -> None:
    for place in ((), ("--url", running.url)):
        done = gateway_command(environment, "explain", *arguments, *place)
        assert done.returncode == 30
        assert "Traceback" not in done.stderr


def test_a_decision_that_was_never_made_is_not_explained(
    environment: dict[str, str], running: Served, gateway: GatewayReader
) -> None:
    record_id = gateway.lodge(declaration("01", "EXPLAIN-NINE"), "application/xml", wait_s=20).body["id"]
    for place in ((), ("--url", running.url)):
        done = gateway_command(environment, "explain", record_id, "--decision", "9", *place)
        assert (done.returncode, "no decision 9" in done.stderr) == (30, True)
