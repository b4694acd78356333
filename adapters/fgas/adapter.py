"""The adapter of the F-gas Portal: verifies registrations, reads what is left of a holder's account and tells what released goods take.

No real interface is public: this one is our own proposal, and its words are assumed. An account is taken from by no reservation.
A document of quota or of equipment is cited by the number of its holder's registration, which is assumed too.
"""

import json
import re
from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlencode

from adapters.fgas.account import ledger, read_account
from gateway.contract import (
    Answer,
    Certificate,
    DocumentQuery,
    Exchange,
    Intervention,
    Ledger,
    MovementKind,
    Occasion,
    OrderLine,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    Refusal,
    Request,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record, plain_number, read_codes, read_json

EORI = r"[A-Z]{2}[A-Za-z0-9]{1,15}"
ACCOUNTS: Mapping[str, str] = MappingProxyType({"Y125": "bulk", **dict.fromkeys(("C057", "C079", "C082"), "equipment")})
"""The account that a document draws on, by its code; the others draw on none."""
MOVEMENTS = frozenset({MovementKind.WRITE_OFF, MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE})


def identity(document_type: str, reference: str) -> str:
    """Return a number without blanks and in capitals: the portal passes over both, and over nothing else."""
    return plain_number(reference)


class FgasAdapter:
    """The portal's adapter."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._statuses = read_codes(codes, "status", Status)
        self._outcomes = read_codes(codes, "outcome", ReceiptOutcome)
        self._refusals = read_codes(codes, "refusal", Refusal)

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Ask for the registration, and for what is left of the account of the day's year."""
        registration = yield from self._registration(query, occasion)
        if registration is None:
            return Answer(status=Status.NOT_FOUND)
        record, number = registration
        code, holder = record.text("status"), record.optional(lambda key: record.text(key, EORI), "holder")
        account = read_account(record, ACCOUNTS.get(query.type), holder, query.declaration, _year(occasion.at))
        return Answer(
            status=self._statuses.meaning(code, occasion.at.date()),
            certificate=Certificate(type=query.type, reference=number, authority_status=code, holder=holder),
            account=account,
        )

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Read what is left of each year, and what the asking declaration took."""
        registration = yield from self._registration(query, occasion)
        kind = ACCOUNTS.get(query.type)
        if registration is None or kind is None:
            raise UnexpectedAnswer("no account is stated")
        return ledger(registration[0].record("account"), kind, query.declaration)

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Tell what the released goods take."""
        return self._tell(MovementKind.WRITE_OFF, order, occasion)

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Force, amend or delete what was told."""
        return self._tell(intervention.kind, intervention.order, occasion)

    def _registration(self, query: DocumentQuery, occasion: Occasion) -> Exchange[tuple[Record, str] | None]:
        """Return the registration with its number; None: the portal knows none."""
        asked = {"number": query.reference}
        if (kind := ACCOUNTS.get(query.type)) is not None:
            asked |= {"account": kind, "document": query.type}
        if query.declaration is not None:
            asked |= {"mrn": query.declaration.value}
        response = yield Request(
            path=f"/api/v1/registrations?{urlencode(asked)}", headers={"X-Request-Id": occasion.message_id}
        )
        answer = read_json(response.body)
        answer.same("number", query.reference)
        found = answer.optional(answer.record, "registration")
        return None if found is None else (found, answer.text("number"))

    def _tell(self, kind: MovementKind, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        account = ACCOUNTS.get(order.type)
        if account is None or kind not in MOVEMENTS:
            raise RequestRejected("only what is taken of an account is told")
        said = {
            "movement": kind.value,
            "number": order.reference,
            "account": account,
            "document": order.type,
            "mrn": order.declaration.value,
            "key": order.key,
            "customs_office": order.customs_office,
            "lines": [_said(line) for line in order.lines],
        }
        response = yield Request(
            method="POST",
            path="/api/v1/takings",
            headers={"Content-Type": "application/json", "X-Request-Id": occasion.message_id},
            body=json.dumps(said).encode(),
        )
        answer = read_json(response.body)
        answer.same("number", order.reference)
        for name, value in (("mrn", order.declaration.value), ("key", order.key), ("movement", kind.value)):
            answer.text(name, re.escape(value))
        receipt = self._receipt(answer, account, order.declaration, occasion.at.date())
        _make_sure_of(receipt, kind, order)
        return receipt

    def _receipt(self, answer: Record, account: str, declaration: Reference, on: date) -> Receipt:
        code, reason = answer.text("outcome"), answer.optional(answer.text, "reason")
        return Receipt(
            outcome=self._outcomes.meaning(code, on),
            refusal=None if reason is None else self._refusals.meaning(reason, on),
            goods_item=answer.optional(answer.count, "goods_item"),
            certificate_line=answer.optional(answer.count, "year"),
            authority_code=reason or code,
            ledger=ledger(answer.record("account"), account, declaration),
        )


def _year(at: datetime) -> int:
    """Return the calendar year in Brussels, which in winter is an hour ahead of UTC."""
    return (at + timedelta(hours=1)).year


def _said(line: OrderLine) -> dict[str, Any]:
    if len(line.quantities) != 1 or line.amount is not None or line.quantities[0].unit != "TCE":
        raise RequestRejected("an account counts tonnes of CO2 equivalent alone")
    (quantity,) = line.quantities
    return {
        "goods_item": line.goods_item,
        "year": line.certificate_line,
        "commodity_code": line.commodity_code,
        "amount": {"value": format(quantity.value, "f"), "unit": quantity.unit},
    }


def _make_sure_of(receipt: Receipt, kind: MovementKind, order: QuantityOrder) -> None:
    """Make sure that an answer does not contradict itself."""
    if (receipt.outcome is ReceiptOutcome.REFUSED) != (receipt.refusal is not None):
        raise UnexpectedAnswer("a refusal has a reason, and nothing else has one")
    assert receipt.ledger is not None
    taken = Counter((one.goods_item, one.certificate_line, one.quantity) for one in receipt.ledger.allocations)
    ordered = Counter((line.goods_item, line.certificate_line, line.quantities[0]) for line in order.lines)
    if receipt.outcome is ReceiptOutcome.DONE and taken != ordered:
        raise UnexpectedAnswer("it says done, and what is taken says otherwise")
    if receipt.outcome is ReceiptOutcome.NO_RECORD and taken:
        raise UnexpectedAnswer("it says that nothing was taken, and something is")
    if receipt.outcome is ReceiptOutcome.WRITTEN_OFF_ALREADY and not taken:
        raise UnexpectedAnswer("it says that something was taken, and nothing is")
