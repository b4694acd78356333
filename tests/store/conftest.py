"""Stores of a test's own."""

from collections.abc import AsyncIterator

import pytest

from gateway.store import Store
from tests.builders.offices import authority, loaded, office, rules

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="one", lease_s=30)
    yield opened
    await opened.close()


@pytest.fixture
async def other(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="other", lease_s=30)
    yield opened
    await opened.close()
