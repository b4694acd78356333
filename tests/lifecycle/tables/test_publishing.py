"""Sets of tables that come into force: each is compared with the one whose place it takes, then and not before."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from gateway.domain.approval import Approval, ApprovalEnding
from gateway.domain.errors import ApprovalOver, ConfigurationError, Stale
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.tables.table_publication import PublicationOrder, put_into_force
from gateway.settings.tables import written
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from gateway.store import Store, StoredSet, UsedApproval
from tests.builders.actors import ONE, TWO
from tests.builders.story import shipped

THURSDAY, FRIDAY = (datetime.now(UTC).replace(microsecond=0) + timedelta(days=days) for days in (1, 2))


def with_tolerance(percent: str) -> Tables:
    """The delivered tables with another tolerance for every authority."""
    rows = {into: shipped().rows_of(into) for into in KINDS}
    wider = tuple(replace(row, percent=Decimal(percent)) for row in shipped().tolerances)
    assert wider
    return compose(f"with {percent}", {**rows, "tolerances": wider})


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    opened = await Store.open(database_url, owner="test")
    yield opened
    await opened.close()


async def order(store: Store, tables: Tables, *, at: datetime | None = None) -> datetime | Approval | None:
    how = PublicationOrder(
        by=ONE,
        at=at,
        reason="meant",
        approval_id=f"00000000-0000-0000-0000-{abs(hash((tables.digest, at))) % 10**12:012}",
    )
    new = StoredSet(digest=tables.digest, version=tables.version, content=written(tables))
    return await put_into_force(store.table_sets, tables, delivered=shipped(), new=new, order=how)


async def test_what_comes_later_is_not_loosened_by_what_is_put_before_it(store: Store) -> None:
    wide, strict = with_tolerance("5"), with_tolerance("0")
    assert isinstance(await order(store, wide), datetime)
    assert isinstance(await order(store, wide, at=FRIDAY), datetime)
    with pytest.raises(ConfigurationError, match="is ordered for"):
        await order(store, strict, at=THURSDAY)
    assert isinstance(await order(store, strict, at=FRIDAY), datetime)
    assert isinstance(await order(store, strict, at=THURSDAY), datetime)


async def test_an_order_stands_on_the_set_that_it_was_compared_with(store: Store) -> None:
    wide, strict = with_tolerance("5"), with_tolerance("0")
    await order(store, strict)
    for against in ((None,), (wide.digest,)):
        with pytest.raises(Stale):
            await store.table_sets.switch(strict.digest, by=ONE, against=against)
    await store.table_sets.switch(strict.digest, by=ONE, against=(strict.digest,))


async def test_an_approval_is_over_once_another_set_comes_before_it(store: Store) -> None:
    wide, strict = with_tolerance("5"), with_tolerance("0")
    await order(store, strict)
    asked = await order(store, wide, at=FRIDAY)
    assert isinstance(asked, Approval)
    assert asked.asked is not None
    tables = asked.asked.ordered.tables
    assert tables is not None
    assert tables.against == (strict.digest,)
    await order(store, shipped(), at=THURSDAY)
    with pytest.raises(ApprovalOver):
        await store.table_sets.approve(
            tables, by=ONE, approving=UsedApproval(id=asked.id, ending=ApprovalEnding(by=TWO))
        )
