"""Keys in the database: what one replica does with them holds on the other at once, and stands in the chain."""

import uuid

import psycopg
import pytest

from gateway.access import Authenticator, Caller, CallHead, KeyReader, key_hash, new_key
from gateway.domain.actor import at_the_command_line
from gateway.domain.errors import Conflict, NotAuthenticated, StoreUnavailable
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope, StoredKey
from gateway.settings import ApiKey, Security
from gateway.store import Store
from tests.builders.actors import ONE, TWO

CONFIGURED = Security(keys=(ApiKey(name="system", hash=key_hash("secret"), role=Role.CUSTOMS),))
OFFICER = KeyScope(name="officer 17", role=Role.OFFICER, person="Ann", offices=("FR001260",))


def replica(store: Store) -> Authenticator:
    return Authenticator(CONFIGURED, (KeyReader(CONFIGURED, store.keys),))


async def caller(door: Authenticator, key: str) -> Caller:
    return await door.caller(CallHead.of("GET", "/v1/me", [(b"x-api-key", key.encode())]))


async def made(store: Store, key: str, scope: KeyScope = OFFICER, **more: int) -> StoredKey:
    return await store.keys.make(str(uuid.uuid4()), key_hash(key), scope, by=at_the_command_line("Oda"), **more)


async def test_a_key_counts_and_is_revoked_on_all_replicas_at_once(
    store: Store, other: Store, database_url: str
) -> None:
    here, there, key = replica(store), replica(other), new_key()
    with pytest.raises(NotAuthenticated, match="not known"):
        await caller(there, key)
    stored = await made(store, key)
    found = [await caller(door, key) for door in (here, there)]
    assert found[0] == found[1]
    assert (found[0].name, found[0].person, found[0].offices) == ("officer 17", "Ann", frozenset({"FR001260"}))
    await other.keys.revoke(stored, by=TWO, reason="lost")
    for door in (here, there):
        with pytest.raises(NotAuthenticated, match="revoked"):
            await caller(door, key)
    assert (await store.audit.verify()).faults == ()
    with psycopg.connect(database_url) as connection:
        told = connection.execute("SELECT kind, text FROM installation_event ORDER BY seq").fetchall()
    assert [kind for kind, _ in told][-2:] == ["key.made", "key.revoked"]
    assert "Ann" not in "".join(text for _, text in told), "a person stands where it can be erased"
    assert key_hash(key) not in "".join(text for _, text in told)


async def test_its_use_is_noted_once_a_minute(store: Store, database_url: str) -> None:
    door, key = replica(store), new_key()
    await made(store, key)
    with psycopg.connect(database_url, autocommit=True) as connection:

        def noted() -> object:
            return connection.execute("SELECT xmin::text FROM api_key_use").fetchone()

        await caller(door, key)
        first = noted()
        await caller(door, key)
        assert noted() == first
        connection.execute("UPDATE api_key_use SET at = now() - interval '61 seconds'")
        before = noted()
        await caller(door, key)
        assert noted() != before


async def test_a_name_is_one_keys_for_ever_and_a_maker_has_so_many(store: Store) -> None:
    stored = await made(store, new_key())
    await store.keys.revoke(stored, by=ONE, reason="lost")
    with pytest.raises(Conflict, match="is or was"):
        await made(store, new_key())
    for number in range(2):
        await made(store, new_key(), KeyScope(name=f"k{number}", role=Role.AUDITOR), most=2)
    with pytest.raises(Conflict, match="revoke one"):
        await made(store, new_key(), KeyScope(name="k2", role=Role.AUDITOR), most=2)


async def test_without_a_database_nobody_is_let_in_and_configured_keys_are(store: Store) -> None:
    door, key = replica(store), new_key()
    await made(store, key)
    assert (await caller(door, key)).name == "officer 17"
    await store.close()
    with pytest.raises(StoreUnavailable):
        await caller(door, key)
    with pytest.raises(StoreUnavailable):
        await caller(door, new_key())
    assert (await caller(door, "secret")).name == "system"
    with pytest.raises(NotAuthenticated):
        await caller(door, "guessed")


async def test_a_trader_s_key_ends_with_the_key_that_it_was_made_with(store: Store) -> None:
    door, parent, child = replica(store), new_key(), new_key()
    scope = KeyScope(name="trader", role=Role.TRADER, eoris=("FR1", "FR2"))
    maker = await made(store, parent, scope)
    by = (await caller(door, parent)).actor()
    own = KeyScope(name="trader/erp", role=Role.TRADER, eoris=("FR1",))
    await store.keys.make(str(uuid.uuid4()), key_hash(child), own, by=by)
    assert (await caller(door, child)).eoris == frozenset({"FR1"})
    await store.keys.revoke(maker, by=TWO, reason="left")
    with pytest.raises(NotAuthenticated, match="ended with the access"):
        await caller(door, child)
