"""Check of whether the public holidays are listed by which time limits of the law are counted."""

from collections.abc import Iterator
from datetime import date

from gateway.cli.doctor.health_check import HealthCheck, attention, good, unknown
from gateway.configured_rules import read_rules
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings
from gateway.settings.tables.holiday_lists import ending

_NAME = "holidays"


def holidays_check(settings: Settings, today: date) -> Iterator[HealthCheck]:
    """Judge how long the lists of the configuration last."""
    try:
        tables = read_rules(settings).tables
    except ConfigurationError:
        yield unknown(_NAME, "whether they are listed: the tables cannot be read", "`gateway check` names each fault")
        return
    found = list(ending(tables, today))
    for one in found:
        yield attention(
            _NAME,
            one,
            "bring the lists of the Official Journal in a folder of your own: [[holiday]] rows and `covered_to` in holidays.toml",
        )
    if not found:
        last = min((row.covered_to for row in tables.state_calendars if row.in_force(today)), default=None)
        yield good(_NAME, "no State's are listed" if last is None else f"they are listed to {last} at least")
