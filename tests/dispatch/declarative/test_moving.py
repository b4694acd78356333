"""Movements and positions by a file: ordered as it says, believed only where the answer says so."""

import json
from copy import deepcopy
from decimal import Decimal
from typing import Any

import pytest

from gateway.contract import (
    Intervention,
    Money,
    MovementKind,
    Quantity,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Request,
    RequestRejected,
    UnexpectedAnswer,
)
from gateway.contract.errors import AdapterError
from tests.builders.driving import HOSTILE, OCCASION, query, replay, spoilt
from tests.dispatch.declarative.timber import ANSWER, KEY, MRN, NUMBER, USE, adapter, changed, moved, order, said


def used(**members: Any) -> dict[str, Any]:
    """The office's answer to a report, with other values."""
    return {**USE, "use": {**USE["use"], **members}}


def test_an_order_is_written_as_the_file_says() -> None:
    request = next(adapter().write_off(order("20.50", "7"), OCCASION))
    assert (request.method, request.path) == ("POST", "/uses")
    assert json.loads(request.body) == {
        "number": NUMBER,
        "mrn": MRN,
        "key": KEY,
        "lines": [{"item": 1, "line": 1, "volume": "20.5"}, {"item": 2, "line": 1, "volume": "7"}],
    }


@pytest.mark.parametrize("reference", HOSTILE)
def test_a_hostile_reference_is_one_value_of_an_order(reference: str) -> None:
    request = next(adapter().write_off(order("1", reference=reference), OCCASION))
    body = json.loads(request.body)
    assert (body["number"], set(body)) == (reference, {"number", "mrn", "key", "lines"})


def test_what_became_of_it_is_read() -> None:
    assert moved(used()).outcome is ReceiptOutcome.DONE
    receipt = moved(used(outcome="REFUSED", reason="TOO_LITTLE"))
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (
        ReceiptOutcome.REFUSED, Refusal.INSUFFICIENT, "TOO_LITTLE",
    )  # fmt: skip


@pytest.mark.parametrize(
    "answer",
    [
        used(outcome="UNHEARD_OF"), used(outcome="REFUSED"), used(reason="TOO_LITTLE"), used(outcome="REFUSED", reason="ELSE"),
        used(mrn="26FRD0000000010201"), used(mrn=MRN.lower()), used(key=KEY[::-1]), used(key=None), {**USE, "number": "ID/18"}, {},
    ],
)  # fmt: skip
def test_what_does_not_say_so_is_no_receipt(answer: Any) -> None:
    with pytest.raises(UnexpectedAnswer):
        moved(answer)


def test_nothing_spoilt_is_a_receipt() -> None:
    for _, body in spoilt(used(), frozenset({"reason"})):
        with pytest.raises(AdapterError):
            moved(body)
    whole = json.dumps(USE).encode()
    for length in range(len(whole)):
        with pytest.raises(UnexpectedAnswer):
            replay(adapter().write_off(order("20.5"), OCCASION), (200, whole[:length]))


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": ()}, {"declaration": Reference(kind=ReferenceKind.LRN, value="X")}, {"reference": "\ud800"},
        {"lines": order("0").lines}, {"lines": order("1e20").lines}, {"lines": order("0.0000001").lines}, {"lines": order("NaN").lines},
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_not_sent(changes: dict[str, Any]) -> None:
    with pytest.raises(RequestRejected):
        next(adapter().write_off(order("1", **changes), OCCASION))


def test_what_the_authority_does_not_take_is_not_sent() -> None:
    one = adapter()
    for exchange in (
        one.reserve(order("1"), OCCASION),
        one.cancel(order("1", lines=()), OCCASION),
        one.intervene(Intervention(kind=MovementKind.FORCE, order=order("1")), OCCASION),
        one.intervene(Intervention(kind=MovementKind.RESERVE, order=order("1")), OCCASION),
    ):
        with pytest.raises(RequestRejected):
            next(exchange)


def test_a_line_by_value_is_counted_by_value() -> None:
    line = """line = \'\'\'{"item": {goods_item}, "line": {line}, "volume": "{quantity}"}\'\'\'"""
    text = changed((line, 'counted = "amount"\nline = \'\'\'{"value": "{amount}", "currency": "{currency}"}\'\'\''))
    (one,) = order("1").lines
    by_value = type(one)(
        goods_item=1,
        certificate_line=1,
        commodity_code="44071190",
        amount=Money(value=Decimal("12.50"), currency="EUR"),
    )
    request = next(adapter(text).write_off(order("1", lines=(by_value,)), OCCASION))
    assert json.loads(request.body)["lines"] == [{"value": "12.5", "currency": "EUR"}]
    with pytest.raises(RequestRejected):
        next(adapter(text).write_off(order("1"), OCCASION))


