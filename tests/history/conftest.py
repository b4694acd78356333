"""Stores, and the decisions of all stories in them."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import pytest

from gateway.store import Store
from tests.databases import Databases
from tests.history.deciding import DELIVERED, Decided, decided_story


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A database with the decisions of all stories; it is copied and never changed."""

    url: str
    stories: Mapping[str, Decided]


@pytest.fixture(scope="session")
async def past(databases: Databases) -> AsyncIterator[Past]:
    """All stories, decided once for all tests."""
    with databases.one() as url:
        async with Store.opened(url) as store:
            stories = {story: await decided_story(store, story) for story in DELIVERED}
        yield Past(url=url, stories=stories)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, databases: Databases) -> Iterator[str]:
    """The URL of a database of the test's own: an empty one, or for a test that asks for the stories one that holds them."""
    if "stories" in request.fixturenames:
        past: Past = request.getfixturevalue("past")
        lent = databases.copy_of(past.url)
    else:
        lent = databases.one()
    with lent as url:
        yield url


@pytest.fixture
def stories(past: Past) -> Mapping[str, Decided]:
    """The decisions of all stories, which stand in the test's database."""
    return past.stories


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="test")
    yield opened
    await opened.close()
