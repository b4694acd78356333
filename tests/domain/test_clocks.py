"""When time limits of the law end: worked cases, by the holidays that are delivered, and by a list of their own where they end later."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.clocks import (
    DayKind,
    Deadline,
    HolidayCalendar,
    LegalPeriod,
    NotCovered,
    PeriodUnit,
    TimeLimit,
    days_of,
    deadline,
    deadline_of_day,
)
from tests.builders.story import shipped

TODAY = date(2026, 12, 1)
WD, DAYS, HOURS, YEARS = PeriodUnit.WORKING_DAYS, PeriodUnit.DAYS, PeriodUnit.HOURS, PeriodUnit.YEARS


def of(state: str) -> HolidayCalendar:
    found = shipped().at(TODAY).holidays.of(state)
    assert found is not None
    return found


def there(state: str, text: str) -> datetime:
    """A moment on the wall of a State; one that ends in Z is in UTC."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=of(state).zone)


def at(state: str, text: str, number: int, unit: PeriodUnit) -> TimeLimit:
    return deadline(LegalPeriod(number, unit), there(state, text), of(state))


@pytest.mark.parametrize(
    ("state", "event", "number", "unit", "last"),
    [
        pytest.param("FR", "2026-03-02T10:00", 4, WD, "2026-03-06", id="1"),
        pytest.param("FR", "2026-03-02T23:59", 4, WD, "2026-03-06", id="2"),
        pytest.param("FR", "2026-03-02T23:30Z", 4, WD, "2026-03-09", id="3: the day after, there"),
        pytest.param("FR", "2026-03-07T12:00", 4, WD, "2026-03-12", id="4"),
        pytest.param("FR", "2026-03-30T12:00", 4, WD, "2026-04-03", id="5: Good Friday is none in France"),
        pytest.param("DE", "2026-03-30T12:00", 4, WD, "2026-04-07", id="6: in Germany it is one"),
        pytest.param("GR", "2026-04-08T12:00", 4, WD, "2026-04-16", id="7: Easter of the Orthodox"),
        pytest.param("DE", "2026-12-22T12:00", 4, WD, "2026-12-29", id="8"),
        pytest.param("BG", "2026-12-22T12:00", 4, WD, "2026-12-30", id="9: the list, not moved rest days"),
        pytest.param("FR", "2025-12-29T12:00", 4, WD, "2026-01-05", id="10: over the end of a year"),
        pytest.param("FR", "2026-05-11T12:00", 4, WD, "2026-05-18", id="12"),
        pytest.param("DE", "2026-04-24T12:00", 10, WD, "2026-05-11", id="13"),
        pytest.param("FR", "2026-04-24T12:00", 10, WD, "2026-05-12", id="14"),
        pytest.param("FR", "2026-05-12T12:00", 10, WD, "2026-05-28", id="15: 14, extended by as many"),
        pytest.param("DE", "2026-04-27T12:00", 10, WD, "2026-05-12", id="16: by the State that granted"),
        pytest.param("DE", "2026-04-27T12:00", 30, WD, "2026-06-11", id="17: to 30 in all"),
        pytest.param("FR", "2026-04-30T12:00", 3, WD, "2026-05-06", id="18"),
        pytest.param("FR", "2026-07-10T12:00", 1, WD, "2026-07-13", id="19"),
        pytest.param("FR", "2026-07-13T12:00", 1, WD, "2026-07-15", id="20"),
        pytest.param("FR", "2026-03-26T12:00", 10, DAYS, "2026-04-07", id="21"),
        pytest.param("FR", "2026-05-22T12:00", 2, DAYS, "2026-05-27", id="22: two working days are in it"),
        pytest.param("BE", "2026-10-02T12:00", 30, DAYS, "2026-11-03", id="23"),
        pytest.param("FR", "2026-02-02T12:00", 90, DAYS, "2026-05-04", id="24"),
        pytest.param("FR", "2026-03-27T14:20", 72, HOURS, "2026-03-30", id="25"),
        pytest.param("FR", "2023-12-05T12:00", 3, YEARS, "2026-12-07", id="26"),
    ],
)
def test_a_worked_case_ends_as_it_was_worked_out(
    state: str, event: str, number: int, unit: PeriodUnit, last: str
) -> None:
    found = at(state, event, number, unit)

    assert isinstance(found, Deadline)
    assert found.last_day == date.fromisoformat(last)
    if unit is not HOURS:
        assert found.ends_at == there(state, f"{last}T23:00").astimezone(UTC) + timedelta(hours=1)


def test_case_11_a_limit_that_needs_days_of_next_year_is_known_as_far_as_weekdays_go() -> None:
    found = at("FR", "2026-12-29T12:00", 4, WD)

    assert isinstance(found, NotCovered)
    assert found.not_before == date(2027, 1, 4)
    assert found.not_before_at == datetime(2027, 1, 4, 23, tzinfo=UTC)
    assert found.not_after is None
    assert not found.is_over(datetime(2099, 1, 1, tzinfo=UTC)), "nothing ends behind what is listed"


def test_case_11_ends_once_next_year_is_listed() -> None:
    listed = of("FR")
    longer = replace(listed, covered_to=date(2027, 12, 31), holidays=listed.holidays | {date(2027, 1, 1)})

    found = deadline(LegalPeriod(4, WD), there("FR", "2026-12-29T12:00"), longer)

    assert isinstance(found, Deadline)
    assert found.last_day == date(2027, 1, 5)


