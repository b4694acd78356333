"""Certificates that hang, without a kill: they keep places free for what others, and their own declarant, lodge meanwhile."""

from collections.abc import Sequence

import pytest

from tests.builders.hanging import about, hanging, held
from tests.builders.running import Authorities, GatewayReader, served, until

pytestmark = pytest.mark.whole

PLACES = 32
"""Questions to TRACES that one process has under way at most."""
OTHER = b"FR98765432109876"


def lodged(client: GatewayReader, references: Sequence[str]) -> list[str]:
    """The declarations about these certificates, of one declarant."""
    return [
        str(client.lodge(about(one, f"HANGS-{one[-4:]}"), "application/xml", wait_s=0).body["id"]) for one in references
    ]


def undecided(client: GatewayReader, ids: Sequence[str]) -> int:
    return sum(client.get(one).effect is None for one in ids)


def test_one_declarants_leave_a_quarter_of_an_authoritys_places_to_others(
    simulated: Authorities, database_url: str
) -> None:
    references = [f"CHEDP.XX.2026.1779{number:03d}" for number in range(PLACES + 8)]
    environment = {**simulated.environment, "GATEWAY_DATABASE_URL": database_url}
    with served(environment) as running, running.client() as client, hanging(simulated, references):
        ids = lodged(client, references)
        until(lambda: held(simulated) == PLACES * 3 // 4, "three quarters of the places")
        for number in range(8):
            raw = about(f"CHEDP.XX.2026.17795{number:02d}", f"BESIDE-{number}", OTHER)
            reply = client.lodge(raw, "application/xml", wait_s=20)
            assert reply.effect == "release", reply.body["decision"]["findings"]
        assert undecided(client, ids) == len(ids), "they hang still"
        assert held(simulated) == PLACES * 3 // 4


@pytest.mark.parametrize("places", [2, 6])
def test_places_of_what_hangs_for_long_are_set_aside(simulated: Authorities, database_url: str, places: int) -> None:
    references = [f"CHEDP.XX.2026.1778{number:03d}" for number in range(places)]
    environment = {
        **simulated.environment,
        "GATEWAY_DATABASE_URL": database_url,
        "GATEWAY_MAX_IN_FLIGHT": str(places),
        "GATEWAY_SWEEP_SECONDS": "0.2",
    }
    with served(environment) as running, running.client() as client, hanging(simulated, references):
        ids = lodged(client, references)
        until(lambda: held(simulated) == places, "all places to be taken")
        for number in range(4):
            raw = about(f"CHEDP.XX.2026.17785{number:02d}", f"MEANWHILE-{number}")
            assert client.lodge(raw, "application/xml", wait_s=20).effect == "release"
        assert undecided(client, ids) == places, "they hang still"
