"""Indicators are rows: unknown counts and rows that would tell what others keep back are named with place, rule and remedy."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from shutil import copytree

import pytest

from gateway.domain.tables.in_force import Tables
from gateway.settings.tables import load_tables
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from gateway.wings.reporting.indicators.counts import COUNTS
from gateway.wings.reporting.indicators.rows import FILE, Indicator, PeriodName
from gateway.wings.reporting.indicators.soundness import found
from tests.builders.partner_project import typed
from tests.builders.places import CONFIG

DAY = date(2026, 2, 11)


@pytest.fixture(scope="module")
def tables() -> Tables:
    """The delivered tables."""
    return load_tables(CONFIG)


def with_rows(tables: Tables, *rows: Indicator) -> Tables:
    """The tables with these indicators alone."""
    return compose(tables.version, {into: rows if into == "indicator" else tables.rows_of(into) for into in KINDS})


def test_what_is_delivered_is_sound_and_counts_all_that_is_counted(tables: Tables) -> None:
    assert list(found(tables)) == []
    rows = tables.rows_of("indicator")
    assert {row.numerator for row in rows} | {row.denominator for row in rows} - {None} == set(COUNTS)
    assert {row.least for row in rows} == {10}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"numerator": "parcels"}, "nothing is counted as 'parcels'; take one of lodged, decided"),
        ({"denominator": "parcels"}, "nothing is counted as 'parcels'"),
        (
            {"by": ("office", "formality")},
            "held is not told apart by 'formality'; `by` may have `office` and `authority`",
        ),
        ({"least": 0}, "`least` is 1 or more"),
        ({"denominator": "held", "by": ()}, "a share of itself is always 1"),
    ],
)
def test_an_unsound_row_is_named(tables: Tables, changed: dict[str, object], fault: str) -> None:
    row = next(row for row in tables.rows_of("indicator") if row.name == "held")
    (told,) = found(with_rows(tables, replace(row, **changed)))
    assert told.startswith(f"{row.place}: held: ")
    assert fault in told


@pytest.mark.parametrize("changed", [{"period": PeriodName.DAY}, {"least": 3}])
def test_rows_that_share_a_count_have_the_same_periods_and_bounds(tables: Tables, changed: dict[str, object]) -> None:
    row = next(row for row in tables.rows_of("indicator") if row.name == "lodged")
    other = replace(row, name="other", place="indicators.toml:999", **changed)
    (told,) = found(with_rows(tables, row, other))
    assert {"indicators.toml:999", row.place} <= {one.strip(":,") for one in told.split()}
    assert told.endswith(f"give both the same `{next(iter(changed))}`")
    assert (
        list(found(with_rows(tables, replace(row, valid_to=DAY), replace(other, valid_from=date(2026, 2, 12))))) == []
    )


def test_a_check_names_an_unknown_count_with_its_place(tmp_path: Path) -> None:
    """The whole folder is the installation's own."""
    copytree(CONFIG, tmp_path / "config")
    file = tmp_path / "config" / FILE
    file.write_text(file.read_text("utf-8").replace('numerator = "over_use"', 'numerator = "overuse"'), "utf-8")
    done = typed("check", GATEWAY_CONFIG=str(tmp_path / "config"))
    assert done.returncode == 78
    assert "over_use: nothing is counted as 'overuse'; take one of lodged" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("period", "first", "behind"),
    [
        (PeriodName.DAY, DAY, date(2026, 2, 12)),
        (PeriodName.WEEK, date(2026, 2, 9), date(2026, 2, 16)),
        (PeriodName.MONTH, date(2026, 2, 1), date(2026, 3, 1)),
    ],
)
def test_a_period_begins_and_ends(period: PeriodName, first: date, behind: date) -> None:
    assert (period.first(DAY), period.behind(first)) == (first, behind)
    assert period.first(behind) == behind
