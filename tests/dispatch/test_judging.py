"""What an adapter returns is taken down to its last value or not at all."""

from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.contract import (
    Allocation,
    AllocationState,
    Answer,
    Certificate,
    CertificateLine,
    Direction,
    DocumentQuery,
    HolderAccount,
    Ledger,
    LedgerLine,
    Money,
    Quantity,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.errors import UnreadableValue
from gateway.dispatch import answers as judging
from gateway.dispatch.answers import judged_ledger, judged_receipt
from gateway.domain.order_lines import unconverted

QUERY = DocumentQuery(type="C999", reference="A/1", direction=Direction.IMPORT)


def judged(answer: Any) -> Answer:
    return judging.judged(answer, QUERY, ("C999",), unconverted)


texts = st.text(st.characters(exclude_categories=("C", "Z"), include_characters=" "), max_size=20)
numbers = st.integers(1, 999_999)
amounts = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=0, max_value=10**15)
rests = st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**15), max_value=10**15)
units, currencies = st.sampled_from(["KGM", "H87", "TNE", "KG", "D64"]), st.sampled_from(["EUR", "USD"])
quantities = st.builds(Quantity, value=amounts, unit=units)
money = st.builds(Money, value=amounts, currency=currencies)
left = st.builds(Quantity, value=rests, unit=units)
left_of_value = st.builds(Money, value=rests, currency=currencies)
moments = st.datetimes(
    min_value=datetime(1900, 1, 1),  # noqa: DTZ001
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)
allocations = st.builds(
    Allocation,
    declaration=st.builds(Reference, kind=st.sampled_from(ReferenceKind), value=texts),
    state=st.sampled_from(AllocationState),
    goods_item=numbers,
    certificate_line=numbers,
    quantity=quantities,
    amount=st.none() | money,
    commodity_code=st.none() | texts,
    customs_office=st.none() | texts,
    at=st.none() | moments,
)
lines = st.builds(
    LedgerLine, number=numbers, available=left, amount=st.none() | left_of_value, commodity_code=st.none() | texts
)
ledgers = st.builds(
    Ledger,
    lines=st.lists(lines, max_size=3, unique_by=lambda line: line.number).map(tuple),
    allocations=st.lists(allocations, max_size=3).map(tuple),
)
outcomes = st.sampled_from(
    [
        *((outcome, None, False) for outcome in ReceiptOutcome if outcome is not ReceiptOutcome.REFUSED),
        *((ReceiptOutcome.REFUSED, refusal, False) for refusal in Refusal),
        (ReceiptOutcome.DONE, None, True),
    ]
)
optional_numbers, optional_texts = st.none() | numbers, st.none() | texts


@st.composite
def receipts(draw: st.DrawFn) -> Receipt:
    outcome, refusal, changed = draw(outcomes)
    return Receipt(
        outcome=outcome,
        refusal=refusal,
        goods_item=draw(optional_numbers),
        certificate_line=draw(optional_numbers),
        authority_code=draw(optional_texts),
        status_changed=changed,
        ledger=draw(st.none() | ledgers),
    )


@settings(deadline=None)
@given(receipts())
def test_a_receipt_that_is_whole_comes_through_as_it_is(receipt: Receipt) -> None:
    assert judged_receipt(receipt) == receipt


@settings(deadline=None)
@given(ledgers)
def test_a_position_comes_through_as_it_is_below_zero_and_with_amounts(ledger: Ledger) -> None:
    assert judged_ledger(ledger) == ledger
    certificate = Certificate(type="C999", reference="A/1", authority_status="VALID")
    answer = Answer(status=Status.VALID, certificate=certificate, ledger=ledger)
    assert judged(answer) == answer


def _places(value: Any) -> list[tuple[str | int, ...]]:
    """Gives the way to every value below a value."""
    if is_dataclass(value):
        parts: list[tuple[str | int, Any]] = [(f.name, getattr(value, f.name)) for f in fields(value)]
    elif isinstance(value, tuple):
        parts = list(enumerate(value))
    else:
        return []
    return [(name, *rest) for name, part in parts for rest in [(), *_places(part)]]


