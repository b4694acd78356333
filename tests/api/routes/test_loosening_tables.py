"""A set of tables that loosens what is in force waits for a second person, whoever published it."""

import uuid
from collections.abc import AsyncIterator
from datetime import timedelta

import psycopg
import pytest

from gateway.app import stored
from gateway.domain.actor import at_the_command_line
from gateway.domain.approval import Approval, AskedOrder, Ordered, TablesOrder
from gateway.domain.errors import ApprovalOver
from gateway.store import NewApproval, Store
from tests.builders.actors import ONE
from tests.builders.door import Door
from tests.builders.table_sets import other


def counting(database: str) -> tuple[str, str | None]:
    """The set that is in force, and who approved it."""
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT digest, approver FROM table_switch WHERE in_force_at <= now() ORDER BY in_force_at DESC, number DESC LIMIT 1"
        ).fetchone()
    assert found is not None
    return found[0], found[1]


async def asked(store: Store, version: str, officer: str, *goods: str) -> Approval | None:
    """What comes of an officer's publishing a set that loosens something at the command line."""
    new = stored(other(version))
    order = TablesOrder(digest=new.digest, version=new.version, reason="trial", loosens=("N853: no second officer",))
    by = at_the_command_line(officer)
    asking = NewApproval(
        id=str(uuid.uuid4()),
        asked=AskedOrder(ordered=Ordered(tables=order), by=by, goods=goods),
        valid_for=timedelta(hours=1),
    )
    return await store.table_sets.request_approval(asking, new=new)


@pytest.fixture
async def store(door: Door, api_database: str) -> AsyncIterator[Store]:
    """The store of the running gateway; what counted before counts afterwards."""
    before, _ = counting(api_database)
    async with Store.opened(api_database, owner="test") as opened:
        yield opened
        await opened.table_sets.switch(before, by=ONE)


async def test_a_set_that_loosens_comes_into_force_once_another_person_approves_it(
    door: Door, store: Store, api_database: str
) -> None:
    before = counting(api_database)
    waiting = await asked(store, "looser", "Ann")
    assert waiting is not None
    assert await asked(store, "looser", "ann ") == waiting, "the same order again is the same approval"
    assert await asked(store, "looser", "Ann", "as of another day") == waiting, "whatever is told of its goods"
    here = f"/v1/approvals/{waiting.id}"
    shown = door["operator"].get(here).json()
    assert (shown["kind"], shown["state"], shown["declaration"]) == ("tables", "open", None)
    assert (shown["by"]["id"], shown["by"]["person"], shown["by"]["proven"]) == ("command line", "Ann", False)
    assert shown["ordered"]["loosens"] == ["N853: no second officer"]
    alone = door["officer"].post(here, json={"approve": True})
    assert (alone.status_code, alone.json()["code"]) == (422, "SW-API-602")
    for who in ("auditor", "customs", "trader"):
        assert door[who].post(here, json={"approve": True}).status_code == 403
    assert counting(api_database) == before

    done = door["operator"].post(here, json={"approve": True})
    assert (done.status_code, done.json()["state"], done.json()["second"]["person"]) == (200, "approved", "Oda")
    digest, approver = counting(api_database)
    assert (digest, '"person":"Oda"' in (approver or "")) == (stored(other("looser")).digest, True)
    assert door["operator"].post(here, json={"approve": True}).json()["state"] == "approved"
    switches = await store.table_sets.switches()
    (mine,) = [one for one in switches if one.digest == digest]
    assert (mine.by, mine.approver and mine.approver.id) == (at_the_command_line("Ann"), "operator")


async def test_an_approval_is_void_once_another_set_is_in_force(door: Door, store: Store, api_database: str) -> None:
    waiting = await asked(store, "looser still", "Ann")
    assert waiting is not None
    await store.table_sets.publish(stored(other("another")), by=ONE)
    late = door["operator"].post(f"/v1/approvals/{waiting.id}", json={"approve": True})
    assert (late.status_code, late.json()["code"]) == (409, "SW-API-603")
    assert counting(api_database) == (stored(other("another")).digest, None)


async def test_a_rejected_set_does_not_come_into_force(door: Door, store: Store, api_database: str) -> None:
    before = counting(api_database)
    waiting = await asked(store, "much looser", "Ann")
    assert waiting is not None
    no = door["colleague"].post(f"/v1/approvals/{waiting.id}", json={"approve": False, "reason": "not now"})
    assert (no.status_code, no.json()["state"]) == (200, "rejected")
    with pytest.raises(ApprovalOver, match="rejected"):
        await asked(store, "much looser", "Ann")
    assert counting(api_database) == before
