"""What an office stands on, as fixtures: the simulated authority, its adapter, the rules."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway.configured_rules import Rules, read_rules
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.settings import load
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.authority import Authority, simulated_traces
from tests.builders.replicas import Office
from tests.builders.small_cases import releasing

SECRETS = {
    "TRACES_AUTHENTICATION_KEY": "traces-simulator-key",
    "CATCH_API_KEY": "x",
    "CITES_API_KEY": "x",
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
    return replace(read, tables=compose(tables.version, {into: tables.rows_of(into) for into in KINDS}))


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
    """One replica over an empty database; it may be left as a tamperer leaves it."""
    opened = Office(authority, database_url, rules, loaded)
    await opened.open()
    yield opened
    await opened.close()
