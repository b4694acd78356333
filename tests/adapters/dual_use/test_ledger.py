"""The simulated licence's ledger, in whatever order declarations come: nothing is lost, and nothing is overdrawn."""

import json
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.dual_use.simulator.ledger import Claim, LicenceLedger, Ruling
from gateway.contract import AllocationState, MovementKind, OrderLine, ReceiptOutcome
from tests.adapters.dual_use.asking import line, move, position
from tests.builders.driving import Wire

QUANTITY, VALUE = ("20", "H87"), ("1000.00", "EUR")


def licence(*, used: str = "0") -> dict[str, Any]:
    left = str(Decimal(QUANTITY[0]) - Decimal(used))
    both = {"quantity": {"value": QUANTITY[0], "unit": "H87"}, "amount": {"value": VALUE[0], "currency": "EUR"}}
    declarations = [
        {"mrn": "Z", "state": "USED", "goods_item": 1, "line": 1, "quantity": {"value": used, "unit": "H87"},
         "amount": {"value": "0", "currency": "EUR"}}
    ]  # fmt: skip
    return {
        "lines": [{"line": 1, "cn_code": "8806", **both}, {"line": 2, "cn_code": "8542", "amount": both["amount"]}],
        "balance": {
            "lines": [
                {"line": 1, "quantity": {"value": left, "unit": "H87"}, "amount": both["amount"]},
                {"line": 2, "amount": both["amount"]},
            ],
            "declarations": declarations if used != "0" else [],
        },
    }


def sums(shown: dict[str, Any]) -> dict[tuple[int, str], Decimal]:
    """What is left and taken of each line and measure together."""
    total = {(line["line"], line["unit"]): Decimal(line["available"]) for line in shown["lines"]}
    for one in shown["allocations"]:
        for value, unit in ((one["quantity"], one["unit"]), (one["amount"], one["currency"])):
            if value is not None:
                total[one["line"], unit] += Decimal(value)
    return total


CERTIFIED = {(1, "H87"): Decimal(20), (1, "EUR"): Decimal(1000), (2, "EUR"): Decimal(1000)}

both = st.builds(
    lambda item, quantity, amount: Claim(
        goods_item=item, line=1, code="88062190", measures=((Decimal(quantity), "H87"), (Decimal(amount), "EUR"))
    ),
    st.integers(1, 3),
    st.integers(1, 12),
    st.integers(1, 600),
)
by_value = st.builds(
    lambda item, amount: Claim(goods_item=item, line=2, code="85423190", measures=(None, (Decimal(amount), "EUR"))),
    st.integers(1, 3),
    st.integers(1, 600),
)
claims = st.lists(both | by_value, min_size=1, max_size=4, unique_by=lambda claim: (claim.goods_item, claim.line))
moves = st.lists(
    st.tuples(
        st.sampled_from(["reserve", "reserve", "write_off", "cancel", "force", "amend", "delete"]),
        st.sampled_from("ABC"),
        claims,
    ),
    max_size=25,
)


def play(ledger: LicenceLedger, name: str, mrn: str, asked: list[Claim]) -> Ruling:
    match name:
        case "reserve":
            return ledger.reserve(mrn, asked, valid=True)
        case "force":
            return ledger.force(mrn, asked)
        case "amend":
            return ledger.amend(mrn, asked)
        case "write_off":
            return ledger.write_off(mrn)
        case "cancel":
            return ledger.cancel(mrn)
        case _:
            return ledger.delete(mrn)


@settings(max_examples=100, deadline=None)
@given(moves)
def test_left_and_taken_are_always_what_was_licensed(played: list[tuple[str, str, list[Claim]]]) -> None:
    ledger = LicenceLedger(licence())
    for name, mrn, asked in played:
        before = ledger.view()
        ruling = play(ledger, name, mrn, asked)
        assert sums(ledger.view()) == CERTIFIED
        if ruling.outcome not in {"RESERVED", "WRITTEN_OFF", "CANCELLED", "AMENDED", "DELETED"}:
            assert ledger.view() == before, "what is refused changes nothing"
        if not any(once == "force" for once, _, _ in played):
            assert all(Decimal(line["available"]) >= 0 for line in ledger.view()["lines"])


