"""A replica follows the switches of all; a set that it cannot serve is not taken, and it says so."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from gateway import observe
from gateway.app import stored
from gateway.domain.actor import GATEWAY
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle import TablesInForce, TableSwitches
from gateway.settings.tables import load_tables, read_written
from gateway.store import SetContent, Store, StoredSet
from tests.builders.actors import ONE
from tests.builders.places import CONFIG
from tests.builders.table_sets import other


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="test")
    yield opened
    await opened.close()


@pytest.fixture
async def tables(store: Store) -> TablesInForce:
    files = load_tables(CONFIG)
    await store.table_sets.publish_new(stored(files), reason="test", by=GATEWAY)
    return TablesInForce(files)


def compiled(content: SetContent, digest: str) -> Tables:
    return read_written(content.text, digest, content.parts)


@pytest.fixture
def switching(store: Store, tables: TablesInForce) -> TableSwitches:
    return TableSwitches(table_sets=store.table_sets, tables=tables, compile=compiled, every_s=3600)


def refused() -> float:
    value = observe.registry.get_sample_value("gateway_tables_refused")
    assert value is not None
    return value


async def test_a_set_that_is_published_is_taken(store: Store, tables: TablesInForce, switching: TableSwitches) -> None:
    files = tables.current()
    await switching.begin()
    assert tables.current() is files
    await store.table_sets.publish(stored(other("next")), by=ONE)
    await switching.refresh()
    taken = tables.current()
    assert (taken.version, taken == other("next")) == ("next", True)
    await switching.refresh()
    assert tables.current() is taken
    assert not tables.behind


@pytest.mark.parametrize(
    "content",
    [
        "no JSON",
        "{}",
        '{"version": "x", "rows": {"novelties": []}, "places": {"novelties": []}}',
        stored(other("next")).content.replace('"system":"TRACES"', '"system":"TRACERS"', 1),
        stored(other("next")).content.replace('"adapter":"traces"', '"novelty":"x"', 1),
    ],
    ids=["no JSON", "nothing", "rows of no kind", "another content than its digest", "a strange key"],
)
async def test_a_set_that_cannot_be_served_is_not_taken(
    store: Store, tables: TablesInForce, switching: TableSwitches, content: str
) -> None:
    files = tables.current()
    await store.table_sets.publish(
        StoredSet(digest=stored(other("next")).digest, version="next", content=content), by=ONE
    )
    await switching.refresh()
    assert tables.current() is files
    assert tables.behind
    assert refused() == 1
    # A replica that has no older set to keep to does not start.
    with pytest.raises(ConfigurationError, match="cannot be served"):
        await switching.begin()
    await store.table_sets.switch(files.digest, by=ONE)
    await switching.refresh()
    assert (tables.behind, refused()) == (False, 0)


async def test_a_fault_of_our_own_keeps_the_older_set_too(store: Store, tables: TablesInForce) -> None:
    def failing(content: SetContent, digest: str) -> Tables:
        raise RuntimeError("a bug")

    switching = TableSwitches(table_sets=store.table_sets, tables=tables, compile=failing, every_s=3600)
    files = tables.current()
    await store.table_sets.publish(stored(other("next")), by=ONE)
    await switching.refresh()
    assert (tables.current() is files, tables.behind, refused()) == (True, True, 1)


async def test_a_set_to_come_that_cannot_be_served_is_said_before_its_time(
    store: Store, tables: TablesInForce, switching: TableSwitches
) -> None:
    (now,) = [one.in_force_at for one in await store.table_sets.switches()]
    assert now is not None
    await store.table_sets.publish(
        StoredSet(digest="sha256:x", version="x", content="{}"), at=now.replace(year=now.year + 1), by=ONE
    )
    await switching.refresh()
    assert (tables.behind, refused()) == (False, 1)


def test_tables_that_are_not_those_of_the_digest_are_refused() -> None:
    files = load_tables(CONFIG)
    assert replace(files, version="x").digest == files.digest
    with pytest.raises(ConfigurationError, match="another content"):
        read_written(stored(replace(files, version="x")).content, files.digest)
