"""Usage that the simulated CATCH is told: what is sent, and what becomes of it."""

import json
from dataclasses import replace
from decimal import Decimal
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from gateway.contract import (
    AllocationState,
    Intervention,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
    Refusal,
    Request,
    RequestRejected,
    Response,
    UnexpectedAnswer,
)
from tests.adapters.catch.asking import (
    ADAPTER,
    MIXED,
    STATEMENT,
    UNKEPT,
    VALID,
    A,
    B,
    body_of,
    exchange,
    left,
    line,
    not_known,
    order,
    position,
    tell,
    used,
)
from tests.builders.driving import HOSTILE, OCCASION, Wire

WRITE_OFF, FORCE = MovementKind.WRITE_OFF, MovementKind.FORCE
AMEND, DELETE = MovementKind.AMEND, MovementKind.DELETE
DONE, REFUSED = ReceiptOutcome.DONE, ReceiptOutcome.REFUSED
KEY = "0123456789abcdef" * 2


def report(kind: MovementKind, ordered: QuantityOrder, *looked_up: tuple[int, bytes]) -> Request:
    """The request that follows the look-up."""
    asking = exchange(kind, ordered)
    request = next(asking)
    for status, body in looked_up:
        assert request.method == "GET"
        request = asking.send(Response(status=status, body=body))
    asking.close()
    return request


@pytest.mark.parametrize(
    ("kind", "replaces", "force"), [(WRITE_OFF, False, False), (FORCE, False, True), (AMEND, True, False)]
)
def test_each_report_says_what_it_is(wire: Wire, kind: MovementKind, replaces: bool, force: bool) -> None:
    ordered = order(VALID, line("1.50", "TNE"), line("700", "GRM", item=2, number=2, code="0303640000"), key=KEY)
    document = body_of(wire, VALID)
    request = report(kind, ordered, (200, document))
    assert (request.method, request.expect) == ("PUT", frozenset({200}))
    assert request.path == f"/api/v1/catch-certificates/{VALID}/usages/{A}"
    assert request.headers["X-Request-Id"] == OCCASION.nth(1).message_id
    assert json.loads(request.body) == {
        "key": KEY,
        "customs_office": "DK003102",
        "replace": replaces,
        "force": force,
        "lines": [
            {"goods_item": 1, "line": 1, "commodity_code": "03036310", "quantity": {"value": "1500", "unit": "KGM"}},
            {"goods_item": 2, "line": 2, "commodity_code": "0303640000", "quantity": {"value": "0.7", "unit": "KGM"}},
        ],
    }
    assert request == report(kind, ordered, (200, document))


def test_a_usage_is_taken_back_by_a_query(wire: Wire) -> None:
    request = report(DELETE, order(STATEMENT, key=KEY), (404, not_known(STATEMENT)), (200, body_of(wire, STATEMENT)))
    target = urlsplit(request.path)
    assert (request.method, request.body) == ("DELETE", b"")
    assert target.path == f"/api/v1/processing-statements/{STATEMENT}/usages/{A}"
    assert parse_qs(target.query, strict_parsing=True) == {"key": [KEY], "customs_office": ["DK003102"]}
    assert request.headers["X-Request-Id"] == OCCASION.nth(2).message_id


GOOD = order(VALID, line("5"))


def lines(*several: OrderLine) -> QuantityOrder:
    return replace(GOOD, lines=several)


