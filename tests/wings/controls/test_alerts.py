"""An alert is matched exactly: what meets it is told to analysts alone, and controlled at once only where the alert says so."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from gateway.domain.errors import Conflict
from gateway.domain.record import Record
from gateway.wings.controls.risk.alerts import Alerts
from gateway.wings.controls.risk.replay import SecondAssessment
from tests.builders.goods import goods, milk
from tests.builders.replicas import mrn_of
from tests.wings.controls.conftest import CANARY, CHEDS, KEY, OTHER, RiskOffice, alert, risk_office

WHAT = goods(milk(CHEDS[0], "1"))


def alerts(risk: RiskOffice) -> Alerts:
    return Alerts(risk.controlling.office.store.database, risk.room, risk.assessor)


async def lodged(risk: RiskOffice, lrn: str, *previous: str) -> Record:
    return await risk.controlling.office.lodge(lrn, WHAT, previous=previous)


async def matched(risk: RiskOffice) -> dict[str, bool]:
    """Which declarations met an alert, and whether they were released by then."""
    return {one.match.declaration: one.match.released for one in await risk.room.matches()}


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def test_a_released_declaration_that_meets_an_alert_is_told_to_analysts_alone(risk: RiskOffice) -> None:
    """No order, no event, no notice, no word: neither of it nor of one that is open, nor of one that comes later."""
    office = risk.controlling.office
    released, still_open, other = await lodged(risk, "ALR1"), await lodged(risk, "ALR2"), await lodged(risk, "ALR3")
    assert (await office.release(released)).done
    heads = [(await office.settled(one.id)).event_seq for one in (released, still_open, other)]
    mrns = ", ".join(f'"{mrn_of(one)}"' for one in ("ALR1", "ALR2", "ALR4"))
    with capture_logs() as logs:
        await risk.publish(alert(f'{{ list = "mrn", values = [{mrns}] }}'))
        await risk.open_declarations.assess()
        await alerts(risk).compare()
        later = await lodged(risk, "ALR4")
    assert await matched(risk) == {released.id: True, still_open.id: False, later.id: False}
    assert [(await office.settled(one.id)).event_seq for one in (released, still_open, other)] == heads
    assert not [one for record in (released, still_open, other, later) for one in await risk.orders(record.id)]
    assert CANARY not in str(logs)
    assert (await office.release(still_open)).done
    for again in (risk, risk_office(risk.controlling, KEY)):
        await again.room.refresh()
        await alerts(again).compare()
    assert len(await risk.room.matches()) == 3
    replayed = await SecondAssessment(office.store, risk.room, office.rules).of(later.id)
    assert [one.faults for one in replayed] == [()]


@pytest.mark.parametrize(("days", "found"), [(89, 1), (91, 0)])
async def test_what_went_is_compared_for_ninety_days(risk: RiskOffice, days: int, found: int) -> None:
    record = await lodged(risk, "ALR5")
    assert (await risk.controlling.office.release(record)).done
    risk.controlling.change("SELECT released INTO kept_release FROM declaration")
    then = f"to_jsonb((released::json ->> 'at')::timestamptz - interval '{days} days')"
    risk.controlling.change(f"UPDATE declaration SET released = jsonb_set(released::jsonb, '{{at}}', {then})::text")
    await risk.publish(alert())
    await alerts(risk).compare()
    assert len(await matched(risk)) == found
    risk.controlling.change(
        "UPDATE declaration SET released = (SELECT released FROM kept_release); DROP TABLE kept_release"
    )


async def test_an_alert_that_names_types_is_ordered_at_once(risk: RiskOffice) -> None:
    """Of what is released nothing is ordered; of a suspended or ended alert nothing is told."""
    office = risk.controlling.office
    released, still_open = await lodged(risk, "ALR5"), await lodged(risk, "ALR6", "PD9")
    assert (await office.release(released)).done
    measure = '{ list = "previous_document", values = ["PD9"] }'
    await risk.publish(alert(measure, types="40"))
    await risk.open_declarations.assess()
    await alerts(risk).compare()
    assert [one.order.types for one in await risk.orders(still_open.id)] == [("40",)]
    assert await risk.refused(still_open)
    assert await matched(risk) == {still_open.id: False}
    await risk.publish(alert(types="40"))
    await alerts(risk).compare()
    assert not await risk.orders(released.id)
    assert (await matched(risk))[released.id]
    office.clock.pass_by(timedelta(days=400))
    assert (await risk.assessor.alerts())[0] == ()


async def test_the_mrn_that_customs_gives_is_compared(risk: RiskOffice) -> None:
    """An alert on it meets a declaration that stated none; what follows is made again equal."""
    office = risk.controlling.office
    await risk.publish(alert(f'{{ list = "mrn", values = ["{mrn_of("ALR7")}"] }}'))
    record = await lodged(risk, "ALR7")
    assert await matched(risk) == {record.id: False}
    (kept,) = await risk.room.of(record.id)
    assert kept.sealed.grounds is not None
    assert kept.sealed.grounds.mrn == mrn_of("ALR7")
    await office.settled(record.id)


async def test_matches_are_sealed_and_a_key_that_is_missing_says_so(risk: RiskOffice) -> None:
    await risk.publish(alert())
    record = await lodged(risk, "ALR8")
    risk.controlling.change("UPDATE risk_match SET at = at")
    found = await risk.controlling.office.store.database.rows("risk_matches", {"most": 9})
    assert [record.id.encode() in bytes(one["body"]) for one in found] == [False]
    assert {len(bytes(one["body"])) for one in found} == {1024 + 12 + 16}
    with pytest.raises(Conflict, match="cannot be read here"):
        await risk_office(risk.controlling, OTHER).publication.matches()
