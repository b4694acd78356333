"""Movements of quantity, over HTTP at the adapter's simulator: each has its effect once, and the position shows it."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256

from gateway.conformance.checks.authority import NOT_KNOWN, AuthorityInUse
from gateway.conformance.checks.orders import begun_by, order_of
from gateway.conformance.inspection import Inspection, JudgedResult
from gateway.conformance.leaves import numbers_in
from gateway.conformance.recording import Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.contract import (
    AdapterError,
    Answer,
    DocumentQuery,
    Intervention,
    Ledger,
    LedgerLine,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    RequestRejected,
    Status,
)
from gateway.dispatch.made_once import asked_about
from gateway.dispatch.receipts import make_sure_of_order, says_done
from gateway.domain.order_lines import unconverted

NOT_DONE = rule(
    "movements.not_done",
    "What is recorded as done, the authority does",
    "mend the order that the adapter writes, or the simulator",
)
POSITION = rule(
    "movements.position_differs",
    "After a movement that is done the position shows just what was ordered; after one that is not, what it showed before",
    "report a receipt only for an answer that says clearly what became of the order; read every allocation of the declaration",
)
TWICE = rule(
    "movements.moved_twice",
    "The same order with the same key moves nothing a second time",
    "send `order.key` as the key by which the authority knows a repetition; never make one of your own",
)
LOST = rule(
    "movements.lost_answer",
    "An answer that is lost is no receipt, and the position shows what was done",
    "raise for what is not a whole answer, and read the position from the authority each time",
)
MOVED_BY_READING = rule(
    "movements.moved_by_reading",
    "`verify`, `position` and `list` change nothing at the authority",
    "ask with a request that only reads",
)

NOT_FOLLOWED = rule(
    "movements.order_not_followed",
    "An order of two lines and of halves, whose goods items are numbered otherwise than the lines, is done, and the position shows just that",
    "write of each line its own item, line and quantity, and read them so; raise `RequestRejected` for what the authority does not take",
)

MADE_UP = rule(
    "movements.position_made_up",
    "A position is what the authority says: of an order that it calls done, and that it did not do, no answer shows anything, and so nothing is told",
    "read the position from an answer; where the order's own says none (a 204), leave `ledger` out of the receipt: the gateway reads it",
)

NO_EFFECT = "no_effect"
LOSSES = ("drop_after", "truncated", "error_after")
COUNTED = frozenset({"H87", "C62", "NAR", "NPR", "PCE", "EA", "HEA", "NMP", "PR"})
"""Units of what is counted: there is no half of it."""
MOST_ORDERED = Decimal(3)
"""The most that has to be left of a line on which the kit orders."""
_EMPTYING = frozenset({"cancel", "delete"})


def check_movements(inspection: Inspection) -> Iterator[Nonconformity]:
    """Move what is recorded as moved, at the simulator."""
    if inspection.package.manifest.capabilities.isdisjoint({"quantity", "usage"}):
        return
    authority = inspection.authority
    assert authority is not None
    if not authority.controlled:
        inspection.remarks.append("movements were not tried: the authority cannot be reset")
        return
    yield from asyncio.run(_moved(inspection))


async def _moved(inspection: Inspection) -> list[Nonconformity]:
    authority = inspection.authority
    assert authority is not None
    found: list[Nonconformity] = []
    async with AuthorityInUse(inspection, authority) as use:
        office = _Office(use)
        for recording in inspection.answered():
            if recording.method in set(MovementKind):
                if await office.knows(recording):
                    found += await office.once(recording)
                else:
                    what = f"{recording.reference} is not known there: the movement was not tried"
                    found.append(Nonconformity(rule=NOT_KNOWN, place=recording.place, what=what))
        for recording in [one for one in _first_ones(inspection) if await office.knows(one)]:
            found += await office.twice(recording)
            for loss in LOSSES:
                found += await office.lost(recording, loss)
            found += await office.life(recording)
            found += await office.ordered(recording)
            found += await office.not_done(recording)
        found += await office.read(inspection)
        authority.reset()
    return found


def _first_ones(inspection: Inspection) -> Sequence[Recording]:
    """Return the recordings of movements that are done without another before them."""
    begun = begun_by(inspection)
    return [one for one in inspection.answered() if one.method == begun and one.expect.outcome is ReceiptOutcome.DONE]


class _Office:
    """The authority's movements, each with the position before and after."""

    def __init__(self, use: AuthorityInUse) -> None:
        self._use = use
        self._has_position = use.inspection.package.manifest.position

    async def knows(self, recording: Recording) -> bool:
        """Whether the authority knows the document of a movement: it may be recorded at another one."""
        result = await self._ask(order_of(recording))
        return getattr(result.value, "status", None) is not Status.NOT_FOUND

    async def once(self, recording: Recording) -> list[Nonconformity]:
        """Order what is recorded where nothing was moved before."""
        self._use.authority.reset()
        order, place = order_of(recording), f"{recording.place}, over HTTP"
        before = await self._position(order)
        result = await self._move(recording.method, order)
        after = await self._position(order)
        if isinstance(result.value, Receipt) and says_done(result.value, MovementKind(recording.method)):
            return self._shows(result.value, recording.method, order, after, place)
        if _held(before) != _held(after):
            what = f"it says {result.shown()}, and the position has changed"
            return [Nonconformity(rule=POSITION, place=place, what=what)]
        return []

    async def twice(self, recording: Recording) -> list[Nonconformity]:
        """Order the same twice."""
        self._use.authority.reset()
        order, place = order_of(recording), f"{recording.place}, over HTTP"
        first = await self._move(recording.method, order)
        if not (isinstance(first.value, Receipt) and first.value.outcome is ReceiptOutcome.DONE):
            return [Nonconformity(rule=NOT_DONE, place=place, what=f"it says {first.shown()}")]
        before, books = await self._position(order), self._books(order)
        await self._move(recording.method, order)
        return self._unchanged(TWICE, order, before, books, await self._position(order), place, "ordered again")

    async def lost(self, recording: Recording, loss: str) -> list[Nonconformity]:
        """Lose the answer to an order, and order the same again."""
        self._use.authority.reset()
        order, place = order_of(recording), f"{recording.place}, over HTTP, fault {loss}"
        # A reset ends tokens too: the loss must strike the order, not the renewal of one.
        await self._ask(order)
        containing = self._told_by(recording, order)
        if not self._use.authority.fail(loss, containing=containing, count=1):
            return []
        result = await self._move(recording.method, order)
        if result.fault is None:
            return [Nonconformity(rule=LOST, place=place, what=f"it makes {result.shown()} of an answer that was lost")]
        after = await self._position(order)
        receipt = Receipt(outcome=ReceiptOutcome.DONE)
        found = self._shows(receipt, recording.method, order, after, place, broken=LOST)
        books = self._books(order)
        await self._move(recording.method, order)
        return found or self._unchanged(TWICE, order, after, books, await self._position(order), place, "sent again")

    async def life(self, recording: Recording) -> list[Nonconformity]:
        """Lead an order through what can follow it, each with a key of its own."""
        quantity = "quantity" in self._use.inspection.package.manifest.capabilities
        lives = (("write_off",), ("cancel",)) if quantity else (("amend", "delete"),)
        found: list[Nonconformity] = []
        for life in lives:
            self._use.authority.reset()
            await self._move(recording.method, order_of(recording))
            for method in life:
                order, place = _following(recording, method), f"{recording.place}, then {method}"
                result = await self._move(method, order)
                if not isinstance(result.value, Receipt) or result.value.outcome is not ReceiptOutcome.DONE:
                    found.append(Nonconformity(rule=NOT_DONE, place=place, what=f"it says {result.shown()}"))
                    break
                found += self._shows(result.value, method, order, await self._position(order), place)
        return found

    async def ordered(self, recording: Recording) -> list[Nonconformity]:
        """Order two lines of the kit's own."""
        self._use.authority.reset()
        asked = await self._ask(order_of(recording))
        order = own_order(order_of(recording), asked.value) if isinstance(asked.value, Answer) else None
        place = f"{recording.place}, with two lines of the kit's own"
        if order is None:
            return []
        result = await self._move(recording.method, order)
        if result.fault == RequestRejected.__name__ and not result.requests:
            self._use.inspection.remarks.append(f"{place}: the adapter rejects that order: {result.why}")
            return []
        if not isinstance(result.value, Receipt) or result.value.outcome is not ReceiptOutcome.DONE:
            return [Nonconformity(rule=NOT_FOLLOWED, place=place, what=f"it says {result.shown()}")]
        after = await self._position(order)
        return self._shows(result.value, recording.method, order, after, place, broken=NOT_FOLLOWED)

    async def not_done(self, recording: Recording) -> list[Nonconformity]:
        """Let the authority say that an order is done, and do nothing."""
        self._use.authority.reset()
        order, place = order_of(recording), f"{recording.place}, over HTTP, fault {NO_EFFECT}"
        await self._ask(order)
        if not self._use.authority.fail(NO_EFFECT, containing=self._told_by(recording, order), count=1):
            return []
        result = await self._move(recording.method, order)
        said = {number for answer in self._use.answers for number in numbers_in(answer.body)}
        ledger = result.value.ledger if isinstance(result.value, Receipt) else None
        ours = [one for one in (ledger.allocations if ledger else ()) if one.declaration == order.declaration]
        if any(one.quantity.value not in said for one in ours):
            what = "its receipt tells a position that stands in no answer"
            return [Nonconformity(rule=MADE_UP, place=place, what=what)]
        after = await self._position(order)
        if (
            after is not None
            and isinstance(after.value, Ledger)
            and not self._shows(Receipt(outcome=ReceiptOutcome.DONE), recording.method, order, after, place)
        ):
            return [Nonconformity(rule=MADE_UP, place=place, what="its position shows what the authority did not do")]
        return []

    def _told_by(self, recording: Recording, order: QuantityOrder) -> str:
        """Return a text by which the order's own request is known from others."""
        sent = self._use.inspection.result(recording).requests
        texts = [f"{one.path} {one.body.decode('utf-8', 'replace')}" for one in sent]
        return order.key if any(order.key in one for one in texts) else order.declaration.value

    async def read(self, inspection: Inspection) -> list[Nonconformity]:
        """Ask all that is recorded as asked, and look whether anything moved."""
        self._use.authority.reset()
        found: list[Nonconformity] = []
        for recording in inspection.recordings:
            if recording.method not in {"verify", "position"} or recording.expect.status == "not_found":
                continue
            query: DocumentQuery = recording.subject
            books = self._use.authority.books(query.reference)
            before = await self._ledger(query)
            await self._use.call(recording.method, query)
            if _allocated(self._use.authority.books(query.reference)) != _allocated(books) or _held(
                await self._ledger(query)
            ) != _held(before):
                what = f"{recording.method} of {query.reference} changes the position"
                found.append(Nonconformity(rule=MOVED_BY_READING, place=f"{recording.place}, over HTTP", what=what))
                self._use.authority.reset()
        return found

    async def _move(self, method: str, order: QuantityOrder) -> JudgedResult:
        kind = MovementKind(method)
        intervenes = kind in {MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE}
        return await self._use.call(method, Intervention(kind=kind, order=order) if intervenes else order)

    async def _position(self, order: QuantityOrder) -> JudgedResult | None:
        return await self._ledger(asked_about(order))

    async def _ask(self, order: QuantityOrder) -> JudgedResult:
        return await self._use.call("verify", asked_about(order))

    async def _ledger(self, query: DocumentQuery) -> JudgedResult | None:
        return await self._use.call("position", query) if self._has_position else None

    def _books(self, order: QuantityOrder) -> object:
        return self._use.authority.books(order.reference)

    def _shows(
        self,
        receipt: Receipt,
        method: str,
        order: QuantityOrder,
        after: JudgedResult | None,
        place: str,
        *,
        broken: ConformanceRule = POSITION,
    ) -> list[Nonconformity]:
        if after is None:
            return []
        if not isinstance(after.value, Ledger):
            return [Nonconformity(rule=broken, place=place, what=f"the position cannot be read then: {after.shown()}")]
        try:
            make_sure_of_order(replace(receipt, ledger=after.value), MovementKind(method), order, unconverted)
        except AdapterError:
            return [Nonconformity(rule=broken, place=place, what="the position does not show what was ordered")]
        return []

    def _unchanged(
        self,
        broken: ConformanceRule,
        order: QuantityOrder,
        before: JudgedResult | None,
        books: object,
        after: JudgedResult | None,
        place: str,
        done: str,
    ) -> list[Nonconformity]:
        if _held(before) == _held(after) and _allocated(books) == _allocated(self._books(order)):
            return []
        return [Nonconformity(rule=broken, place=place, what=f"{done}, it moves once more")]


