"""A certificate that ends is found before and after it does, at whatever hour."""

from datetime import UTC, datetime, timedelta

import pytest

from gateway.cli.doctor.certificate_checks import certificate_checks
from gateway.cli.doctor.health_check import CheckState
from gateway.domain.certificate_validity import CertificateValidity

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(
    ("ends", "state", "seen"),
    [
        (NOON, CheckState.WRONG, "ended 0 s ago"),
        (NOON + SECOND, CheckState.WRONG, "ends in 1 s, 2026-11-28T12:00:01Z"),
        (NOON - DAY, CheckState.WRONG, "ended 1 d ago, 2026-11-27T12:00:00Z"),
        (NOON + DAY, CheckState.WRONG, "ends in 1 d"),
        (NOON + 29 * DAY, CheckState.ATTENTION, "ends in 29 d"),
        (NOON + 31 * DAY, CheckState.GOOD, "ends in 31 d"),
    ],
    ids=["at noon", "a second later", "yesterday", "tomorrow", "this month", "later"],
)
def test_the_days_that_are_left_are_told(ends: datetime, state: CheckState, seen: str) -> None:
    (found,) = certificate_checks([CertificateValidity(name="x.ca_file", begins=NOON - 9 * DAY, ends=ends)], NOON)
    assert found.state is state
    assert seen in found.seen
    assert ("SIGHUP" in found.remedy) == (state is not CheckState.GOOD)


@pytest.mark.parametrize(
    ("one", "seen"),
    [
        (
            CertificateValidity(name="x", begins=NOON + SECOND, ends=NOON + 99 * DAY),
            "valid only from 2026-11-28T12:00:01Z",
        ),
        (
            CertificateValidity(name="x", begins=NOON, ends=NOON + 99 * DAY, fault="its key belongs to another"),
            "its key",
        ),
        (CertificateValidity(name="x", fault="it cannot be read (ValueError)"), "cannot be read"),
    ],
    ids=["not yet valid", "another's key", "not readable"],
)
def test_one_that_cannot_be_used_is_wrong(one: CertificateValidity, seen: str) -> None:
    (found,) = certificate_checks([one], NOON)
    assert found.state is CheckState.WRONG
    assert seen in found.seen
    assert found.remedy


def test_none_is_said() -> None:
    (found,) = certificate_checks([], NOON)
    assert found.state is CheckState.GOOD
