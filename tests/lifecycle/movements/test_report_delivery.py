"""A report of released goods is delivered once, whatever happens to it on the way: over HTTP, at the twin's office."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from adapters.simulation import Frame, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from adapters.simulation.holds import Hold, When
from gateway.contract import Direction, Line, Reference, ReferenceKind, ReportOrder
from gateway.dispatch import Dispatcher, load_adapters
from gateway.dispatch.made_once import asked_about
from gateway.domain.report_results import ReportDelivery
from gateway.domain.required_report import RequiredReport
from gateway.lifecycle.movements.report_delivery import deliver
from gateway.settings.adapters import AdapterConfig
from tests.builders.replicas import POLICY, until

MRN = "26FR00000000000010"
KEY = "0123456789abcdef" * 2
REPORT = RequiredReport(
    adapter="twin",
    order=ReportOrder(
        type="C690",
        reference="OO/17",
        declaration=Reference(kind=ReferenceKind.MRN, value=MRN),
        customs_office="FR001260",
        key=KEY,
        direction=Direction.IMPORT,
        released_on=date(2026, 12, 1),
        lines=(Line(goods_item=1, commodity_code="08051022"),),
    ),
    identified=True,
)
SENDING, READING = Aim(containing='"key"'), Aim(containing="mrn=")


class Orchard:
    """The twin's simulated office, and a process after the other that reports to it."""

    def __init__(self, frame: Frame, dispatcher: Dispatcher) -> None:
        self.frame = frame
        self._dispatcher = dispatcher

    async def deliver(self, *, may_be_there: bool = False, **more: Any) -> ReportDelivery:
        """Delivers the report."""
        said = {"may_send": lambda: True} | more
        return await deliver(
            replace(REPORT, **said.pop("but", {})), self._dispatcher, may_be_there=may_be_there, **said
        )

    async def reports(self) -> list[str]:
        """The keys of all reports that the office has of the declaration."""
        read = await self._dispatcher.read_reports("twin", asked_about(REPORT.order))
        assert read.reports is not None
        return [one.key for one in read.reports]


@pytest.fixture
async def orchard() -> AsyncIterator[Orchard]:
    async with run_simulator("tests.zoo.twin") as running:
        config = AdapterConfig(
            name="twin", package="tests.zoo.twin", base_url=running.url, secrets={"signing_key": "env:K"}
        )
        twin = load_adapters([config], allow_draft=True, environment={"K": "orchard-simulator-key"})
        dispatcher = Dispatcher(twin, policy=POLICY)
        yield Orchard(running.frame, dispatcher)
        await dispatcher.close()


async def test_it_is_reported_with_its_evidence(orchard: Orchard) -> None:
    delivered = await orchard.deliver()
    assert (delivered.has, delivered.cause, len(delivered.evidence)) == (True, None, 2)
    assert (await orchard.reports(), orchard.frame.requests) == ([KEY], 2)


async def test_who_does_not_know_whether_it_was_sent_asks_first(orchard: Orchard) -> None:
    first = await orchard.deliver(may_be_there=True)
    assert (first.has, len(first.message_ids), orchard.frame.requests) == (True, 2, 2)
    again = await orchard.deliver(may_be_there=True)
    assert (again.has, len(again.message_ids), orchard.frame.requests) == (True, 1, 3)
    assert await orchard.reports() == [KEY]


async def test_a_lost_answer_is_in_doubt_until_it_is_read_back(orchard: Orchard) -> None:
    orchard.frame.plan(Planned(fault=Fault.DROP_AFTER, aim=SENDING, count=1))
    orchard.frame.plan(Planned(fault=Fault.UNAUTHORISED, aim=READING, count=1))
    known = [(await orchard.deliver(may_be_there=number > 0)).has for number in range(3)]
    assert known == [None, None, True]
    # One report, two readings: it was not sent again.
    assert orchard.frame.requests == 3
    assert await orchard.reports() == [KEY]


@pytest.mark.parametrize(("fault", "cause"), [(Fault.DOWN, "SW-ADP-01"), (Fault.UNAUTHORISED, "SW-ADP-02")])
async def test_what_did_not_arrive_is_sent_again_once_that_is_seen(orchard: Orchard, fault: Fault, cause: str) -> None:
    orchard.frame.plan(Planned(fault=fault, aim=SENDING, count=1))
    failed = await orchard.deliver()
    assert (failed.has, failed.cause) == (None, cause)
    assert await orchard.reports() == []
    assert (await orchard.deliver(may_be_there=True)).has is True
    assert await orchard.reports() == [KEY]


async def test_what_may_not_be_sent_or_cannot_be_named_is_not_sent(orchard: Orchard) -> None:
    ended = await orchard.deliver(may_send=lambda: False)
    unnamed = await orchard.deliver(but={"identified": False})
    assert [(one.has, one.cause is not None) for one in (ended, unnamed)] == [(False, True)] * 2
    assert orchard.frame.requests == 0


@pytest.mark.parametrize(("when", "requests"), [(When.AFTER, 2), (When.BEFORE, 3)])
async def test_whoever_goes_on_after_one_that_ended_sends_what_is_not_there(
    orchard: Orchard, when: When, requests: int
) -> None:
    orchard.frame.holds.add(Hold(aim=SENDING, when=when, count=1))
    ending = asyncio.create_task(orchard.deliver())
    await until(lambda: orchard.frame.holds.held == 1)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    orchard.frame.holds.release()
    assert (await orchard.deliver(may_be_there=True)).has is True
    assert orchard.frame.requests == requests
    assert await orchard.reports() == [KEY]
