"""An office whose goods are controlled: the wing over a real database."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import psycopg
import pytest

from gateway.configured_rules import Rules
from gateway.dispatch import Dispatcher, LoadedAdapter
from gateway.domain.actor import Actor
from gateway.domain.calendar import Calendar
from gateway.domain.errors import UnderExamination
from gateway.domain.record import Record
from gateway.domain.release import ReleaseOrder
from gateway.lifecycle import Lifecycle
from gateway.store import Store
from gateway.wings.controls.acts import Doing, NewOrder
from gateway.wings.controls.kept import ControlWords, KeptOrder, KeptOrders
from gateway.wings.controls.order import ActName, ControlOrder
from gateway.wings.controls.parties.authority import PartyQuestions
from gateway.wings.controls.parties.facts import AeoAuthorisation, AeoState, AeoType, EoriState, PartyFacts
from gateway.wings.controls.parties.register import PartyRegister
from gateway.wings.controls.risk.assessor import Assessor
from gateway.wings.controls.risk.keys import RiskKeys
from gateway.wings.controls.risk.ledger import EntryKind
from gateway.wings.controls.risk.open_declarations import OpenDeclarations
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.risk.room import SealedRoom
from gateway.wings.controls.steps import OrderSteps
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import Authority
from tests.builders.goods import goods, milk
from tests.builders.offices import authority, loaded, rules
from tests.builders.replicas import Office

__all__ = ["authority", "loaded", "rules"]  # fixtures

CHEDS = ("CHEDP.FR.2026.9600001", "CHEDP.FR.2026.9600002")


def steps_of(store: Store, lifecycle: Lifecycle) -> OrderSteps:
    """The steps of one replica; what it announces is an order, too."""
    steps = OrderSteps(KeptOrders(store.database, store.announcements), lifecycle)
    lifecycle.examinations.following = steps.follow
    return steps


@dataclass(slots=True)
class ControllingOffice:
    """One replica, and its control orders."""

    office: Office
    void_if_done: Any = None

    @property
    def kept(self) -> KeptOrders:
        return KeptOrders(self.office.store.database, self.office.store.announcements)

    @property
    def steps(self) -> OrderSteps:
        steps = steps_of(self.office.store, self.office.lifecycle)
        steps.void_if_done = self.void_if_done
        return steps

    async def lodged(self, lrn: str) -> Record:
        """Two goods items, each on a good certificate."""
        for one in CHEDS:
            self.office.authority.issue(one, ("0401", "500", "KGM"))
        return await self.office.lodge(lrn, goods(milk(CHEDS[0], "100"), milk(CHEDS[1], "100")))

    async def order(self, record: Record, *goods_items: int, types: tuple[str, ...] = ("40",), **more: Any) -> ControlOrder:  # fmt: skip
        return await self.steps.open(record.id, NewOrder(types=types, goods_items=goods_items, **more), by=ONE)

    async def act(self, record: Record, order: ControlOrder, name: ActName, *, by: Actor = ONE, **more: Any) -> KeptOrder:  # fmt: skip
        """Does something under an order, and gives it once its declaration is decided."""
        await self.steps.act(record.id, order.number, Doing(name=name, **more), word=ControlWords(by=by, reason="x"))
        await self.office.settled(record.id)
        return await self.standing(record, order)

    async def standing(self, record: Record, order: ControlOrder) -> KeptOrder:
        return next(one for one in await self.kept.of(record.id) if one.order.number == order.number)

    async def appoint(self, record: Record, order: ControlOrder, **more: Any) -> KeptOrder:
        """Appoints goods for tomorrow, told."""
        time = self.office.clock() + timedelta(days=1)
        return await self.act(record, order, ActName.APPOINTED, place="Quay 4", time=time, **{"told": True, **more})

    async def announce(self, record: Record, reference: str | None = None, *goods_items: int) -> None:
        """Customs announces an examination, as it does without orders."""
        examinations, self.office.lifecycle.examinations.following = (
            self.office.lifecycle.examinations,
            self.steps.follow,
        )
        await examinations.announce(
            record.id, reference=reference, goods_items=goods_items, by=CUSTOMS, asker=AS_CUSTOMS
        )

    def change(self, statement: str) -> None:
        """Changes the database behind everybody's back."""
        with psycopg.connect(self.office.url, autocommit=True) as connection:
            connection.execute(statement.encode())


@pytest.fixture
async def controlling(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter
) -> AsyncIterator[ControllingOffice]:
    """One replica over an empty database, which is sound in the end."""
    opened = Office(authority, database_url, rules, loaded)
    await opened.open()
    yield ControllingOffice(opened)
    await opened.must_be_sound()
    await opened.close()


async def irregular(controlling: ControllingOffice, lrn: str) -> Record:
    """A declaration of which a control found something in its second goods item."""
    record = await controlling.lodged(lrn)
    order = await controlling.order(record, 2)
    await controlling.act(
        record, order, ActName.RESULT, code="irregularity", goods_items=(2,), duty_change="12.50 EUR", types=("41",)
    )
    return record


