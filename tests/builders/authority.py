"""The simulated TRACES over real HTTP, with a record of everything that came over the wire."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from lxml import etree
from starlette.types import Receive, Scope, Send

from adapters.simulation import Frame, RunningSimulator, run_simulator
from adapters.simulation.faults import Aim, Fault, Planned
from adapters.simulation.frame import CONTROL
from adapters.simulation.holds import Hold, Orphan, When
from adapters.simulation.wire import body_of, replay
from adapters.traces.simulator.ledger import CertificateLedger, Item, lines_of
from gateway.contract import Quantity
from gateway.domain.tables.in_force import InForce
from tests.builders.goods import certified

RESERVE = "QuantityManagementIndication>1<"
READ = "QuantityManagementIndication>0<"
WRITE_OFF = "GoodsClearanceInformation>01<"
CANCEL = "GoodsClearanceInformation>02<"
FORCE, AMEND, DELETE = (f"InterventionType>0{number}<" for number in (1, 2, 3))
MOVES = {RESERVE: "reserve", WRITE_OFF: "write_off", CANCEL: "cancel", FORCE: "force", AMEND: "amend", DELETE: "delete"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Came:
    """A request as it came over the wire, whatever became of it."""

    operation: str
    """`read`, or the kind of the movement."""
    reference: str
    mrn: str
    """Empty for a read, which names nobody."""
    message_id: str
    text: str = field(default="", repr=False, compare=False)
    """The request itself."""


class _Recording(Frame):
    """A frame that notes every request before anything happens to it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.came: list[Came] = []
        self.left_out: dict[str, int | None] = {}
        """MRN -> in how many answers to reads its allocations are left out; None: in all."""
        self.unsummed = 0
        """So many answers to reads come without any summary of the quantities."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and not scope["path"].startswith(CONTROL) and self.simulator.name == "traces":
            body = await body_of(receive)
            self.came.append(_came(body))
            receive = replay(body, receive)
            if (self.left_out or self.unsummed) and READ.encode() in body:
                send = self._cutting(send)
        await super().__call__(scope, receive, send)

    def _cutting(self, send: Send) -> Send:
        """Leaves allocations out of an answer, which says nothing of that."""
        started: dict[str, Any] = {}

        async def cut(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
                return
            answer = etree.fromstring(message["body"])
            if self.unsummed:
                self.unsummed -= 1
                for unsummed in list(answer.iter("{*}QuantityManagementSummary")):
                    if (around := unsummed.getparent()) is not None:
                        around.remove(unsummed)
            for mrn in [mrn for mrn in self.left_out if mrn.encode() in message["body"]]:
                for named in [one for one in answer.iter("{*}MRN") if one.text == mrn]:
                    allocation = named.getparent()
                    assert allocation is not None
                    summary = allocation.getparent()
                    assert summary is not None
                    summary.remove(allocation)
                left = self.left_out[mrn]
                if left is not None:
                    self.left_out[mrn] = left - 1
                    if left == 1:
                        del self.left_out[mrn]
            body = etree.tostring(answer)
            headers = [one for one in started["headers"] if one[0].lower() != b"content-length"]
            await send({**started, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
            await send({**message, "body": body})

        return cut


def _came(body: bytes) -> Came:
    told = {etree.QName(one).localname: one.text or "" for one in etree.fromstring(body).iter("{*}*")}
    text = body.decode()
    operation = next((name for mark, name in MOVES.items() if mark in text), "read")
    return Came(
        operation=operation,
        reference=told["ChedCertificateId"],
        mrn=told.get("MRN") or told.get("CustomsDocumentReference") or "",
        message_id=told["MessageId"],
        text=text,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one declaration holds of one line at the authority."""

    kind: str
    value: str
    state: str
    goods_item: int
    line: int
    quantity: Decimal
    unit: str

    def kilograms(self, view: InForce) -> Decimal:
        """How much that is."""
        converted = view.convert(Quantity(value=self.quantity, unit=self.unit), "KGM")
        assert converted is not None
        return converted.value


