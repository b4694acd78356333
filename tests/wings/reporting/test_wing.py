"""The wing of reports in a replica: silent without an issuer, and with one its nightly work writes, counts and says what is wrong."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.domain.errors import ConfigurationError
from gateway.lifecycle import Pulses
from gateway.settings import load
from gateway.wing import Kernel
from gateway.wings.reporting.wing import ReportingWing, SurveillanceIncomplete
from tests.builders.authority import Authority
from tests.builders.offices import SECRETS, authority, loaded, office, rules
from tests.builders.replicas import Office
from tests.wings.reporting.stage import BOTH, RESTORED, Reported, reporting

__all__ = ["authority", "loaded", "office", "rules"]  # fixtures


@pytest.fixture
async def reported(office: Office, authority: Authority) -> Reported:
    """An office that reports."""
    return await reporting(office)


def wing_of(office: Office, **settings: str) -> ReportingWing:
    """The wing of the office's first replica."""
    replica = office.first
    kernel = Kernel(
        settings=load({**SECRETS, **settings}),
        store=replica.store,
        lifecycle=replica.lifecycle,
        dispatcher=replica.dispatcher,
        pulses=Pulses(within_s=60, every_s=1),
    )
    return ReportingWing(kernel)


async def test_the_nightly_work_writes_what_is_due_and_counts(reported: Reported) -> None:
    wing = wing_of(reported.office, GATEWAY_REPORTING__ISSUER="FR")
    await wing.begin()
    (chore,) = [one for one in wing.chores() if one.name == "write_surveillance"]
    await reported.office.release(await reported.office.lodge("NIGHT-1", BOTH))
    with capture_logs() as lines:
        await chore.work()
    assert [(one["event"], one["records"]) for one in lines] == [("surveillance_file_written", 2)]
    async with reported.office.store.database.connection() as connection:
        await connection.execute(RESTORED)
        await connection.execute("DELETE FROM surveillance_item WHERE item = 1")
    with capture_logs() as lines, pytest.raises(SurveillanceIncomplete):
        await chore.work()
    assert [one["event"] for one in lines] == ["surveillance_not_written", "surveillance_remainder"]
    assert (lines[1]["state"], lines[1]["items"]) == ("missing", 1)


async def test_without_an_issuer_it_does_nothing(office: Office) -> None:
    wing = wing_of(office)
    await wing.begin()
    assert [one.name for one in wing.chores()] == ["count_indicators"]
    assert await wing.due.switch() is None


async def test_every_night_the_days_that_are_over_are_counted_for_indicators(office: Office) -> None:
    wing = wing_of(office)
    (chore,) = wing.chores()
    with capture_logs() as lines:
        await chore.work()
    assert lines == [], "nothing was ever lodged"
    await office.lodge("NIGHT-2", BOTH)
    office.clock.pass_by(timedelta(days=1))
    with capture_logs() as lines:
        await chore.work()
        await chore.work()
    ((told,),) = [[one for one in lines if one["event"] == "indicators_counted"]]
    assert told["last"] == (wing.today() - timedelta(days=1)).isoformat()


async def test_another_issuer_does_not_start(reported: Reported) -> None:
    with pytest.raises(ConfigurationError, match=r"reporting\.issuer: DE"):
        await wing_of(reported.office, GATEWAY_REPORTING__ISSUER="DE").begin()