KEY, OTHER = bytes(range(32)), bytes(32)
CANARY = "CANARY-7Q"
TEXT = """name = "{name}"
kind = "{kind}"
owner = "CANARY-7Q"
legal_basis = "CANARY-7Q"
valid_from = 2026-01-01
{more}
[[row]]
criterion = "{criterion}"
scope = {{ goods = ["{goods}"] }}
measure = [{measure}]
band = [{{ level = "{level}", share = {share}, types = [{types}], stage = "{stage}" }}]
"""


def pack(name: str = "p", code: str = "04", **more: str) -> str:
    """A pack of one row, by default one that chooses all milk."""
    said = {
        "kind": "national",
        "more": "review_on = 2026-12-01",
        "criterion": CANARY,
        "measure": "{ always = true }",
        "level": "M",
        "share": "1",
        "types": "10",
        "stage": "before_release",
        **more,
    }
    return TEXT.format(name=name, goods=code, **said)


OURS = "FR12345678901234"
"""Who declares and imports in what is lodged here."""
WEIGHT = """[[weight]]
group = "financial"
types = ["AEOC", "AEOF"]
roles = ["declarant", "importer"]
factor = 0.000001
floor = 0.000001
[[row]]"""


def weighing(*, elevated: bool = False, **more: str) -> str:
    """A pack that chooses all milk, and nearly none of trusted operators."""
    text = pack(**more).replace("[[row]]", WEIGHT)
    return f'{text}weight = "financial"\n{"elevated = true" if elevated else ""}\n'


def authorised(kind: AeoType, state: AeoState = AeoState.IN_FORCE, reason: str | None = None) -> AeoAuthorisation:
    effective = datetime.now(UTC).date() - timedelta(days=30)
    return AeoAuthorisation(type=kind, state=state, effective=effective, reason=reason)


async def known(office: ControllingOffice, *held: AeoAuthorisation, days: int = 7, eori: str = OURS) -> None:
    """Loads a copy that has one operator, with some authorisations."""
    now = datetime.now(UTC)
    register = PartyRegister(office.office.store.database)
    facts = PartyFacts(state=EoriState.VALID, authorisations=held)
    await register.load({eori: facts}, repr(held).encode(), day=now.date(), until=now + timedelta(days=days))


def alert(measure: str = "{ always = true }", *, name: str = "alert", types: str = "", **more: str) -> str:
    """An alert of one row from today on, by default on all milk and without an order."""
    today = datetime.now(UTC).date()
    ends = f"valid_to = {today + timedelta(days=300)}"
    text = pack(name, kind="alert", more=ends, measure=measure, types=types, **more)
    return text.replace("valid_from = 2026-01-01", f"valid_from = {today}")


@dataclass
class RiskOffice:
    """An office whose declarations are assessed by packs."""

    controlling: ControllingOffice
    room: SealedRoom
    assessor: Assessor

    @cached_property
    def open_declarations(self) -> OpenDeclarations:
        return OpenDeclarations(self.controlling.office.store.database, self.room, self.assessor)

    @property
    def publication(self) -> Publication:
        office = self.controlling.office
        return Publication(self.room, tables=lambda: office.view, clock=office.clock)

    async def publish(self, text: str) -> None:
        assert (await self.publication.publish(text, by=ONE)).entry.kind is EntryKind.PROPOSED
        assert (await self.publication.publish(text, by=TWO)).entry.kind is EntryKind.PUBLISHED

    async def lodged(self, lrn: str) -> tuple[Record, list[KeptOrder]]:
        record = await self.controlling.lodged(lrn)
        return record, await self.orders(record.id)

    async def orders(self, record_id: str) -> list[KeptOrder]:
        return list(await self.controlling.kept.of(record_id))

    async def refused(self, record: Record) -> bool:
        """Whether an order keeps the goods from release."""
        with pytest.raises(UnderExamination) as refused:
            await self.controlling.office.lifecycle.steps.release(record.id, ReleaseOrder(), by=CUSTOMS)
        return {one.code for one in refused.value.obstacles} == {"SW-API-651"}


def risk_office(
    controlling: ControllingOffice, *keys: bytes, attempts: int = 3, register: Dispatcher | None = None
) -> RiskOffice:
    """The office with the keys of a file; what it decides goes by the packs from now on."""
    office = controlling.office
    sealed = SealedRoom(office.store.database, RiskKeys(keys))
    assessor = Assessor(
        sealed,
        controlling.kept,
        controlling.steps,
        tables=lambda: office.lifecycle.tables,
        calendar=Calendar(),
        clock=office.clock,
        attempts=attempts,
        questions=PartyQuestions(register, PartyRegister(office.store.database)) if register is not None else None,
    )
    office.lifecycle.guard(assessor)
    controlling.void_if_done = assessor.void_if_done
    return RiskOffice(controlling, sealed, assessor)


@pytest.fixture
def risk(controlling: ControllingOffice) -> RiskOffice:
    return risk_office(controlling, KEY)
