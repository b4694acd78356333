"""Operators that the copy does not have are asked about, of every declaration: a name grants nothing, and a register that is down changes nothing."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from adapters.simulation import Frame, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from gateway.contract import AuthorisationState, NumberState, PartyAnswer, PartyAuthorisation
from gateway.dispatch import load_adapters
from gateway.domain.decision import Effect
from gateway.settings.adapters import AdapterConfig
from gateway.wings.controls.parties.authority import facts_of
from gateway.wings.controls.parties.facts import AeoAuthorisation, AeoState, AeoType, EoriState, PartyFacts, PartyHint
from gateway.wings.controls.parties.register import PartyRegister
from gateway.wings.controls.risk.room import AssessedBy
from tests.builders.goods import goods, milk
from tests.builders.replicas import effect
from tests.dispatch.server import dispatching
from tests.wings.controls.conftest import (
    CHEDS,
    KEY,
    OURS,
    ControllingOffice,
    RiskOffice,
    authorised,
    known,
    pack,
    risk_office,
    weighing,
)

DAY = date(2026, 3, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredOffice:
    """An office that asks simulated EOS."""

    risk: RiskOffice
    frame: Frame

    @property
    def register(self) -> PartyRegister:
        return PartyRegister(self.risk.controlling.office.store.database)

    async def lodged(self, lrn: str) -> tuple[str, AssessedBy, int]:
        """Milk: its id, what its assessment was made from, and how many orders came of it."""
        record = await self.risk.controlling.office.lodge(lrn, goods(milk(CHEDS[0], "1")))
        assert effect(record) is Effect.RELEASE
        (kept,) = await self.risk.room.of(record.id)
        assert kept.sealed.grounds is not None
        return record.id, kept.sealed.grounds, len(await self.risk.orders(record.id))


@pytest.fixture
async def registered(controlling: ControllingOffice) -> AsyncIterator[RegisteredOffice]:
    controlling.office.authority.issue(CHEDS[0], ("0401", "5000", "KGM"))
    async with run_simulator("adapters.eos") as running:
        config = AdapterConfig(name="eos", package="adapters.eos", base_url=running.url)
        async with dispatching(load_adapters([config], allow_draft=True)["eos"]) as register:
            running.frame.documents.put(OURS, {"name": "Comptoir Simulé"})
            yield RegisteredOffice(risk=risk_office(controlling, KEY, register=register), frame=running.frame)


async def test_a_name_is_a_hint_and_grants_nothing(registered: RegisteredOffice) -> None:
    """Somebody of such a name is authorised: analysts read that with who said it, and the goods are chosen as anybody's. It is asked once a day."""
    await registered.risk.publish(weighing())
    record, grounds, orders = await registered.lodged("ASK1")
    assert (grounds.trusted, grounds.hints, orders) == ((), (PartyHint(eori=OURS, types=(AeoType.BOTH,)),), 1)
    (asked,) = grounds.asked
    assert (asked.eori, asked.authority, asked.cause, len(asked.message_ids) > 0) == (OURS, "eos", None, True)
    requests = registered.frame.requests
    assert requests == 2
    _, grounds, orders = await registered.lodged("ASK2")
    assert (registered.frame.requests, len(grounds.hints), grounds.asked, orders) == (requests, 1, (), 1)
    assert await registered.risk.room.of(record)


async def test_whoever_stands_in_the_copy_is_asked_about_nowhere(registered: RegisteredOffice) -> None:
    """Also where the copy is too old: nobody knows better than it, and nobody is trusted by it."""
    await registered.risk.publish(weighing())
    await known(registered.risk.controlling, authorised(AeoType.CUSTOMS))
    assert (await registered.lodged("ASK3"))[2] == 0
    registered.risk.controlling.change("UPDATE party_facts SET until = now()")
    _, grounds, orders = await registered.lodged("ASK4")
    assert (grounds.trusted, orders, registered.frame.requests) == ((), 1, 0)


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.SOAP_FAULT, Fault.HTML])
async def test_while_the_register_is_down_nobody_is_trusted_more_or_less(
    registered: RegisteredOffice, fault: Fault
) -> None:
    """No hold and no share comes of it; what failed is not kept, so the next declaration is asked about again."""
    await registered.risk.publish(weighing(share="0"))
    registered.frame.plan(Planned(fault=fault, aim=Aim()))
    record, grounds, orders = await registered.lodged("ASK5")
    assert (grounds.trusted, grounds.hints, orders) == ((), (), 0)
    (asked,) = grounds.asked
    assert (asked.eori, asked.cause is not None) == (OURS, True)
    (kept,) = await registered.risk.room.of(record)
    assert {(one.share, one.weighed) for one in kept.sealed.assessed.hits} == {("0", False)}
    assert not await registered.register.facts([OURS])
    registered.frame.faults.clear()
    assert (await registered.lodged("ASK6"))[1].hints


