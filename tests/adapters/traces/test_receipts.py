"""What becomes of a movement, over real HTTP against the simulated port."""

import re
from dataclasses import replace

import pytest
from lxml import etree

from gateway.contract import (
    AccessRefused,
    Ledger,
    Occasion,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Refusal,
    Response,
    Unavailable,
    UnexpectedAnswer,
)
from tests.adapters.traces.orders import AMEND, DELETE, FORCE, A, B, Movement, answered, line, mrn, order, quantity
from tests.adapters.traces.port import ADAPTER, Movements, asked, item, occasion, position
from tests.builders.driving import Wire

HALF_USED = "CHEDP.FR.2026.0000025"
FISH = "CHEDP.FR.2026.0000005"
HORSES = "CHEDA.FR.2026.0000001"
NEW = "CHEDP.FR.2026.0000016"
UNKNOWN = "CHEDP.FR.2026.9999999"
TAKEN = order(line(quantity("100")), line(quantity("0.05", "TNE"), goods_item=2), reference=HALF_USED)


def moved(wire: Wire, movement: Movement, wanted: QuantityOrder) -> Receipt:
    return wire.run(movement(wanted, occasion()))


def left(wire: Wire, reference: str = HALF_USED) -> list[list[object]]:
    found: list[list[object]] = position(wire.run(ADAPTER.position(asked(reference), occasion())))["available"]
    return found


def test_reserve_write_off_and_what_follows(wire: Wire) -> None:
    receipt = moved(wire, ADAPTER.reserve, TAKEN)
    assert receipt.outcome is ReceiptOutcome.DONE
    assert position(receipt.ledger) == {
        "available": [[1, "250", "KGM"]],
        "reserved": [[A, "100", "KGM"], [A, "0.05", "TNE"]],
        "consumed": [],
    }
    assert receipt.ledger is not None
    assert {one.customs_office for one in receipt.ledger.allocations} == {"DE004851"}
    assert moved(wire, ADAPTER.write_off, TAKEN).outcome is ReceiptOutcome.DONE
    assert moved(wire, ADAPTER.write_off, TAKEN) == Receipt(
        outcome=ReceiptOutcome.WRITTEN_OFF_ALREADY, authority_code="03"
    )
    again = moved(wire, ADAPTER.reserve, TAKEN)
    assert (again.outcome, again.refusal) == (ReceiptOutcome.REFUSED, Refusal.WRITTEN_OFF)
    assert position(again.ledger)["consumed"] == [[A, "100", "KGM"], [A, "0.05", "TNE"]]


def test_a_reservation_replaces_the_earlier_one_and_cancel_gives_it_back(wire: Wire) -> None:
    moved(wire, ADAPTER.reserve, TAKEN)
    assert moved(wire, ADAPTER.reserve, order(line(quantity("1000", "GRM")), reference=HALF_USED)).outcome is ReceiptOutcome.DONE  # fmt: skip
    assert left(wire) == [[1, "399", "KGM"]]
    nothing = order(reference=HALF_USED)
    assert moved(wire, ADAPTER.cancel, nothing) == Receipt(outcome=ReceiptOutcome.DONE, authority_code="01")
    assert moved(wire, ADAPTER.cancel, nothing) == Receipt(outcome=ReceiptOutcome.NO_RECORD, authority_code="02")
    assert moved(wire, ADAPTER.write_off, TAKEN).outcome is ReceiptOutcome.NO_RECORD
    assert left(wire) == [[1, "400", "KGM"]]


@pytest.mark.parametrize(
    ("wanted", "refusal", "code", "named"),
    [
        (order(line(code="040210"), reference=HALF_USED), Refusal.COMMODITY, "03", (1, 1)),
        (order(line(), reference=NEW), Refusal.STATUS, "04", (None, None)),
        (order(line(quantity("401"), goods_item=7), reference=HALF_USED), Refusal.INSUFFICIENT, "05", (7, 1)),
        (order(line(), reference=HALF_USED, declaration=mrn("26FR00000000006018")), Refusal.WRITTEN_OFF, "06", (None, None)),
        (order(line(goods_item=3, number=9), reference=HALF_USED), Refusal.LINE, "07", (3, None)),
        (order(line(quantity("1"), code="010121"), reference=HORSES), Refusal.UNIT, "10", (1, 1)),
    ],
)  # fmt: skip
def test_each_refusal_has_its_reason_and_its_item(
    wire: Wire, wanted: QuantityOrder, refusal: Refusal, code: str, named: tuple[int | None, int | None]
) -> None:
    receipt = moved(wire, ADAPTER.reserve, wanted)
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (ReceiptOutcome.REFUSED, refusal, code)
    assert (receipt.goods_item, receipt.certificate_line) == named
    assert receipt.ledger is not None


