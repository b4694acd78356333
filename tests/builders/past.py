"""A past with rows in every table: what a trail has to cover."""

import json
import tempfile
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg

from adapters.simulation.faults import Fault
from gateway.app import stored
from gateway.domain.actor import Actor
from gateway.domain.adapter_switch import OverrunKind
from gateway.domain.adapter_tier import AdapterTier, StoredTier
from gateway.domain.approval import Approval
from gateway.domain.contingency import WindowMode, WindowOrder, WindowStatement
from gateway.domain.events import GENESIS, Event, EventKind, seal
from gateway.domain.permission import Asker, Role
from gateway.domain.reading import Reader
from gateway.domain.record import OfficerVerification
from gateway.domain.release import InterventionKind, InterventionLine, InterventionOrder, Override
from gateway.domain.stored_key import KeyScope
from gateway.domain.verification import DocumentStatus
from gateway.lifecycle.applications import ApplicationGrounds
from gateway.store import StoredKeys
from gateway.wings.controls.acts import NewOrder
from gateway.wings.controls.kept import KeptOrders
from gateway.wings.controls.steps import OrderSteps
from gateway.wings.suspensions.acts import Order, Saying
from gateway.wings.suspensions.kept import KeptSuspensions
from gateway.wings.suspensions.rows import Opener
from gateway.wings.suspensions.steps import SuspensionSteps
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE, TWO
from tests.builders.authority import Authority
from tests.builders.goods import JSON, KIND, goods, message, milk
from tests.builders.replicas import Office, mrn_of
from tests.builders.taric import condition, envelope, loaded, measure, tables_of

_IDA = Reader(name="officer 9", person="Ida", role="officer", proven="key")
CHED, OTHER, MISSING = "CHEDP.FR.2026.9500001", "CHEDP.FR.2026.9500002", "CHEDP.FR.2026.9500009"


async def make_past(office: Office, authority: Authority) -> dict[str, str]:
    """Has everything happen that leaves rows; gives the declarations' ids by name."""
    authority.issue(CHED, ("0401", "5000", "KGM"))
    authority.issue(OTHER, ("0401", "5000", "KGM"))
    with tempfile.TemporaryDirectory() as home:
        taric = loaded(
            Path(home),
            envelope("260001", measure(1, "410", "2501000000"), condition(11, 1, "B", "N853")),
            name="full.xml",
        )
    await office.store.table_sets.publish(stored(tables_of(taric, beside=office.rules.tables)), by=ONE)
    await office.store.table_sets.publish(stored(office.rules.tables), by=ONE, reason="as delivered", loosens="[]")
    ids = {
        "released": await _released(office),
        "overridden": await _overridden(office),
        "windowed": await _windowed(office, authority),
        "invalidated": (await office.invalidate(await office.lodge("PAST4", goods(milk(CHED, "10"))))).id,
        "given back": await _given_back(office),
        "lapsed": await _lapsed(office),
        "applied": await _applied(office),
        "suspended": await _suspended(office),
        "controlled": await _controlled(office),
    }
    shown = StoredTier(
        adapter="toy", package="toy", digest="sha256:0", tier=AdapterTier.PROVEN, proven_until=datetime.now(UTC)
    )
    await office.store.adapter_tiers.store(shown, by=ONE, reason="passed")
    switches = office.store.adapters
    await switches.overran("traces", ids["released"], OverrunKind.LATE, declarations=1, declarants=1)
    await switches.enable("traces", by=ONE, reason="it was the machine")
    await _keyed(office.store.keys)
    for what in ("lists", "declaration"):
        await office.store.readings.note([(ids[one], 1) for one in ("released", "windowed")], what, _IDA)
    await office.store.audit.make_days()
    await office.store.erasure.expire_evidence(date(2020, 1, 1), by=ONE, reason="kept long enough")
    return ids


async def _suspended(office: Office) -> str:
    """Stopped by market surveillance's rules, which then have it maintained."""
    record = await office.lodge("PAST9", goods(milk(CHED, "10")))
    steps = SuspensionSteps(
        KeptSuspensions(office.store.database, office.store.announcements), office.store, office.lifecycle
    )
    order = Order(regime="product_safety", by=Opener.OFFICER, stated={"ground": "26_1_a"})
    await steps.open(record.id, order, by=ONE, reason="no conformity marking")
    officer = Asker(roles=frozenset({Role.OFFICER}))
    await steps.say(record.id, 1, Saying(name="maintain"), by=ONE, asker=officer, reason="by letter")
    await office.settled(record.id)
    return record.id