async def test_what_meets_no_row_is_asked_about_too_and_without_a_weight_nobody_is(
    registered: RegisteredOffice,
) -> None:
    """So no question tells of a hit."""
    await registered.risk.publish(pack("plain", criterion="P"))
    await registered.lodged("ASK7")
    assert registered.frame.requests == 0
    await registered.risk.publish(weighing(code="73"))
    await registered.lodged("ASK8")
    assert registered.frame.requests == 2


async def test_a_number_that_ends_has_open_declarations_assessed_again(registered: RegisteredOffice) -> None:
    """What is said a day later counts as a copy does: here an authority that had stated the very number says that it is one no more."""
    risk, register, now = registered.risk, registered.register, datetime.now(UTC)
    await risk.publish(weighing())
    held = PartyFacts(state=EoriState.VALID, authorisations=(authorised(AeoType.CUSTOMS),))
    await register.keep(OURS, held, source="a", day=now.date(), until=now + timedelta(days=1))
    record, grounds, orders = await registered.lodged("ASK9")
    assert (len(grounds.trusted), orders) == (1, 0)
    assert await risk.open_declarations.assess() == 0
    ended = PartyFacts(state=EoriState.INVALID)
    await register.keep(OURS, ended, source="a", day=now.date(), until=now + timedelta(days=1))
    assert await risk.open_declarations.assess() == 1
    assert len(await risk.orders(record)) == 1


async def test_the_copy_is_overwritten_by_nobody(registered: RegisteredOffice) -> None:
    now = datetime.now(UTC)
    await known(registered.risk.controlling, authorised(AeoType.CUSTOMS))
    await registered.register.keep(OURS, PartyFacts(), source="a", day=now.date(), until=now + timedelta(days=1))
    assert (await registered.register.facts([OURS]))[OURS].state is EoriState.VALID


def shown(kind: str = "AEOC", holder: str | None = OURS, **more: AuthorisationState) -> PartyAuthorisation:
    said = {"state": AuthorisationState.IN_FORCE, **more}
    return PartyAuthorisation(type=kind, effective=DAY, holder=holder, reference="R1", **said)


def said(*shown: PartyAuthorisation, state: NumberState = NumberState.VALID) -> PartyAnswer:
    return PartyAnswer(number=OURS, state=state, authorisations=shown)


def test_only_the_very_number_grants_and_one_no_of_several_is_a_no() -> None:
    held = AeoAuthorisation(type=AeoType.CUSTOMS, state=AeoState.IN_FORCE, effective=DAY, number="R1")
    assert facts_of([said(shown())]) == PartyFacts(state=EoriState.VALID, authorisations=(held,))
    for other in (None, "FR1", OURS.lower(), f"{OURS} "):
        assert facts_of([said(shown(holder=other))]) == PartyFacts(state=EoriState.VALID, hints=(AeoType.CUSTOMS,))
    assert facts_of([said(shown("C501"), shown(holder=None, state=AuthorisationState.REVOKED))]) == PartyFacts(
        state=EoriState.VALID
    )
    both = facts_of([said(shown()), said(state=NumberState.INVALID)])
    assert (both.state, both.types_on(DAY)) == (EoriState.INVALID, ())
    unknown = facts_of([said(state=NumberState.UNKNOWN), said(shown())])
    assert (unknown.state, unknown.types_on(DAY)) == (EoriState.VALID, ("AEOC",))
