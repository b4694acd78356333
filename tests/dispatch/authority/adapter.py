"""A REST adapter as a partner would write it: one request each, strict reading."""

from decimal import Decimal
from json import dumps
from urllib.parse import quote

from gateway.contract import (
    Answer,
    Certificate,
    Change,
    DocumentQuery,
    Exchange,
    Intervention,
    Ledger,
    LedgerLine,
    Occasion,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Request,
    Settings,
    Status,
)
from gateway.contract.reading import Record, read_json

STATUSES = {"VALID": Status.VALID, "REFUSED": Status.REFUSED}
OUTCOMES = {"DONE": ReceiptOutcome.DONE, "TOO_MUCH": ReceiptOutcome.REFUSED, "NOTHING_HERE": ReceiptOutcome.NO_RECORD}


class ToyAdapter:
    """Asks the toy register about one document, and moves its quantity."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the record of that number."""
        response = yield Request(
            path=f"/documents?number={quote(query.reference, safe='')}",
            headers={"X-Message-Id": occasion.message_id, "X-Nonce": occasion.nonce.hex()},
            expect=frozenset({200, 404}),
        )
        answer = read_json(response.body)
        answer.same("number", query.reference)
        code = answer.text("status")
        if code == "UNKNOWN":
            return Answer(status=Status.NOT_FOUND)
        return Answer(
            status=STATUSES[code],
            certificate=Certificate(type="C999", reference=query.reference, authority_status=code),
        )

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Asks for what is left of each line."""
        response = yield Request(
            path=f"/positions?number={quote(query.reference, safe='')}",
            headers={"X-Message-Id": occasion.message_id, "X-Nonce": occasion.nonce.hex()},
        )
        answer = read_json(response.body)
        answer.same("number", query.reference)
        return _ledger(answer)

    def reserve(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Puts the declaration's reservation."""
        return self._move("PUT", "reservations", order, occasion)

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Posts that the goods were released."""
        return self._move("POST", "write-offs", order, occasion)

    def cancel(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Deletes the declaration's reservation."""
        return self._move("DELETE", "reservations", order, occasion)

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Patches the declaration's write-off."""
        return self._move("PATCH", f"write-offs/{intervention.kind.value}", intervention.order, occasion)

    def read_notification(self, request: Request) -> tuple[Change, ...]:
        """Reads the numbers of changed documents."""
        pushed = read_json(request.body)
        return tuple(Change(type="C999", reference=number) for number in pushed.texts("changed"))

    def _move(self, method: str, place: str, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        response = yield Request(
            method=method,
            path=f"/{place}?number={quote(order.reference, safe='')}&declaration={quote(order.declaration.value, safe='')}",
            headers={"Idempotency-Key": order.key, "X-Message-Id": occasion.message_id},
            body=dumps([[line.goods_item, line.certificate_line] for line in order.lines]).encode(),
        )
        answer = read_json(response.body)
        answer.same("number", order.reference)
        answer.same("declaration", order.declaration.value)
        outcome = OUTCOMES[answer.text("outcome")]
        return Receipt(
            outcome=outcome,
            refusal=Refusal.INSUFFICIENT if outcome is ReceiptOutcome.REFUSED else None,
            ledger=_ledger(answer) if "lines" in answer else None,
        )


def _ledger(answer: Record) -> Ledger:
    return Ledger(lines=tuple(_line(line) for line in answer.records("lines")))


def _line(line: Record) -> LedgerLine:
    left = Decimal(line.text("left", r"-?[0-9]{1,9}"))
    return LedgerLine(number=line.count("line"), available=Quantity(value=left, unit="KGM"))
