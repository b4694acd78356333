"""A gateway is killed while six certificates hang: who takes over asks about them beside other work, and holds nobody else."""

import pytest

from tests.builders.hanging import about, hanging, held
from tests.builders.running import Authorities, GatewayReader, served, until

pytestmark = pytest.mark.whole

HANGING = [f"CHEDP.XX.2026.17780{number:02d}" for number in range(6)]
OTHERS = 8


def effect(client: GatewayReader, record_id: str) -> str | None:
    """How a declaration is decided; None: not yet."""
    return client.get(record_id).effect


def test_nobody_else_waits_or_is_held_while_what_was_lost_hangs(simulated: Authorities, database_url: str) -> None:
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": database_url, "GATEWAY_DEADLINE_SECONDS": "4"}
    with served(environment) as surviving, surviving.client() as client, hanging(simulated, HANGING):
        with served(environment) as doomed, doomed.client() as lost_client:
            lost = [
                str(lost_client.lodge(about(one, f"HANG-{one[-2:]}"), "application/xml", wait_s=0).body["id"])
                for one in HANGING
            ]
            until(lambda: held(simulated) == len(HANGING), "all of them to hang")
            doomed.kill()
            until(lambda: held(simulated) == 0, "their connections to end")
        until(lambda: held(simulated) == len(HANGING), "all of them to be asked about again at the same time")
        # Nobody else was asked about in this process yet: they have no answers between theirs.
        until(lambda: [effect(client, one) for one in lost] == ["hold"] * len(HANGING), "their end")
        for number in range(OTHERS):
            raw = about(f"CHEDP.XX.2026.17781{number:02d}", f"BESIDE-{number}")
            assert client.lodge(raw, "application/xml", wait_s=20).effect == "release"
        assert client.read("/v1/adapters/traces").json()["breaker"] == "closed"
        assert [effect(client, one) for one in lost] == ["hold"] * len(HANGING)


def test_others_are_decided_while_what_was_lost_hangs(simulated: Authorities, database_url: str) -> None:
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": database_url}
    with served(environment) as surviving, surviving.client() as client, hanging(simulated, HANGING):
        with served(environment) as doomed, doomed.client() as lost_client:
            lost = [
                str(lost_client.lodge(about(one, f"LOST-{one[-2:]}"), "application/xml", wait_s=0).body["id"])
                for one in HANGING
            ]
            until(lambda: held(simulated) == len(HANGING), "all of them to hang")
            doomed.kill()
            until(lambda: held(simulated) == 0, "their connections to end")
        until(lambda: held(simulated) == len(HANGING), "all of them to be asked about again at the same time")
        for number in range(OTHERS):
            raw = about(f"CHEDP.XX.2026.17782{number:02d}", f"MEANWHILE-{number}")
            assert client.lodge(raw, "application/xml", wait_s=20).effect == "release"
        assert [effect(client, one) for one in lost] == [None] * len(HANGING), "they hang still"
        simulated.control("traces", "POST", "/hold/release")
        until(lambda: [effect(client, one) for one in lost] == ["release"] * len(HANGING), "their release")
