"""Asks the Orchard Office about permits, page by page, and orders movements of their quantities: the zoo's good twin."""

import hashlib
import hmac
import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Change,
    DocumentQuery,
    Exchange,
    Intervention,
    Ledger,
    LedgerLine,
    MovementKind,
    Occasion,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Reported,
    ReportOrder,
    Request,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record, read_codes, read_json


class TwinAdapter:
    """The office's adapter."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._statuses = read_codes(codes, "status", Status)
        self._states = read_codes(codes, "state", AllocationState)
        self._outcomes = read_codes(codes, "outcome", ReceiptOutcome)
        self._refusals = read_codes(codes, "refusal", Refusal)
        self._key = settings.secrets["signing_key"]

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for all pages of the permit."""
        found: list[Record] = []
        page, pages = 1, 1
        while page <= pages:
            path = f"/permits?number={quote(query.reference, safe='')}&page={page}"
            response = yield Request(path=path, headers=self._headers(path, occasion.nth(page - 1)))
            answer = read_json(response.body)
            answer.same("number", query.reference)
            if answer.count("page") != page:
                raise UnexpectedAnswer("another page than was asked for")
            permit = answer.optional(answer.record, "permit")
            if permit is None:
                return self._unknown(page)
            if page > 1 and answer.count("pages") != pages:
                raise UnexpectedAnswer("the number of pages has changed")
            pages = answer.count("pages")
            found.append(permit)
            page += 1
        return self._answer(found, answer.text("number"), occasion.at.date())

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads what is left of each line, and who took what: the office tells everybody's."""
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no position is stated")
        return answer.ledger

    def reserve(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reserves the lines, in place of what the declaration held before."""
        return self._move(MovementKind.RESERVE, order, occasion)

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Turns the declaration's reservation into a write-off."""
        return self._move(MovementKind.WRITE_OFF, order, occasion)

    def cancel(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Gives the declaration's reservation back."""
        return self._move(MovementKind.CANCEL, order, occasion)

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Forces, amends or deletes a write-off."""
        return self._move(intervention.kind, intervention.order, occasion)

    def report(self, order: ReportOrder, occasion: Occasion) -> Exchange[Reported]:
        """Tells the office of released goods."""
        said = {
            "number": order.reference,
            "mrn": order.declaration.value,
            "key": order.key,
            "items": [{"item": line.goods_item} for line in order.lines],
        }
        path = "/reports"
        response = yield Request(
            method="POST",
            path=path,
            headers={"Content-Type": "application/json", **self._headers(path, occasion)},
            body=json.dumps(said).encode(),
        )
        answer = read_json(response.body)
        answer.same("number", order.reference)
        answer.text("mrn", re.escape(order.declaration.value))
        answer.text("key", re.escape(order.key))
        return _report(answer)

    def reported(self, query: DocumentQuery, occasion: Occasion) -> Exchange[tuple[Reported, ...]]:
        """Reads what the office was told of a declaration."""
        mrn = query.declaration.value if query.declaration is not None else ""
        path = f"/reports?number={quote(query.reference, safe='')}&mrn={quote(mrn, safe='')}"
        response = yield Request(path=path, headers=self._headers(path, occasion))
        answer = read_json(response.body)
        answer.same("number", query.reference)
        answer.text("mrn", re.escape(mrn))
        return tuple(_report(one) for one in answer.records("reports"))

    def read_notification(self, request: Request) -> tuple[Change, ...]:
        """Reads which permits have changed."""
        pushed = read_json(request.body)
        changed = tuple(Change(type="C690", reference=one.text("number")) for one in pushed.records("changed"))
        if not changed:
            raise UnexpectedAnswer("nothing has changed")
        return changed

    def _headers(self, path: str, occasion: Occasion) -> dict[str, str]:
        signature = hmac.new(self._key.encode(), path.encode(), hashlib.sha256).hexdigest()
        return {"X-Request-Id": occasion.message_id, "X-Signature": signature}

    def _unknown(self, page: int) -> Answer:
        if page > 1:
            raise UnexpectedAnswer("a permit is not known any more")
        return Answer(status=Status.NOT_FOUND)

    def _answer(self, pages: list[Record], number: str, on: date) -> Answer:
        codes = {permit.text("status") for permit in pages}
        ends = {permit.optional(permit.day, "valid_to") for permit in pages}
        holders = {permit.text("holder", "[A-Z]{2}[A-Z0-9]{1,15}") for permit in pages}
        if len(codes) > 1 or len(ends) > 1 or len(holders) > 1:
            raise UnexpectedAnswer("the pages contradict each other")
        lines = tuple(_line(one) for permit in pages for one in permit.records("lines"))
        if {permit.count("line_count") for permit in pages} != {len(lines)}:
            raise UnexpectedAnswer("other lines than the permit has")
        code = codes.pop()
        certificate = Certificate(
            type="C690",
            reference=number,
            authority_status=code,
            valid_to=ends.pop(),
            holder=holders.pop(),
            lines=lines,
            facts={"office": pages[0].text("office")},
        )
        status = self._statuses.meaning(code, on)
        return Answer(status=status, certificate=certificate, ledger=self._ledger(pages, on))

    def _ledger(self, parts: list[Record], on: date) -> Ledger:
        left = (
            LedgerLine(number=one.count("line"), available=_signed(one)) for p in parts for one in p.records("left")
        )
        taken = (self._taken(one, on) for part in parts for one in part.records("taken"))
        return Ledger(lines=tuple(left), allocations=tuple(taken))

    def _taken(self, taken: Record, on: date) -> Allocation:
        return Allocation(
            declaration=Reference(kind=ReferenceKind.MRN, value=taken.text("mrn")),
            state=self._states.meaning(taken.text("state"), on),
            goods_item=taken.count("goods_item"),
            certificate_line=taken.count("line"),
            quantity=taken.quantity("weight"),
        )

    def _move(self, kind: MovementKind, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        said = {
            "movement": kind.value,
            "number": order.reference,
            "mrn": order.declaration.value,
            "office": order.customs_office,
            "key": order.key,
            "lines": [_said(line) for line in order.lines],
        }
        path = "/movements"
        response = yield Request(
            method="POST",
            path=path,
            headers={"Content-Type": "application/json", **self._headers(path, occasion)},
            body=json.dumps(said).encode(),
        )
        answer, on = read_json(response.body), occasion.at.date()
        answer.same("number", order.reference)
        answer.text("mrn", re.escape(order.declaration.value))
        answer.text("key", re.escape(order.key))
        code, reason = answer.text("outcome"), answer.optional(answer.text, "reason")
        receipt = Receipt(
            outcome=self._outcomes.meaning(code, on),
            refusal=None if reason is None else self._refusals.meaning(reason, on),
            authority_code=reason or code,
            ledger=self._ledger([answer], on),
        )
        _make_sure_of(receipt, kind, order)
        return receipt


def _report(report: Record) -> Reported:
    items = tuple(one.count("item") for one in report.records("items"))
    return Reported(key=report.text("key", "[0-9a-f]{32}"), goods_items=items)


def _line(line: Record) -> CertificateLine:
    weight = line.quantity("weight")
    return CertificateLine(number=line.count("line"), commodity_code=line.text("cn_code", "[0-9]{8}"), quantity=weight)


def _signed(line: Record) -> Quantity:
    weight = line.record("weight")
    return Quantity(
        value=Decimal(weight.text("value", r"-?[0-9]{1,16}(\.[0-9]{1,6})?")), unit=weight.text("unit", "[A-Z0-9]{3}")
    )


def _said(line: OrderLine) -> dict[str, Any]:
    if len(line.quantities) != 1 or line.amount is not None:
        raise RequestRejected("the office counts by weight alone")
    weight = {"value": format(line.quantities[0].value, "f"), "unit": line.quantities[0].unit}
    return {"goods_item": line.goods_item, "line": line.certificate_line, "weight": weight}


def _make_sure_of(receipt: Receipt, kind: MovementKind, order: QuantityOrder) -> None:
    if (receipt.outcome is ReceiptOutcome.REFUSED) != (receipt.refusal is not None):
        raise UnexpectedAnswer("a refusal has a reason, and nothing else has one")
    ours = [one for one in (receipt.ledger or Ledger(lines=())).allocations if one.declaration == order.declaration]
    held = Counter((one.goods_item, one.certificate_line, one.quantity) for one in ours)
    ordered = Counter((one.goods_item, one.certificate_line, one.quantities[0]) for one in order.lines)
    wanted = AllocationState.RESERVED if kind is MovementKind.RESERVE else AllocationState.CONSUMED
    if receipt.outcome is ReceiptOutcome.DONE and (held != ordered or any(one.state is not wanted for one in ours)):
        raise UnexpectedAnswer("the office says done, and its position does not")
    if receipt.outcome is ReceiptOutcome.NO_RECORD and ours:
        raise UnexpectedAnswer("the office says that nothing is there, and its position does not")