@dataclass(slots=True)
class Authority:
    """The running authority."""

    running: RunningSimulator
    frame: _Recording
    issued: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.running.url

    @property
    def came(self) -> list[Came]:
        """Everything that came, in its order."""
        return self.frame.came

    def moves(self, mrn: str, operation: str | None = None) -> list[Came]:
        """The movements that came for a declaration."""
        return [one for one in self.came if one.mrn == mrn and operation in (None, one.operation)]

    def issue(self, reference: str, *lines: tuple[str, str, str], status: str = "70") -> str:
        """Issues a certificate; gives its reference."""
        self.frame.documents.put(reference, certified(*lines, status=status))
        self.issued.append(reference)
        return reference

    def fail(self, fault: Fault, containing: str | None = None, *, reference: str | None = None, count: int | None = 1,
             seconds: float = 60.0) -> None:  # fmt: skip
        """Plans a fault for the next `count` such requests; None: until it is lifted."""
        aim = Aim(reference=reference, containing=containing)
        self.frame.plan(Planned(fault=fault, aim=aim, count=count, seconds=seconds))

    def leave_out(self, mrn: str, count: int | None = 1) -> None:
        """Leaves a declaration's allocations out of the next `count` answers to reads that would tell of them; None: of all."""
        self.frame.left_out[mrn] = count

    def leave_out_summaries(self, count: int) -> None:
        """Gives no summary of the quantities in the next `count` answers to reads."""
        self.frame.unsummed = count

    def heal(self) -> None:
        """Ends all faults and lets everything go on that waits."""
        self.frame.left_out.clear()
        self.frame.faults.clear()
        self.frame.holds.release()

    def hold(self, when: When, containing: str, *, orphan: Orphan = Orphan.DROP) -> None:
        """Lets the next such request wait."""
        self.frame.holds.add(Hold(aim=Aim(containing=containing), when=when, orphan=orphan, count=1))

    def told(self, reference: str) -> dict[str, Any]:
        """The ledger of a certificate, as its control endpoint tells it."""
        found = self.frame.obey("GET", f"{CONTROL}/ledger/{reference}", {})
        assert found is not None
        return found

    def remove(self, reference: str, mrn: str) -> None:
        """Somebody at the authority takes away what a declaration holds."""
        self.frame.obey("POST", f"{CONTROL}/ledger/{reference}/remove", {"mrn": mrn})

    def enter(self, reference: str, quantity: str, *, kind: str = "MRN", value: str, consumed: bool = False) -> None:
        """Somebody else has kilograms of a certificate's first line entered for a declaration."""
        app: Any = self.frame.app
        document = self.frame.documents.peek(reference)
        assert document is not None
        books: CertificateLedger = app.books_of(document)
        item = Item(goods_item=1, line=1, code="04011010", quantities=((Decimal(quantity), "KGM"),))
        enter = books.force if consumed else books.reserve
        enter((kind, value), (item,), lines_of(document), status="70", office="DE000001", at=datetime.now(UTC))

    def effects(self, reference: str, mrn: str) -> dict[str, int]:
        """What was done to a certificate's books for a declaration, and how often."""
        found: dict[str, int] = self.told(reference)["effects"]["MRN"].get(mrn, {})
        return found

    def parts(self, reference: str, mrn: str | None = None) -> tuple[Part, ...]:
        """What declarations hold of a certificate, or one of them."""
        parts = (
            Part(
                kind=one["kind"],
                value=one["value"],
                state=one["state"],
                goods_item=one["goods_item"],
                line=one["line"],
                quantity=Decimal(one["quantity"]),
                unit=one["unit"],
            )
            for one in self.told(reference)["allocations"]
        )
        return tuple(one for one in parts if mrn is None or (one.kind, one.value) == ("MRN", mrn))

    def held(self, reference: str, mrn: str) -> tuple[str, Decimal] | None:
        """The state and the sum in the declared unit of what a declaration holds; None: nothing."""
        parts = self.parts(reference, mrn)
        states = {one.state for one in parts}
        assert len(states) <= 1, "reserved and written off at once"
        return (states.pop(), sum((one.quantity for one in parts), Decimal(0))) if parts else None

    def left(self, reference: str, line: int = 1) -> Decimal:
        """What is left of a line, in its unit."""
        return next(Decimal(one["available"]) for one in self.told(reference)["lines"] if one["line"] == line)


@asynccontextmanager
async def simulated_traces() -> AsyncIterator[Authority]:
    """Runs the simulated TRACES in this loop."""
    with patch("adapters.simulation.server.Frame", _Recording):
        async with run_simulator("adapters.traces") as running:
            assert isinstance(running.frame, _Recording)
            yield Authority(running=running, frame=running.frame)
