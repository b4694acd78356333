"""The gateway as it runs: simulators and replicas as processes, a real database."""

from collections.abc import Iterator

import pytest

from tests.builders.databases import administer, database_of
from tests.builders.running import Authorities, GatewayReader, Served, authorities, served

KILLING = frozenset(
    {
        "test_crash",
        "test_embedded",
        "test_jobs",
        "test_movements_killed",
        "test_releases",
        "test_replicas",
        "test_settling",
        "test_work_goes_on",
    }
)
BEGINNING = frozenset(
    {"test_commands", "test_contingency", "test_demo", "test_table_sets", "test_tutorial", "test_version_before"}
)
"""Files whose flows one worker runs, each about a third of the time that all take; the other flows are another's."""


def part_of(flow: str) -> str:
    """Return the name of the part of the flows that a file belongs to."""
    return "flows that kill" if flow in KILLING else "flows that begin" if flow in BEGINNING else "flows"


@pytest.hookimpl(tryfirst=True)  # the workers read the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker runs each part of the flows: they share its simulators, whose latency and faults they change."""
    for item in items:
        if item.nodeid.startswith("tests/flows/"):
            item.add_marker(pytest.mark.xdist_group(part_of(item.path.stem)))


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
