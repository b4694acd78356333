"""Answers to movements that say nothing clear: each is an error, and the gateway reads the position back."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from gateway.contract import (
    AdapterError,
    Occasion,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Unavailable,
    UnexpectedAnswer,
)
from tests.adapters.traces.orders import AMEND, DELETE, FORCE, A, B, Movement, answered, line, order, quantity
from tests.adapters.traces.port import ADAPTER, Movements, item, occasion, replacements
from tests.builders.driving import Wire

HALF_USED = "CHEDP.FR.2026.0000025"
TAKEN = order(line(quantity("100")), line(quantity("0.05", "TNE"), goods_item=2), reference=HALF_USED)
Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Recorded:
    """A movement with the answer that it had."""

    movement: Movement
    wanted: QuantityOrder
    at: Occasion
    body: bytes
    receipt: Receipt

    def read(self, body: bytes) -> Receipt:
        """Gives the movement another answer."""
        return answered(self.movement(self.wanted, self.at), body)


@pytest.fixture
def recorded(wire: Wire) -> dict[str, Recorded]:
    """One of each, in an order in which each is done."""
    found: dict[str, Recorded] = {}

    def record(name: str, movement: Movement, wanted: QuantityOrder) -> None:
        at = occasion()
        receipt = wire.run(movement(wanted, at))
        found[name] = Recorded(movement, wanted, at, wire.received[-1], receipt)

    record("refused", ADAPTER.reserve, order(line(quantity("401"), goods_item=2), reference=HALF_USED))
    record("reserved", ADAPTER.reserve, TAKEN)
    record("cancelled", ADAPTER.cancel, TAKEN)
    record("cancelled again", ADAPTER.cancel, TAKEN)
    record("forced", FORCE, TAKEN)
    record("amended", AMEND, TAKEN)
    record("deleted", DELETE, TAKEN)
    Movements(wire).reserve(HALF_USED, A, item("1"))
    record("written off", ADAPTER.write_off, TAKEN)
    return found


NAMES = ["refused", "reserved", "cancelled", "cancelled again", "forced", "amended", "deleted", "written off"]


@pytest.mark.parametrize("name", NAMES)
def test_no_truncation_is_a_receipt(recorded: dict[str, Recorded], name: str) -> None:
    one = recorded[name]
    assert one.read(one.body) == one.receipt
    for length in range(len(one.body)):
        with pytest.raises((UnexpectedAnswer, Unavailable)):
            one.read(one.body[:length])
    with pytest.raises(Unavailable):
        answered(one.movement(one.wanted, one.at), one.body, 500)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_without_one_of_its_parts_is_never_another_receipt(recorded: dict[str, Recorded], name: str) -> None:
    one = recorded[name]
    for path, spoilt in replacements(one.body):
        try:
            receipt = one.read(spoilt)
        except AdapterError:
            continue
        assert (receipt.outcome, receipt.refusal, receipt.status_changed) == (
            one.receipt.outcome,
            one.receipt.refusal,
            one.receipt.status_changed,
        ), path


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("body", [b"", b"null", b"{}", b"<html><body>Maintenance</body></html>", b"<a/>"])
def test_what_is_no_envelope_is_no_receipt(recorded: dict[str, Recorded], name: str, body: bytes) -> None:
    with pytest.raises(UnexpectedAnswer):
        recorded[name].read(body)


def test_the_answer_of_one_operation_is_none_of_another(recorded: dict[str, Recorded]) -> None:
    operations = [
        {"reserved", "refused"},
        {"cancelled", "cancelled again", "written off"},
        {"forced", "amended", "deleted"},
    ]
    assert {name for names in operations for name in names} == set(NAMES)
    for names in operations:
        for one in (recorded[name] for name in names):
            for other in (recorded[name] for name in NAMES if name not in names):
                with pytest.raises(UnexpectedAnswer):
                    answered(other.movement(other.wanted, one.at), one.body)


def test_an_answer_to_another_message_or_office_is_no_receipt(recorded: dict[str, Recorded]) -> None:
    for one in recorded.values():
        with pytest.raises(UnexpectedAnswer, match="another message"):
            answered(one.movement(one.wanted, occasion()), one.body)
        with pytest.raises(UnexpectedAnswer, match="another requester"):
            one.read(one.body.replace(b"<UniqRequesterPrefix>DE004851<", b"<UniqRequesterPrefix>FR000001<"))


def put(old: bytes, new: bytes) -> Change:
    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new)

    return change


def without(tag: bytes) -> Change:
    def change(body: bytes) -> bytes:
        changed = re.sub(rb"<(\w+:)?" + tag + rb"\b.*?</(\w+:)?" + tag + rb">", b"", body, flags=re.S)
        assert changed != body
        return changed

    return change


def ours(old: bytes, new: bytes) -> Change:
    """Changes the allocations of the declaration."""
    return lambda body: re.sub(
        rb"<ReservedQuantity>.*</ReservedQuantity>", lambda found: put(old, new)(found[0]), body, flags=re.S
    )


RESULT = b"<ched:ReservationResult>1</ched:ReservationResult>"
REASON = b"<ched:ReservationFailureReason>05</ched:ReservationFailureReason>"
ITEM = b"<ched:ReservationFailureConsignmentItem><GoodsItemNumber>1</GoodsItemNumber></ched:ReservationFailureConsignmentItem>"
DONE: dict[str, Change] = {
    "no result": without(b"ReservationResult"),
    "an empty result": put(RESULT, b"<ched:ReservationResult/>"),
    "two results": put(RESULT, RESULT + RESULT),
    "a result nobody knows": put(RESULT, RESULT.replace(b"1", b"2")),
    "a result in words": put(RESULT, RESULT.replace(b"1", b"true")),
    "refused without a reason": put(RESULT, RESULT.replace(b"1", b"0")),
    "done beside a reason": put(RESULT, RESULT + REASON),
    "done beside a failed item": put(RESULT, RESULT + ITEM),
    "a reason without a result": put(RESULT, REASON),
    "no summary": without(b"QuantityManagementSummary"),
    "an empty summary": lambda body: re.sub(rb"(<ched:QuantityManagementSummary[^>]*>).*(</ched:QuantityManagementSummary>)", rb"\1\2", body, flags=re.S),
    "neither certificate nor summary": lambda body: without(b"ChedCertificate")(without(b"QuantityManagementSummary")(body)),
    "another certificate": put(b">CHEDP.FR.2026.0000025<", b">CHEDP.FR.2026.0000026<"),
    "an empty certificate": lambda body: re.sub(rb"(<ched:ChedCertificate>).*(</ched:ChedCertificate>)", rb"\1\2", body, flags=re.S),
    "no allocation of ours": without(b"ReservedQuantity"),
    "the allocations are another's": ours(A.encode(), B.encode()),
    "the allocations are an LRN's": ours(b"MRN>", b"LRN>"),
    "the allocations are nobody's": ours(b"<MRN>" + A.encode() + b"</MRN>", b""),
    "the allocations are two declarations'": ours(b"</MRN>", b"</MRN><LRN>X</LRN>"),
    "one is consumed": lambda body: body.replace(b"ReservedQuantity>", b"ConsumedQuantity>", 2),
    "another quantity": ours(b">100<", b">100.001<"),
    "another unit": ours(b">KGM<", b">TNE<"),
    "another piece of unit": ours(b">KGM<", b">H87<"),
    "another line": ours(b"<CertificateLineNumber>1<", b"<CertificateLineNumber>2<"),
    "another goods item": ours(b"<GoodsItemNumber>2<", b"<GoodsItemNumber>3<"),
    "one twice": lambda body: re.sub(rb"(<ReservedQuantity>.*?</ReservedQuantity>)", rb"\1\1", body, count=1, flags=re.S),
    "one more": lambda body: re.sub(rb"(<ReservedQuantity>.*?</ReservedQuantity>)", lambda found: found[0] + found[0].replace(b"GoodsItemNumber>1<", b"GoodsItemNumber>3<"), body, count=1, flags=re.S),
    "one missing": lambda body: re.sub(rb"<ReservedQuantity>.*?</ReservedQuantity>", b"", body, count=1, flags=re.S),
    "a negative one": ours(b">100<", b">-100<"),
    "what nobody knows in the summary": put(b"<ReservedQuantity>", b"<BlockedQuantity/><ReservedQuantity>"),
    "an operation code never seen": put(b"<ched:OperationCode>0<", b"<ched:OperationCode>1<"),
    "no operation code": without(b"OperationCode"),
}  # fmt: skip


@pytest.mark.parametrize("name", DONE)
def test_a_reservation_that_is_not_clearly_done_is_no_receipt(recorded: dict[str, Recorded], name: str) -> None:
    one = recorded["reserved"]
    spoilt = DONE[name](one.body)
    assert spoilt != one.body
    with pytest.raises(UnexpectedAnswer):
        one.read(spoilt)


def test_a_reservation_is_done_without_the_certificate_and_whatever_unit_and_code_are_told(
    recorded: dict[str, Recorded],
) -> None:
    one = recorded["reserved"]
    for change in (
        without(b"ChedCertificate"),
        put(b">0.05<", b">0.0500<"),
        ours(b">040100<", b">040190<"),
        lambda body: ours(b">KGM<", b">GRM<")(ours(b">100<", b">100000<")(body)),
    ):
        spoilt = change(one.body)
        assert spoilt != one.body
        assert one.read(spoilt).outcome is ReceiptOutcome.DONE


REFUSED: dict[str, Change] = {
    "no reason": without(b"ReservationFailureReason"),
    "two reasons": put(REASON, REASON + REASON),
    "a reason nobody knows": put(REASON, REASON.replace(b"05", b"12")),
    "a reason in words": put(REASON, REASON.replace(b"05", b"quantities insufficient")),
    "no result": without(b"ReservationResult"),
    "done": put(b"<ched:ReservationResult>0<", b"<ched:ReservationResult>1<"),
    "no summary": without(b"QuantityManagementSummary"),
    "an item that was not ordered": put(b"<ched:ReservationFailureConsignmentItem><GoodsItemNumber>2<", b"<ched:ReservationFailureConsignmentItem><GoodsItemNumber>3<"),
    "a line that was not ordered": put(b"<DocumentLineItemNumber>1<", b"<DocumentLineItemNumber>2<"),
    "no item, but a line": put(b"<ched:ReservationFailureConsignmentItem><GoodsItemNumber>2</GoodsItemNumber>", b"<ched:ReservationFailureConsignmentItem>"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_a_reservation_that_is_not_clearly_refused_is_no_receipt(recorded: dict[str, Recorded], name: str) -> None:
    one = recorded["refused"]
    with pytest.raises(UnexpectedAnswer):
        one.read(REFUSED[name](one.body))


@pytest.mark.parametrize(
    ("code", "refusal"),
    [
        ("01", Refusal.BASE_FOR_EXTRACT),
        ("02", Refusal.DOCUMENT_USED),
        ("08", Refusal.DESTINATION),
        ("09", Refusal.HOLDER),
        ("11", Refusal.NOT_VALIDATED),
    ],
)
def test_refusals_that_a_ched_was_never_seen_with_have_their_reason(
    recorded: dict[str, Recorded], code: str, refusal: Refusal
) -> None:
    one = recorded["refused"]
    receipt = one.read(put(REASON, REASON.replace(b"05", code.encode()))(one.body))
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (ReceiptOutcome.REFUSED, refusal, code)


OUTCOME = b"<ched:QuantityManagementOutcome>01</ched:QuantityManagementOutcome>"
CLEARED: dict[str, Change] = {
    "no outcome": without(b"QuantityManagementOutcome"),
    "an empty outcome": put(OUTCOME, b"<ched:QuantityManagementOutcome/>"),
    "two outcomes": put(OUTCOME, OUTCOME + OUTCOME),
    "an outcome nobody knows": put(OUTCOME, OUTCOME.replace(b"01", b"06")),
    "an outcome of one digit": put(OUTCOME, OUTCOME.replace(b"01", b"1")),
    "an operation code never seen": put(b"<ched:OperationCode>0<", b"<ched:OperationCode>1<"),
    "no operation code": without(b"OperationCode"),
    "another namespace": put(b"ched:QuantityManagementOutcome", b"QuantityManagementOutcome"),
}


@pytest.mark.parametrize("name", CLEARED)
@pytest.mark.parametrize("movement", ["cancelled", "written off", "forced", "amended", "deleted"])
def test_an_outcome_that_is_not_clear_is_no_receipt(recorded: dict[str, Recorded], movement: str, name: str) -> None:
    one = recorded[movement]
    with pytest.raises(UnexpectedAnswer):
        one.read(CLEARED[name](one.body))


def test_nothing_of_an_answer_but_its_codes_reaches_a_receipt(recorded: dict[str, Recorded]) -> None:
    one = recorded["refused"]
    receipt = one.read(
        put(b"</ched:ReservationFailureReason>", b"</ched:ReservationFailureReason><ched:Remark>secret</ched:Remark>")(
            one.body
        )
    )
    assert "secret" not in repr(receipt)
