"""A declaration is due for Surveillance from the commit on that released its goods, or changed what was released."""

import psycopg
import pytest

from gateway.domain.errors import ConfigurationError
from gateway.domain.release import ReleasedItem
from gateway.wings.reporting.due import FIRST, DueSurveillance
from tests.builders.authority import Authority
from tests.builders.databases import Databases, serving_role
from tests.builders.filled_tables import FULL
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.replicas import Office, mrn_of
from tests.wings.reporting.stage import BOTH, CHEDS, reporting

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures


@pytest.fixture
async def due(office: Office, authority: Authority) -> DueSurveillance:
    """What is due at an office that reports."""
    return (await reporting(office)).due


async def taken(office: Office, due: DueSurveillance) -> dict[str, int]:
    """The due declarations with their marks, and none is due any more."""
    found = {one.id: one.mark for one in await due.page(FIRST, 500)}
    async with office.store.database.connection() as connection:
        await connection.execute("DELETE FROM surveillance_due")
    return found


async def test_releases_make_due_and_so_does_what_changes_released_goods(office: Office, due: DueSurveillance) -> None:
    record = await office.lodge("DUE-1", BOTH)
    assert await taken(office, due) == {}
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    first = await taken(office, due)
    assert list(first) == [record.id]
    record = await office.settled(record.id)
    assert (await office.release(record, ReleasedItem(goods_item=2))).done
    second = await taken(office, due)
    assert second[record.id] > first[record.id]
    record = await office.amend(record, goods(milk(CHEDS[0], "11"), milk(CHEDS[1], "20")))
    assert (await taken(office, due))[record.id] > second[record.id]
    await office.invalidate(record)
    assert list(await taken(office, due)) == [record.id]


async def test_what_is_not_released_is_not_due(office: Office, due: DueSurveillance) -> None:
    record = await office.lodge("DUE-2", BOTH)
    record = await office.amend(record, goods(milk(CHEDS[0], "11"), milk(CHEDS[1], "20")))
    await office.invalidate(record, None)
    assert await taken(office, due) == {}


async def test_a_supplementary_declaration_is_due_at_its_acceptance(office: Office, due: DueSurveillance) -> None:
    await office.lodge("DUE-3", BOTH)
    supplementary = await office.lodge("DUE-4", BOTH, additional_type="Y", previous=[mrn_of("DUE-3")])
    assert list(await taken(office, due)) == [supplementary.id]
    await office.amend(supplementary, BOTH, additional_type="Z", previous=[mrn_of("DUE-3")])
    assert list(await taken(office, due)) == [supplementary.id]


async def test_without_an_issuer_nothing_is_due_and_what_was_released_before_is_not_filled_in(
    office: Office, authority: Authority
) -> None:
    for ched in CHEDS:
        authority.issue(ched, ("0401", "5000", "KGM"))
    due = DueSurveillance(office.store.database)
    before = await office.lodge("DUE-5", BOTH)
    await office.release(before)
    assert await due.switch() is None
    assert await taken(office, due) == {}
    await due.switch_on("FR")
    await due.fill()
    assert await taken(office, due) == {}


async def test_what_was_released_beside_the_switch_is_filled_in_by_its_notices(
    office: Office, due: DueSurveillance
) -> None:
    record = await office.lodge("DUE-6", BOTH)
    await office.release(record)
    mark = await taken(office, due)  # as by a commit that did not see the switch
    await due.fill()
    assert set(await taken(office, due)) == set(mark) == {record.id}


async def test_until_an_upgrade_is_finished_notices_tell_what_was_released(
    office: Office, due: DueSurveillance
) -> None:
    async with office.store.database.connection() as connection:
        await connection.execute(b"DROP TRIGGER surveillance_of_changed ON declaration")
        await connection.execute(b"DROP TRIGGER surveillance_of_accepted ON declaration")
        await connection.execute(b"DELETE FROM migration WHERE name LIKE '0070%'")
        await connection.execute(
            b"UPDATE surveillance_switch SET since = now() - interval '9 days', filled_to = now() - interval '1 day'"
        )
    record = await office.lodge("DUE-7", BOTH)
    await office.release(record)
    supplementary = await office.lodge("DUE-8", BOTH, additional_type="Y", previous=[mrn_of("DUE-7")])
    assert await taken(office, due) == {}
    await due.fill()
    assert set(await taken(office, due)) == {record.id, supplementary.id}


def test_the_role_that_serves_makes_due(databases: Databases) -> None:
    with databases.one() as url, serving_role(url) as served:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(b"INSERT INTO surveillance_switch (issuer, identity) VALUES ('FR', 0)")
            owner.execute(FULL.partition("INSERT INTO declaration_version")[0].encode())
        with psycopg.connect(served, autocommit=True) as serving:
            serving.execute(b"UPDATE declaration SET released = '{}'")
            serving.execute(b"UPDATE declaration SET event_seq = 2, current_version = 2")
            found = serving.execute(b"SELECT count(*), min(mark) FROM surveillance_due").fetchone()
    assert found == (1500, 2)


async def test_files_are_numbered_for_one_issuer(due: DueSurveillance) -> None:
    await due.switch_on("FR")
    with pytest.raises(ConfigurationError, match="reports Surveillance as FR"):
        await due.switch_on("DE")
    known = await due.switch()
    assert known is not None
    assert (known.issuer, known.restored) == ("FR", False)
