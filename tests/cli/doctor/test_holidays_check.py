"""The doctor says in time that the lists of public holidays end, and what to do."""

from datetime import date

from gateway.cli.doctor.health_check import CheckState
from gateway.cli.doctor.holidays_check import holidays_check
from gateway.settings import load
from tests.builders.running import REAL


def test_the_lists_last_or_end_soon() -> None:
    settings = load(REAL)

    (lasts,) = holidays_check(settings, date(2026, 10, 31))
    (ends,) = holidays_check(settings, date(2026, 11, 1))

    assert (lasts.state, lasts.seen) == (CheckState.GOOD, "they are listed to 2026-12-31 at least")
    assert ends.state is CheckState.ATTENTION
    assert "SK are listed to 2026-12-31: a time limit that needs a later day has no end" in ends.seen
    assert "`covered_to` in holidays.toml" in ends.remedy
