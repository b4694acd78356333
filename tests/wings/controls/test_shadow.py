"""A pack in shadow is assessed and sealed, and orders nothing, whatever it comes to."""

import msgspec
import pytest

from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.release import ReleaseOrder
from gateway.wings.controls.risk.replay import SecondAssessment
from gateway.wings.controls.risk.room import TooManyAlike
from tests.builders.actors import CUSTOMS, ONE, TWO
from tests.wings.controls.conftest import KEY, RiskOffice, pack, risk_office

DRAFT = pack("draft", criterion="DRAFT-1")


async def test_what_it_comes_to_is_sealed_and_nothing_is_ordered(risk: RiskOffice) -> None:
    """With no pack in force: the goods go; it is made again equal; ended, it is assessed no more."""
    assert (await risk.publication.put_in_shadow(DRAFT, by=ONE)).entry.shadow == "draft"
    assert await risk.publication.listed() == []
    record, orders = await risk.lodged("S-1")
    assert orders == []
    (kept,) = await risk.room.of(record.id)
    assert kept.sealed.shadow is not None
    assert [(one.criterion, one.chosen) for one in kept.sealed.shadow.hits] == [("DRAFT-1", True)] * 2
    assert (kept.sealed.assessed.packs, kept.sealed.chosen) == ((), ())
    office = risk.controlling.office
    (again,) = await SecondAssessment(office.store, risk.room, office.rules).of(record.id)
    assert again.faults == ()
    await office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)

    await risk.publication.end_shadow("draft", by=TWO)
    record, _ = await risk.lodged("S-2")
    assert await risk.room.of(record.id) == []
    with pytest.raises(NotKnown):
        await risk.publication.end_shadow("draft", by=TWO)


async def test_beside_what_counts(risk: RiskOffice) -> None:
    """It changes nothing of that; once two published the same text it counts, and is in shadow no more."""
    await risk.publish(pack("other", code="73"))
    await risk.publication.put_in_shadow(DRAFT, by=ONE)
    await risk.publication.put_in_shadow(DRAFT.replace("share = 1", "share = 0"), by=TWO)
    record, orders = await risk.lodged("S-1")
    assert orders == []
    (kept,) = await risk.room.of(record.id)
    assert kept.sealed.shadow is not None
    assert [one.chosen for one in kept.sealed.shadow.hits] == [False] * 2
    await risk.publication.put_in_shadow(DRAFT, by=ONE)
    await risk.publish(DRAFT)
    assert await risk.publication.shadows() == ()
    assert [one.entry.pack.name for one in await risk.publication.listed() if one.entry.pack] == ["draft", "other"]
    record, orders = await risk.lodged("S-2")
    assert len(orders) == 1
    with pytest.raises(Conflict):
        await risk.publication.put_in_shadow(DRAFT, by=ONE)
    with pytest.raises(CallInvalid):
        await risk.publication.put_in_shadow(DRAFT.replace("share = 1", "share = 7"), by=ONE)


async def test_a_pack_of_its_name_counts_on(risk: RiskOffice) -> None:
    """A draft of what is in force is tried beside it."""
    await risk.publish(pack("draft", share="0"))
    await risk.publication.put_in_shadow(DRAFT, by=ONE)
    record, orders = await risk.lodged("S-1")
    (kept,) = await risk.room.of(record.id)
    assert kept.sealed.shadow is not None
    assert (orders, len(kept.sealed.shadow.chosen), len(kept.sealed.assessed.hits)) == ([], 2, 2)


async def test_what_fails_in_shadow_holds_nothing(risk: RiskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a measure, nor what is looked up before: with a pack in force the same fault is an order."""
    await risk.publication.put_in_shadow(DRAFT, by=ONE)

    async def too_many(*_: object) -> None:
        raise TooManyAlike

    monkeypatch.setattr(risk.room, "before", too_many)
    _, orders = await risk.lodged("S-1")
    assert orders == []
    monkeypatch.undo()
    monkeypatch.setattr("gateway.wings.controls.risk.criteria.holds", lambda *_: 1 // 0)
    record, orders = await risk.lodged("S-2")
    (kept,) = await risk.room.of(record.id)
    assert kept.sealed.shadow is not None
    assert (orders, kept.sealed.shadow.failed) == ([], ("DRAFT-1",))
    await risk.publish(pack("other"))
    _, orders = await risk.lodged("S-3")
    assert len(orders) == 1


async def test_an_older_version_reads_an_entry_as_a_proposal(risk: RiskOffice) -> None:
    """What it does not know is left out: nothing counts by it, and its process is not undetermined."""
    await risk.publication.put_in_shadow(DRAFT, by=ONE)
    (entry,) = (one.entry for one in risk.room.ledger.entries if one.entry.shadow)
    written = msgspec.json.decode(msgspec.json.encode(entry))
    assert (written["kind"], written["pack"]["name"]) == ("proposed", "draft")
    fresh = risk_office(risk.controlling, KEY)
    await fresh.room.begin()
    assert [one.entry.shadow for one in fresh.room.ledger.shadows] == ["draft"]
