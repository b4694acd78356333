"""Until when an application may be made (Reg. (EEC, Euratom) No 1182/71, Art. 3)."""

from datetime import date

import pytest

from gateway.domain.application import NOT_STATED
from gateway.domain.declaration import Kind
from gateway.domain.tables.applications import ApplicationKind, Ground, Phase
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
    ("days", "years", "accepted_on", "last"),
    [
        (90, None, date(2026, 1, 1), date(2026, 4, 1)),
        (90, None, date(2027, 12, 31), date(2028, 3, 30)),
        (None, 3, date(2026, 11, 26), date(2029, 11, 26)),
        (None, 3, date(2028, 2, 29), date(2031, 2, 28)),
        (None, 4, date(2028, 2, 29), date(2032, 2, 29)),
        (None, None, date(2026, 1, 1), None),
    ],
)
def test_the_day_of_acceptance_is_not_counted(
    days: int | None, years: int | None, accepted_on: date, last: date | None
) -> None:
    from dataclasses import replace

    assert replace(ROW, days=days, years=years).last_day(accepted_on) == last


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
