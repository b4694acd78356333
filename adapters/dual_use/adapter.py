"""Asks a licensing authority about export authorisations for dual-use items.

The number goes into the query, not into the path: licence numbers hold slashes, and web servers disagree about an
encoded slash in a path. "Not known" is an answer of its own (200 with `"licence": null`), so no HTTP error can look
like it.
"""

from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import quote

from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    Exchange,
    Ledger,
    LedgerLine,
    Money,
    Occasion,
    Quantity,
    Reference,
    ReferenceKind,
    Request,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record, read_codes, read_json

EORI = r"[A-Z]{2}[A-Za-z0-9]{1,15}"
COUNTRY = r"[A-Z]{2}"
CN_CODE = r"[0-9]{4}([0-9]{2}([0-9]{2})?)?"
CONTROL_CODE = r"[0-9][A-E][0-9]{3}(\.[a-z0-9]+)*"


class DualUseAdapter:
    """The authority's adapter: verifies an authorisation and reads what is left of it."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._statuses = read_codes(codes, "status", Status)
        self._types = read_codes(codes, "licence_type", str)
        self._write_offs = read_codes(codes, "write_off", str)

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks for the authorisation of that number."""
        response = yield Request(
            path=f"/api/v1/export-licences?number={quote(query.reference, safe='')}",
            headers={"Accept": "application/json", "X-Request-Id": occasion.message_id},
        )
        answer = read_json(response.body)
        answer.same("number", query.reference)
        licence = answer.optional(answer.record, "licence")
        if licence is None:
            return Answer(status=Status.NOT_FOUND)
        licence.same("number", query.reference)
        return self._answer(licence, occasion.at.date())

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads what is left on each line; a registration, and a licence whose balance is not stated, has no position."""
        answer = yield from self.verify(query, occasion)
        if answer.ledger is None:
            raise UnexpectedAnswer("no balance is stated")
        return answer.ledger

    def _answer(self, licence: Record, on: date) -> Answer:
        code, kind = licence.text("status"), licence.text("type")
        status, write_off = self._statuses.meaning(code, on), self._write_offs.meaning(kind, on)
        lines = tuple(_line(line) for line in licence.records("lines"))
        certificate = Certificate(
            type=self._types.meaning(kind, on),
            reference=licence.text("number"),
            authority_status=code,
            valid_from=licence.optional(licence.day, "valid_from"),
            valid_to=licence.optional(licence.day, "valid_to"),
            lines=lines,
            holder=licence.text("holder_eori", EORI),
            destinations=licence.optional(lambda key: _destinations(licence, key), "destinations") or (),
            conditions=licence.texts("conditions"),
            facts=_facts(licence) | {"licence_type": kind, "write_off": write_off},
        )
        if len({line.number for line in lines}) != len(lines):
            raise UnexpectedAnswer("$.licence.lines: a line stands twice")
        if status is Status.VALID:
            _make_sure_it_is_whole(certificate, write_off)
        balance = licence.optional(licence.record, "balance")
        return Answer(
            status=status, certificate=certificate, ledger=None if balance is None else _ledger(balance, lines)
        )


def _make_sure_it_is_whole(certificate: Certificate, write_off: str) -> None:
    if certificate.valid_from is None or (certificate.valid_to or date.max) < certificate.valid_from:
        raise UnexpectedAnswer("$.licence: a valid licence states when it begins, and ends later than that")
    if write_off == "expected" and not (certificate.lines and certificate.destinations):
        raise UnexpectedAnswer("$.licence: a licence that is written off states lines and destinations")


def _line(line: Record) -> CertificateLine:
    return CertificateLine(
        number=line.count("line"),
        commodity_code=line.text("cn_code", CN_CODE),
        quantity=line.optional(line.quantity, "quantity"),
        amount=line.optional(line.money, "amount"),
        description=line.text("control_code", CONTROL_CODE),
    )


def _destinations(licence: Record, key: str) -> tuple[str, ...]:
    countries = licence.texts(key, COUNTRY)
    if not countries:
        raise UnexpectedAnswer(f"{licence.path}.{key}: a licence for no country at all")
    return countries


def _facts(licence: Record) -> dict[str, str]:
    facts = {"issuing_authority": licence.text("issuing_authority")}
    end_user_country = licence.optional(lambda key: licence.text(key, COUNTRY), "end_user_country")
    return facts if end_user_country is None else facts | {"end_user_country": end_user_country}


def _ledger(balance: Record, lines: tuple[CertificateLine, ...]) -> Ledger | None:
    left = {line.count("line"): line for line in balance.records("lines")}
    if sorted(left) != sorted(line.number for line in lines) or len(left) != len(balance.records("lines")):
        raise UnexpectedAnswer("$.licence.balance: other lines than the licence's")
    stated = tuple(found for line in lines if (found := _left(left[line.number], line)) is not None)
    allocations = tuple(_allocation(used) for used in balance.records("declarations"))
    return Ledger(lines=stated, allocations=allocations) if stated else None


def _left(left: Record, line: CertificateLine) -> LedgerLine | None:
    quantity, amount = left.optional(left.quantity, "quantity"), left.optional(left.money, "amount")
    if not _fits(quantity, line.quantity) or not _fits(amount, line.amount):
        raise UnexpectedAnswer(f"{left.path}: not a rest of what was licensed")
    if quantity is not None and amount is not None:
        # One of the two would hide the other: what is left out is not known, and holds.
        return None
    available = _counted(quantity, amount)
    if available is None:
        return None
    return LedgerLine(number=line.number, available=available, commodity_code=line.commodity_code)


def _counted(quantity: Quantity | None, amount: Money | None) -> Quantity | None:
    if quantity is None and amount is not None:
        return Quantity(value=amount.value, unit=amount.currency)
    return quantity


def _fits(left: Quantity | Money | None, whole: Quantity | Money | None) -> bool:
    if left is None or whole is None:
        return left is whole
    return replace(left, value=whole.value) == whole and left.value <= whole.value


def _allocation(used: Record) -> Allocation:
    counted = _counted(used.optional(used.quantity, "quantity"), used.optional(used.money, "amount"))
    if counted is None:
        raise UnexpectedAnswer(f"{used.path}: neither a quantity nor an amount")
    return Allocation(
        declaration=Reference(kind=ReferenceKind.MRN, value=used.text("mrn")),
        state=AllocationState.CONSUMED,
        goods_item=used.count("goods_item"),
        certificate_line=used.count("line"),
        quantity=counted,
    )
