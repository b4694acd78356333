"""What is cited while nobody can say which document it is is found by what its authority pushes once that can be said."""

from datetime import UTC, datetime

import psycopg
import pytest

from gateway.domain.decision import Effect
from gateway.domain.record import Record
from tests.builders.goods import KIND, goods, milk
from tests.builders.replicas import Office, effect

CHED, OTHER = "CHEDP.FR.2026.9700001", "CHEDP.FR.2026.9700002"
SMALL = CHED.lower()
EORIS = frozenset({"FR12345678901234"})


def disable(office: Office, *, disabled: bool = True) -> None:
    """Has no code of the adapter run on any replica, or has it run again."""
    for replica in office.replicas:
        replica.dispatcher.disable({"traces": datetime.now(UTC)} if disabled else {})


async def lodged_meanwhile(office: Office, spelling: str) -> Record:
    disable(office)
    return await office.lodge("UNIDENTIFIED", goods(milk(spelling, "100")))


async def amended_meanwhile(office: Office, spelling: str) -> Record:
    office.authority.issue(OTHER, ("0401", "500", "KGM"))
    record = await office.lodge("UNIDENTIFIED", goods(milk(OTHER, "100")))
    disable(office)
    return await office.amend(record, goods(milk(spelling, "100")))


async def citations(office: Office) -> dict[str, bool]:
    async with await psycopg.AsyncConnection.connect(office.url) as connection:
        found = await connection.execute("SELECT reference, identified FROM citation")
        return {str(reference): bool(known) for reference, known in await found.fetchall()}


async def test_a_change_of_what_nobody_can_identify_is_not_taken_for_one_that_concerns_nobody(office: Office) -> None:
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    await office.lodge("IDENTIFIED", goods(milk(CHED, "100")))
    assert await office.lifecycle.steps.changed(KIND, SMALL) == 1
    disable(office)
    for spelling in (CHED, SMALL):
        assert await office.lifecycle.steps.changed(KIND, spelling) is None


@pytest.mark.parametrize("identified", [False, True], ids=["at once", "after the job"])
@pytest.mark.parametrize("spelling", [SMALL, CHED], ids=["another spelling", "as its authority spells it"])
@pytest.mark.parametrize("come", [lodged_meanwhile, amended_meanwhile])
async def test_what_was_cited_while_the_adapter_was_disabled_is_found(
    office: Office, come: object, spelling: str, identified: bool
) -> None:
    assert callable(come)
    office.authority.issue(CHED, ("0401", "500", "KGM"))
    record = await come(office, spelling)
    assert effect(record) is Effect.HOLD
    assert (await citations(office))[spelling] is False
    # Nobody knows yet what it is: nothing is made of that.
    assert await office.lifecycle.identify_citations() == 0
    assert (await citations(office))[spelling] is False
    disable(office, disabled=False)
    if identified:
        assert await office.lifecycle.identify_citations() == (spelling == CHED)
        # Events tell of the citation as it stands: it stays so.
        assert (await citations(office))[spelling] is (spelling == CHED)
    assert await office.lifecycle.steps.changed(KIND, CHED) == 1
    assert effect(await office.settled(record.id)) is Effect.RELEASE
    assert await office.lifecycle.cites(EORIS, KIND, CHED)
    office.authority.frame.documents.put(CHED, {"status": "64"})
    assert await office.lifecycle.steps.changed(KIND, CHED) == 1
    assert effect(await office.settled(record.id)) is not Effect.RELEASE
    await office.must_be_sound()