@settings(max_examples=80, deadline=None)
@given(moves)
def test_each_declaration_stands_as_its_last_movement_left_it(played: list[tuple[str, str, list[Claim]]]) -> None:
    ledger = LicenceLedger(licence())
    stands: dict[str, tuple[bool, list[Claim]]] = {}
    for name, mrn, asked in played:
        match play(ledger, name, mrn, asked).outcome:
            case "RESERVED":
                stands[mrn] = (False, asked)
            case "WRITTEN_OFF" if name == "write_off":
                stands[mrn] = (True, stands[mrn][1])
            case "WRITTEN_OFF" | "AMENDED":
                stands[mrn] = (True, asked)
            case "CANCELLED" | "DELETED":
                del stands[mrn]
        assert {mrn: (position.used, position.claims) for mrn, position in ledger.positions.items()} == stands


def test_what_the_catalogue_states_is_part_of_the_ledger() -> None:
    ledger = LicenceLedger(licence(used="15"))
    claim = Claim(goods_item=1, line=1, code="88062190", measures=((Decimal(6), "H87"), (Decimal(1), "EUR")))
    assert ledger.reserve("A", [claim], valid=True).reason == "BALANCE_INSUFFICIENT"
    assert ledger.delete("Z").outcome == "DELETED"
    assert ledger.reserve("A", [claim], valid=True).outcome == "RESERVED"
    assert sums(ledger.view()) == CERTIFIED


NUMBERS = count(1)
CANCELLATIONS = {MovementKind.CANCEL, MovementKind.DELETE}
order_lines = st.lists(
    st.builds(lambda n, q, a: line(str(q), amount=str(a), item=n), st.integers(1, 3), st.integers(1, 9), st.integers(1, 400))
    | st.builds(lambda n, a: line(amount=str(a), item=n, number=2, code="85423190"), st.integers(1, 3), st.integers(1, 600)),
    min_size=1,
    max_size=3,
    unique_by=lambda one: (one.goods_item, one.certificate_line),
)  # fmt: skip
orders = st.lists(st.tuples(st.sampled_from(list(MovementKind)), st.sampled_from("AB"), order_lines), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders)
def test_every_movement_has_a_receipt_and_what_it_says_is_so(
    wire: Wire, ordered: list[tuple[MovementKind, str, list[OrderLine]]]
) -> None:
    reference = f"DU.PLAY.{next(NUMBERS)}"
    lines = [{**one, "control_code": "9A012"} for one in licence()["lines"]]
    wire.put(reference, {"lines": lines, "balance": licence()["balance"]})
    holds: dict[str, list[OrderLine]] = {}
    for kind, mrn, asked in ordered:
        if kind is MovementKind.WRITE_OFF:
            asked = holds.get(mrn) or asked
        receipt = move(wire, kind, reference, *(() if kind in CANCELLATIONS else asked), mrn=mrn)
        if receipt.outcome is ReceiptOutcome.DONE:
            holds[mrn] = [] if kind in CANCELLATIONS else asked
        told = position(wire, reference).allocations
        ours = {(one.goods_item, one.certificate_line) for one in told if one.declaration.value == mrn}
        assert ours == {(one.goods_item, one.certificate_line) for one in holds.get(mrn, ())}
        if receipt.outcome is ReceiptOutcome.DONE and ours:
            reserved = {one.state for one in told if one.declaration.value == mrn} == {AllocationState.RESERVED}
            assert reserved is (kind is MovementKind.RESERVE)
    shown = json.loads(wire.call("GET", f"/_simulator/ledger/{reference}")[1])
    assert sums(shown) == CERTIFIED