@pytest.mark.parametrize(
    ("kind", "ordered"),
    [
        (WRITE_OFF, replace(GOOD, declaration=Reference(kind=ReferenceKind.LRN, value=A))),
        (DELETE, replace(GOOD, declaration=Reference(kind=ReferenceKind.LRN, value=A), lines=())),
        *(
            (WRITE_OFF, replace(GOOD, declaration=Reference(kind=ReferenceKind.MRN, value=v)))
            for v in ("", "..", "a/b")
        ),
        (WRITE_OFF, replace(GOOD, customs_office="")),
        (WRITE_OFF, replace(GOOD, key="0")),
        (WRITE_OFF, replace(GOOD, reference="..")),
        *((kind, lines()) for kind in (WRITE_OFF, FORCE, AMEND)),
        (DELETE, GOOD),
        (WRITE_OFF, lines(line("1"), line("2"))),
        *((WRITE_OFF, lines(line(value))) for value in ("0", "-1", "0.0000001", "NaN", "Infinity", "1E+16")),
        (WRITE_OFF, lines(line("0.0001", "GRM"))),
        *((WRITE_OFF, lines(line("1", unit))) for unit in ("H87", "LTR", "EUR", "kgm")),
        (WRITE_OFF, lines(replace(line("1"), quantities=()))),
        (WRITE_OFF, lines(replace(line("1"), quantities=(Quantity(value=Decimal(1), unit="KGM"),) * 2))),
        (WRITE_OFF, lines(replace(line("1"), amount=Money(value=Decimal(1), currency="EUR")))),
    ],
)
def test_what_cannot_be_told_is_not_even_asked_about(kind: MovementKind, ordered: QuantityOrder) -> None:
    with pytest.raises(RequestRejected):
        next(exchange(kind, ordered))


@pytest.mark.parametrize("kind", [MovementKind.RESERVE, MovementKind.CANCEL, WRITE_OFF])
def test_a_movement_that_is_no_intervention_is_never_sent_as_one(kind: MovementKind) -> None:
    with pytest.raises(RequestRejected):
        next(ADAPTER.intervene(Intervention(kind=kind, order=GOOD), OCCASION))


def test_usage_is_recorded_by_species_and_line(wire: Wire) -> None:
    told = (
        line("1.25", "TNE", code="030363"),
        line("0.5", item=2, number=2, code="03036400"),
        line("900250", "GRM", item=3, number=4, code="03048900"),
    )
    receipt = tell(wire, WRITE_OFF, MIXED, *told)
    assert (receipt.outcome, receipt.refusal, receipt.authority_code, receipt.status_changed) == (
        DONE,
        None,
        "RECORDED",
        False,
    )
    assert receipt.ledger is not None
    assert {one.state for one in receipt.ledger.allocations} == {AllocationState.CONSUMED}
    assert {one.declaration.value for one in receipt.ledger.allocations} == {A}, "only the asking declaration's"
    assert left(wire, MIXED) == {1: "10750", 2: "5000.0", 3: "0", 4: "0.00"}
    assert [(item, number, Decimal(value)) for item, number, value in used(wire, MIXED)] == [
        (1, 1, Decimal(1250)),
        (2, 2, Decimal("0.5")),
        (3, 4, Decimal("900.25")),
    ]
    assert len(position(wire, MIXED).allocations) == 6, "the others' are told too"


def test_a_processing_statement_is_told_where_it_stands(wire: Wire) -> None:
    reference = "PS/TH/2026/00003"
    assert tell(wire, WRITE_OFF, reference, line("1000", code="16041421")).outcome is DONE
    assert [request.method for request in wire.sent] == ["GET", "GET", "PUT"]
    assert len({request.headers["X-Request-Id"] for request in wire.sent}) == 3
    assert left(wire, reference) == {1: "0", 2: "3000"}


def test_the_same_usage_again_is_the_same_and_another_one_is_not_taken(wire: Wire) -> None:
    tell(wire, WRITE_OFF, VALID, line("10"), line("5", item=2))
    assert tell(wire, WRITE_OFF, VALID, line("5", item=2), line("10.0")).outcome is DONE
    for kind in (WRITE_OFF, FORCE):
        receipt = tell(wire, kind, VALID, line("11"), line("5", item=2))
        assert (receipt.outcome, receipt.authority_code) == (ReceiptOutcome.WRITTEN_OFF_ALREADY, "USAGE_EXISTS")
    assert used(wire, VALID) == [(1, 1, "10"), (2, 1, "5")]


