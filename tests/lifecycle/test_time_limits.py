"""Time limits about a declaration are counted where its customs office is, by the tables that count then."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.api.localization import Wording
from gateway.api.views.clocks import KeptLimits, kept
from gateway.domain.calendar import Calendar
from gateway.domain.clocks import Deadline, LegalPeriod, NotCovered, PeriodUnit
from gateway.domain.declaration import Kind
from gateway.domain.matter import Matter, MatterKind
from gateway.domain.record import State
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.lifecycle.time_limits import TimeLimits
from gateway.settings.messages import load_catalogue
from tests.builders.places import CONFIG
from tests.builders.story import shipped

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


def limits(zone: str = "Europe/Brussels", tables: TablesInForce | None = None) -> TimeLimits:
    calendar = Calendar(zone=ZoneInfo(zone))
    return TimeLimits(tables or TablesInForce(shipped()), calendar, lambda: NOW)


@pytest.mark.parametrize(
    ("office", "received", "ends"),
    [
        ("FR000010", "2026-03-02T10:00:00Z", "2026-04-01T22:00:00Z"),
        ("FR000010", "2026-03-05T10:00:00Z", "2026-04-07T22:00:00Z"),  # 4 April is a Saturday, 6 April Easter Monday
        ("FR000010", "2026-03-02T23:30:00Z", "2026-04-02T22:00:00Z"),  # the 3rd there
        ("PT000010", "2026-03-02T23:30:00Z", "2026-04-01T23:00:00Z"),  # and not here
        ("BE000010", "2026-10-02T10:00:00Z", "2026-11-03T23:00:00Z"),
        (None, "2026-10-02T10:00:00Z", "2026-11-03T23:00:00Z"),  # no office: the administration's own State
    ],
)
def test_a_declaration_lapses_when_its_states_days_are_over(office: str | None, received: str, ends: str) -> None:
    found = limits().lapse(office, datetime.fromisoformat(received))

    assert isinstance(found, Deadline)
    assert found.ends_at == datetime.fromisoformat(ends)


def test_customs_decides_within_120_days() -> None:
    known = limits().decision("DE000010", datetime(2026, 5, 29, 10, tzinfo=UTC))
    beyond = limits().decision("DE000010", NOW)

    assert isinstance(known, Deadline)
    assert known.last_day == date(2026, 9, 28), "26 September is a Saturday"
    assert isinstance(beyond, NotCovered)
    assert beyond.not_before == date(2027, 3, 31)


@pytest.mark.parametrize(("office", "zone"), [("XI000142", "Europe/Brussels"), (None, "Europe/London"), (None, "UTC")])
def test_where_no_holidays_are_listed_nothing_ends(office: str | None, zone: str) -> None:
    assert limits(zone).lapse(office, NOW) is None
    assert limits(zone).last_day(office, date(2026, 12, 24)) is None


def test_a_last_day_that_was_the_earliest_is_counted_on_once_its_holidays_are_listed() -> None:
    tables = TablesInForce(shipped())
    stored = date(2027, 1, 1)

    before = limits(tables=tables).last_day("FR000010", stored)
    longer = tuple(replace(one, covered_to=date(2027, 12, 31)) for one in shipped().state_calendars)
    (of_france, *_) = (one for one in shipped().public_holidays if one.state == "FR")
    new_year = replace(of_france, days=(date(2027, 1, 1),))
    listed = replace(
        shipped(), state_calendars=longer, public_holidays=(*shipped().public_holidays, new_year), digest="x"
    )
    after = limits(tables=TablesInForce(listed)).last_day("FR000010", stored)

    assert isinstance(before, NotCovered)
    assert before.not_before == stored
    assert isinstance(after, Deadline)
    assert after.last_day == date(2027, 1, 4)


def test_each_clock_says_when_it_ends_or_before_when_it_does_not() -> None:
    found = kept(
        KeptLimits(
            kind=Kind.PRE_LODGED,
            state=State.DECIDED,
            lodged_at=NOW,
            accepted_at=None,
            matters=(
                Matter(kind=MatterKind.REQUEST, ends_at=datetime(2026, 12, 2, 12, tzinfo=UTC)),
                Matter(kind=MatterKind.APPLICATION, since=NOW),
            ),
            office="FR000010",
        ),
        limits(),
        Wording.chosen(load_catalogue(CONFIG), ["en"], at_once=False),
    )

    assert [(one["kind"], one["ends_at"], one["not_before"]) for one in found] == [
        ("approval", datetime(2026, 12, 2, 12, tzinfo=UTC), None),
        ("lapse", datetime(2026, 12, 31, 23, tzinfo=UTC), None),
        ("application", None, datetime(2027, 3, 31, 22, tzinfo=UTC)),
    ]
    # What is a limit of the law is counted as the law has it; an approval is the administration's own.
    assert [one["legal_basis"] is not None for one in found] == [False, True, True]


def test_a_period_of_any_length_is_counted() -> None:
    found = limits().of(LegalPeriod(3, PeriodUnit.YEARS), "FR000010", datetime(2023, 12, 5, 12, tzinfo=UTC))

    assert isinstance(found, Deadline)
    assert found.last_day == date(2026, 12, 7)
