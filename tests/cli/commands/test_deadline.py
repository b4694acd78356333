"""`gateway deadline`, as an officer types it: when a limit ends, and by which days."""

import json
from pathlib import Path

import pytest

from tests.cli.typed import gateway, gateway_apart


def test_a_limit_is_told_with_each_of_its_days() -> None:
    done = gateway_apart("deadline", "--from", "2026-03-30", "--working-days", "4", "--state", "DE")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "until the end of Tue 2026-04-07 in DE (2026-04-07T22:00:00Z)",
        "8 days, of which 4 are working days; 2026-03-30, the day of the event, does not count",
        "  Tue 2026-03-31",
        "  Wed 2026-04-01",
        "  Thu 2026-04-02",
        "  Fri 2026-04-03  public holiday",
        "  Sat 2026-04-04  no weekday that counts",
        "  Sun 2026-04-05  no weekday that counts",
        "  Mon 2026-04-06  public holiday",
        "  Tue 2026-04-07",
    ]


def test_a_limit_that_the_list_does_not_reach_is_known_as_far_as_it_is() -> None:
    done = gateway("deadline", "--from", "2026-12-29", "--working-days", "4", "--state", "FR")

    assert done.returncode == 10
    assert done.stdout.startswith("not before the end of Mon 2027-01-04 in FR (2027-01-04T23:00:00Z)\n")
    assert "the public holidays of FR are listed from 2025-01-01 to 2026-12-31" in done.stdout
    assert "  Fri 2027-01-01  not listed\n" in done.stdout


def test_a_list_of_ones_own_counts(tmp_path: Path) -> None:
    (tmp_path / "holidays.toml").write_text(
        '[[calendar]]\nstate = "XI"\nzone = "Europe/London"\ncovered_from = 2026-01-01\ncovered_to = 2026-12-31\n'
        'counting = ["monday", "saturday"]\nvalid_from = 2026-01-01\nsource = "own law"\nloosens = "own law"\n'
        '[[holiday]]\nstate = "XI"\ndays = [2026-07-13]\nvalid_from = 2026-01-01\nsource = "own law"\n'
    )

    done = gateway("deadline", "--from", "2026-07-11", "--days", "2", "--state", "xi", GATEWAY_TABLES=f'["{tmp_path}"]')

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("until the end of Mon 2026-07-20 in XI (2026-07-20T23:00:00Z)\n")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("2026-03-28T23:30", "--hours", "3", "--state", "PT"), "until 04:00 on Sun 2026-03-29 in PT (2026-03-29T03:00:00Z)"),
        (("2026-10-24T22:30", "--hours", "4", "--state", "FI"), "until 03:00 on Sun 2026-10-25 in FI (2026-10-25T00:00:00Z)"),
        (("2026-05-12", "--days", "1", "--state", "LU"), "1 day, of which 1 is a working day; 2026-05-12, the day of the event, does not count"),
        (("2024-02-29", "--years", "2", "--state", "HU"), "the last 400 of them:"),
    ],
)  # fmt: skip
def test_hours_end_at_an_hour_and_what_is_not_told_is_said(arguments: tuple[str, ...], told: str) -> None:
    assert told in gateway("deadline", "--from", *arguments).stdout.splitlines()


@pytest.mark.parametrize(
    ("arguments", "status", "last", "not_before"),
    [
        (("--from", "2026-02-02", "--days", "90", "--state", "FR"), 0, "2026-05-04", None),
        (("--from", "2023-12-05", "--years", "3", "--state", "FR"), 0, "2026-12-07", None),
        (("--from", "2026-03-27T14:20", "--hours", "72", "--state", "FR"), 0, "2026-03-30", None),
        (("--from", "2026-03-02T23:30Z", "--working-days", "4", "--state", "FR"), 0, "2026-03-09", None),
        (("--from", "2026-04-08", "--working-days", "4", "--state", "EL"), 0, "2026-04-16", None),
        (("--from", "2024-06-03", "--years", "3", "--state", "FR"), 10, None, "2027-06-03"),
        (("--from", "2026-04-08", "--days", "4", "--state", "XI"), 10, None, None),
    ],
)
def test_a_program_reads_the_same(
    arguments: tuple[str, ...], status: int, last: str | None, not_before: str | None
) -> None:
    done = gateway("deadline", *arguments, "--json")

    read = json.loads(done.stdout)
    assert (done.returncode, read["last_day"], read["not_before"]) == (status, last, not_before)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--from", "2026-03-02"), "give one of --days, --working-days, --years and --hours"),
        (("--from", "2026-03-02", "--days", "1", "--years", "1"), "give one of"),
        (("--from", "2.3.2026", "--days", "1"), "a day is written as in 2026-03-02"),
        (("--from", "2026-03-02", "--hours", "1"), "hours run from a moment"),
        (("--from", "2026-03-29T02:30", "--hours", "1"), "there is no such hour in Europe/Paris"),
        (("--from", "9999-12-30", "--days", "9"), "behind all days"),
    ],
)
def test_what_cannot_be_counted_is_not_understood(arguments: tuple[str, ...], told: str) -> None:
    done = gateway("deadline", *arguments, "--state", "FR")

    assert done.returncode == 64
    assert told in done.stderr
