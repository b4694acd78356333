"""A store with the decisions of all stories."""

from collections.abc import AsyncIterator, Mapping

import pytest

from gateway.store import Store
from tests.replay.deciding import DELIVERED, Decided, decided_story


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="test")
    yield opened
    await opened.close()


@pytest.fixture
async def stories(store: Store) -> Mapping[str, Decided]:
    return {story: await decided_story(store, story) for story in DELIVERED}