def test_two_lines_and_pieces(wire: Wire) -> None:
    fish = order(
        line(quantity("24"), code="03036390"), line(quantity("6"), number=2, code="0303640000"), reference=FISH
    )
    assert moved(wire, ADAPTER.reserve, fish).outcome is ReceiptOutcome.DONE
    assert left(wire, FISH) == [[1, "23976", "KGM"], [2, "5994", "KGM"]]
    horses = order(line(quantity("2000"), quantity("4", "H87"), code="01012100"), reference=HORSES)
    assert moved(wire, ADAPTER.reserve, horses).outcome is ReceiptOutcome.DONE
    assert left(wire, HORSES) == [[1, "36", "H87"]]


def test_a_release_after_the_status_changed_says_so(wire: Wire) -> None:
    moved(wire, ADAPTER.reserve, TAKEN)
    wire.put(HALF_USED, {"status": "44"})
    assert moved(wire, ADAPTER.write_off, TAKEN) == Receipt(
        outcome=ReceiptOutcome.DONE, authority_code="04", status_changed=True
    )
    assert left(wire) == [[1, "250", "KGM"]]


def test_interventions(wire: Wire) -> None:
    nothing = order(reference=HALF_USED)
    assert moved(wire, AMEND, TAKEN).outcome is ReceiptOutcome.NO_RECORD
    assert moved(wire, DELETE, nothing).outcome is ReceiptOutcome.NO_RECORD
    assert moved(wire, FORCE, TAKEN) == Receipt(outcome=ReceiptOutcome.DONE, authority_code="01")
    assert left(wire) == [[1, "250", "KGM"]]
    assert moved(wire, FORCE, TAKEN).outcome is ReceiptOutcome.WRITTEN_OFF_ALREADY
    assert moved(wire, AMEND, order(line(quantity("10")), reference=HALF_USED)).outcome is ReceiptOutcome.DONE
    assert left(wire) == [[1, "390", "KGM"]]
    assert moved(wire, DELETE, nothing).outcome is ReceiptOutcome.DONE
    assert left(wire) == [[1, "400", "KGM"]]
    moved(wire, ADAPTER.reserve, TAKEN)
    assert moved(wire, FORCE, TAKEN) == Receipt(outcome=ReceiptOutcome.RESERVED, authority_code="05")


def test_a_forced_write_off_may_leave_less_than_nothing(wire: Wire) -> None:
    assert moved(wire, FORCE, order(line(quantity("500")), reference=HALF_USED)).outcome is ReceiptOutcome.DONE
    assert left(wire) == [[1, "-100", "KGM"]]
    refused = moved(wire, ADAPTER.reserve, order(line(), reference=HALF_USED, declaration=mrn(B)))
    assert refused.refusal is Refusal.INSUFFICIENT
    assert position(refused.ledger)["available"] == [[1, "-100", "KGM"]]


def test_an_lrn_of_the_same_text_is_not_ours(wire: Wire) -> None:
    Movements(wire).reserve(HALF_USED, A, item("10"), kind="LRN")
    receipt = moved(wire, ADAPTER.reserve, TAKEN)
    assert receipt.outcome is ReceiptOutcome.DONE
    assert receipt.ledger is not None
    assert {one.declaration for one in receipt.ledger.allocations} == {mrn()}


def test_an_unknown_certificate_is_no_receipt_of_a_reservation(wire: Wire) -> None:
    wanted = order(line(), reference=UNKNOWN)
    with pytest.raises(UnexpectedAnswer):
        moved(wire, ADAPTER.reserve, wanted)
    assert moved(wire, ADAPTER.write_off, wanted).outcome is ReceiptOutcome.NO_RECORD
    with pytest.raises(UnexpectedAnswer, match="fault"):
        moved(wire, FORCE, wanted)


def test_a_position_that_is_not_told_is_no_receipt(wire: Wire) -> None:
    with pytest.raises(UnexpectedAnswer, match="no quantity position"):
        moved(wire, ADAPTER.reserve, order(line(), reference="CHEDP.FR.2026.0000024"))


def test_an_account_that_is_not_accepted(wire: Wire) -> None:
    wire.control("POST", "faults", {"fault": "unauthorised"})
    for movement in (ADAPTER.reserve, ADAPTER.write_off, ADAPTER.cancel, FORCE):
        with pytest.raises(AccessRefused):
            moved(wire, movement, TAKEN)


@pytest.mark.parametrize(
    "fault",
    ["soap_fault", "soap_fault_after", "unknown_code", "summary_missing", "contradiction", "contradiction_allocation", "contradiction_reason", "truncated", "html", "empty"],
)  # fmt: skip
def test_an_answer_that_is_not_clear_is_no_receipt_of_a_reservation(wire: Wire, fault: str) -> None:
    wire.control("POST", "faults", {"fault": fault})
    with pytest.raises(UnexpectedAnswer):
        moved(wire, ADAPTER.reserve, TAKEN)


@pytest.mark.parametrize("fault", ["soap_fault", "soap_fault_after", "unknown_code", "truncated", "html", "empty"])
@pytest.mark.parametrize("movement", [ADAPTER.write_off, ADAPTER.cancel, FORCE])
def test_an_answer_that_is_not_clear_is_no_receipt_of_what_follows(wire: Wire, movement: Movement, fault: str) -> None:
    if movement is not FORCE:
        moved(wire, ADAPTER.reserve, TAKEN)
    wire.control("POST", "faults", {"fault": fault})
    with pytest.raises(UnexpectedAnswer):
        moved(wire, movement, TAKEN)


