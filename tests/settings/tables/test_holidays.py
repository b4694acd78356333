"""The delivered holidays of the Member States, against a second source that goes by the States' own laws."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import holidays as second_source
import pytest

from gateway.domain.clocks import Deadline, LegalPeriod, NotCovered, PeriodUnit, deadline_of_day
from gateway.domain.errors import ConfigurationError
from gateway.settings.tables import completed
from gateway.settings.tables.holiday_lists import ending, unlisted
from gateway.settings.tables.loosenings import loosened
from tests.builders.layers import over
from tests.builders.story import shipped

MEMBER_STATES = (
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU"),
    *("LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
)
_PUBLISHED = "published as the State transmitted it; its law has no such day"
_MOVED = "a rest day in place of another one: the published list has the holiday itself"
DIFFERENCES = {
    ("BE", "2026-11-02"): _PUBLISHED + ": it stands in for 1 November, a Sunday",
    ("BG", "2025-05-26"): _MOVED,
    ("BG", "2025-09-08"): _MOVED,
    ("BG", "2025-12-31"): "declared a rest day by the government, after the list was published",
    ("BG", "2026-01-02"): "declared a rest day by the government, after the list was published",
    ("BG", "2026-05-25"): _MOVED,
    ("BG", "2026-09-07"): _MOVED,
    ("BG", "2026-12-28"): _MOVED,
    ("CY", "2025-12-24"): _PUBLISHED + ": public services are closed",
    ("CY", "2026-12-24"): "as in the list of 2025",
    ("HU", "2025-05-02"): _MOVED,
    ("HU", "2025-10-24"): _MOVED,
    ("HU", "2025-12-24"): _MOVED,
    ("HU", "2026-01-02"): _MOVED,
    ("HU", "2026-08-21"): _MOVED,
    ("HU", "2026-12-24"): "a rest day, which the published list does not have",
    ("LV", "2026-01-02"): _PUBLISHED + ": a day moved by the government",
    ("LV", "2026-06-22"): _PUBLISHED + ": a day moved by the government",
    ("NL", "2025-05-30"): _PUBLISHED + ": public services are closed",
    ("NL", "2026-05-05"): _PUBLISHED + ": Liberation Day, a day off every fifth year otherwise",
    ("SK", "2025-11-17"): _PUBLISHED + ": a holiday on which people work since 2025",
    ("SK", "2026-09-15"): _PUBLISHED + ": a holiday on which people work in 2026",
}
"""Weekdays that one of both has alone, with the reason why ours has it or not."""


def days_of(state: str) -> frozenset[date]:
    found = shipped().at(date(2026, 12, 1)).holidays.of(state)
    assert found is not None
    return found.holidays


def test_all_member_states_are_listed_for_the_same_two_years_and_say_where_from() -> None:
    tables = shipped()

    assert tables.at(date(2026, 12, 1)).holidays.states == MEMBER_STATES
    assert {(one.covered_from, one.covered_to) for one in tables.state_calendars} == {
        (date(2025, 1, 1), date(2026, 12, 31))
    }
    assert all("C/202" in one.source for one in tables.public_holidays)
    assert tables.at(date(2026, 12, 1)).holidays.of("XI") is None


def test_each_day_is_in_the_second_source_too_or_its_difference_has_a_reason() -> None:
    found = set()
    for state in MEMBER_STATES:
        theirs = second_source.country_holidays(state, years=[2025, 2026])
        found |= {(state, str(day)) for day in days_of(state) ^ set(theirs) if day.weekday() < 5}

    assert found == set(DIFFERENCES)


def test_a_further_year_is_listed_by_a_folder_of_ones_own(tmp_path: Path) -> None:
    tables = over(
        tmp_path / "own",
        holidays="""
[[calendar]]
state = "FR"
covered_to = 2027-12-31
valid_from = 2026-12-15
source = "OJ"
loosens = "the list of 2027"

[[holiday]]
state = "FR"
days = [2027-01-01]
valid_from = 2026-12-15
source = "OJ"
""",
    )
    period = LegalPeriod(4, PeriodUnit.WORKING_DAYS)

    def at(day: date) -> Deadline | NotCovered:
        calendar = tables.at(day).holidays.of("FR")
        assert calendar is not None
        return deadline_of_day(period, date(2026, 12, 29), calendar)

    assert isinstance(at(date(2026, 12, 14)), NotCovered)
    later = at(date(2026, 12, 15))
    assert isinstance(later, Deadline)
    assert later.last_day == date(2027, 1, 5)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('covered_to = 2024-12-31\nzone = "Europe/Paris"', "covered_to: lies before covered_from"),
        ('covered_to = 2027-12-31\nzone = "Europe/Pari"', "zone: 'Europe/Pari' is no time zone"),
        ('covered_to = 2027-12-31\nzone = "Europe/Paris"\ncounting = []', "counting"),
        ('covered_to = 2027-12-31\nzone = "Europe/Paris"\ncounting = "weekdays"', "counting"),
        ('covered_to = 2027-12-31\nzone = "Europe/Paris"\ncounting = ["samedi"]', "counting"),
    ],
)
def test_a_calendar_that_cannot_be_meant_is_a_fault(tmp_path: Path, text: str, fault: str) -> None:
    row = f'[[calendar]]\nstate = "XI"\ncovered_from = 2025-01-01\n{text}\nvalid_from = 2026-01-01\nsource = "x"\n'

    with pytest.raises(ConfigurationError, match=fault):
        over(tmp_path / "own", holidays=row)


def test_holidays_of_a_state_without_a_calendar_are_a_fault(tmp_path: Path) -> None:
    row = '[[holiday]]\nstate = "EL"\ndays = [2027-01-01]\nvalid_from = 2026-01-01\nsource = "x"\n'

    with pytest.raises(ConfigurationError, match=r"EL has no .*did you mean 'GR'"):
        over(tmp_path / "own", holidays=row)


def test_weekdays_of_a_law_of_their_own_count(tmp_path: Path) -> None:
    row = '[[calendar]]\nstate = "FR"\ncounting = ["monday", "saturday"]\nvalid_from = 2026-01-01\nsource = "x"\nloosens = "own law"\n'

    found = over(tmp_path / "own", holidays=row).at(date(2026, 12, 1)).holidays.of("FR")

    assert found is not None
    assert found.weekdays == {0, 5}


def test_a_stored_set_of_before_takes_the_delivered_lists() -> None:
    before = replace(shipped(), state_calendars=(), public_holidays=())

    found = completed(before, shipped())

    assert found.tables.state_calendars == shipped().state_calendars
    assert found.tables.public_holidays == shipped().public_holidays
    assert found.tables.digest == before.digest
    assert not found.later
    assert not loosened(before, shipped())


@pytest.mark.parametrize(
    ("today", "told"),
    [(date(2026, 10, 31), None), (date(2026, 11, 1), "are"), (date(2026, 12, 31), "are"), (date(2027, 1, 1), "were")],
)
def test_lists_that_end_soon_or_ended_are_told(today: date, told: str | None) -> None:
    found = list(ending(shipped(), today))

    if told is None:
        assert found == []
    else:
        (one,) = found
        assert f"SK {told} listed to 2026-12-31: a time limit that needs a later day has no end" in one


def test_a_state_whose_offices_have_no_list_is_told() -> None:
    assert unlisted(shipped(), date(2026, 12, 1)) == ("XI",)
