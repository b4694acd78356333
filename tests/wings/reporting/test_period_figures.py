"""The figures of indicators in periods: which are given of all offices and of some, and that what was not counted is never zero."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from gateway.settings.tables import load_tables
from gateway.store.database import rows_of
from gateway.wings.reporting.indicators.days import IndicatorDays
from gateway.wings.reporting.indicators.period_figures import IndicatorCell, Period, PeriodFigures, PeriodOfIndicator
from gateway.wings.reporting.indicators.rows import Indicator, PeriodName
from gateway.wings.reporting.indicators.small_cells import ALL, CellState, GivenCell
from tests.builders.offices import authority, loaded, office, rules
from tests.builders.places import CONFIG
from tests.builders.replicas import Office
from tests.wings.reporting.stage import CALENDAR, changed

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures

UNTIL = date(2026, 11, 5)
DAY = date(2026, 10, 7)
OCTOBER = Period.over(PeriodName.MONTH, UNTIL)


@pytest.fixture
async def figures(office: Office) -> PeriodFigures:
    """The figures of an office that has counted October."""
    await filled(office, {("lodged", "FR1", ""): 100, ("lodged", "FR2", ""): 40, ("held", "FR1", "traces"): 30, ("held", "FR1", "catch"): 9, ("held", "FR2", "traces"): 12, ("held", "FR2", "catch"): 25})  # fmt: skip
    return PeriodFigures(IndicatorDays(office.store.database, CALENDAR))


async def filled(office: Office, numbers: Mapping[tuple[str, str, str], int]) -> None:
    """Has the days of October counted, and these figures on one of them."""
    for day in OCTOBER.days:
        await changed(office, b"INSERT INTO indicator_fold (day, events, at) VALUES (%s, 0, now())", day)
    for (count, where, part), number in numbers.items():
        await changed(office, b"INSERT INTO indicator_day (count, day, office, part, number) VALUES (%s, %s, %s, %s, %s)", count, DAY, where, part, number)  # fmt: skip
    async with office.store.database.transaction() as connection:
        await rows_of(connection, "indicator_sums", {"day": DAY})


def row(name: str) -> Indicator:
    """A delivered row."""
    found: Indicator = next(row for row in load_tables(CONFIG).rows_of("indicator") if row.name == name)
    return found


def cells(one: PeriodOfIndicator) -> dict[tuple[str, str], IndicatorCell]:
    """The cells by office and part."""
    return {(cell.office, cell.part): cell for cell in one.cells}


async def test_a_cell_of_nine_is_hidden_with_a_neighbour(figures: PeriodFigures) -> None:
    """Acceptance case 30, the second half."""
    (one,) = await figures.given([row("held")], UNTIL, offices=None)
    found = cells(one)
    assert (one.counted, one.period.first, one.period.last) == (True, date(2026, 10, 1), date(2026, 10, 31))
    assert found["FR1", "catch"].number == GivenCell(None, CellState.SMALL)
    hidden = {cell for cell, one in found.items() if one.number.state is CellState.HIDDEN}
    assert hidden == {("FR1", "traces"), ("FR2", "catch"), ("FR2", "traces")}
    assert (found["FR1", ALL].number.number, found[ALL, "catch"].number.number, found[ALL, ALL].number.number) == (
        39,
        34,
        76,
    )
    assert (found["FR1", ALL].share, found[ALL, ALL].share) == (Decimal("0.3900"), Decimal("0.5429"))


async def test_of_some_offices_the_same_is_kept_back_and_no_sum_over_others_is_given(figures: PeriodFigures) -> None:
    (whole,) = await figures.given([row("held")], UNTIL, offices=None)
    (own,) = await figures.given([row("held")], UNTIL, offices=frozenset({"FR1"}))
    assert {cell.office for cell in own.cells} == {"FR1"}
    assert cells(own).items() <= cells(whole).items()


async def test_indicators_of_one_count_keep_back_the_same(figures: PeriodFigures) -> None:
    """One told apart by the office alone gives no more than the sums of the other."""
    plain = replace(row("held"), name="held_at", by=("office",), denominator=None)
    whole, sums = await figures.given([row("held"), plain], UNTIL, offices=None)
    assert {cell: one.number for cell, one in cells(sums).items()} == {
        cell: one.number for cell, one in cells(whole).items() if cell[1] == ALL
    }


async def test_shares_need_thirty_cases(office: Office) -> None:
    await filled(office, {("decided", "FR1", ""): 29, ("decided", "FR2", ""): 30, ("decided_alone", "FR1", ""): 20, ("decided_alone", "FR2", ""): 20})  # fmt: skip
    figures = PeriodFigures(IndicatorDays(office.store.database, CALENDAR))
    (one,) = await figures.given([row("decided_alone")], UNTIL, offices=None)
    assert {cell: one.share for cell, one in cells(one).items()} == {
        ("FR1", ALL): None,
        ("FR2", ALL): Decimal("0.6667"),
        (ALL, ALL): Decimal("0.6780"),
    }


async def test_a_period_with_a_day_that_was_not_counted_has_no_figures(office: Office, figures: PeriodFigures) -> None:
    await changed(office, b"DELETE FROM indicator_fold WHERE day = %s", date(2026, 10, 31))
    (one,) = await figures.given([row("held")], UNTIL, offices=None)
    assert (one.counted, one.cells) == (False, ())


async def test_a_row_that_begins_within_a_period_has_no_figures_of_it(figures: PeriodFigures) -> None:
    later = replace(row("held"), valid_from=date(2026, 10, 2))
    (one,) = await figures.given([later], UNTIL, offices=None)
    assert not one.counted


async def test_a_count_of_nothing_is_small_and_never_zero(figures: PeriodFigures) -> None:
    (one,) = await figures.given([row("suspended")], UNTIL, offices=None)
    assert {cell.number for cell in one.cells} == {GivenCell(None, CellState.SMALL)}