async def _controlled(office: Office) -> str:
    """Its documents are controlled by an officer's order."""
    record = await office.lodge("PAST10", goods(milk(CHED, "10")))
    steps = OrderSteps(KeptOrders(office.store.database, office.store.announcements), office.lifecycle)
    await steps.open(record.id, NewOrder(types=("10",)), by=ONE)
    await office.settled(record.id)
    return record.id


async def _released(office: Office) -> str:
    """Lodged, accepted, amended, released and corrected by officers."""
    raw = message("PAST1", goods(milk(CHED)), mrn=None)
    lodged = await office.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(lodged.id)
    at = datetime.now(UTC) - timedelta(minutes=1)
    await office.lifecycle.steps.accept(lodged.id, mrn=mrn_of("PAST1"), accepted_at=at, by=CUSTOMS, asker=AS_CUSTOMS)
    record = await office.amend(await office.settled(lodged.id), goods(milk(CHED, "90")))
    assert (await office.release(record)).done
    order = InterventionOrder(
        kind=InterventionKind.AMEND,
        type=KIND,
        document_reference=CHED,
        lines=(InterventionLine(goods_item=1, line=1, quantity=Decimal(80), unit="KGM"),),
        officer="one",
        second_officer="two",
        reason="weighed again",
    )
    # One is rejected, the next one approved.
    asked = await office.lifecycle.steps.intervene(record.id, replace(order, reason="weighed wrongly"), by=ONE)
    assert isinstance(asked, Approval)
    await office.lifecycle.approvals.reject(asked.id, by=TWO, reason="no")
    asked = await office.lifecycle.steps.intervene(record.id, order, by=ONE)
    assert isinstance(asked, Approval)
    await office.lifecycle.approvals.approve(asked.id, by=TWO, reason="yes", knows=_anybody)
    await office.settled(record.id)
    return record.id


def make_aged(url: str, by: timedelta) -> None:
    """Has all that is in the trail of declarations, and its evidence, happen earlier."""
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        chains = connection.execute("SELECT declaration_id, seq, kind, at, text FROM event ORDER BY 1, 2").fetchall()
        heads = dict.fromkeys((row[0] for row in chains), GENESIS)
        for record_id, seq, kind, at, text in chains:
            event = Event(kind=EventKind(kind), at=at.astimezone(UTC) - by, body=json.loads(text)["body"])
            (again,) = seal((event,), seq=seq - 1, head=heads[record_id])
            heads[record_id] = again.hash
            connection.execute(
                "UPDATE event SET text = %s, hash = %s, at = %s WHERE declaration_id = %s AND seq = %s",
                (again.text, again.hash, again.at, record_id, seq),
            )
            connection.execute(
                "UPDATE act SET at = %s WHERE declaration_id = %s AND event_seq = %s", (again.at, record_id, seq)
            )
        for record_id, head in heads.items():
            connection.execute("UPDATE declaration SET event_head = %s WHERE id = %s", (head, record_id))
        for table in ("evidence", "evidence_link", "evidence_bundle"):
            connection.execute(f"UPDATE {table} SET day = day - %s".encode(), [by.days])


async def _keyed(keys: StoredKeys) -> None:
    """Keys of which every column of some is filled and of some is not; one was used, one revoked."""
    officer = KeyScope(name="officer 9", role=Role.OFFICER, person="Ida", offices=("FR000010",))
    border = KeyScope(
        name="border", role=Role.AUTHORITY, authority="traces", expires_at=datetime(2099, 1, 1, tzinfo=UTC)
    )
    trader = KeyScope(name="erp", role=Role.TRADER, eoris=("FR12345678901234",))
    made = [await keys.make(str(uuid.uuid4()), scope.name * 9, scope, by=ONE) for scope in (officer, border, trader)]
    await keys.used(made[0].id)
    for key in made[1:]:
        await keys.revoke(key, by=TWO, reason="lost")


