"""A write-off whose authority cannot be asked for the second word counts, is said to be confirmed by its receipt alone, and is compared later."""

from datetime import timedelta

import pytest

from adapters.simulation import Fault
from gateway.contract import ManifestFault, parse_manifest
from gateway.domain.movement import Movement, MovementState
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.places import ROOT
from tests.builders.replicas import Office, until

CHED, OTHER, THIRD = (f"CHEDP.FR.2026.980000{number}" for number in (1, 2, 3))
READS = "QuantityManagementIndication>0<"


async def last(office: Office, record_id: str) -> Movement:
    return (await office.store.movements.of(record_id))[-1]


async def test_it_is_said_and_forgotten_when_the_position_confirms_it(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge("ALONE1", goods(milk(CHED)))
    authority.fail(Fault.DOWN, READS, count=None)
    assert (await office.release(record)).done
    written_off = await last(office, record.id)
    assert (written_off.state, written_off.by_receipt_alone) == (MovementState.DONE, True)
    authority.heal()
    assert await office.looks() == 1, "it is compared by itself, once the authority can be asked"
    record = await office.settled(record.id)
    assert record.decision is not None
    assert "SW-DEC-126" not in {finding.code for finding in record.decision.decision.findings}
    assert not (await last(office, record.id)).by_receipt_alone


async def test_it_is_read_at_once_where_the_authority_can_be_asked(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    record = await office.lodge("ALONE2", goods(milk(CHED)))
    assert (await office.release(record)).done
    written_off = await last(office, record.id)
    assert (written_off.state, written_off.by_receipt_alone) == (MovementState.DONE, False)
    assert len(written_off.message_ids) == 2


async def test_what_a_later_movement_went_beyond_is_not_compared_for_ever(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    authority.issue(OTHER, ("0401", "500", "KGM"))
    record = await office.lodge("BEYOND", goods(milk(CHED), milk(OTHER, "60")))
    authority.fail(Fault.DOWN, READS, reference=OTHER, count=None)
    assert (await office.release(record)).done
    authority.heal()
    authority.issue(THIRD, ("0401", "500", "KGM"))
    await office.amend(await office.settled(record.id), goods(milk(CHED), milk(THIRD, "60")))
    moved = [one for one in await office.store.movements.of(record.id) if one.reference == OTHER]
    assert [(one.kind, one.by_receipt_alone) for one in moved[1:]] == [("write_off", True), ("delete", False)]
    for _ in range(2):
        await office.looks(timedelta(minutes=10))
        await until(lambda: office.first.holding.in_hand == 0)
    assert await office.looks(timedelta(minutes=10)) == 0, "its position was read after the last of its movements"


def test_a_manifest_says_whether_a_position_is_told_by_true_or_false() -> None:
    manifest = (ROOT / "tests/dispatch/authority/manifest.toml").read_text(encoding="utf-8")
    assert parse_manifest(manifest).position
    assert not parse_manifest("position = false\n" + manifest).position
    with pytest.raises(ManifestFault, match="position: true or false"):
        parse_manifest('position = "false"\n' + manifest)
