"""Fewer goods of trusted operators are chosen, as a pack's weights say: by EORIs alone, and never fewer of what is elevated."""

import pytest

from gateway.wings.controls.acts import NewOrder
from gateway.wings.controls.kept import KeptOrder
from gateway.wings.controls.parties.facts import AeoState, AeoType, TrustedParty
from gateway.wings.controls.risk.replay import SecondAssessment
from tests.builders.actors import ONE
from tests.builders.goods import goods, milk
from tests.wings.controls.conftest import CHEDS, OURS, RiskOffice, authorised, known, weighing


@pytest.fixture(autouse=True)
def certified(risk: RiskOffice) -> None:
    risk.controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))


async def lodged(risk: RiskOffice, lrn: str) -> tuple[str, list[KeptOrder]]:
    record = await risk.controlling.office.lodge(lrn, goods(milk(CHEDS[0], "1")))
    return record.id, await risk.orders(record.id)


async def test_a_trusted_importer_is_chosen_less_often(risk: RiskOffice) -> None:
    """What is kept of it is made again equal; without the copy, with one that is too old, or another name, nobody is."""
    await risk.publish(weighing())
    assert len((await lodged(risk, "WGT1"))[1]) == 1
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    trusted, orders = await lodged(risk, "WGT2")
    assert not orders
    (kept,) = await risk.room.of(trusted)
    assert kept.sealed.grounds is not None
    assert kept.sealed.grounds.trusted == (TrustedParty(eori=OURS, types=(AeoType.CUSTOMS,)),)
    office = risk.controlling.office
    replayed = await SecondAssessment(office.store, risk.room, office.rules).of(trusted)
    assert {one.faults for one in replayed} == {()}
    await known(risk.controlling, authorised(AeoType.CUSTOMS), days=-1)
    assert len((await lodged(risk, "WGT3"))[1]) == 1


async def test_suspended_for_security_alone_the_weight_of_customs_stays(risk: RiskOffice) -> None:
    """An AEOF goes on as an AEOC; suspended for anything else it goes on as nothing."""
    await risk.publish(weighing())
    security = authorised(AeoType.SECURITY, AeoState.SUSPENDED, "39e")
    await known(risk.controlling, authorised(AeoType.CUSTOMS), security)
    assert not (await lodged(risk, "WGT4"))[1]
    await known(risk.controlling, authorised(AeoType.BOTH, AeoState.SUSPENDED, "39e"))
    assert not (await lodged(risk, "WGT5"))[1]
    await known(risk.controlling, authorised(AeoType.BOTH, AeoState.SUSPENDED, "39a"))
    assert len((await lodged(risk, "WGT6"))[1]) == 1


async def test_elevated_the_share_is_as_it_was_and_the_trusted_come_first(risk: RiskOffice) -> None:
    """Of one level theirs is listed before those that were ordered earlier, by hand or chosen; a higher level before both."""
    await risk.publish(weighing(elevated=True))
    _, (earlier,) = await lodged(risk, "WGT7")
    await known(risk.controlling, authorised(AeoType.BOTH))
    declared, (first,) = await lodged(risk, "WGT8")
    await known(risk.controlling, authorised(AeoType.BOTH), eori="FR99")
    other, (last,) = await lodged(risk, "WGT9")
    assert (earlier.order.prior, first.order.prior, last.order.prior) == (False, True, False)
    high = await risk.controlling.steps.open(other, NewOrder(types=("40",), level="H"), by=ONE)
    listed = await risk.controlling.kept.listed(limit=10)
    numbers = [one.order.number for one in listed]
    assert numbers == [high.number, first.order.number, earlier.order.number, last.order.number]
    after = await risk.controlling.kept.listed(limit=10, after=listed[1].place)
    assert [one.order.number for one in after] == numbers[2:]
    assert [one.declaration_id for one in listed[:2]] == [other, declared]


async def test_a_suspension_has_open_declarations_assessed_again(risk: RiskOffice) -> None:
    """By the next run, or where the goods would be released first; what is released stays out of it."""
    await risk.publish(weighing())
    office = risk.controlling.office
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    released, left, later = [(await lodged(risk, lrn))[0] for lrn in ("WGTA", "WGTB", "WGTC")]
    assert (await office.release(await office.settled(released))).done
    assert await risk.open_declarations.assess() == 0
    await known(risk.controlling, authorised(AeoType.CUSTOMS), authorised(AeoType.SECURITY))
    assert await risk.open_declarations.assess() == 0

    await known(risk.controlling, authorised(AeoType.CUSTOMS, AeoState.SUSPENDED))
    assert not (await office.release(await office.settled(later))).done
    assert await risk.open_declarations.assess() == 1
    assert [len(await risk.orders(one)) for one in (released, left, later)] == [0, 1, 1]
    assert (await risk.open_declarations.assess(), await risk.open_declarations.assess()) == (0, 0)


async def test_who_stands_in_the_copy_no_more_is_trusted_no_more(risk: RiskOffice) -> None:
    await risk.publish(weighing())
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    record, orders = await lodged(risk, "WGTD")
    assert not orders
    await known(risk.controlling, authorised(AeoType.CUSTOMS), eori="FR99")
    assert await risk.open_declarations.assess() == 1
    assert len(await risk.orders(record)) == 1


async def test_a_copy_that_is_not_renewed_takes_nothing_back(risk: RiskOffice) -> None:
    """What was assessed by it stays; what comes now is chosen as that of anybody."""
    await risk.publish(weighing())
    await known(risk.controlling, authorised(AeoType.CUSTOMS))
    record, _ = await lodged(risk, "WGTE")
    risk.controlling.change("UPDATE party_facts SET until = now()")
    assert await risk.open_declarations.assess() == 0
    assert (await risk.controlling.office.release(await risk.controlling.office.settled(record))).done
    assert len((await lodged(risk, "WGTF"))[1]) == 1
