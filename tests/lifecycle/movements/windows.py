"""Contingency windows over a simulated authority that is down."""

from adapters.simulation.faults import Fault
from gateway.domain.approval import Approval
from gateway.domain.contingency import DecidedInside, WindowMode, WindowOrder, WindowStatement
from gateway.domain.record import Record
from tests.builders.actors import ONE, TWO
from tests.builders.authority import Authority
from tests.builders.replicas import Office

CHED, OTHER = "CHEDP.FR.2026.9300001", "CHEDP.FR.2026.9300002"
WORD = WindowStatement(officer="one", second_officer="two", reason="it is down", by=ONE, second=TWO)
CLOSING = WindowStatement(officer="one", reason="it is back", by=ONE)


async def opened(office: Office, mode: WindowMode = WindowMode.RELEASE, adapter: str = "traces") -> int:
    found = await office.lifecycle.contingency.open(WindowOrder(adapter=adapter, mode=mode, word=WORD))
    assert not isinstance(found, Approval)
    return found[0].number


async def closed(office: Office, number: int) -> None:
    await office.lifecycle.contingency.close(number, CLOSING)


async def verified(office: Office, record: Record) -> Record:
    """The declaration after the list of ended windows was worked through."""
    await office.lifecycle.contingency.verify_afterwards()
    return await office.settled(record.id)


async def entry(office: Office, number: int = 1) -> DecidedInside:
    """The only document that was decided inside a window."""
    (listed,) = await office.lifecycle.contingency.decided_inside(number)
    return listed.entry


def down(authority: Authority) -> None:
    authority.fail(Fault.DOWN, count=None)
