"""The doctor says whether the tables of the configuration count, and what to do where they do not."""

import uuid
from pathlib import Path

import pytest

from gateway.app import stored
from gateway.cli.doctor.health_check import CheckState, HealthCheck
from gateway.cli.doctor.tables_check import tables_check
from gateway.domain.approval import ApprovalEnding, ApprovalState, AskedOrder, Ordered, TablesOrder
from gateway.domain.tables.set_state import set_name
from gateway.settings import load
from gateway.settings.tables import load_tables
from gateway.store import NewApproval, Store
from tests.builders.actors import ONE, TWO
from tests.builders.places import CONFIG
from tests.builders.running import REAL
from tests.builders.table_sets import other

DELIVERED = load_tables(CONFIG)
NAME = set_name(DELIVERED.version, DELIVERED.digest)


async def checked(database_url: str, **variables: str) -> HealthCheck:
    return await tables_check(load({**REAL, "GATEWAY_DATABASE_URL": database_url, **variables}), database_url)


async def test_each_state_has_its_line(database_url: str) -> None:
    found = await checked(database_url)
    assert (found.state, found.seen) == (CheckState.ATTENTION, f"{NAME} do not count, and nobody is asked about them")
    async with Store.opened(database_url, owner="test") as store:
        order = TablesOrder(digest=DELIVERED.digest, version=DELIVERED.version, loosens=("a row",))
        asking = NewApproval(
            id=str(uuid.uuid4()), asked=AskedOrder(ordered=Ordered(tables=order), by=ONE), valid_for=None
        )
        waits = await store.table_sets.request_approval(asking, new=stored(DELIVERED))
        assert waits is not None
        found = await checked(database_url)
        assert found.state is CheckState.ATTENTION
        assert found.seen.startswith(f"{NAME} do not count: they loosen those in force")
        assert f"`gateway approvals approve {waits.id}`" in found.remedy

        await store.approvals.end(waits, ApprovalState.REJECTED, ApprovalEnding(by=TWO), waits.asked_at)
        found = await checked(database_url)
        assert found.state is CheckState.ATTENTION
        assert found.seen.startswith(f"{NAME} do not count: a person rejected them at 2")
        assert TWO.person not in found.seen

        await store.table_sets.switch(DELIVERED.digest, by=ONE)
        found = await checked(database_url)
        assert (found.state, found.seen.partition(" from ")[0]) == (CheckState.GOOD, f"{NAME} count")

        await store.table_sets.publish(stored(other("later")), by=ONE)
        found = await checked(database_url)
        assert (found.state, found.seen.rpartition(", and ")[2]) == (
            CheckState.GOOD,
            "others were put into force since",
        )


@pytest.mark.parametrize("text", ["[[second_officer]]\nstatuses = 7\n", "no TOML"])
async def test_tables_with_faults_are_not_known_to_count(database_url: str, tmp_path: Path, text: str) -> None:
    (tmp_path / "decisions.toml").write_text(text)
    found = await checked(database_url, GATEWAY_TABLES=f'["{tmp_path}"]')
    assert (found.state, "`gateway check`" in found.remedy) == (CheckState.UNKNOWN, True)


async def test_a_database_that_does_not_answer_tells_nothing(database_url: str) -> None:
    found = await checked("postgresql://127.0.0.1:9/nothing")
    assert (found.state, found.seen) == (CheckState.UNKNOWN, "whether they count: the database does not tell")
