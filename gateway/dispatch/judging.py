"""Whether what an adapter returned is what it promises, down to the last value."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, TypeVar

from gateway.contract import (
    Answer,
    Certificate,
    Change,
    Ledger,
    Receipt,
    ReceiptOutcome,
    Status,
    UnexpectedAnswer,
)
from gateway.domain.codec import decode, encode

T = TypeVar("T")


def judged(answer: object) -> Answer:
    """Makes sure that what an adapter returned is an answer.

    Raises:
        UnexpectedAnswer: it is none, or contradicts itself.
    """
    if not isinstance(answer, Answer) or not isinstance(answer.status, Status):
        raise UnexpectedAnswer("the adapter returned no answer")
    certificate = answer.certificate
    if certificate is not None and not isinstance(certificate, Certificate):
        raise UnexpectedAnswer("the adapter's certificate is none")
    if (answer.status is Status.NOT_FOUND) != (certificate is None):
        raise UnexpectedAnswer("an answer has a certificate, unless the document was not found")
    if answer.status is Status.NOT_FOUND and answer.ledger is not None:
        raise UnexpectedAnswer("a document that was not found has no quantity position")
    read = _reread(answer, Answer)
    if read.ask_again_at is not None and read.ask_again_at.tzinfo is None:
        raise UnexpectedAnswer("the adapter says when to ask again without a time zone")
    if read.certificate is not None:
        _make_sure_of_numbers(_certified(read.certificate))
    if read.ledger is not None:
        _make_sure_of_position(read.ledger)
    return read


def judged_receipt(receipt: object) -> Receipt:
    """Makes sure that what an adapter returned is a receipt.

    Raises:
        UnexpectedAnswer: it is none, or contradicts itself.
    """
    if not isinstance(receipt, Receipt) or not isinstance(receipt.outcome, ReceiptOutcome):
        raise UnexpectedAnswer("the adapter returned no receipt")
    read = _reread(receipt, Receipt)
    if (read.outcome is ReceiptOutcome.REFUSED) != (read.refusal is not None):
        raise UnexpectedAnswer("a receipt says why, if and only if the movement was refused")
    if read.status_changed and read.outcome is not ReceiptOutcome.DONE:
        raise UnexpectedAnswer("only what was done can have been done in spite of a changed status")
    if read.ledger is not None:
        _make_sure_of_position(read.ledger)
    return read


def judged_ledger(ledger: object) -> Ledger:
    """Makes sure that what an adapter returned is a quantity position.

    Raises:
        UnexpectedAnswer: it is none, or contradicts itself.
    """
    if not isinstance(ledger, Ledger):
        raise UnexpectedAnswer("the adapter returned no quantity position")
    read = _reread(ledger, Ledger)
    _make_sure_of_position(read)
    return read


def judged_changes(changes: object) -> tuple[Change, ...]:
    """Makes sure that what an adapter returned is a list of changed documents.

    Raises:
        UnexpectedAnswer: it is none.
    """
    if not isinstance(changes, tuple) or not all(isinstance(change, Change) for change in changes):
        raise UnexpectedAnswer("the adapter returned no changes")
    return tuple(_reread(change, Change) for change in changes)


def _reread(value: T, kind: type[T]) -> T:
    """Writes a value and reads it: what is not of the contract's types comes out before a rule or the store meets it."""
    try:
        read = decode(encode(value), kind)
        # JSON has fewer types than there are: bytes and decimals would come back as texts.
        same = read == value
    except Exception as error:
        raise UnexpectedAnswer(f"{_named(kind)} holds a value of another type: {type(error).__name__}") from error
    if not same:
        raise UnexpectedAnswer(f"{_named(kind)} holds a value of another type, or a number that is none")
    return read


def _named(kind: type[Any]) -> str:
    return f"the adapter's {kind.__name__.lower()}"


def _make_sure_of_position(ledger: Ledger) -> None:
    _make_sure_of_numbers(_left_and_taken(ledger))
    if len({line.number for line in ledger.lines}) != len(ledger.lines):
        raise UnexpectedAnswer("a line stands twice in the adapter's quantity position")


def _make_sure_of_numbers(amounts: Iterator[Decimal]) -> None:
    if not all(amount.is_finite() for amount in amounts):
        raise UnexpectedAnswer("the adapter states a quantity or an amount that is no number")


def _certified(certificate: Certificate) -> Iterator[Decimal]:
    for line in certificate.lines:
        yield from (one.value for one in (line.quantity, line.volume, line.amount) if one is not None)


def _left_and_taken(ledger: Ledger) -> Iterator[Decimal]:
    for line in ledger.lines:
        yield line.available.value
        if line.amount is not None:
            yield line.amount.value
    for allocation in ledger.allocations:
        yield allocation.quantity.value
        if allocation.amount is not None:
            yield allocation.amount.value