def own_order(recorded: QuantityOrder, said: Answer) -> QuantityOrder | None:
    """Return an order of two lines on what is left: items ascend and lines descend, and no item has a line's number; None: nothing is left."""
    lines = said.ledger.lines if said.ledger is not None else ()
    left = [one for one in lines if one.available.value > MOST_ORDERED]
    if not left or not recorded.lines:
        return None
    known = {one.certificate_line: one for one in recorded.lines}
    codes = {one.number: one.commodity_code for one in said.certificate.lines} if said.certificate is not None else {}
    item = max(one.number for one in left)
    ordered = [
        replace(
            _line_on(line, known.get(line.number), recorded.lines[0], codes, share=place + 1),
            goods_item=item + 1 + place,
        )
        for place, line in enumerate((left[-1], left[0]))
    ]
    key = sha256(f"{recorded.key} of the kit".encode()).hexdigest()[:32]
    return replace(recorded, key=key, lines=tuple(ordered))


def _line_on(
    line: LedgerLine, recorded: OrderLine | None, like: OrderLine, codes: Mapping[int, str], *, share: int
) -> OrderLine:
    """Return a line of an order that takes a little of what is left of one; another one than was recorded is like that."""
    value = Decimal(share) if line.available.unit in COUNTED else Decimal("0.5") / share
    if recorded is not None:
        quantities = tuple(replace(one, value=value) for one in recorded.quantities)
        amount = None if recorded.amount is None else replace(recorded.amount, value=value)
        return replace(recorded, quantities=quantities, amount=amount)
    code = codes.get(line.number, line.commodity_code or like.commodity_code).ljust(len(like.commodity_code), "0")
    quantity = Quantity(value=value, unit=line.available.unit)
    amount = None if line.amount is None else replace(line.amount, value=value)
    return replace(like, certificate_line=line.number, commodity_code=code, quantities=(quantity,), amount=amount)


def _following(recording: Recording, method: str) -> QuantityOrder:
    order = order_of(recording)
    key = sha256(f"{recording.name} {method}".encode()).hexdigest()[:32]
    return replace(order, key=key, lines=() if method in _EMPTYING else order.lines)


def _held(result: JudgedResult | None) -> object:
    """Return what a position says, without the times of its parts."""
    if result is None or not isinstance(result.value, Ledger):
        return None
    ledger = result.value
    return ledger.lines, sorted(repr(replace(one, at=None)) for one in ledger.allocations)


def _allocated(books: object) -> object:
    """Return what the simulator's ledger says of lines and parts, without times and what it counts."""
    if not isinstance(books, dict):
        return None
    parts = ({key: value for key, value in one.items() if key != "at"} for one in books.get("allocations", ()))
    return books.get("lines"), sorted(map(repr, parts))