def test_a_position_by_value_stands_in_the_units_place() -> None:
    measure = 'quantity = { value = "$.volume.value", unit = { path = "$.volume.unit", codes = "unit" } }'
    amount = 'amount = { at = "$.amount", null = "not stated", value = "$.value", currency = "$.currency" }'
    text = changed(
        (f'line = "$.line"\n{measure}\n\n[position.taken]', f'line = "$.line"\n{amount}\n\n[position.taken]')
    )
    answer = said(account={"left": [{"line": 1, "amount": {"value": "-5", "currency": "EUR"}}], "used": []})
    ledger = replay(adapter(text).verify(query("C690", NUMBER), OCCASION), (200, json.dumps(answer).encode())).ledger
    assert ledger is not None
    assert ledger.lines[0].available == Quantity(value=Decimal(-5), unit="EUR")
    nothing = said(account={"left": [{"line": 1, "amount": None}], "used": []})
    with pytest.raises(UnexpectedAnswer, match="neither"):
        replay(adapter(text).verify(query("C690", NUMBER), OCCASION), (200, json.dumps(nothing).encode()))


def asked(answer: Any, mrn: str | None = None) -> Any:
    """The position that the adapter reads."""
    whose = None if mrn is None else Reference(kind=ReferenceKind.MRN, value=mrn)
    question = query("C690", NUMBER)
    question = type(question)(
        **{**{name: getattr(question, name) for name in question.__slots__}, "declaration": whose}
    )
    return replay(adapter().position(question, OCCASION), (200, json.dumps(answer).encode()))


def test_that_somebody_took_nothing_is_told_by_a_whole_position() -> None:
    assert len(asked(ANSWER, MRN).allocations) == 1
    assert len(asked(ANSWER, "26FRD0000000099998").allocations) == 1
    cut = deepcopy(ANSWER)
    cut["licence"]["account"]["used"] = []
    assert asked(cut).allocations == ()
    with pytest.raises(UnexpectedAnswer):
        asked(cut, MRN)
    with pytest.raises(UnexpectedAnswer):
        asked(said(account=None))


NOTIFYING = (
    ('"verify", "usage"', '"verify", "usage", "notifications"'),
    ("[[fault]]", '[notification]\neach = "$.changed[*]"\nreference = "$.number"\ntype = { is = "C690" }\nat = { path = "$.at", optional = true }\n[[fault]]'),
)  # fmt: skip


def test_a_push_is_a_hint() -> None:
    one = adapter(changed(*NOTIFYING))
    body = b'{"changed": [{"number": "ID/17", "at": "2026-03-02T10:00:00+01:00"}, {"number": "ID/18"}]}'
    first, second = one.read_notification(Request(path="", body=body))
    assert (first.type, first.reference, str(first.at)) == ("C690", "ID/17", "2026-03-02 09:00:00+00:00")
    assert second.at is None
    for wrong in (
        b"",
        b"{}",
        b'{"changed": []}',
        b'{"changed": [{}]}',
        b'{"changed": [{"number": "1", "at": "2026-03-02"}]}',
        b'{"changed": [{"number": "1", "at": "2026-W01-1T00:00:00Z"}]}',
    ):
        with pytest.raises(UnexpectedAnswer):
            one.read_notification(Request(path="", body=wrong))
    with pytest.raises(UnexpectedAnswer):
        adapter().read_notification(Request(path="", body=body))


def test_what_was_done_to_a_document_that_is_no_longer_valid_is_told() -> None:
    text = changed(('outcome = "$.use.outcome"', 'afterwards = "document"\noutcome = "$.use.outcome"'))
    answer = {**ANSWER, **used()}
    receipt = moved(answer, text=text)
    assert (receipt.status_changed, len(receipt.ledger.allocations)) == (False, 1)  # type: ignore[union-attr]
    revoked = {**said(status="REVOKED"), **used()}
    assert moved(revoked, text=text).status_changed
    for spoiled in ({**said(status="ELSE"), **used()}, {**said(kind="ELSE"), **used()}, used()):
        with pytest.raises(UnexpectedAnswer):
            moved(spoiled, text=text)
