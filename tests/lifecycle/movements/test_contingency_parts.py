"""Goods that are released in parts inside contingency windows: what is out is written off once, and the rest goes as any rest."""

from decimal import Decimal

import pytest

from adapters.simulation.faults import Fault
from gateway.domain.contingency import Afterwards
from gateway.domain.decision import Effect
from gateway.domain.errors import WindowEnded
from gateway.domain.record import Record
from gateway.domain.release import InterventionKind, InterventionLine, InterventionOrder, ReleasedItem
from tests.builders.actors import ONE, TWO
from tests.builders.authority import RESERVE, WRITE_OFF, Authority
from tests.builders.goods import KIND, Goods, goods, milk
from tests.builders.replicas import Office, effect, findings, mrn_of
from tests.lifecycle.movements.windows import CHED, OTHER, closed, down, entry, opened, verified


async def part_released(office: Office, authority: Authority, lrn: str, *parts: ReleasedItem, what: Goods) -> Record:
    """Goods of which a part is released while the authority cannot be asked, once it has confirmed them afterwards."""
    number = await opened(office)
    down(authority)
    record = await office.lodge(lrn, what)
    for part in parts:
        assert (await office.release(record, part)).done
    assert not any(authority.parts(reference, mrn_of(lrn)) for reference in what.references)
    await closed(office, number)
    authority.heal()
    return await verified(office, record)


def owed(record: Record) -> list[str]:
    """What officers have to write off by hand, as they are told."""
    assert record.decision is not None
    told = [one.message for one in record.decision.decision.findings if one.code == "SW-DEC-134"]
    return [message.split("now; ")[1].removesuffix(" not written off yet.") for message in told]