async def _anybody(_actor: Actor) -> bool:
    return True


async def _overridden(office: Office) -> str:
    """Held for a certificate that is nowhere, refused by an officer's word, confirmed, held by another word, released against it."""
    record = await office.lodge("PAST2", goods(milk(MISSING), milk(OTHER)))
    word = OfficerVerification(
        type=KIND,
        reference=OTHER,
        outcome=DocumentStatus.REFUSED,
        means="telephone",
        reason="the vet said so",
        officer="one",
        second_officer="two",
        at=datetime.now(UTC),
    )
    await office.lifecycle.steps.take_verification(record.id, word, by=ONE, second=TWO)
    await office.settled(record.id)
    await office.lifecycle.steps.confirm(record.id, by=ONE)
    word = replace(word, outcome=DocumentStatus.SUSPENDED)
    await office.lifecycle.steps.take_verification(record.id, word, by=ONE, second=TWO)
    record = await office.settled(record.id)
    await office.release(record, override=Override(officer="one", second_officer="two", reason="perishable"))
    await office.lifecycle.steps.doubt(record.id, by=ONE)
    await office.settled(record.id)
    return record.id


async def _windowed(office: Office, authority: Authority) -> str:
    """Released inside a contingency window, verified afterwards."""
    word = WindowStatement(officer="one", reason="it is down", by=ONE)
    until = datetime.now(UTC) + timedelta(days=1)
    order = WindowOrder(adapter="traces", mode=WindowMode.RELEASE, until=until, word=word)
    asked = await office.lifecycle.contingency.open(order)
    assert isinstance(asked, Approval)
    await office.lifecycle.approvals.reject(asked.id, by=TWO, reason="wait a little")
    asked = await office.lifecycle.contingency.open(replace(order, word=replace(word, reason="it is still down")))
    assert isinstance(asked, Approval)
    await office.lifecycle.approvals.approve(asked.id, by=TWO, reason=None, knows=_anybody)
    (window,) = await office.store.contingency.page()
    authority.fail(Fault.DOWN, count=None)
    record = await office.lodge("PAST3", goods(milk(CHED)))
    assert (await office.release(record)).done
    await office.lifecycle.contingency.close(window.number, WindowStatement(officer="one", reason="it is back", by=ONE))
    authority.heal()
    await office.lifecycle.contingency.verify_afterwards()
    await office.settled(record.id)
    return record.id


async def _applied(office: Office) -> str:
    """Amended on application, after one that was refused; and examined."""
    record = await office.lodge("PAST7", goods(milk(CHED, "30")))
    trader = Asker(roles=frozenset({Role.TRADER}), eoris=frozenset({"FR12345678901234"}))
    by = Actor(id="trading", person="somebody", role="trader")
    for grant, quantity in ((False, "25"), (True, "20")):
        raw = message("PAST7", goods(milk(CHED, quantity)), mrn=record.mrn, version=2)
        grounds = ApplicationGrounds(statement="less was delivered")
        asked = await office.lifecycle.lodging.amend(record.id, raw, JSON, by=by, asker=trader, grounds=grounds)
        assert asked.application is not None
        await office.lifecycle.applications.decide(
            asked.application.id, grant=grant, reason="as it is", by=ONE, asker=AS_CUSTOMS
        )
    await office.settled(record.id)
    await office.lifecycle.examinations.announce(record.id, reference="X1", by=ONE, asker=AS_CUSTOMS)
    await office.lifecycle.examinations.took_place(
        record.id, reference="X1", result="as declared", by=ONE, asker=AS_CUSTOMS
    )
    return (await office.settled(record.id)).id


async def _given_back(office: Office) -> str:
    record = await office.lodge("PAST5", goods(milk(OTHER, "20")))
    await office.lifecycle.steps.cancel_reservations(record.id)
    return (await office.settled(record.id)).id


async def _lapsed(office: Office) -> str:
    raw = message("PAST6", goods(milk(OTHER, "20")), mrn=None, additional_type="D")
    lodged = await office.lifecycle.lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
    await office.settled(lodged.id)
    await office.lifecycle.steps.lapse(lodged.id)
    return lodged.id
