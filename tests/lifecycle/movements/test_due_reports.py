"""Authorities whose rows want it are told of each release once, behind it, whatever becomes of them and of whoever tells them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest

from adapters.simulation import Frame, RunningSimulator, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from adapters.simulation.holds import Hold, When
from gateway.cli.doctor.health_check import CheckState
from gateway.cli.doctor.reports_check import reports_check
from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.dispatch.made_once import asked_about
from gateway.domain.document import DocumentKey
from gateway.domain.errors import NotKnown
from gateway.domain.identity import Identities
from gateway.domain.record import Record, State
from gateway.domain.release import Override, ReleasedItem
from gateway.domain.required_report import ReportState
from gateway.lifecycle.due_reports import IN_VAIN
from gateway.settings.adapters import AdapterConfig
from gateway.settings.tables.content import compose
from gateway.settings.tables.kinds import KINDS
from tests.builders.actors import AS_CUSTOMS, CUSTOMS, ONE
from tests.builders.authority import Authority
from tests.builders.goods import JSON, goods, message, milk
from tests.builders.replicas import Office, Replica, mrn_of, until
from tests.builders.tap import Tap, tapped

CHED, OTHER = "CHEDP.FR.2026.9000001", "CHEDP.FR.2026.9000002"
PERMIT = "OO/17"
LRN = "TOLD"
SENDING, READING = Aim(containing='"key"'), Aim(containing="mrn=")


@dataclass(slots=True, kw_only=True)
class Orchard:
    """An office of customs, and the office of permits that is told of its releases."""

    office: Office
    frame: Frame
    tap: Tap

    async def lodged(self, lrn: str = LRN, permit: str = PERMIT) -> Record:
        """Two goods items, each with a certificate of its own, and one permit for both."""
        for reference in (CHED, OTHER):
            self.office.authority.issue(reference, ("0401", "300", "KGM"))
        said = json.loads(message(lrn, goods(milk(CHED), milk(OTHER)), mrn=mrn_of(lrn)))
        for item in said["GoodsShipment"]["GoodsItem"]:
            cited = {"sequenceNumber": 2, "type": "C690", "referenceNumber": permit}
            item["SupportingDocument"].append(cited)
        raw, lodging = json.dumps(said).encode(), self.office.lifecycle.lodging
        lodged = await lodging.lodge(raw, JSON, waited_for=True, by=CUSTOMS, asker=AS_CUSTOMS)
        return await self.office.settled(lodged.id)

    async def released(self) -> Record:
        """A declaration of which everything is released."""
        record = await self.lodged()
        assert (await self.office.release(record)).done
        return record

    async def come(self) -> None:
        """Lets the time come at which what is due is sent again."""
        async with await psycopg.AsyncConnection.connect(self.office.url, autocommit=True) as connection:
            await connection.execute("UPDATE step SET reports_due_at = now() WHERE reports_due_at IS NOT NULL")

    async def states(self, record: Record) -> list[tuple[ReportState, list[int]]]:
        """How far each report of a declaration has come, with its goods items."""
        found = await self.office.lifecycle.reports(record.id)
        return [(one.state, [line.goods_item for line in one.order.lines]) for each in found for one in each.reports]

    async def told(self, record: Record) -> list[tuple[int, ...]]:
        """The goods items of each report that the office of permits has."""
        order = (await self.office.lifecycle.reports(record.id))[0].reports[0].order
        read = await self.office.first.dispatcher.read_reports("twin", asked_about(order))
        assert read.reports is not None
        return [one.goods_items for one in read.reports]

    def figure(self, statement: str) -> int:
        """What a query counts."""
        with psycopg.connect(self.office.url, autocommit=True) as connection:
            row = connection.execute(statement.encode()).fetchone()
        assert row is not None
        return int(row[0])

    async def kinds(self, record: Record) -> list[str]:
        """The kinds of events about reports, in their order."""
        events = await self.office.lifecycle.events(record.id)
        return [one.kind.value for one in events if one.kind.value in {"release.reported", "report.delayed"}]


@pytest.fixture
async def permits() -> AsyncIterator[RunningSimulator]:
    async with run_simulator("tests.zoo.twin") as running:
        yield running


@pytest.fixture
async def orchard(
    permits: RunningSimulator, authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter
) -> AsyncIterator[Orchard]:
    config = AdapterConfig(
        name="twin", package="tests.zoo.twin", base_url=permits.url, secrets={"signing_key": "env:K"}
    )
    twin = load_adapters([config], allow_draft=True, environment={"K": "orchard-simulator-key"})
    wanting = [
        replace(row, adapter="twin", report=True) if row.types == ("C690",) else row for row in rules.tables.routes
    ]
    tables = replace(rules.tables, routes=tuple(wanting))
    tables = compose(tables.version, {into: tables.rows_of(into) for into in KINDS})
    with tapped(database_url) as tap:
        office = Office(authority, tap.url, replace(rules, tables=tables), loaded, also=twin)
        await office.open()
        yield Orchard(office=office, frame=permits.frame, tap=tap)
        await office.must_be_sound()
        await office.close()


async def test_each_release_is_reported_once_behind_it(orchard: Orchard) -> None:
    plain = await orchard.office.lodge(
        "PLAIN", goods(milk(orchard.office.authority.issue(CHED, ("0401", "300", "KGM"))))
    )
    assert (await orchard.office.release(plain, ReleasedItem(goods_item=1))).done
    assert await orchard.office.lifecycle.reports(plain.id) == ()
    record, due = await orchard.lodged(), orchard.office.lifecycle.due_reports
    sent = orchard.tap.statements()
    assert (await orchard.office.release(record, ReleasedItem(goods_item=1))).done
    fresh = [one for one in orchard.tap.statements() - sent if " step " in one]
    assert fresh == [], "what is reported is written with the release"
    assert await orchard.states(record) == [(ReportState.DUE, [1])]
    assert (await due.send(), await due.send()) == (1, 0)
    assert (await orchard.office.release(record)).done
    assert (await orchard.office.settled(record.id)).state is State.RELEASED
    assert await due.send() == 1
    assert await orchard.states(record) == [(ReportState.REPORTED, [1]), (ReportState.REPORTED, [2])]
    assert await orchard.kinds(record) == ["release.reported", "release.reported"]
    assert await orchard.told(record) == [(1,), (2,)]


async def test_an_authority_that_was_away_is_told_once_it_is_back(orchard: Orchard) -> None:
    assert (await reports_check(orchard.office.url)).state is CheckState.GOOD
    clock = orchard.office.clock
    clock.pass_by(-timedelta(hours=2))
    record = await orchard.released()
    clock.pass_by(timedelta(hours=2))
    orchard.frame.plan(Planned(fault=Fault.DOWN, aim=SENDING))
    orchard.frame.plan(Planned(fault=Fault.DOWN, aim=READING))
    due, store = orchard.office.lifecycle.due_reports, orchard.office.store
    for attempt in range(IN_VAIN + 1):
        assert (await due.send(), await due.send()) == (1, 0), "it is tried again after a while"
        state = ReportState.DELAYED if attempt + 1 >= IN_VAIN else ReportState.DUE
        assert await orchard.states(record) == [(state, [1, 2])]
        await orchard.come()
    due_now = [one for one in await store.installation_figures.now() if one.figure == "gateway_reports_due"]
    assert [(one.labels, one.number) for one in due_now] == [(("twin",), 1)]
    assert orchard.figure("SELECT count(*) FROM notice WHERE kind = 'alert'") == 1
    late = await reports_check(orchard.office.url)
    assert (late.state, "twin (1)" in late.seen) == (CheckState.ATTENTION, True)
    orchard.frame.faults.clear()
    assert await due.send() == 1
    assert await orchard.states(record) == [(ReportState.REPORTED, [1, 2])]
    assert await orchard.kinds(record) == ["report.delayed", "release.reported"]
    await orchard.come()
    assert await due.send() == 0
    assert await orchard.told(record) == [(1, 2)]


async def test_an_officer_says_that_a_report_was_made_otherwise(orchard: Orchard) -> None:
    record = await orchard.released()
    for fault in (SENDING, READING):
        orchard.frame.plan(Planned(fault=Fault.DOWN, aim=fault))
    due, steps = orchard.office.lifecycle.due_reports, orchard.office.lifecycle.steps
    for _ in range(IN_VAIN):
        assert await due.send() == 1
        await orchard.come()
    (release,) = await orchard.office.lifecycle.reports(record.id)
    document = DocumentKey("C690", PERMIT)
    for other in ((release.step + 1, document), (release.step, DocumentKey("C690", "OO/18"))):
        with pytest.raises(NotKnown):
            await steps.report_made(record.id, *other, reason="by telephone", by=ONE)
    # A process that has taken it meanwhile writes nothing over that.
    reports = orchard.office.store.reports
    taken = await reports.take(await reports.due(1), again=timedelta(0))
    for fresh in (True, False):
        said = await steps.report_made(record.id, release.step, document, reason="by telephone", by=ONE)
        assert said.fresh is fresh, "said twice it is said once"
    assert not await orchard.office.store.reports.note(taken[0], taken[0].reports, again=timedelta(0))
    assert await orchard.states(record) == [(ReportState.OTHERWISE, [1, 2])]
    orchard.frame.faults.clear()
    await orchard.come()
    assert await due.send() == 0
    assert await orchard.told(record) == []
    assert orchard.figure("SELECT count(*) FROM step WHERE reports_due_at IS NOT NULL") == 0
    assert (await reports_check(orchard.office.url)).state is CheckState.GOOD
    told = [one.kind.value for one in await orchard.office.lifecycle.events(record.id)]
    assert told.count("report.made_otherwise") == 1
    (act,) = [one for one in await orchard.office.lifecycle.acts.of(record.id) if one.reason == "by telephone"]
    assert act.by is not None
    assert act.by.person == ONE.person


async def test_one_traders_many_releases_do_not_delay_anothers(orchard: Orchard) -> None:
    records = [await orchard.lodged(f"TOLD-{number}") for number in range(3)]
    for one in records:
        assert (await orchard.office.release(one)).done
    reports, last, named = (
        orchard.office.store.reports,
        records[-1],
        "UPDATE declaration SET declarant = %s WHERE id = %s",
    )
    async with await psycopg.AsyncConnection.connect(orchard.office.url, autocommit=True) as connection:
        await connection.execute(
            "UPDATE step SET reports_due_at = now() - interval '1 hour' WHERE declaration_id <> %s AND reports_due_at IS NOT NULL",
            [last.id],
        )
        await connection.execute(named, ["another", last.id])
        taken = await reports.take(await reports.due(2), again=timedelta(minutes=10))
        await connection.execute(named, [records[0].declarant, last.id])
    assert len(taken) == 2
    assert last.id in {one.declaration_id for one in taken}


@pytest.mark.parametrize("when", [When.BEFORE, When.AFTER])
async def test_a_process_that_ends_between_the_sending_and_the_receipt(orchard: Orchard, when: When) -> None:
    record = await orchard.released()
    orchard.frame.holds.add(Hold(aim=SENDING, when=when, count=1))
    ending = orchard.office.first
    sending = asyncio.create_task(ending.lifecycle.due_reports.send())
    await until(lambda: orchard.frame.holds.held == 1)
    survivor = await orchard.office.open()
    assert await survivor.lifecycle.due_reports.send() == 0, "it is the other process's for now"
    await killed(orchard.office, ending, sending)
    orchard.frame.holds.release()
    await orchard.come()
    assert await survivor.lifecycle.due_reports.send() == 1
    assert await orchard.states(record) == [(ReportState.REPORTED, [1, 2])]
    assert await orchard.kinds(record) == ["release.reported"]
    assert await orchard.told(record) == [(1, 2)]


async def killed(office: Office, replica: Replica, sending: "asyncio.Task[int]") -> None:
    """Ends a process with what it sends."""
    sending.cancel()
    with suppress(asyncio.CancelledError):
        await sending
    await office.kill(replica)


async def test_whoever_was_overtaken_notes_nothing(orchard: Orchard) -> None:
    record = await orchard.released()
    orchard.frame.holds.add(Hold(aim=SENDING, when=When.AFTER, count=1))
    slow = asyncio.create_task(orchard.office.lifecycle.due_reports.send())
    await until(lambda: orchard.frame.holds.held == 1)
    other = await orchard.office.open()
    await orchard.come()
    assert await other.lifecycle.due_reports.send() == 1
    orchard.frame.holds.release()
    assert await slow == 1
    assert await orchard.states(record) == [(ReportState.REPORTED, [1, 2])]
    assert await orchard.kinds(record) == ["release.reported"]
    assert await orchard.told(record) == [(1, 2)]


async def test_a_document_that_could_not_be_identified_is_reported_once_it_can(orchard: Orchard) -> None:
    running: set[str] = set()
    rules = {"twin": lambda _, text: text.upper()}
    identify = Identities(rules=rules, is_run=running.__contains__)
    await orchard.office.open(identify=identify)
    await orchard.office.kill(orchard.office.first)
    record, due = await orchard.lodged(permit=PERMIT.lower()), orchard.office.lifecycle.due_reports
    override = Override(officer="one", reason="seen", second_officer="two")
    assert (await orchard.office.release(record, override=override)).done
    assert await due.send() == 1
    assert await orchard.states(record) == [(ReportState.DUE, [1, 2])]
    running.add("twin")
    await orchard.come()
    assert await due.send() == 1
    assert await orchard.states(record) == [(ReportState.REPORTED, [1, 2])]
    assert await orchard.told(record) == [(1, 2)]
