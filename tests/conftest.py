"""What every test may use."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from gateway.embedded.server import EmbeddedServer
from gateway.store import migrate
from tests.databases import Databases, administer, database_of

ROOT = Path(__file__).resolve().parent.parent

# The suite is short; a property is looked into at length by whoever asks for more: HYPOTHESIS_EXAMPLES=1000.
settings.register_profile("short", max_examples=int(os.environ.get("HYPOTHESIS_EXAMPLES", "40")), deadline=None)
settings.load_profile("short")


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--update` writes the expected files of golden cases and generated tables anew."""
    parser.addoption("--update", action="store_true", help="write expected.json of the golden cases anew")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real messages that nobody here wrote."""
    named = os.environ.get("GATEWAY_CORPUS")
    if not named:
        pytest.skip("GATEWAY_CORPUS names no folder")
    return (ROOT / named).resolve() if not Path(named).is_absolute() else Path(named)


@pytest.fixture(scope="session")
def database_cluster() -> Iterator[str]:
    """The URL of a PostgreSQL cluster that tests may make databases in."""
    named = os.environ.get("GATEWAY_TEST_DATABASE_URL")
    if named:
        yield named
        return
    server = EmbeddedServer.temporary(durable=False)
    try:
        yield server.url
    finally:
        server.stop()


@pytest.fixture(scope="session")
def migrated_template(database_cluster: str) -> str:
    """The name of a database with the newest schema, from which others are made."""
    name = f"template_{os.getpid()}"
    administer(database_cluster, f'CREATE DATABASE "{name}"')
    asyncio.run(migrate(database_of(database_cluster, name)))
    return name


@pytest.fixture(scope="session")
def databases(database_cluster: str, migrated_template: str) -> Databases:
    """Lends databases with the newest schema and nothing in them."""
    return Databases(database_cluster, migrated_template)


@pytest.fixture
def database_url(databases: Databases) -> Iterator[str]:
    """The URL of a database of the test's own, with the newest schema."""
    with databases.one() as url:
        yield url
