"""Bytes behind the content of evidence are no part of any piece: whoever appends some is found without hashing all of it."""

import random
import zlib
from collections.abc import Callable
from dataclasses import replace

import psycopg
import pytest

from gateway.domain.actor import GATEWAY
from gateway.store import Store
from tests.builders.evidence import into_pieces
from tests.builders.lodging import SET, decided, declaration, evidence, new

CONTENTS = (b"", b"one", b"x" * 70_000, bytes(range(256)) * 3_000, random.Random(37).randbytes(300_000))
"""Of one block and of several, repeated and not."""


@pytest.fixture
async def ids(store: Store) -> list[str]:
    """Declarations with evidence of every kind."""
    await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
    found = []
    for number, body in enumerate(CONTENTS):
        work = (await store.declarations.receive(new(declaration(f"LRN{number}")), lease=True)).work
        assert work is not None
        await store.leases.decide(work, replace(decided(work), evidence=(evidence(body),)))
        found.append(work.id)
    return found


def stored(url: str, table: str, change: Callable[[bytes], bytes]) -> int:
    """Changes all bodies of a table; gives how many."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(f"SELECT tableoid, ctid, body FROM {table}".encode()).fetchall()
        for oid, ctid, body in rows:
            write = f"UPDATE {table} SET body = %s WHERE tableoid = %s AND ctid = %s"
            connection.execute(write.encode(), (change(body), oid, ctid))
    return len(rows)


@pytest.mark.parametrize("table", ["evidence", "evidence_bundle"])
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda body: body + b"x", id="a byte"),
        pytest.param(lambda body: body + body[-40:], id="many"),
        pytest.param(lambda body: body[:-1], id="cut"),
        pytest.param(lambda body: body[:3], id="cut in its mark"),
        pytest.param(lambda body: body[:8], id="cut in its head"),
        pytest.param(lambda body: b"", id="emptied"),
    ],
)
async def test_all_evidence_ends_where_its_content_does(
    store: Store, ids: list[str], database_url: str, table: str, change: Callable[[bytes], bytes]
) -> None:
    if table == "evidence":
        into_pieces(database_url)
    assert (await store.audit.verify()).faults == ()
    number = stored(database_url, table, change)
    faults = (await store.audit.verify()).faults
    assert len([one for one in faults if "do not end where their content does" in one]) == number > len(CONTENTS)
    assert all(any(one.startswith(f"{record_id}: ") for one in faults) for record_id in ids)


async def test_what_zlib_wrote_ends_where_its_content_does(store: Store, ids: list[str], database_url: str) -> None:
    into_pieces(database_url)
    stored(database_url, "evidence", lambda body: zlib.compress(body))
    assert (await store.audit.verify()).faults == ()
    number = stored(database_url, "evidence", lambda body: body + b"x")
    faults = (await store.audit.verify()).faults
    assert len([one for one in faults if "do not end where their content does" in one]) == number