@pytest.mark.parametrize(
    ("reference", "told", "refusal", "code"),
    [
        (VALID, (line("24000.000001"),), Refusal.INSUFFICIENT, "WEIGHT_INSUFFICIENT"),
        (VALID, (line("20000"), line("4001", item=2)), Refusal.INSUFFICIENT, "WEIGHT_INSUFFICIENT"),
        ("CATCH.CC.NO.2026.0000009", (line("301"),), Refusal.INSUFFICIENT, "WEIGHT_INSUFFICIENT"),
        (MIXED, (line("1", number=3, code="03038910"),), Refusal.INSUFFICIENT, "WEIGHT_INSUFFICIENT"),
        (VALID, (line("1", number=3),), Refusal.LINE, "LINE_UNKNOWN"),
        (VALID, (line("1", number=2),), Refusal.COMMODITY, "PRODUCT_MISMATCH"),
        (STATEMENT, (line("1", code="16041422"),), Refusal.COMMODITY, "PRODUCT_MISMATCH"),
    ],
)
def test_a_report_is_refused_and_nothing_is_recorded(
    wire: Wire, reference: str, told: tuple[OrderLine, ...], refusal: Refusal, code: str
) -> None:
    before = left(wire, reference)
    receipt = tell(wire, WRITE_OFF, reference, *told)
    assert (receipt.outcome, receipt.refusal, receipt.authority_code) == (REFUSED, refusal, code)
    assert (receipt.goods_item, receipt.certificate_line) == (told[-1].goods_item, told[-1].certificate_line)
    assert receipt.ledger is not None
    assert receipt.ledger.allocations == ()
    assert left(wire, reference) == before


def test_a_document_that_is_not_valid_any_more_takes_no_report_but_a_forced_one(wire: Wire) -> None:
    wire.put(VALID, {"status": "CANCELLED"})
    receipt = tell(wire, WRITE_OFF, VALID, line("1"))
    assert (receipt.refusal, receipt.goods_item, receipt.authority_code) == (Refusal.STATUS, None, "DOCUMENT_NOT_VALID")
    forced = tell(wire, FORCE, VALID, line("1"))
    assert (forced.outcome, forced.status_changed) == (DONE, True)


def test_a_document_whose_usage_is_not_kept_cannot_be_judged(wire: Wire) -> None:
    receipt = tell(wire, WRITE_OFF, UNKEPT, line("1", code="030367"))
    assert (receipt.outcome, receipt.refusal, receipt.ledger) == (REFUSED, Refusal.NOT_VALIDATED, None)


def test_an_officer_forces_amends_and_deletes(wire: Wire) -> None:
    receipt = tell(wire, FORCE, VALID, line("24005.5"))
    assert receipt.outcome is DONE
    assert receipt.ledger is not None
    assert receipt.ledger.lines[0].available == Quantity(value=Decimal("-5.5"), unit="KGM")
    assert left(wire, VALID) == {1: "-5.5", 2: "6000"}
    assert tell(wire, WRITE_OFF, VALID, line("1"), mrn=B).refusal is Refusal.INSUFFICIENT
    assert tell(wire, AMEND, VALID, line("24006")).refusal is Refusal.INSUFFICIENT
    assert used(wire, VALID) == [(1, 1, "24005.5")], "a refused amendment leaves the usage"
    assert tell(wire, AMEND, VALID, line("24001")).outcome is DONE, "less may be used of a line below zero"
    assert tell(wire, AMEND, VALID, line("6000", number=2, code="030364")).authority_code == "REPLACED"
    assert left(wire, VALID) == {1: "24000.0", 2: "0"}
    assert tell(wire, DELETE, VALID).authority_code == "DELETED"
    assert (left(wire, VALID), used(wire, VALID)) == ({1: "24000.0", 2: "6000"}, [])


@pytest.mark.parametrize("kind", [AMEND, DELETE])
def test_a_correction_needs_a_usage(wire: Wire, kind: MovementKind) -> None:
    receipt = tell(wire, kind, VALID, *(() if kind is DELETE else (line("1"),)))
    assert (receipt.outcome, receipt.authority_code) == (ReceiptOutcome.NO_RECORD, "NO_USAGE")


def test_what_was_told_under_a_key_is_recorded_once(wire: Wire) -> None:
    told, taken_back = order(VALID, line("10")), order(VALID)
    for _ in range(3):
        assert wire.run(exchange(WRITE_OFF, told)).outcome is DONE
    assert left(wire, VALID)[1] == "23990"
    for _ in range(2):
        assert wire.run(exchange(DELETE, taken_back)).outcome is DONE, "not NO_USAGE: it is the same report"
    with pytest.raises(UnexpectedAnswer):
        # It was recorded once and is not recorded again: the document says so, and no receipt comes of it.
        wire.run(exchange(WRITE_OFF, told))
    assert used(wire, VALID) == []


