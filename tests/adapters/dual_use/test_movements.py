"""Reservations, write-offs and corrections at the simulated licensing authority: what is sent, and what becomes of it."""

import json
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from gateway.contract import (
    Intervention,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    RequestRejected,
    UnexpectedAnswer,
)
from tests.adapters.dual_use.asking import (
    ADAPTER,
    BOTH,
    BY_VALUE,
    MIXED,
    REGISTRATION,
    VALID,
    A,
    B,
    exchange,
    held,
    left,
    line,
    move,
    order,
    token,
)
from tests.builders.driving import OCCASION, Wire

RESERVE, WRITE_OFF, CANCEL = MovementKind.RESERVE, MovementKind.WRITE_OFF, MovementKind.CANCEL
FORCE, AMEND, DELETE = MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE
DONE, REFUSED = ReceiptOutcome.DONE, ReceiptOutcome.REFUSED
RESERVATIONS, WRITE_OFFS = "/api/v1/export-licences/reservations", "/api/v1/export-licences/write-offs"
KEY = "0123456789abcdef" * 2


@pytest.mark.parametrize(
    ("kind", "method", "path", "more"),
    [
        (RESERVE, "PUT", RESERVATIONS, {"lines"}),
        (WRITE_OFF, "POST", WRITE_OFFS, set()),
        (FORCE, "PUT", WRITE_OFFS, {"lines", "replace"}),
        (AMEND, "PUT", WRITE_OFFS, {"lines", "replace"}),
    ],
)
def test_each_movement_says_what_it_is(kind: MovementKind, method: str, path: str, more: set[str]) -> None:
    ordered = order("A/1", line("2.50"), line(amount="7", item=2, number=3), key=KEY)
    request = next(exchange(kind, ordered))
    said = json.loads(request.body)
    assert (request.method, request.path, request.expect) == (method, path, frozenset({200}))
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["X-Request-Id"] == OCCASION.message_id
    assert said.keys() == {"number", "mrn", "key", "customs_office"} | more
    assert (said["number"], said["mrn"], said["key"], said["customs_office"]) == ("A/1", A, KEY, "FR000040")
    if "lines" in more:
        assert said["lines"] == [
            {"goods_item": 1, "line": 1, "commodity_code": "88062190", "quantity": {"value": "2.5", "unit": "H87"}, "amount": None},
            {"goods_item": 2, "line": 3, "commodity_code": "88062190", "quantity": None, "amount": {"value": "7", "currency": "EUR"}},
        ]  # fmt: skip
    assert said.get("replace") is {FORCE: False, AMEND: True}.get(kind)
    assert request == next(exchange(kind, ordered))


@pytest.mark.parametrize(("kind", "path"), [(CANCEL, RESERVATIONS), (DELETE, WRITE_OFFS)])
def test_what_is_given_back_is_said_in_the_query(kind: MovementKind, path: str) -> None:
    request = next(exchange(kind, order("a/b?c=d&e#f Ä", key=KEY)))
    target = urlsplit(request.path)
    assert (request.method, target.path, target.fragment, request.body) == ("DELETE", path, "", b"")
    assert parse_qs(target.query, strict_parsing=True) == {
        "number": ["a/b?c=d&e#f Ä"],
        "mrn": [A],
        "key": [KEY],
        "customs_office": ["FR000040"],
    }


LRN = Reference(kind=ReferenceKind.LRN, value=A)
GOOD = order(VALID, line("5"))


