"""Until when an application may be made (Reg. (EEC, Euratom) No 1182/71, Art. 3)."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from gateway.domain.application import NOT_STATED
from gateway.domain.clocks import LegalPeriod, PeriodUnit
from gateway.domain.declaration import Kind
from gateway.domain.invalidation import ReceivedInvalidation, invalidation_of, keeps_write_offs
from gateway.domain.release import Released
from gateway.domain.tables.applications import ApplicationKind, GoodsAre, Ground, Phase
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG

ROW = Ground(
    name="x",
    kind=ApplicationKind.INVALIDATION,
    phases=(Phase.AFTER_RELEASE,),
    legal_basis="law",
    valid_from=date(2016, 5, 1),
    source="test",
)


@pytest.mark.parametrize(
    ("days", "years", "period"),
    [(90, None, LegalPeriod(90, PeriodUnit.DAYS)), (None, 3, LegalPeriod(3, PeriodUnit.YEARS)), (None, None, None)],
)
def test_a_ground_has_a_period_or_none(days: int | None, years: int | None, period: LegalPeriod | None) -> None:
    assert replace(ROW, days=days, years=years).period == period


def test_the_delivered_grounds_are_those_of_the_law() -> None:
    view = load_tables(CONFIG).at(date(2026, 11, 26))
    told = {
        (kind, phase, name): (ground.days, ground.years)
        for kind in ApplicationKind
        for phase in Phase
        for name in view.grounds(kind, phase)
        if (ground := view.ground(kind, name, phase)) is not None
    }
    before, after = Phase.BEFORE_RELEASE, Phase.AFTER_RELEASE
    amendment, invalidation = ApplicationKind.AMENDMENT, ApplicationKind.INVALIDATION
    assert told == {
        (amendment, before, "correction"): (None, None),
        (amendment, before, NOT_STATED): (None, None),
        (amendment, after, "obligations"): (None, 3),
        (amendment, after, NOT_STATED): (None, 3),
        (invalidation, before, "other_procedure"): (None, None),
        (invalidation, before, "special_circumstances"): (None, None),
        (invalidation, before, NOT_STATED): (None, None),
        (invalidation, after, "wrong_procedure"): (90, None),
        (invalidation, after, "wrong_goods"): (90, None),
        (invalidation, after, "distance_contract_returned"): (90, None),
        (invalidation, after, "not_left_the_territory"): (None, None),
        (invalidation, after, "union_goods"): (None, None),
        (invalidation, after, "declared_twice"): (None, None),
        (invalidation, after, "retroactive_authorisation"): (None, None),
        (invalidation, after, "union_goods_in_warehouse"): (None, None),
        (invalidation, after, "given_to_charity"): (None, 1),
        (invalidation, after, NOT_STATED): (90, None),
    }
    assert {kind: period is not None for kind in Kind for period in (view.acceptance_period(kind),)} == dict.fromkeys(
        Kind, True
    )


def test_where_the_goods_are_is_what_each_ground_of_article_148_says() -> None:
    view = load_tables(CONFIG).at(date(2026, 11, 26))
    kind, after = ApplicationKind.INVALIDATION, Phase.AFTER_RELEASE
    by_goods: dict[GoodsAre, set[str]] = {one: set() for one in GoodsAre}
    for name in view.grounds(kind, after):
        ground = view.ground(kind, name, after)
        assert ground is not None
        assert ground.goods is not None, "each says it"
        by_goods[ground.goods].add(name)
    assert by_goods[GoodsAre.NEVER_LEFT] == {"not_left_the_territory"}
    assert by_goods[GoodsAre.BACK] == {"wrong_goods", "distance_contract_returned"}
    assert NOT_STATED in by_goods[GoodsAre.OUT]
    assert all(row.goods is None for row in load_tables(CONFIG).grounds if row.phases == (Phase.BEFORE_RELEASE,))


@pytest.mark.parametrize(
    ("goods", "released", "keeps"),
    [
        (GoodsAre.NEVER_LEFT, True, False),
        (GoodsAre.BACK, True, False),
        (GoodsAre.OUT, True, True),
        (None, True, True),
        (GoodsAre.OUT, False, False),
        (None, False, False),
    ],
)
def test_only_a_ground_that_says_so_gives_a_write_off_back(goods: GoodsAre | None, released: bool, keeps: bool) -> None:
    at = datetime(2026, 11, 26, tzinfo=UTC)
    out = Released(whole=True, items=(), at=at) if released else None
    assert keeps_write_offs(ReceivedInvalidation(received_at=at, goods=goods), out) is keeps
    assert keeps_write_offs(None, out) is released


def test_what_a_set_of_before_does_not_say_is_that_they_are_out() -> None:
    assert replace(ROW, goods=None).goods_after is GoodsAre.OUT
    assert invalidation_of(datetime(2026, 11, 26, tzinfo=UTC), {"goods": "somewhere"}).goods is None
