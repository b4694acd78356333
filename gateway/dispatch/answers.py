"""Checks that what an adapter returned is what it promises, down to the last value, and about what was asked."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from datetime import MAXYEAR, MINYEAR
from decimal import Decimal
from functools import partial
from operator import eq
from typing import TypeVar

from gateway.contract import (
    Allocation,
    Answer,
    Certificate,
    CertificateLine,
    DocumentQuery,
    HolderAccount,
    Ledger,
    LedgerLine,
    Money,
    Quantity,
    Receipt,
    ReceiptOutcome,
    Reported,
    ReportOrder,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.errors import OtherDocument, OtherOrder, UnreadableValue
from gateway.domain.codec import decode, encode
from gateway.domain.identity import Identities
from gateway.domain.order_lines import Convert
from gateway.domain.values import make_sure_of
from gateway.domain.verification import holders_of

T = TypeVar("T")


def judged(
    answer: object,
    query: DocumentQuery,
    types: Collection[str],
    convert: Convert,
    same: Callable[[str, str], bool] = eq,
) -> Answer:
    """Check that what an adapter returned is an answer to the question, and return it.

    `types` are the codes that its authority holds documents of. It may hold the document under another one than was
    asked: that is a fact, which the rules judge. `same` says whether two references name one document.

    Raises:
        UnexpectedAnswer: it is none, or contradicts itself.
        OtherDocument: it is about another document.
        UnreadableValue: a value in it is none of the contract's, or its quantities cannot be.
    """
    if type(answer) is not Answer:
        raise UnexpectedAnswer("the adapter returned no answer")
    read = reread(answer, Answer)
    certificate = read.certificate
    if (read.status is Status.NOT_FOUND) != (certificate is None):
        raise UnexpectedAnswer("an answer has a certificate, unless the document was not found")
    if certificate is None:
        if read.ledger is not None or read.account is not None or read.accounts:
            raise UnexpectedAnswer("a document that was not found has no quantity position, and no account")
        return read
    if not same(query.reference, certificate.reference):
        raise OtherDocument("the certificate has another reference than was asked about")
    if certificate.type != query.type and certificate.type not in types:
        raise OtherDocument("the certificate is of a type that the adapter is not for")
    _make_sure_of_certificate(certificate)
    if read.ledger is not None:
        _make_sure_of_position(read.ledger)
        _make_sure_it_adds_up(certificate, read.ledger, convert)
    _make_sure_of_accounts(read, certificate)
    return read


def whether_same(
    identities: Identities, adapter: str, query: DocumentQuery
) -> tuple[Callable[[str, str], bool], Callable[[object], Awaitable[None]] | None]:
    """Return what says whether two references name one document, and what has to heed an answer before that is asked, if anything has."""
    same = partial(identities.same, adapter, query.type)
    if adapter not in identities.elsewhere:
        return same, None

    async def heed(answer: object) -> None:
        named = answer.certificate.reference if isinstance(answer, Answer) and answer.certificate else None
        if type(named) is str and named != query.reference:
            await identities.of(adapter, query.type, (query.reference, named))

    return same, heed


def judged_receipt(receipt: object) -> Receipt:
    """Check that what an adapter returned is a receipt, and return it.

    Raises:
        UnexpectedAnswer: it is none, or contradicts itself.
        UnreadableValue: a value in it is none of the contract's.
    """
    if type(receipt) is not Receipt:
        raise UnexpectedAnswer("the adapter returned no receipt")
    read = reread(receipt, Receipt)
    if (read.outcome is ReceiptOutcome.REFUSED) != (read.refusal is not None):
        raise UnexpectedAnswer("a receipt says why, if and only if the movement was refused")
    if read.status_changed and read.outcome is not ReceiptOutcome.DONE:
        raise UnexpectedAnswer("only what was done can have been done in spite of a changed status")
    if read.ledger is not None:
        _make_sure_of_position(read.ledger)
    return read


def judged_ledger(ledger: object) -> Ledger:
    """Check that what an adapter returned is a quantity position, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        UnreadableValue: a value in it is none of the contract's, or it contradicts itself.
    """
    if type(ledger) is not Ledger:
        raise UnexpectedAnswer("the adapter returned no quantity position")
    read = reread(ledger, Ledger)
    _make_sure_of_position(read)
    return read


def judged_report(reported: object, order: ReportOrder) -> Reported:
    """Check that what an adapter returned is the receipt of a report, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        OtherOrder: it is about another report.
        UnreadableValue: a value in it is none of the contract's.
    """
    if type(reported) is not Reported:
        raise UnexpectedAnswer("the adapter returned no receipt of a report")
    read = reread(reported, Reported)
    if read.key != order.key:
        raise OtherOrder("the receipt is of another report")
    if read.goods_items and set(read.goods_items) != {line.goods_item for line in order.lines}:
        raise OtherOrder("the receipt names other goods items than were reported")
    return read


def judged_reports(reports: object) -> tuple[Reported, ...]:
    """Check that what an adapter returned is a list of reports, each once, and return it.

    Raises:
        UnexpectedAnswer: it is none.
        UnreadableValue: a value in it is none of the contract's, or a report stands twice.
    """
    if type(reports) is not tuple or not all(type(one) is Reported for one in reports):
        raise UnexpectedAnswer("the adapter returned no reports")
    read = tuple(reread(one, Reported) for one in reports)
    if len({one.key for one in read}) != len(read):
        raise UnreadableValue("a report stands twice in the adapter's list")
    return read


def reread(value: T, kind: type[T]) -> T:
    """Make sure of a value's types, and return a copy of its own: what an adapter keeps, it may change afterwards."""
    try:
        make_sure_of(value, kind)
        return decode(encode(value), kind)
    except UnreadableValue:
        raise
    except Exception as error:
        raise UnreadableValue(
            f"{kind.__name__.lower()}: a value that cannot be read: {type(error).__name__}"
        ) from error


