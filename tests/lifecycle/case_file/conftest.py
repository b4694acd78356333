"""An office with a past: declarations through all their steps, windows, sets of tables, checkpoints."""

from collections.abc import AsyncIterator

import pytest

from gateway.app import Rules
from gateway.dispatch import LoadedAdapter
from tests.lifecycle.movements.authority import Authority
from tests.lifecycle.movements.conftest import authority, loaded, rules
from tests.lifecycle.movements.replicas import Office

__all__ = ["authority", "loaded", "rules"]  # fixtures


@pytest.fixture
async def office(authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter) -> AsyncIterator[Office]:
    """One replica over an empty database; it may be left as a tamperer leaves it."""
    opened = Office(authority, database_url, rules, loaded)
    await opened.open()
    yield opened
    await opened.close()
