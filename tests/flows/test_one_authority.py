"""A gateway that connects one authority alone: it serves, and an officer verifies the documents of the others."""

from collections.abc import Iterator

import pytest

from tests.builders.databases import administer, database_of
from tests.builders.running import Authorities, GatewayReader, declaration, served


@pytest.fixture
def gateway(simulated: Authorities, database_cluster: str, migrated_template: str) -> Iterator[GatewayReader]:
    """A gateway without CATCH, dual use and CITES, on a database of its own."""
    administer(database_cluster, f'CREATE DATABASE "one_authority" TEMPLATE "{migrated_template}"')
    without = {f"GATEWAY_ADAPTERS__{name}__ENABLED": "false" for name in ("CATCH", "DUAL_USE", "CITES")}
    url = database_of(database_cluster, "one_authority")
    with (
        served({**simulated.environment, "GATEWAY_DATABASE_URL": url, **without}) as running,
        running.client() as client,
    ):
        yield client
    administer(database_cluster, 'DROP DATABASE "one_authority" WITH (FORCE)')


def test_what_it_connects_is_released_and_what_not_is_an_officers(gateway: GatewayReader) -> None:
    milk = gateway.lodge(declaration("01", "ONE-1"), "application/xml", wait_s=60)
    assert milk.body["decision"]["effect"] == "release"
    licence = gateway.lodge(declaration("12", "ONE-2"), "application/xml", wait_s=60)
    assert licence.body["decision"]["effect"] == "hold"
    assert [one["code"] for one in licence.body["decision"]["findings"] if one["effect"] == "hold"] == ["SW-DEC-015"]
    (document, *_) = licence.body["documents"]
    assert (document["status"], document["unasked"]) == ("unrouted", "by_officer")