def _with(value: Any, place: tuple[str | int, ...], wrong: Any) -> Any:
    """Gives a value with something wrong at one place."""
    if not place:
        return wrong
    name, *rest = place
    if isinstance(value, tuple):
        assert isinstance(name, int)
        return (*value[:name], _with(value[name], tuple(rest), wrong), *value[name + 1 :])
    return replace(value, **{str(name): _with(getattr(value, str(name)), tuple(rest), wrong)})


WRONG = [object(), b"x", 0.1, {"a": 1}, [object()], Decimal("NaN"), Decimal("-Infinity"), ("x",)]


@settings(deadline=None)
@given(receipts(), st.data())
def test_one_wrong_value_anywhere_makes_it_no_receipt(receipt: Receipt, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(_places(receipt)))
    with pytest.raises(UnexpectedAnswer):
        judged_receipt(_with(receipt, place, data.draw(st.sampled_from(WRONG))))


LINE = LedgerLine(number=1, available=Quantity(value=Decimal(5), unit="KGM"), amount=Money(value=Decimal(9), currency="EUR"))  # fmt: skip
TAKEN = Allocation(
    declaration=Reference(kind=ReferenceKind.MRN, value="X"),
    state=AllocationState.RESERVED,
    goods_item=1,
    certificate_line=1,
    quantity=LINE.available,
    amount=LINE.amount,
)
DONE, LEDGER = Receipt(outcome=ReceiptOutcome.DONE), Ledger(lines=(LINE,), allocations=(TAKEN,))
REFUSED = Receipt(outcome=ReceiptOutcome.REFUSED, refusal=Refusal.STATUS)
odd: Any = replace
CONTRADICTIONS: dict[str, Any] = {
    "refused without a reason": replace(REFUSED, refusal=None),
    **{
        f"{outcome} with a reason": replace(REFUSED, outcome=outcome)
        for outcome in ReceiptOutcome
        if outcome is not ReceiptOutcome.REFUSED
    },
    "refused, but changed": replace(REFUSED, status_changed=True),
    "nothing there, but changed": replace(DONE, outcome=ReceiptOutcome.NO_RECORD, status_changed=True),
    "a line twice": replace(DONE, ledger=Ledger(lines=(LINE, LINE))),
    "an outcome that is a text": odd(DONE, outcome="done"),
    "a reason that is none of the list": odd(REFUSED, refusal="mood"),
    "a changed status that is a number": odd(DONE, status_changed=1),
    "a goods item that is true": odd(REFUSED, goods_item=True),
    "an answer": Answer(status=Status.NOT_FOUND),
    "a ledger": LEDGER,
    "a receipt's class": Receipt,
    "a code that is bytes": odd(REFUSED, authority_code=b"05"),
    "a code that is a decimal": odd(REFUSED, authority_code=Decimal(5)),
    "nothing": None,
    "true": True,
}


@pytest.mark.parametrize("case", CONTRADICTIONS)
def test_what_contradicts_itself_is_no_receipt(case: str) -> None:
    with pytest.raises(UnexpectedAnswer):
        judged_receipt(CONTRADICTIONS[case])


CERTIFIED = CertificateLine(number=1, commodity_code="0406", quantity=LINE.available, volume=LINE.available, amount=LINE.amount)  # fmt: skip
ORIGINS = {
    "one and several": replace(CERTIFIED, origin="NO", origins=("NO", "IS")),
    "one of several twice": replace(CERTIFIED, origins=("NO", "NO")),
    "a text": odd(CERTIFIED, origins="NO"),
    "a list": odd(CERTIFIED, origins=["NO"]),
    "what is no text": odd(CERTIFIED, origins=("NO", 5)),
    "nothing": odd(CERTIFIED, origins=None),
}


def told_of(line: CertificateLine) -> Answer:
    certificate = Certificate(type="C999", reference="A/1", authority_status="V", lines=(line,))
    return Answer(status=Status.VALID, certificate=certificate)


