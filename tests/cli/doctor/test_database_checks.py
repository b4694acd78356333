"""Each fault of a database is found, and what is right is not."""

import asyncio
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from gateway.cli.doctor.database_checks import database_checks, wal_room
from gateway.cli.doctor.health_check import CheckState, HealthCheck
from gateway.domain.errors import StoreUnavailable
from gateway.settings import Settings, load
from gateway.store.server_state import ServerState, read_server, read_statistics
from tests.builders.running import REAL

NOW = 1_800_000_000.0
SOUND = ServerState(
    version="17.2", number=170002, read_only=False, standby=False, at=NOW, encoding="UTF8", superuser=False, may_create=False,
    may_create_schemas=False, fsync=True, full_page_writes=True, synchronous_commit="on", autovacuum=True,
    random_page_cost=1.1, max_wal_bytes=1 << 30, connections=97, connected=20, bytes=1 << 30, remote=True, encrypted=True,
    pooled=False,
)  # fmt: skip
ATTENTION, WRONG, GOOD = CheckState.ATTENTION, CheckState.WRONG, CheckState.GOOD


def settings(**variables: str) -> Settings:
    return load({**REAL, "GATEWAY_DATABASE_URL": "postgresql://db.example/gateway", **variables})


def checked(state: ServerState, own: Settings | None = None) -> dict[str, HealthCheck]:
    return {one.name: one for one in database_checks(state, own or settings(), NOW)}


def test_nothing_is_found_in_a_sound_one() -> None:
    assert {one.state for one in checked(SOUND).values()} == {GOOD}


@pytest.mark.parametrize(
    ("bad", "name", "state", "seen", "remedy"),
    [
        ({"number": 130011, "version": "13.11"}, "database version", WRONG, "13.11", "PostgreSQL 14"),
        ({"number": 180000, "version": "18.0"}, "database version", ATTENTION, "18.0", "try it"),
        ({"standby": True, "read_only": True}, "database writable", WRONG, "standby", "target_session_attrs"),
        ({"read_only": True}, "database writable", WRONG, "only be read", "read_only"),
        ({"schema_faults": ("the database lacks 0040",)}, "database schema", WRONG, "lacks 0040", "gateway migrate"),
        ({"superuser": True, "may_create": True}, "database role", ATTENTION, "superuser", "role"),
        ({"may_create": True}, "database role", ATTENTION, "change the schema", "without CREATE"),
        ({"may_create_schemas": True}, "database role", ATTENTION, "change the schema", "without CREATE"),
        ({"fsync": False}, "database durability", WRONG, "fsync", "switch it on"),
        ({"full_page_writes": False}, "database durability", WRONG, "full_page_writes", "switch it on"),
        ({"synchronous_commit": "off"}, "database durability", WRONG, "synchronous_commit", "switch it on"),
        ({"autovacuum": False}, "database autovacuum", ATTENTION, "off", "switch both on"),
        ({"random_page_cost": 4.0}, "database random_page_cost", ATTENTION, "4", "1.1"),
        ({"encoding": "SQL_ASCII"}, "database encoding", WRONG, "SQL_ASCII", "UTF8"),
        ({"connections": 10}, "database connections", ATTENTION, "10 may be had", "max_connections"),
        ({"pooled": True}, "database pooler", ATTENTION, "no way around", "database_direct_url"),
        ({"encrypted": False}, "database encryption", ATTENTION, "not encrypted", "verify-full"),
        ({"at": NOW + 3}, "database clock", ATTENTION, "3.0 s behind", "NTP"),
        ({"at": NOW - 3600}, "database clock", WRONG, "3600.0 s ahead of", "NTP"),
    ],
)  # fmt: skip
def test_each_fault_is_found_with_what_to_do(
    bad: dict[str, Any], name: str, state: CheckState, seen: str, remedy: str
) -> None:
    found = checked(replace(SOUND, **bad))
    assert found[name].state is state
    assert seen in found[name].seen
    assert remedy in found[name].remedy
    others = {one.name for one in found.values() if one.state in {ATTENTION, WRONG} and one.name != name}
    assert others == set()


def test_a_pooler_with_a_way_around_it_is_good() -> None:
    own = settings(GATEWAY_DATABASE_DIRECT_URL="postgresql://direct.example/gateway")
    found = checked(replace(SOUND, pooled=True), own)
    assert found["database pooler"].state is GOOD
    assert found["database connections"].state is CheckState.NOT_ASKED


def test_the_room_for_its_log_is_compared_with_what_is_free() -> None:
    assert wal_room(SOUND, 1 << 29).state is ATTENTION
    assert wal_room(SOUND, 1 << 31).state is GOOD


async def test_a_real_server_is_read_whatever_its_schema(database_url: str) -> None:
    state = await read_server(database_url)
    assert (state.read_only, state.standby, state.encoding, state.pooled, state.remote) == (
        False,
        False,
        "UTF8",
        False,
        False,
    )
    assert state.schema_faults == ()
    assert state.superuser
    assert state.connected >= 1
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("ALTER TABLE migration RENAME TO away")
        found = await read_server(database_url)
        told = await read_statistics(database_url)
        connection.execute("ALTER TABLE away RENAME TO migration")
    assert "run `gateway migrate`" in found.schema_faults[0]
    assert told["migrations"] is None, "what cannot be counted is not known"
    assert told["events"] == []


async def test_one_that_does_not_answer_is_told_without_its_address() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        await asyncio.wait_for(read_server("postgresql://someone:hunter22@127.0.0.1:9/x"), 30)
    assert "hunter22" not in caught.value.detail
    assert "127.0.0.1" not in caught.value.detail