def _make_sure_of_certificate(certificate: Certificate) -> None:
    if len({line.number for line in certificate.lines}) != len(certificate.lines):
        raise UnreadableValue("a line stands twice in the adapter's certificate")
    if certificate.holders and (
        certificate.holder is not None or len(set(certificate.holders)) != len(certificate.holders)
    ):
        raise UnreadableValue("a document names one holder and several, or one of several twice")
    for line in certificate.lines:
        if line.origins and (line.origin is not None or len(set(line.origins)) != len(line.origins)):
            raise UnreadableValue("a line names one origin and several, or one of several twice")
        _make_sure_of_signs(line.quantity, line.volume, line.amount)


def _make_sure_of_position(ledger: Ledger) -> None:
    if len({line.number for line in ledger.lines}) != len(ledger.lines):
        raise UnreadableValue("a line stands twice in the adapter's quantity position")
    # What is left is below zero after a forced write-off; nothing else ever is.
    for taken in ledger.allocations:
        _make_sure_of_signs(taken.quantity, taken.amount)


def _make_sure_of_accounts(read: Answer, certificate: Certificate) -> None:
    accounts = read.accounts if read.account is None else (read.account, *read.accounts)
    if read.account is not None and read.accounts:
        raise UnexpectedAnswer("an answer has one account, or several")
    if accounts and read.ledger is not None:
        raise UnexpectedAnswer("an answer has an account, or a quantity position of the document itself")
    if len({one.kind for one in accounts}) != len(accounts):
        raise UnexpectedAnswer("an answer states an account twice")
    for one in accounts:
        _make_sure_of_account(one, certificate)


def _make_sure_of_account(account: HolderAccount, certificate: Certificate) -> None:
    if account.document not in ("", certificate.reference):
        raise UnexpectedAnswer("the account is kept for another document")
    if not (account.holder or account.document):
        raise UnreadableValue("an account says for whom or for what it is kept")
    if account.holder and (named := holders_of(certificate)) and account.holder not in named:
        raise UnexpectedAnswer("the account is another holder's than the document")
    if not account.kind or not MINYEAR <= account.year <= MAXYEAR:
        raise UnreadableValue("an account has a name, and a year")
    _make_sure_of_position(account.ledger)


def _make_sure_of_signs(*amounts: Quantity | Money | None) -> None:
    for amount in amounts:
        if amount is not None and amount.value < 0:
            raise UnreadableValue("the adapter states a quantity or an amount below zero")


def _make_sure_it_adds_up(certificate: Certificate, ledger: Ledger, convert: Convert) -> None:
    """Make sure that no more is left and taken of a line than was certified. Others' parts need not be stated: the sum may be less."""
    certified = {line.number: line for line in certificate.lines}
    if not certified:
        return  # what was certified is not known
    taken: dict[int, list[Allocation]] = {}
    for allocation in ledger.allocations:
        taken.setdefault(allocation.certificate_line, []).append(allocation)
    if not taken.keys() <= certified.keys():
        raise UnreadableValue("the adapter states what was taken of a line that the certificate has not")
    for left in ledger.lines:
        line = certified.get(left.number)
        if line is None:
            raise UnreadableValue("the adapter states what is left of a line that the certificate has not")
        if not _fits(left, line, taken.get(left.number, ()), convert):
            raise UnreadableValue(
                "the adapter states more left and taken of a line than was certified, or in another unit"
            )


def _fits(left: LedgerLine, line: CertificateLine, taken: Collection[Allocation], convert: Convert) -> bool:
    if measures := _measures(line):
        unit, whole = left.available.unit, None
        for measure in measures:
            if (whole := _in(unit, measure, convert)) is not None:
                break
        if whole is None or left.available.value + _sum([_in(unit, one.quantity, convert) for one in taken]) > whole:
            return False
    if left.amount is None or line.amount is None:
        return True
    currency = left.amount.currency
    worth = [one.amount.value for one in taken if one.amount is not None and one.amount.currency == currency]
    return currency == line.amount.currency and left.amount.value + _sum(worth) <= line.amount.value


def _measures(line: CertificateLine) -> list[Quantity]:
    """Return the certified measures of a line, a value with its currency in the unit's place, as the position has it."""
    found = [one for one in (line.quantity, line.volume) if one is not None]
    if line.amount is not None:
        found.append(Quantity(value=line.amount.value, unit=line.amount.currency))
    return found


def _in(unit: str, quantity: Quantity, convert: Convert) -> Decimal | None:
    if quantity.unit == unit:
        return quantity.value
    found = convert(quantity, unit)
    return None if found is None else found.value


def _sum(values: Iterable[Decimal | None]) -> Decimal:
    return sum([value for value in values if value is not None], Decimal(0))
