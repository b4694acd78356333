"""A report of released goods goes out once, over HTTP, and what the authority has is read back."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, cast

import pytest

from adapters.simulation import Frame, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from gateway.contract import (
    Adapter,
    Direction,
    DocumentQuery,
    Line,
    Reference,
    ReferenceKind,
    Reported,
    ReportOrder,
    Request,
)
from gateway.dispatch import Dispatcher, load_adapters
from gateway.settings.adapters import AdapterConfig
from tests.dispatch.server import MRN, always, dispatching, http, loaded, wire

KEY = "0123456789abcdef" * 2
ORDER = ReportOrder(
    type="C690",
    reference="OO/17",
    declaration=Reference(kind=ReferenceKind.MRN, value=MRN),
    customs_office="XX000001",
    key=KEY,
    direction=Direction.IMPORT,
    released_on=date(2026, 12, 1),
    lines=(Line(goods_item=1, commodity_code="08051022"), Line(goods_item=2, commodity_code="08051022")),
)
SECOND = replace(ORDER, key=KEY[::-1], lines=ORDER.lines[:1])
QUERY = DocumentQuery(
    type=ORDER.type, reference=ORDER.reference, direction=Direction.IMPORT, declaration=ORDER.declaration
)
SENDING, READING = Aim(containing='"key"'), Aim(containing="mrn=")


@dataclass(frozen=True, slots=True, kw_only=True)
class Orchard:
    """The twin's simulated office, and a dispatcher to it."""

    frame: Frame
    dispatcher: Dispatcher

    async def has(self, key: str = KEY) -> bool | None:
        """Whether it has a report."""
        return (await self.dispatcher.read_reports("twin", QUERY)).has(key)


@pytest.fixture
async def orchard() -> AsyncIterator[Orchard]:
    async with run_simulator("tests.zoo.twin") as running:
        config = AdapterConfig(
            name="twin", package="tests.zoo.twin", base_url=running.url, secrets={"signing_key": "env:K"}
        )
        twin = load_adapters([config], allow_draft=True, environment={"K": "orchard-simulator-key"})["twin"]
        async with dispatching(twin) as dispatcher:
            yield Orchard(frame=running.frame, dispatcher=dispatcher)


async def test_a_report_is_made_once_by_its_key(orchard: Orchard) -> None:
    assert await orchard.has() is False
    for _ in range(2):
        sent = await orchard.dispatcher.report("twin", ORDER)
        assert (sent.reported, sent.cause) == (Reported(key=KEY, goods_items=(1, 2)), None)
        assert (len(sent.message_ids), [one.body.split(b" ")[0] for one in sent.evidence]) == (
            1,
            [b"POST", b"HTTP/1.1"],
        )
    await orchard.dispatcher.report("twin", SECOND)
    read = await orchard.dispatcher.read_reports("twin", QUERY)
    assert read.reports == (sent.reported, Reported(key=SECOND.key, goods_items=(1,)))


@pytest.mark.parametrize("fault", [Fault.DROP_AFTER, Fault.ERROR_AFTER, Fault.HALF, Fault.TRUNCATED])
async def test_a_lost_answer_is_read_back(orchard: Orchard, fault: Fault) -> None:
    orchard.frame.plan(Planned(fault=fault, aim=SENDING, count=1))
    sent = await orchard.dispatcher.report("twin", ORDER)
    assert (sent.reported, sent.sent) == (None, True)
    assert await orchard.has() is True
    assert orchard.frame.requests == 2, "it was sent once"


@pytest.mark.parametrize("fault", [Fault.DOWN, Fault.UNAUTHORISED, Fault.HTML, Fault.GARBAGE])
async def test_what_did_not_arrive_is_shown_not_to_be_there(orchard: Orchard, fault: Fault) -> None:
    orchard.frame.plan(Planned(fault=fault, aim=SENDING, count=1))
    sent = await orchard.dispatcher.report("twin", ORDER)
    assert (sent.reported, sent.sent) == (None, True)
    assert await orchard.has() is False
    assert (await orchard.dispatcher.report("twin", ORDER)).reported is not None


async def test_while_it_cannot_be_read_back_nobody_knows(orchard: Orchard) -> None:
    orchard.frame.plan(Planned(fault=Fault.DOWN, aim=READING))
    await orchard.dispatcher.report("twin", ORDER)
    read = await orchard.dispatcher.read_reports("twin", QUERY)
    assert (read.reports, read.has(KEY), read.cause) == (None, None, "SW-ADP-01")


async def test_it_is_not_sent_without_the_right_to(orchard: Orchard) -> None:
    sent = await orchard.dispatcher.report("twin", ORDER, may_send=lambda: False)
    assert (sent.reported, sent.sent, orchard.frame.requests) == (None, False, 0)


async def test_where_no_reports_are_taken_nobody_is_asked() -> None:
    async with wire(always(http(b"{}"))) as server, dispatching(loaded(server.url)) as dispatcher:
        for adapter, cause in (("toy", "SW-ADP-03"), ("nobody", "SW-ADP-00")):
            sent = await dispatcher.report(adapter, ORDER)
            assert (sent.reported, sent.sent, sent.cause) == (None, False, cause)
            read = await dispatcher.read_reports(adapter, QUERY)
            assert (read.reports, read.cause) == (None, cause)
    assert server.connections == 0


class Reports:
    """An adapter whose `report` and `reported` are a test's own."""

    def __init__(self, method: Callable[..., Any]) -> None:
        self.report = self.reported = method


@pytest.mark.parametrize(
    "value", [None, (), Reported(key=SECOND.key), Reported(key=KEY, goods_items=(3,)), cast(Any, Reported)(key=None)]
)
async def test_what_is_no_receipt_of_it_leaves_it_in_doubt(value: Any) -> None:
    def report(order: Any, occasion: Any) -> Any:
        yield Request(path="/x", moves=False)
        return value

    own, can = cast(Adapter, Reports(report)), ("verify", "report")
    async with (
        wire(always(http(b"{}"))) as server,
        dispatching(loaded(server.url, own, capabilities=can)) as dispatcher,
    ):
        sent = await dispatcher.report("toy", ORDER)
    # Of an adapter that is not believed it is not believed either that it only looked something up.
    assert (sent.reported, sent.sent) == (None, True)