@pytest.mark.parametrize("case", ORIGINS)
def test_a_line_names_one_origin_or_several(case: str) -> None:
    with pytest.raises(UnreadableValue):
        judged(told_of(ORIGINS[case]))
    several = told_of(replace(CERTIFIED, origins=("NO", "IS")))
    assert judged(several) == several


NUMBERS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    **{
        f"{kind}'s {part}": (judge, (path, whole))
        for kind, judge, whole, places in (
            ("ledger", judged_ledger, LEDGER, {
                "rest": ("lines", 0, "available", "value"), "rest by value": ("lines", 0, "amount", "value"),
                "part": ("allocations", 0, "quantity", "value"), "part by value": ("allocations", 0, "amount", "value"),
            }),
            ("certificate", judged, Answer(status=Status.VALID, certificate=Certificate(type="C999", reference="A/1", authority_status="V", lines=(CERTIFIED,))), {
                "quantity": ("certificate", "lines", 0, "quantity", "value"), "volume": ("certificate", "lines", 0, "volume", "value"),
                "amount": ("certificate", "lines", 0, "amount", "value"),
            }),
        )
        for part, path in places.items()
    }
}  # fmt: skip


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity"])
@pytest.mark.parametrize("case", NUMBERS)
def test_an_amount_that_is_no_number_is_found_wherever_it_stands(case: str, value: str) -> None:
    judge, (path, whole) = NUMBERS[case]
    assert judge(whole) == whole
    with pytest.raises(UnexpectedAnswer):
        judge(_with(whole, path, Decimal(value)))


def test_a_time_to_ask_again_has_a_zone() -> None:
    answer = Answer(status=Status.NOT_FOUND, ask_again_at=datetime(2026, 11, 26, 9, tzinfo=UTC))
    assert judged(answer) == answer
    for stated in (datetime(2026, 11, 26, 9), "tomorrow", 1):  # noqa: DTZ001
        with pytest.raises(UnexpectedAnswer):
            judged(odd(answer, ask_again_at=stated))


TEN = HolderAccount(
    holder="FR1", year=2026, kind="shipments", available=Quantity(value=Decimal(10), unit="C62"), document="A/1"
)
TONNES = replace(TEN, kind="tonnes", available=Quantity(value=Decimal(25), unit="TNE"))
LEDGER = TEN.ledger
ACCOUNTS: dict[str, tuple[dict[str, Any], str | None]] = {
    "one": ({"account": TEN}, None),
    "several": ({"accounts": (TEN, TONNES)}, None),
    "of a document whose holder is not told": ({"accounts": (replace(TEN, holder=""), TONNES)}, None),
    "one and several": ({"account": TEN, "accounts": (TONNES,)}, "one account, or several"),
    "one twice": ({"accounts": (TEN, replace(TEN, year=2027))}, "an account twice"),
    "beside a position": ({"accounts": (TEN, TONNES), "ledger": LEDGER}, "of the document itself"),
    "of another document": ({"accounts": (TEN, replace(TONNES, document="A/2"))}, "another document"),
    "of another holder": ({"accounts": (TEN, replace(TONNES, holder="FR2"))}, "another holder's"),
    "for nobody": ({"accounts": (TEN, replace(TONNES, holder="", document=""))}, "for whom or for what"),
    "without a name": ({"accounts": (TEN, replace(TONNES, kind=""))}, "has a name"),
}


@pytest.mark.parametrize("name", ACCOUNTS)
def test_an_answer_states_each_of_a_documents_accounts_once(name: str) -> None:
    more, fault = ACCOUNTS[name]
    certificate = Certificate(type="C999", reference="A/1", authority_status="OK", holder="FR1")
    answer = Answer(status=Status.VALID, certificate=certificate, **more)
    if fault is None:
        assert judged(answer) == answer
    else:
        with pytest.raises((UnexpectedAnswer, UnreadableValue), match=fault):
            judged(answer)