async def test_the_rest_of_a_release_in_part_goes_the_way_of_any_rest(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW8", goods(milk(CHED), milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    await closed(office, number)
    with pytest.raises(WindowEnded):
        await office.release(record, ReleasedItem(goods_item=2))
    await office.settled(record.id)
    authority.heal()
    record = await verified(office, record)
    # What is out is written off; beside a write-off the ledger takes no reservation of the same declaration.
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-120"})
    assert authority.held(CHED, mrn_of("WINDOW8")) == ("consumed", Decimal(100))
    found = await entry(office)
    assert (found.afterwards, found.released, found.write_off) == (Afterwards.CONFIRMED, True, ())
    assert (await office.release(record, ReleasedItem(goods_item=2))).done
    record = await office.settled(record.id)
    assert (effect(record), record.released and record.released.whole) == (Effect.RELEASE, True)
    assert authority.held(CHED, mrn_of("WINDOW8")) == ("consumed", Decimal(200))
    assert authority.effects(CHED, mrn_of("WINDOW8")) == {"reserve": 1, "release": 1, "amend": 1}


async def test_of_a_part_of_an_item_just_that_part_is_written_off(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    what = goods(milk(CHED), milk(CHED, "0.2", unit="TNE"))
    parts = ReleasedItem(goods_item=1, quantity=Decimal("40.5"), unit="KGM"), ReleasedItem(goods_item=2)
    record = await part_released(office, authority, "WINDOW12", *parts, what=what)
    taken = {part.goods_item: part.kilograms(office.view) for part in authority.parts(CHED)}
    assert taken == {1: Decimal("40.5"), 2: Decimal(200)}
    assert (await office.release(record)).done
    assert sum(part.kilograms(office.view) for part in authority.parts(CHED)) == Decimal(300)


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.REFUSE_CONNECTION, Fault.ERROR_AFTER])
@pytest.mark.parametrize("order", [RESERVE, WRITE_OFF])
async def test_what_is_out_is_written_off_once_whatever_becomes_of_the_order(
    office: Office, authority: Authority, fault: Fault, order: str
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW13", goods(milk(CHED), milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    await closed(office, number)
    authority.heal()
    authority.fail(fault, order)
    record = await verified(office, record)
    record = await office.settled(record.id)
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-120"})
    assert authority.held(CHED, mrn_of("WINDOW13")) == ("consumed", Decimal(100))
    assert authority.effects(CHED, mrn_of("WINDOW13"))["release"] == 1


async def test_a_document_of_which_nothing_is_out_is_reserved_as_always(office: Office, authority: Authority) -> None:
    for reference in (CHED, OTHER):
        authority.issue(reference, ("0401", "500", "KGM"))
    what = goods(milk(CHED), milk(OTHER))
    record = await part_released(office, authority, "WINDOW14", ReleasedItem(goods_item=1), what=what)
    mrn = mrn_of("WINDOW14")
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    assert (authority.held(CHED, mrn), authority.held(OTHER, mrn)) == (
        ("consumed", Decimal(100)), ("reserved", Decimal(100)),
    )  # fmt: skip
    listed = {one.entry.reference: one.entry for one in await office.lifecycle.contingency.decided_inside(1)}
    assert {reference: one.released for reference, one in listed.items()} == {CHED: True, OTHER: False}
    assert (await office.release(record)).done
    assert authority.held(OTHER, mrn) == ("consumed", Decimal(100))


async def test_what_goes_inside_a_window_behind_an_earlier_part_is_not_lost(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    mrn = mrn_of("WINDOW15")
    record = await office.lodge("WINDOW15", goods(milk(CHED), milk(CHED), milk(CHED)))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    assert authority.held(CHED, mrn) == ("consumed", Decimal(100))
    number = await opened(office)
    down(authority)
    await office.lifecycle.steps.ask_again(record.id)
    await office.settled(record.id)
    assert (await office.release(record, ReleasedItem(goods_item=2))).done
    (listed,) = await office.lifecycle.contingency.decided_inside(number)
    assert not listed.written_off
    await closed(office, number)
    authority.heal()
    record = await verified(office, record)
    assert authority.held(CHED, mrn) == ("consumed", Decimal(200))
    (listed,) = await office.lifecycle.contingency.decided_inside(number)
    assert listed.written_off
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-120"})


async def test_what_goes_last_inside_a_window_is_written_off_by_hand_beside_what_is(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    mrn = mrn_of("WINDOW16")
    record = await office.lodge("WINDOW16", goods(milk(CHED), milk(CHED, "60")))
    assert (await office.release(record, ReleasedItem(goods_item=1))).done
    number = await opened(office)
    down(authority)
    await office.lifecycle.steps.ask_again(record.id)
    await office.settled(record.id)
    assert (await office.release(record)).done
    await closed(office, number)
    authority.heal()
    record = await verified(office, record)
    assert (effect(record), findings(record)) == (Effect.RELEASE, {"SW-DEC-134"})
    assert owed(record) == ["of goods item 2, line 1, 60 kg are"]
    assert authority.held(CHED, mrn) == ("consumed", Decimal(100))
    record = await by_hand(office, record, InterventionKind.AMEND, (1, "100"), (2, "60"))
    assert findings(record) == set()
    assert authority.held(CHED, mrn) == ("consumed", Decimal(160))


async def by_hand(office: Office, record: Record, kind: InterventionKind, *lines: tuple[int, str]) -> Record:
    """The declaration after two officers entered what is written off."""
    entered = tuple(
        InterventionLine(goods_item=item, line=1, quantity=Decimal(quantity), unit="KGM") for item, quantity in lines
    )
    order = InterventionOrder(
        kind=kind, type=KIND, document_reference=CHED, lines=entered, officer="one", second_officer="two",
        reason="released under a window",
    )  # fmt: skip
    await office.lifecycle.steps.intervene(record.id, order, by=ONE, second=TWO)
    return await office.settled(record.id)


async def test_what_does_not_fit_is_left_to_officers_and_the_rest_is_held(office: Office, authority: Authority) -> None:
    authority.issue(CHED, ("0401", "150", "KGM"))
    what = goods(milk(CHED), milk(CHED))
    record = await part_released(office, authority, "WINDOW17", ReleasedItem(goods_item=1), what=what)
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-070", "SW-DEC-134"})
    assert owed(record) == ["of goods item 1, line 1, 100 kg are"]
    assert authority.parts(CHED) == ()
    record = await by_hand(office, record, InterventionKind.FORCE, (1, "100"))
    assert (effect(record), findings(record)) == (Effect.HOLD, {"SW-DEC-070"})
    # The rest goes by an amended declaration, and is written off at its own release.
    record = await office.amend(record, goods(milk(CHED), milk(CHED, "50")))
    assert (effect(record), findings(record)) == (Effect.RELEASE, set())
    assert (await office.release(record)).done
    assert authority.held(CHED, mrn_of("WINDOW17")) == ("consumed", Decimal(150))


async def test_whoever_enters_one_of_two_items_by_hand_is_told_of_the_other(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    number = await opened(office)
    down(authority)
    record = await office.lodge("WINDOW18", goods(milk(CHED), milk(CHED, "60")))
    assert (await office.release(record)).done
    await closed(office, number)
    authority.heal()
    record = await verified(office, record)
    assert owed(record) == ["of goods item 1, line 1, 100 kg are", "of goods item 2, line 1, 60 kg are"]
    record = await by_hand(office, record, InterventionKind.FORCE, (1, "90"))
    assert owed(record) == ["of goods item 2, line 1, 60 kg are"]
    record = await by_hand(office, record, InterventionKind.AMEND, (1, "90"), (2, "60"))
    assert findings(record) == set()


async def test_what_the_authority_takes_away_again_is_not_written_off_twice(
    office: Office, authority: Authority
) -> None:
    authority.issue(CHED, ("0401", "500", "KGM"))
    what = goods(milk(CHED), milk(CHED))
    record = await part_released(office, authority, "WINDOW19", ReleasedItem(goods_item=1), what=what)
    authority.remove(CHED, mrn_of("WINDOW19"))
    await office.lifecycle.steps.ask_again(record.id)
    record = await office.settled(record.id)
    assert (effect(record), "SW-DEC-134" in findings(record)) == (Effect.HOLD, True)
    assert authority.parts(CHED) == ()
