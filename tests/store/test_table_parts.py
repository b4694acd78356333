"""Parts of TARIC in the database: each is stored once, every replica puts the same set together, and the audit compares them."""

import gc
from pathlib import Path

import psycopg
import pytest

from gateway.app import stored
from gateway.domain.actor import GATEWAY
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.case_file.verify import digest_of_tables
from gateway.settings.tables import read_written
from gateway.settings.taric import texts_of
from gateway.store import Store
from tests.builders.actors import ONE
from tests.builders.taric import Record, condition, envelope, load, measure, tables_of

FULL = [
    measure(1, "410", "0301000000"), condition(11, 1, "B", "N853"),
    measure(2, "750", "0401000000", "NO"), condition(21, 2, "B", "C644"),
]  # fmt: skip


def a_set(home: Path, number: str, *records: Record, update: bool = False) -> Tables:
    file = home.parent / f"{number}.xml"
    file.write_text(envelope(number, *records), encoding="utf-8")
    return tables_of(load(home, file, update=update))


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM table_part").fetchone()
        assert row is not None
        return int(row[0])


async def test_a_daily_set_stores_only_the_parts_that_changed(store: Store, database_url: str, tmp_path: Path) -> None:
    full = a_set(tmp_path / "home", "260001", *FULL)
    await store.table_sets.publish_new(stored(full), reason="start", by=GATEWAY)
    assert count(database_url) == 3
    daily = a_set(
        tmp_path / "home", "260002", measure(3, "410", "0302000000"), condition(31, 3, "B", "N853"), update=True
    )
    await store.table_sets.publish(stored(daily), by=ONE)
    assert count(database_url) == 4, "one chapter differs"
    assert daily.taric is not None
    assert full.taric is not None
    assert daily.taric.parts["04"] is full.taric.parts["04"], "a process has each part once"


async def test_a_replica_puts_the_set_together_from_the_database(store: Store, tmp_path: Path) -> None:
    full = a_set(tmp_path / "home", "260001", *FULL)
    assert full.taric is not None
    digest, text, texts, coverage = full.digest, stored(full).content, texts_of(full.taric), full.taric.coverage
    await store.table_sets.publish_new(stored(full), reason="start", by=GATEWAY)
    # As in a process that has none of them.
    del full
    gc.collect()
    content = await store.table_sets.content(digest)
    assert content is not None
    assert set(content.parts) == set(texts)
    again = read_written(content.text, digest, content.parts)
    assert again.taric is not None
    assert again.taric.coverage == coverage
    assert texts_of(again.taric) == texts
    assert stored(again).content == text
    del again
    gc.collect()
    with pytest.raises(ConfigurationError, match="is missing"):
        read_written(content.text, digest)


@pytest.mark.parametrize(
    ("change", "says"),
    [("UPDATE table_part SET body = body || 'x'", "is not that of its digest"), ("DELETE FROM table_part", "is gone")],
)
async def test_the_audit_names_a_part_that_was_changed_or_is_gone(
    change: str, says: str, store: Store, database_url: str, tmp_path: Path
) -> None:
    full = a_set(tmp_path / "home", "260001", *FULL)
    await store.table_sets.publish_new(stored(full), reason="start", by=GATEWAY)
    assert (await store.audit.verify()).faults == ()
    with psycopg.connect(database_url) as connection, pytest.raises(psycopg.errors.RaiseException):
        connection.execute(change.encode())
    with psycopg.connect(database_url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(change.encode())
    faults = (await store.audit.verify()).faults
    assert len([fault for fault in faults if says in fault and fault.startswith("installation: table_set")]) == 3


def test_the_digest_of_a_set_is_that_which_the_standalone_program_computes(tmp_path: Path) -> None:
    full = a_set(tmp_path / "home", "260001", *FULL)
    assert digest_of_tables(stored(full).content) == full.digest
    other = a_set(tmp_path / "other", "260001", *FULL[:2])
    assert other.digest != full.digest
