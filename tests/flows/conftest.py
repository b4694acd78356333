"""The gateway as it runs: simulators and replicas as processes, a real database."""

from collections.abc import Iterator

import pytest

from tests.builders.databases import administer, database_of
from tests.builders.running import Authorities, GatewayReader, Served, authorities, served


@pytest.fixture(scope="package")
def simulated() -> Iterator[Authorities]:
    """The simulated authorities."""
    with authorities() as running:
        yield running


@pytest.fixture
def untouched(simulated: Authorities) -> Iterator[None]:
    """Nobody has drawn on the authorities' certificates before this test, and more than they have is certified after it."""
    with simulated.anew():
        yield


@pytest.fixture(scope="package")
def flows_database(database_cluster: str, migrated_template: str) -> Iterator[str]:
    """The database that all replicas share."""
    administer(database_cluster, f'CREATE DATABASE "flows" TEMPLATE "{migrated_template}"')
    try:
        yield database_of(database_cluster, "flows")
    finally:
        administer(database_cluster, 'DROP DATABASE "flows" WITH (FORCE)')


@pytest.fixture(scope="package")
def environment(simulated: Authorities, flows_database: str) -> dict[str, str]:
    """What every replica of these tests is started with: they share one database."""
    return {**simulated.environment, "GATEWAY_DATABASE_URL": flows_database}


@pytest.fixture(scope="package")
def running(environment: dict[str, str]) -> Iterator[Served]:
    """A gateway of two processes that stays up."""
    with served(environment, "--processes=2") as gateway:
        yield gateway


@pytest.fixture
def gateway(running: Served) -> Iterator[GatewayReader]:
    """A client of the gateway that stays up."""
    with running.client() as client:
        yield client
