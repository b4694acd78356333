"""An office of a test's own: a database, the simulated authority and one replica."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from dataclasses import replace

import pytest

from gateway.app import Rules, read_rules
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.settings import load
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.databases import Databases
from tests.decisions.build import releasing
from tests.lifecycle.movements.authority import Authority, simulated_traces
from tests.lifecycle.movements.replicas import Office, Scene

SECRETS = {
    "TRACES_AUTHENTICATION_KEY": "traces-simulator-key",
    "CATCH_API_KEY": "x",
    "DUAL_USE_CLIENT_ID": "x",
    "DUAL_USE_CLIENT_SECRET": "x",
}


@pytest.fixture(scope="session")
def rules() -> Rules:
    """Formats and tables as they are delivered, but that contingency windows may release: of what then becomes of quantities the
    ledger of TRACES tells most.
    """
    read = read_rules(load(SECRETS))
    tables = releasing(read.tables)
    return replace(read, tables=compose(tables.version, {into: getattr(tables, into) for into in KINDS}))


@pytest.fixture(scope="session")
def loaded() -> LoadedAdapter:
    """The TRACES adapter; where its authority is, each test says itself."""
    configs = [one for one in load(SECRETS).enabled_adapters() if one.name == "traces"]
    return load_adapters(configs, allow_draft=False, environment=SECRETS)["traces"]


@pytest.fixture
async def authority() -> AsyncIterator[Authority]:
    """The simulated TRACES."""
    async with simulated_traces() as running:
        yield running


@pytest.fixture
async def office(authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter) -> AsyncIterator[Office]:
    """One replica over an empty database."""
    opened = Office(authority, database_url, rules, loaded)
    await opened.open()
    yield opened
    await opened.must_be_sound()
    await opened.close()


@pytest.fixture
def scene(
    authority: Authority, new_database: Callable[[], AbstractContextManager[str]], rules: Rules, loaded: LoadedAdapter
) -> Scene:
    """Opens offices one after the other, each over a database of its own, at one authority."""
    return Scene(authority, new_database, rules, loaded)


@pytest.fixture
def new_database(databases: Databases) -> Callable[[], AbstractContextManager[str]]:
    """Makes databases that last as long as a context."""
    return databases.one