def test_hours_pass_as_they_do_and_not_as_the_wall_has_them() -> None:
    found = at("FR", "2026-03-27T14:20", 72, HOURS)

    assert isinstance(found, Deadline)
    assert found.ends_at.astimezone(of("FR").zone).isoformat() == "2026-03-30T16:00:00+02:00"


@pytest.mark.parametrize(
    ("event", "number", "ends"),
    [
        ("2026-03-28T01:30", 24, "2026-03-29T03:00:00+02:00"),  # 02:00 does not exist
        ("2026-03-29T01:59:59", 1, "2026-03-29T04:00:00+02:00"),  # the hour after the event is the one from 03:00
        ("2026-10-24T01:30", 25, "2026-10-25T02:00:00+01:00"),  # 02:00 exists twice
        (
            "2026-03-02T14:00",
            1,
            "2026-03-02T16:00:00+01:00",
        ),  # what happens at 14:00 happens in the hour that begins then
    ],
)
def test_a_limit_of_hours_ends_at_a_moment_that_exists(event: str, number: int, ends: str) -> None:
    found = at("FR", event, number, HOURS)

    assert isinstance(found, Deadline)
    assert found.ends_at.astimezone(of("FR").zone).isoformat() == ends


@pytest.mark.parametrize(
    ("day", "over"),
    [
        (date(2026, 3, 28), datetime(2026, 3, 29, 1, tzinfo=UTC)),  # there is no midnight: 01:00 follows 23:59
        (date(2026, 10, 24), datetime(2026, 10, 25, 0, tzinfo=UTC)),  # there are two: the first one
    ],
)
def test_a_day_is_over_where_its_midnight_does_not_exist_or_is_there_twice(day: date, over: datetime) -> None:
    assert replace(of("PT"), zone=ZoneInfo("Atlantic/Azores")).end(day) == over


def test_a_limit_before_the_list_is_known_between_two_days() -> None:
    found = deadline_of_day(LegalPeriod(90, DAYS), date(2021, 3, 1), of("FR"))

    assert isinstance(found, NotCovered)
    assert found.not_before == date(2021, 5, 31), "30 May is a Sunday"
    assert found.not_after == date(2025, 1, 3), "the first days of which it is known that they work"
    assert found.is_over(datetime(2026, 12, 1, tzinfo=UTC))


def test_only_what_matters_has_to_be_listed() -> None:
    """An event before the list begins, or a Sunday at its end."""
    assert isinstance(deadline_of_day(LegalPeriod(30, DAYS), date(2024, 12, 10), of("FR")), Deadline)
    # The last day listed is a holiday: the one behind it is not known.
    listed = replace(of("FR"), covered_to=date(2026, 12, 25))
    assert isinstance(deadline_of_day(LegalPeriod(3, DAYS), date(2026, 12, 22), listed), NotCovered)
    assert isinstance(deadline_of_day(LegalPeriod(2, DAYS), date(2026, 12, 22), listed), Deadline)


def test_a_year_without_the_day_ends_with_its_month() -> None:
    found = deadline_of_day(LegalPeriod(1, YEARS), date(2024, 2, 29), of("FR"))

    assert isinstance(found, Deadline)
    assert found.last_day == date(2025, 2, 28)


def test_other_weekdays_count_where_a_law_says_so() -> None:
    six = replace(of("FR"), weekdays=frozenset(range(6)))

    found = deadline_of_day(LegalPeriod(4, WD), date(2026, 3, 4), six)

    assert isinstance(found, Deadline)
    assert found.last_day == date(2026, 3, 9), "5, 6, 7 and 9 March: the Saturday counts"


def test_hours_do_not_run_from_a_day() -> None:
    with pytest.raises(ValueError, match="hours"):
        deadline_of_day(LegalPeriod(1, HOURS), TODAY, of("FR"))


STATES = st.sampled_from(shipped().at(TODAY).holidays.states)
EVENTS = st.dates(date(2024, 12, 1), date(2026, 11, 1))


@given(state=STATES, event=EVENTS, number=st.integers(1, 60), unit=st.sampled_from([DAYS, WD]))
def test_a_limit_ends_with_a_working_day_and_never_early(
    state: str, event: date, number: int, unit: PeriodUnit
) -> None:
    calendar = of(state)

    found = deadline_of_day(LegalPeriod(number, unit), event, calendar)

    earliest = found.last_day if isinstance(found, Deadline) else found.not_before
    assert calendar.kind(earliest) in (DayKind.WORKING_DAY, DayKind.NOT_LISTED)
    assert earliest >= event + timedelta(days=number)
    if isinstance(found, Deadline):
        within = [day for day in days_of(event, found.last_day) if calendar.kind(day) is DayKind.WORKING_DAY]
        assert found.last_day in within
        if unit is WD and event >= calendar.covered_from:
            assert len(within) == number
        # With a further holiday on its way it ends later, or as before; never sooner.
        another = replace(calendar, holidays=calendar.holidays | {found.last_day})
        later = deadline_of_day(LegalPeriod(number, unit), event, another)
        assert (later.last_day if isinstance(later, Deadline) else later.not_before) > found.last_day
