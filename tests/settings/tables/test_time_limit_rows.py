"""Rows of time limits while goods are held: the delivered ones, an administration's own, and sets that were stored before them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gateway.domain.clocks import LegalPeriod, PeriodUnit
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.time_limits import FirstDay
from gateway.settings.tables import completed
from gateway.settings.tables.loosenings import loosened
from tests.builders.layers import over
from tests.builders.story import shipped

MINE = """
[[time_limit]]
name = "mine"
first_day = "accepted"
days = 10
directions = ["import"]
legal_basis = "own law"
valid_from = 2026-01-01
source = "own law"
"""


def test_each_delivered_limit_says_what_law_sets_it_and_where_it_was_read() -> None:
    found = {row.name: (row.first_day, row.period, row.legal_basis) for row in shipped().time_limits}

    assert found == {
        "temporary_storage": (FirstDay.PRESENTED, LegalPeriod(90, PeriodUnit.DAYS), "UCC Art. 149"),
        "heard": (
            FirstDay.REFUSAL_TOLD,
            LegalPeriod(30, PeriodUnit.DAYS),
            "UCC Art. 22(6), 29; Del. Reg. (EU) 2015/2446, Art. 8(1)",
        ),
        "measures_ordered": (
            FirstDay.AUTHORITY_TOLD,
            LegalPeriod(60, PeriodUnit.DAYS),
            "Reg. (EU) 2017/625, Art. 69(1)",
        ),
    }
    assert all("Art." in row.source for row in shipped().time_limits)


def test_all_faults_of_rows_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    wrong = (
        MINE.replace("days = 10", "days = 0")
        + MINE.replace('"mine"', '"other"').replace("accepted", "arrived")
        + MINE.replace('"mine"', '"third"').replace("days = 10", 'days = 10\nturn = "trader"')
    )

    with pytest.raises(ConfigurationError) as refused:
        over(tmp_path / "own", time_limits=wrong)

    zero, arrived, trader = (str(one).partition("own/")[2] for one in refused.value.faults)
    assert zero == "time_limits.toml:5: days: lies between 1 and 3653"
    assert arrived.startswith(
        "time_limits.toml:13: Invalid enum value 'arrived' - at `$.first_day`: it is one of lodged,"
    )
    assert trader.startswith("time_limits.toml:24: Invalid enum value 'trader' - at `$.turn`: it is one of officer,")


def test_days_of_a_limit_that_meet_are_a_fault(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"time_limits.toml:11: time_limit mine is given already at .*:2"):
        over(tmp_path / "own", time_limits=MINE + MINE.replace("2026-01-01", "2026-06-01"))


def test_days_between_that_were_forgotten_are_a_fault(tmp_path: Path) -> None:
    first = MINE.replace("valid_from", "valid_to = 2026-03-31\nvalid_from")
    with pytest.raises(ConfigurationError, match="time_limit mine: no row holds from 2026-04-01 to 2026-05-31"):
        over(tmp_path / "own", time_limits=first + MINE.replace("2026-01-01", "2026-06-01"))


def test_a_delivered_limit_is_changed_or_taken_out(tmp_path: Path) -> None:
    row = '[[time_limit]]\nname = "heard"\nvalid_from = 2027-01-01\nsource = "x"\n'
    tables = over(
        tmp_path / "own",
        time_limits=f'{row}days = ""\nworking_days = 20\n\n'
        '[[time_limit]]\nname = "measures_ordered"\nremoved = true\nvalid_from = 2027-01-01\nsource = "x"\n',
    )

    then = {one.name: one.period for one in tables.time_limits if one.in_force(date(2027, 1, 1))}
    now = {one.name: one.period for one in tables.time_limits if one.in_force(date(2026, 12, 31))}

    assert then == {
        "temporary_storage": LegalPeriod(90, PeriodUnit.DAYS),
        "heard": LegalPeriod(20, PeriodUnit.WORKING_DAYS),
    }
    assert now["heard"] == LegalPeriod(30, PeriodUnit.DAYS)
    assert "measures_ordered" in now
    with pytest.raises(ConfigurationError, match=r'say one of them \(one taken over: days = ""\)'):
        over(tmp_path / "both", time_limits=f"{row}working_days = 20\n")


def test_a_stored_set_of_before_takes_the_delivered_limits() -> None:
    before = replace(shipped(), time_limits=())

    found = completed(before, shipped())

    assert found.tables.time_limits == shipped().time_limits
    assert found.tables.digest == before.digest
    assert not found.later
    assert not loosened(before, shipped())


def test_limits_loosen_nothing_since_nothing_acts_on_them(tmp_path: Path) -> None:
    tables = over(tmp_path / "own", time_limits=MINE)

    assert not loosened(shipped(), tables)
    assert not tables.loosenings