@pytest.mark.parametrize(
    ("kind", "ordered"),
    [
        (RESERVE, replace(GOOD, declaration=LRN)),
        (CANCEL, replace(GOOD, declaration=LRN, lines=())),
        (RESERVE, replace(GOOD, declaration=Reference(kind=ReferenceKind.MRN, value=""))),
        (RESERVE, replace(GOOD, customs_office="")),
        (RESERVE, replace(GOOD, customs_office="FR0000401")),
        (RESERVE, replace(GOOD, key="7")),
        *((kind, replace(GOOD, lines=())) for kind in (RESERVE, WRITE_OFF, FORCE, AMEND)),
        *((kind, GOOD) for kind in (CANCEL, DELETE)),
        (RESERVE, replace(GOOD, lines=(line("1"), line("2")))),
        (RESERVE, replace(GOOD, lines=(line(),))),
        *((RESERVE, replace(GOOD, lines=(line(value),))) for value in ("0", "-1", "0.0000001", "NaN", "Infinity", "1E+16")),
        *((RESERVE, replace(GOOD, lines=(line("1", amount=value),))) for value in ("0", "-0.01", "NaN")),
        (
            RESERVE,
            replace(GOOD, lines=(replace(line("1"), quantities=(Quantity(value=Decimal(1), unit="KGM"),) * 2),)),
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_ordered_is_never_sent(kind: MovementKind, ordered: object) -> None:
    with pytest.raises(RequestRejected):
        next(exchange(kind, ordered))  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", [RESERVE, WRITE_OFF, CANCEL])
def test_a_movement_that_is_no_intervention_is_never_sent_as_one(kind: MovementKind) -> None:
    with pytest.raises(RequestRejected):
        next(ADAPTER.intervene(Intervention(kind=kind, order=GOOD), OCCASION))


def test_a_reservation_is_made_restated_and_written_off(wire: Wire) -> None:
    receipt = move(wire, RESERVE, VALID, line("10"), line("5", item=2))
    assert (receipt.outcome, receipt.refusal, receipt.authority_code, receipt.status_changed) == (
        DONE,
        None,
        "RESERVED",
        False,
    )
    assert receipt.ledger is not None
    assert receipt.ledger.lines[0].available.value == 10
    assert len(receipt.ledger.allocations) == 2
    assert move(wire, RESERVE, VALID, line("7.0")).outcome is DONE
    assert left(wire, VALID) == {1: ("18", None)}
    assert held(wire, VALID) == [("reserved", 1, 1, "7")]
    assert move(wire, WRITE_OFF, VALID, line("7")).outcome is DONE
    assert held(wire, VALID) == [("consumed", 1, 1, "7")]
    assert left(wire, VALID) == {1: ("18", None)}


def test_a_receipt_tells_the_asking_declarations_part_and_the_position_tells_everybodys(wire: Wire) -> None:
    ledger = move(wire, RESERVE, "DU.FR.2026.0000015", line("3")).ledger
    assert ledger is not None
    assert {one.declaration.value for one in ledger.allocations} == {A}
    assert len(held(wire, "DU.FR.2026.0000015", "26FRD0000000000204")) == 1


def test_by_value_and_by_both_and_by_quantity_on_one_licence(wire: Wire) -> None:
    lines = (
        line("100", amount="250000.50", code="84715000"),
        line(amount="499999.99", currency="USD", item=2, number=2, code="85423190"),
        line("2500.5", unit="KGM", item=2, number=3, code="382499"),
    )
    receipt = move(wire, RESERVE, MIXED, *lines)
    assert receipt.outcome is DONE
    assert receipt.ledger is not None
    first, second, third = receipt.ledger.allocations
    assert (first.quantity, first.amount) == (
        Quantity(value=Decimal(100), unit="H87"),
        Money(value=Decimal("250000.5"), currency="EUR"),
    )
    assert (second.quantity, second.amount) == (Quantity(value=Decimal("499999.99"), unit="USD"), None)
    assert (third.quantity, third.amount) == (Quantity(value=Decimal("2500.5"), unit="KGM"), None)
    assert left(wire, MIXED) == {1: ("300", "749999.50"), 2: ("0.01", None), 3: ("0.0", None)}
    assert move(wire, WRITE_OFF, MIXED, *lines).outcome is DONE
    assert move(wire, DELETE, MIXED).outcome is DONE
    assert left(wire, MIXED) == {1: ("400", "1000000.00"), 2: ("500000.00", None), 3: ("2500.5", None)}


@pytest.mark.parametrize(
    ("reference", "lines", "refusal", "code"),
    [
        (VALID, (line("25.000001"),), Refusal.INSUFFICIENT, "BALANCE_INSUFFICIENT"),
        (VALID, (line("20"), line("6", item=2)), Refusal.INSUFFICIENT, "BALANCE_INSUFFICIENT"),
        (BOTH, (line("6", amount="1"),), Refusal.INSUFFICIENT, "BALANCE_INSUFFICIENT"),
        (BOTH, (line("1", amount="150000.01"),), Refusal.INSUFFICIENT, "BALANCE_INSUFFICIENT"),
        (BY_VALUE, (line(amount="1250000.01", code="85423190"),), Refusal.INSUFFICIENT, "BALANCE_INSUFFICIENT"),
        ("DU.FR.2026.0000017", (line("2"),), Refusal.INSUFFICIENT, "BALANCE_INSUFFICIENT"),
        (VALID, (line("1", number=2),), Refusal.LINE, "LINE_UNKNOWN"),
        (VALID, (line("1", code="84715000"),), Refusal.COMMODITY, "COMMODITY_NOT_LICENSED"),
        (VALID, (line("1", unit="KGM"),), Refusal.UNIT, "MEASURE_DIFFERS"),
        (VALID, (line("1", amount="5"),), Refusal.UNIT, "MEASURE_DIFFERS"),
        (BOTH, (line("1"),), Refusal.UNIT, "MEASURE_DIFFERS"),
        (BOTH, (line("1", amount="1", currency="USD"),), Refusal.UNIT, "MEASURE_DIFFERS"),
        (BY_VALUE, (line(amount="1", currency="USD", code="85423190"),), Refusal.UNIT, "MEASURE_DIFFERS"),
        (BY_VALUE, (line("1", code="85423190"),), Refusal.UNIT, "MEASURE_DIFFERS"),
        ("DU.FR.2026.0000003", (line("1"),), Refusal.STATUS, "LICENCE_NOT_VALID"),
    ],
)
def test_a_reservation_is_refused_and_nothing_is_done(
    wire: Wire, reference: str, lines: tuple[OrderLine, ...], refusal: Refusal, code: str
) -> None:
    before = left(wire, reference)
    receipt = move(wire, RESERVE, reference, *lines)
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (REFUSED, refusal, code)
    named = None if refusal is Refusal.STATUS else lines[-1]
    assert receipt.goods_item == (named and named.goods_item)
    assert receipt.certificate_line == (named and named.certificate_line)
    assert receipt.ledger is not None
    assert receipt.ledger.allocations == ()
    assert left(wire, reference) == before


def test_a_refusal_leaves_the_earlier_reservation(wire: Wire) -> None:
    move(wire, RESERVE, VALID, line("10"))
    receipt = move(wire, RESERVE, VALID, line("26"))
    assert receipt.refusal is Refusal.INSUFFICIENT
    assert receipt.ledger is not None
    assert [one.quantity.value for one in receipt.ledger.allocations] == [Decimal(10)]
    assert held(wire, VALID) == [("reserved", 1, 1, "10")]
    assert move(wire, RESERVE, VALID, line("25")).outcome is DONE, "its own reservation does not stand in its way"
    assert move(wire, RESERVE, VALID, line("1"), mrn=B).refusal is Refusal.INSUFFICIENT


def test_a_reservation_is_given_back_once(wire: Wire) -> None:
    move(wire, RESERVE, VALID, line("10"))
    assert move(wire, CANCEL, VALID).authority_code == "CANCELLED"
    assert left(wire, VALID) == {1: ("25", None)}
    again = move(wire, CANCEL, VALID)
    assert (again.outcome, again.authority_code) == (ReceiptOutcome.NO_RECORD, "NO_RESERVATION")
    assert move(wire, WRITE_OFF, VALID, line("10")).outcome is ReceiptOutcome.NO_RECORD


def test_a_write_off_is_for_good(wire: Wire) -> None:
    move(wire, RESERVE, VALID, line("10"))
    move(wire, WRITE_OFF, VALID, line("10"))
    for kind, lines in ((WRITE_OFF, (line("10"),)), (CANCEL, ()), (FORCE, (line("10"),))):
        receipt = move(wire, kind, VALID, *lines)
        assert (receipt.outcome, receipt.authority_code) == (ReceiptOutcome.WRITTEN_OFF_ALREADY, "WRITTEN_OFF_ALREADY")
    assert move(wire, RESERVE, VALID, line("1")).refusal is Refusal.WRITTEN_OFF
    assert held(wire, VALID) == [("consumed", 1, 1, "10")]


def test_a_write_off_is_done_though_the_licence_was_suspended_and_says_so(wire: Wire) -> None:
    move(wire, RESERVE, VALID, line("10"))
    wire.put(VALID, {"status": "SUSPENDED"})
    receipt = move(wire, WRITE_OFF, VALID, line("10"))
    assert (receipt.outcome, receipt.status_changed) == (DONE, True)
    assert held(wire, VALID) == [("consumed", 1, 1, "10")]


def test_an_officer_forces_amends_and_deletes(wire: Wire) -> None:
    receipt = move(wire, FORCE, VALID, line("30"))
    assert receipt.outcome is DONE
    assert receipt.ledger is not None
    assert receipt.ledger.lines[0].available == Quantity(value=Decimal(-5), unit="H87")
    assert left(wire, VALID) == {1: ("-5", None)}
    assert move(wire, RESERVE, VALID, line("1"), mrn=B).refusal is Refusal.INSUFFICIENT
    assert move(wire, AMEND, VALID, line("31")).refusal is Refusal.INSUFFICIENT
    assert held(wire, VALID) == [("consumed", 1, 1, "30")], "a refused amendment leaves the write-off"
    assert move(wire, AMEND, VALID, line("28")).outcome is DONE, "less may be taken of a line below zero"
    assert move(wire, AMEND, VALID, line("20")).authority_code == "AMENDED"
    assert left(wire, VALID) == {1: ("5", None)}
    assert move(wire, DELETE, VALID).authority_code == "DELETED"
    assert (left(wire, VALID), held(wire, VALID)) == ({1: ("25", None)}, [])


def test_corrections_need_a_write_off_and_no_reservation(wire: Wire) -> None:
    for kind, lines in ((AMEND, (line("1"),)), (DELETE, ())):
        receipt = move(wire, kind, VALID, *lines)
        assert (receipt.outcome, receipt.authority_code) == (ReceiptOutcome.NO_RECORD, "NO_WRITE_OFF")
    move(wire, RESERVE, VALID, line("1"))
    for kind, lines in ((FORCE, (line("1"),)), (AMEND, (line("1"),)), (DELETE, ())):
        assert move(wire, kind, VALID, *lines).outcome is ReceiptOutcome.RESERVED
    assert move(wire, FORCE, VALID, line("1", number=9), mrn=B).refusal is Refusal.LINE
    assert held(wire, VALID) == [("reserved", 1, 1, "1")]


def test_what_was_ordered_under_a_key_is_done_once(wire: Wire) -> None:
    reserve, cancel = order(VALID, line("10")), order(VALID)
    for _ in range(3):
        assert wire.run(exchange(RESERVE, reserve)).outcome is DONE
    assert left(wire, VALID) == {1: ("15", None)}
    for _ in range(2):
        assert wire.run(exchange(CANCEL, cancel)).outcome is DONE, "not NO_RESERVATION: it is the same order"
    with pytest.raises(UnexpectedAnswer):
        # The order was done once and is not done again: the licence says so, and no receipt comes of it.
        wire.run(exchange(RESERVE, reserve))
    assert held(wire, VALID) == []


def test_another_order_under_a_known_key_is_rejected(wire: Wire) -> None:
    wire.run(exchange(RESERVE, order(VALID, line("10"), key=KEY)))
    with pytest.raises(RequestRejected):
        wire.run(exchange(RESERVE, order(VALID, line("11"), key=KEY)))
    assert held(wire, VALID) == [("reserved", 1, 1, "10")]


def test_a_registration_has_no_balance_to_move(wire: Wire) -> None:
    receipt = move(wire, RESERVE, REGISTRATION, line("1"))
    assert (receipt.outcome, receipt.refusal, receipt.ledger) == (REFUSED, Refusal.NOT_VALIDATED, None)


@pytest.mark.parametrize("kind", [RESERVE, CANCEL])
def test_a_licence_that_is_not_known_gives_no_receipt(wire: Wire, kind: MovementKind) -> None:
    with pytest.raises(UnexpectedAnswer):
        move(wire, kind, "DU.FR.2026.9999999", *(() if kind is CANCEL else (line("1"),)))


def test_generated_licences_are_moved_and_a_reset_forgets_it(wire: Wire, simulator: str) -> None:
    reference = "DU.XX.2026.1000042"
    assert move(wire, RESERVE, reference, line("999999999")).outcome is DONE
    assert move(wire, RESERVE, reference, line("2"), mrn=B).refusal is Refusal.INSUFFICIENT
    assert move(wire, RESERVE, f" {reference.lower()}", line("1"), mrn=B).outcome is DONE
    wire.control("POST", "reset", {})
    anew = Wire(simulator, {"Authorization": f"Bearer {token(simulator)}"})
    assert (left(anew, reference), held(anew, reference)) == ({1: ("1000000000", None)}, [])


def test_the_control_shows_the_ledger_and_takes_an_allocation_away(wire: Wire) -> None:
    lines = (line("2", amount="100.5"),)
    move(wire, RESERVE, BOTH, *lines)
    move(wire, WRITE_OFF, BOTH, *lines)
    status, body = wire.call("GET", f"/_simulator/ledger/{BOTH}")
    shown = json.loads(body)
    assert (status, shown["effects"]["MRN"]) == (200, {A: {"reserve": 1, "release": 1}})
    assert shown["lines"] == [
        {"line": 1, "certified": "25", "available": "3", "unit": "H87"},
        {"line": 1, "certified": "750000.00", "available": "149899.50", "unit": "EUR"},
    ]
    (ours,) = (one for one in shown["allocations"] if one["value"] == A)
    assert (ours["state"], ours["quantity"], ours["amount"], ours["currency"]) == ("consumed", "2", "100.5", "EUR")
    wire.control("POST", f"ledger/{BOTH}/remove", {"mrn": A})
    assert (left(wire, BOTH), held(wire, BOTH)) == ({1: ("5", "150000.00")}, [])


def test_a_movement_whose_answer_is_lost_is_found_in_the_position(wire: Wire) -> None:
    for fault, found in (("refuse_connection", []), ("drop_after", [("reserved", 1, 1, "10")])):
        wire.control("POST", "faults", {"fault": fault, "reference": A, "count": 1})
        with pytest.raises(ConnectionError):
            move(wire, RESERVE, VALID, line("10"))
        assert held(wire, VALID) == found
