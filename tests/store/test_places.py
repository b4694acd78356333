"""A place in the list of what is held: what stands before and behind it, in every order, wherever it is."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta

import pytest

from gateway.domain.decision import Advice, Effect
from gateway.domain.work_list import EffectKind, Listed, ListedAs, ListOrder, ListPlace, Search, Turn
from gateway.store import Store
from tests.builders.lodging import decided, declaration, new

MANY = 205
BEGAN = datetime.now(UTC) - timedelta(days=1)


def held(number: int) -> Listed:
    shown = ListedAs(
        effect=Effect.HOLD, effect_kind=EffectKind.HOLD, turn=Turn.OFFICER, advice=Advice.NONE, findings=()
    )
    at = BEGAN + timedelta(seconds=number)
    return Listed(
        number=1, decided_at=at, held=True,
        officer=shown, officer_once_confirmed=shown, trader=shown, trader_once_told=shown,
    )  # fmt: skip


async def _none(_: str, references: Collection[str]) -> dict[str, str | None]:
    return dict.fromkeys(references)


@pytest.mark.parametrize("order", [*ListOrder])
async def test_what_stands_around_a_place_is_known_beyond_the_two_hundredth_row_and_once_the_row_is_gone(
    store: Store, order: ListOrder
) -> None:
    ids = []
    for number in range(MANY):
        one = new(declaration(f"PLACE-{number}"))
        work = (await store.declarations.receive(one, lease=True)).work
        assert work is not None
        await store.leases.decide(work, decided(work, effect=Effect.HOLD, listed=held(number)))
        ids.append(one.id)
    search = Search(is_open=True, held=True, order=order)
    rows, _, summary = await store.work_lists.find(search, limit=MANY + 1, after=None, counting=True, identify=_none)
    assert [one.id for one in rows] == (ids if order is ListOrder.HELD_SINCE else ids[::-1])
    assert summary is not None
    assert sum(one.declarations for one in summary.counts) == MANY
    at = MANY - 3
    place = rows[at].place if order.by_age else ListPlace(number=rows[at].number)
    around = await store.work_lists.around(search, place, many=2, identify=_none)
    assert [one.id for one in around.before] == [rows[at - 1].id, rows[at - 2].id]
    assert around.behind is not None
    assert around.behind.id == rows[at + 1].id
    assert (around.passed, around.count) == (at + 1, MANY)
    # As after an act by which it is not an officer's turn any more.
    without = Search(is_open=True, held=True, order=order, turns=frozenset({Turn.DECLARANT}))
    nowhere = await store.work_lists.around(without, place, many=1, identify=_none)
    assert (nowhere.before, nowhere.behind, nowhere.passed, nowhere.count) == ((), None, 0, 0)