def test_another_report_under_a_known_key_is_rejected(wire: Wire) -> None:
    wire.run(exchange(WRITE_OFF, order(VALID, line("10"), key=KEY)))
    for again in (order(VALID, line("11"), key=KEY), order(VALID, line("10"), key=KEY, mrn=B)):
        with pytest.raises(RequestRejected):
            wire.run(exchange(WRITE_OFF, again))
    assert left(wire, VALID)[1] == "23990"


@pytest.mark.parametrize("kind", [WRITE_OFF, DELETE])
def test_a_document_that_is_not_known_is_told_nothing(wire: Wire, kind: MovementKind) -> None:
    with pytest.raises(UnexpectedAnswer):
        tell(wire, kind, "CATCH.CC.NO.2026.9999999", *(() if kind is DELETE else (line("1"),)))
    assert [request.method for request in wire.sent] == ["GET", "GET"]


@pytest.mark.parametrize("reference", HOSTILE)
@pytest.mark.parametrize("kind", [WRITE_OFF, DELETE])
def test_a_hostile_reference_arrives_as_one_value(wire: Wire, kind: MovementKind, reference: str) -> None:
    plain = "".join(reference.split()).upper()
    product = {"line": 1, "species": "COD", "hs_code": "0303", "verified_weight_landed": {"value": "9", "unit": "KGM"}}
    usage = {"lines": [{"line": 1, "available": {"value": "9", "unit": "KGM"}}], "declarations": []}
    wire.put(plain, {"products": [product], "usage": usage})
    receipt = tell(wire, kind, reference, *(() if kind is DELETE else (line("5"),)))
    assert receipt.outcome is (ReceiptOutcome.NO_RECORD if kind is DELETE else DONE)
    path = urlsplit(wire.sent[-1].path).path
    between = path.removeprefix("/api/v1/catch-certificates/").removesuffix(f"/usages/{A}")
    assert unquote(between) == reference
    assert not set(between) & set("/?#\\ <>")


def test_generated_documents_are_used_and_a_reset_forgets_it(wire: Wire) -> None:
    reference = "CATCH.CC.XX.2026.1000042"
    assert tell(wire, WRITE_OFF, reference, line("999999999")).outcome is DONE
    assert tell(wire, WRITE_OFF, reference, line("2"), mrn=B).refusal is Refusal.INSUFFICIENT
    assert tell(wire, WRITE_OFF, f" {reference.lower()}", line("1"), mrn=B).outcome is DONE
    wire.control("POST", "reset", {})
    assert (left(wire, reference), used(wire, reference)) == ({1: "1000000000"}, [])


def test_the_control_shows_the_ledger_and_takes_a_usage_away(wire: Wire) -> None:
    for _ in range(2):
        tell(wire, WRITE_OFF, VALID, line("10"))
    status, body = wire.call("GET", f"/_simulator/ledger/{VALID}")
    shown = json.loads(body)
    assert (status, shown["effects"]["MRN"]) == (200, {A: {"release": 1}})
    assert shown["lines"][0] == {"line": 1, "certified": "24000", "available": "23990", "unit": "KGM"}
    (allocation,) = shown["allocations"]
    assert (allocation["value"], allocation["state"], allocation["quantity"]) == (A, "consumed", "10")
    wire.control("POST", f"ledger/{VALID}/remove", {"mrn": A})
    assert (left(wire, VALID)[1], used(wire, VALID)) == ("24000", [])


def test_a_report_whose_answer_is_lost_is_found_in_the_position(wire: Wire) -> None:
    for fault, recorded in (("refuse_connection", []), ("drop_after", [(1, 1, "10")])):
        wire.control("POST", "faults", {"fault": fault, "reference": VALID, "containing": "/usages/", "count": 1})
        with pytest.raises(ConnectionError):
            tell(wire, WRITE_OFF, VALID, line("10"))
        assert used(wire, VALID) == recorded