def test_a_refusal_for_a_reason_nobody_knows_is_no_receipt(wire: Wire) -> None:
    wire.control("POST", "faults", {"fault": "unknown_code"})
    with pytest.raises(UnexpectedAnswer, match="reservation_failure"):
        moved(wire, ADAPTER.reserve, order(line(quantity("401")), reference=HALF_USED))


@pytest.mark.parametrize("fault", ["down", "error", "error_after"])
def test_a_port_that_fails_without_a_word_is_unavailable(wire: Wire, fault: str) -> None:
    wire.control("POST", "faults", {"fault": fault})
    with pytest.raises(Unavailable):
        moved(wire, ADAPTER.reserve, TAKEN)


@pytest.mark.parametrize(("status", "changed"), [("70", False), ("64", True), ("41", True), ("122", True)])
def test_a_reservation_beside_another_status_is_done_and_says_so(wire: Wire, status: str, changed: bool) -> None:
    at = occasion()
    wire.run(ADAPTER.reserve(TAKEN, at))
    body = re.sub(rb"(StatusCode[^>]*>)70<", rb"\g<1>" + status.encode() + b"<", wire.received[-1])
    receipt = answered(ADAPTER.reserve(TAKEN, at), body)
    assert (receipt.outcome, receipt.status_changed) == (ReceiptOutcome.DONE, changed)


def test_a_reservation_beside_a_status_that_is_not_known_is_no_receipt(wire: Wire) -> None:
    at = occasion()
    wire.run(ADAPTER.reserve(TAKEN, at))
    body = re.sub(rb"(StatusCode[^>]*>)70<", rb"\g<1>999<", wire.received[-1])
    with pytest.raises(UnexpectedAnswer):
        answered(ADAPTER.reserve(TAKEN, at), body)


def read_by(whose: str, body: bytes, at: Occasion) -> Ledger:
    exchange = ADAPTER.position(replace(asked(HALF_USED), declaration=mrn(whose)), at)
    next(exchange)
    try:
        exchange.send(Response(status=200, body=body))
    except StopIteration as end:
        ledger: Ledger = end.value
        return ledger
    raise AssertionError("the exchange asks again")


def without(body: bytes, whose: str) -> bytes:
    """An answer that leaves a declaration's allocations out, and says nothing of that."""
    answer = etree.fromstring(body)
    for named in [one for one in answer.iter("{*}MRN") if one.text == whose]:
        allocation = named.getparent()
        assert allocation is not None
        summary = allocation.getparent()
        assert summary is not None
        summary.remove(allocation)
    return etree.tostring(answer)


def test_that_nothing_is_held_is_told_by_a_whole_position_only(wire: Wire) -> None:
    moved(wire, ADAPTER.reserve, TAKEN)
    moved(wire, ADAPTER.reserve, replace(order(line(quantity("5")), reference=HALF_USED), declaration=mrn(B)))
    at = occasion()
    wire.run(ADAPTER.position(asked(HALF_USED), at))
    body = wire.received[-1]
    assert len(read_by(A, body, at).allocations) == 2
    assert read_by("26FR000000000000C9", body, at).allocations == ()
    # Its own are there: what others have is in what is left.
    assert len(read_by(A, without(body, B), at).allocations) == 2
    for cut in (without(body, A), without(without(body, A), B)):
        with pytest.raises(UnexpectedAnswer):
            read_by(A, cut, at)
    moved(wire, ADAPTER.cancel, order(reference=HALF_USED))
    at = occasion()
    wire.run(ADAPTER.position(asked(HALF_USED), at))
    assert read_by(A, wire.received[-1], at).allocations == ()


def test_a_forced_write_off_that_takes_more_than_there_is_adds_up_too(wire: Wire) -> None:
    moved(wire, FORCE, order(line(quantity("9000")), reference=HALF_USED))
    at = occasion()
    wire.run(ADAPTER.position(asked(HALF_USED), at))
    assert read_by(B, wire.received[-1], at).allocations == ()
    with pytest.raises(UnexpectedAnswer):
        read_by(B, without(wire.received[-1], A), at)


def test_live_animals_add_up_by_the_piece(wire: Wire) -> None:
    wanted = order(line(quantity("1", "H87"), code="010121"), reference=HORSES)
    assert moved(wire, ADAPTER.reserve, wanted).outcome is ReceiptOutcome.DONE
    at = occasion()
    wire.run(ADAPTER.position(asked(HORSES), at))
    exchange = ADAPTER.position(replace(asked(HORSES), declaration=mrn(B)), at)
    next(exchange)
    with pytest.raises(StopIteration) as end:
        exchange.send(Response(status=200, body=wire.received[-1]))
    assert end.value.value.allocations == ()
