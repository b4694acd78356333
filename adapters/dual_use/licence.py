"""Reading of a licence as the authority states it: the certificate, and what is left of each line.

A line is limited by quantity, by value, or by both. Of a line by value alone the amount is the position, with its
currency in the unit's place. What is left may be below zero, after a forced write-off; nothing else may.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from adapters.dual_use.codes import Codes
from gateway.contract import (
    Allocation,
    Answer,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Money,
    Quantity,
    Reference,
    ReferenceKind,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record

EORI = r"[A-Z]{2}[A-Za-z0-9]{1,15}"
COUNTRY = r"[A-Z]{2}"
CN_CODE = r"[0-9]{4}([0-9]{2}([0-9]{2})?)?"
CONTROL_CODE = r"[0-9][A-E][0-9]{3}(\.[a-z0-9]+)*"
BELOW_ZERO = r"-(?=[0-9.]*[1-9])[0-9]{1,16}(\.[0-9]{1,6})?"
UNIT = r"[A-Z0-9]{2,3}"
CURRENCY = r"[A-Z]{3}"


def read_licence(licence: Record, codes: Codes, on: date) -> Answer:
    """Read a licence.

    Raises:
        UnexpectedAnswer: it is not as agreed, or contradicts itself.
    """
    code, kind = licence.text("status"), licence.text("type")
    status, write_off = codes.statuses.meaning(code, on), codes.write_offs.meaning(kind, on)
    lines = tuple(_line(line) for line in licence.records("lines"))
    certificate = Certificate(
        type=codes.types.meaning(kind, on),
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
    ledger = None if balance is None else _ledger(balance, lines, codes, on)
    return Answer(status=status, certificate=certificate, ledger=ledger)


def counted(quantity: Quantity | None, amount: Money | None) -> tuple[Quantity, Money | None] | None:
    """Return what counts on a line, and the amount beside it: of a line by value alone the amount is what counts."""
    if quantity is not None:
        return quantity, amount
    return None if amount is None else (Quantity(value=amount.value, unit=amount.currency), None)


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


def _ledger(balance: Record, lines: tuple[CertificateLine, ...], codes: Codes, on: date) -> Ledger | None:
    left = {line.count("line"): line for line in balance.records("lines")}
    if sorted(left) != sorted(line.number for line in lines) or len(left) != len(balance.records("lines")):
        raise UnexpectedAnswer("$.licence.balance: other lines than the licence's")
    stated = {line.number: found for line in lines if (found := _left(left[line.number], line)) is not None}
    allocations = tuple(_allocation(taken, stated, codes, on) for taken in balance.records("declarations"))
    _make_sure_it_adds_up(stated, allocations, lines)
    return Ledger(lines=tuple(stated.values()), allocations=allocations) if stated else None


def _left(left: Record, line: CertificateLine) -> LedgerLine | None:
    quantity = left.optional(lambda key: _rest(left.record(key)), "quantity")
    amount = left.optional(lambda key: _rest_of_value(left.record(key)), "amount")
    if not _fits(quantity, line.quantity) or not _fits(amount, line.amount):
        raise UnexpectedAnswer(f"{left.path}: not a rest of what was licensed")
    found = counted(quantity, amount)
    if found is None:
        return None
    return LedgerLine(number=line.number, available=found[0], amount=found[1], commodity_code=line.commodity_code)


def _rest(record: Record) -> Quantity:
    return Quantity(value=_signed(record), unit=record.text("unit", UNIT))


def _rest_of_value(record: Record) -> Money:
    return Money(value=_signed(record), currency=record.text("currency", CURRENCY))


def _signed(record: Record) -> Decimal:
    if not str(record.values.get("value", "")).startswith("-"):
        return record.decimal("value")
    return Decimal(record.text("value", BELOW_ZERO))


def _fits(left: Quantity | Money | None, whole: Quantity | Money | None) -> bool:
    if left is None or whole is None:
        return left is whole
    return replace(left, value=whole.value) == whole and left.value <= whole.value


def _allocation(taken: Record, stated: Mapping[int, LedgerLine], codes: Codes, on: date) -> Allocation:
    found = counted(taken.optional(taken.quantity, "quantity"), taken.optional(taken.money, "amount"))
    line = stated.get(taken.count("line"))
    if found is None or line is None:
        raise UnexpectedAnswer(f"{taken.path}: neither a quantity nor an amount of a line")
    quantity, amount = found
    if quantity.unit != line.available.unit or _currency(amount) != _currency(line.amount):
        raise UnexpectedAnswer(f"{taken.path}: counted otherwise than its line")
    return Allocation(
        declaration=Reference(kind=ReferenceKind.MRN, value=taken.text("mrn")),
        state=codes.states.meaning(taken.text("state"), on),
        goods_item=taken.count("goods_item"),
        certificate_line=line.number,
        quantity=quantity,
        amount=amount,
    )


def _currency(amount: Money | None) -> str | None:
    return None if amount is None else amount.currency


def _make_sure_it_adds_up(
    stated: Mapping[int, LedgerLine], allocations: tuple[Allocation, ...], lines: tuple[CertificateLine, ...]
) -> None:
    # The authority need not tell what others hold, so that less may be told than was taken; more may not.
    taken, worth = dict.fromkeys(stated, Decimal(0)), dict.fromkeys(stated, Decimal(0))
    for one in allocations:
        taken[one.certificate_line] += one.quantity.value
        worth[one.certificate_line] += one.amount.value if one.amount is not None else 0
    for line in lines:
        whole, left = counted(line.quantity, line.amount), stated.get(line.number)
        if whole is None or left is None:
            continue
        quantity, amount = whole
        if left.available.value + taken[line.number] > quantity.value:
            raise UnexpectedAnswer("$.licence.balance: more is left and taken than was licensed")
        if left.amount is not None and amount is not None and left.amount.value + worth[line.number] > amount.value:
            raise UnexpectedAnswer("$.licence.balance: more is left and taken than was licensed")
