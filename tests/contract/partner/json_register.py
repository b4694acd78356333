"""A register that answers in JSON, and takes orders in two steps."""

from datetime import date
from urllib.parse import quote

from gateway.contract import (
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    Exchange,
    Ledger,
    LedgerLine,
    Nomenclature,
    Occasion,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Request,
    Settings,
    Status,
    UnexpectedAnswer,
    UsageAdapter,
)
from gateway.contract.reading import CodeList, Record, read_codes, read_json

CODES = """
[[status]]
code = "ISSUED"
means = "valid"
valid_from = 2026-01-01
source = "interface description 1.2"
"""
UNITS = CODES.replace("status", "unit").replace("ISSUED", "CUBIC").replace('valid"', 'MTQ"', 1)


class JsonRegister:
    """The register's adapter."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._statuses: CodeList[Status] = read_codes(CODES, "status", Status)
        self._units = read_codes(UNITS, "unit", str)

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the licence of that number."""
        response = yield Request(path=f"/licences?number={quote(query.reference, safe='')}")
        answer = read_json(response.body)
        answer.same("number", query.reference)
        if answer.whole("found") == 0:
            return Answer(status=Status.NOT_FOUND)
        licence, on = answer.record("licence"), occasion.at.date()
        code = licence.text("status")
        lines = tuple(self._line(line, on) for line in licence.records("lines"))
        certificate = Certificate(
            type=query.type,
            reference=answer.text("number"),
            authority_status=code,
            valid_to=licence.optional(licence.day, "valid_to"),
            lines=lines,
            facts={"changed": licence.instant("changed").isoformat()},
        )
        ledger = Ledger(lines=tuple(LedgerLine(number=line.number, available=_left(line)) for line in lines))
        return Answer(status=self._statuses.meaning(code, on), certificate=certificate, ledger=ledger)

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads what is left."""
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no position")
        return answer.ledger

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Looks the licence up, which moves nothing, then reports what was used."""
        path = f"/licences/{quote(order.reference, safe='')}"
        found = yield Request(path=path, moves=False)
        if not read_json(found.body).boolean("open"):
            return Receipt(outcome=ReceiptOutcome.REFUSED, refusal=Refusal.STATUS)
        unit = self._units.code("MTQ", occasion.at.date())
        done = yield Request(
            method="POST", path=f"{path}/uses?unit={unit}", headers={"Idempotency-Key": order.key}, moves=True
        )
        read_json(done.body).same("number", order.reference)
        return Receipt(outcome=ReceiptOutcome.DONE)

    def intervene(self, intervention: object, occasion: Occasion) -> Exchange[Receipt]:
        """Takes no corrections."""
        yield from ()
        raise UnexpectedAnswer("no corrections are taken")

    def _line(self, line: Record, on: date) -> CertificateLine:
        return CertificateLine(
            number=line.count("line"),
            commodity_code=line.text("hs_code", "[0-9]{4}([0-9]{2})?"),
            nomenclature=Nomenclature.HS,
            quantity=Quantity(value=line.number("volume"), unit=self._units.meaning(line.text("unit"), on)),
            origins=line.texts("origins", "[A-Z]{2}"),
        )


def _left(line: CertificateLine) -> Quantity:
    if line.quantity is None:
        raise UnexpectedAnswer("no quantity")
    return line.quantity


CHECKED: type[UsageAdapter] = JsonRegister
