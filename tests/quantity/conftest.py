"""An office of a test's own: a database, the simulated authority and one replica."""

from collections.abc import AsyncIterator

import pytest

from gateway.app import Rules, read_rules
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.settings import load
from tests.quantity.authority import Authority, simulated_traces
from tests.quantity.replicas import Office

SECRETS = {
    "TRACES_AUTHENTICATION_KEY": "traces-simulator-key",
    "CATCH_API_KEY": "x",
    "DUAL_USE_CLIENT_ID": "x",
    "DUAL_USE_CLIENT_SECRET": "x",
}


@pytest.fixture(scope="session")
def rules() -> Rules:
    """Formats and tables as they are delivered."""
    return read_rules(load(SECRETS))


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
async def office(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter
) -> AsyncIterator[Office]:
    """One replica over an empty database."""
    opened = Office(authority, database_url, rules, loaded)
    await opened.open()
    yield opened
    await opened.close()
