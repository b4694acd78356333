"""The simulated usage of a document, in whatever order declarations come: nothing is lost, and nothing is overdrawn."""

import json
from decimal import Decimal
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.catch.codes import REPORTS
from adapters.catch.simulator.usages import KILOGRAM, usage_account
from adapters.simulation.usage import UsageAccount, UsageRuling, UsedQuantity
from gateway.contract import MovementKind, OrderLine, ReceiptOutcome
from tests.adapters.catch.asking import line, tell, used
from tests.builders.driving import Wire

PRODUCTS = [
    {"line": 1, "hs_code": "030363", "verified_weight_landed": {"value": "20", "unit": "KGM"}},
    {"line": 2, "cn_code": "16041421", "processed_product_weight": {"value": "9.5", "unit": "KGM"}},
]
USAGE = {
    "lines": [
        {"line": 1, "available": {"value": "15", "unit": "KGM"}},
        {"line": 2, "available": {"value": "9.5", "unit": "KGM"}},
    ],
    "declarations": [{"mrn": "Z", "goods_item": 1, "line": 1, "quantity": {"value": "5", "unit": "KGM"}}],
}
CERTIFIED = {1: Decimal(20), 2: Decimal("9.5")}
CODES = {1: "03036310", 2: "16041421"}


def sums(shown: dict[str, Any]) -> dict[int, Decimal]:
    """What is left and used of each line together."""
    total = {one["line"]: Decimal(one["available"]) for one in shown["lines"]}
    for one in shown["allocations"]:
        total[one["line"]] += Decimal(one["quantity"])
    return total


uses = st.lists(
    st.builds(
        lambda item, line, tenths: UsedQuantity(
            goods_item=item, line=line, quantity=Decimal(tenths) / 10, unit=KILOGRAM, code=CODES[line]
        ),
        st.integers(1, 3),
        st.integers(1, 2),
        st.integers(1, 120),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda use: (use.goods_item, use.line),
)  # fmt: skip
reports = st.lists(
    st.tuples(st.sampled_from(["report", "report", "force", "replace", "delete"]), st.sampled_from("ABCZ"), uses),
    max_size=25,
)


def play(ledger: UsageAccount, name: str, mrn: str, told: list[UsedQuantity]) -> UsageRuling:
    match name:
        case "report":
            return ledger.report(mrn, told, valid=True)
        case "force":
            return ledger.report(mrn, told, valid=True, force=True)
        case "replace":
            return ledger.replace(mrn, told)
        case _:
            return ledger.delete(mrn)


@settings(max_examples=100, deadline=None)
@given(reports)
def test_left_and_used_are_always_what_was_certified(played: list[tuple[str, str, list[UsedQuantity]]]) -> None:
    ledger = usage_account(PRODUCTS, USAGE)
    stands = dict(ledger.used)
    for name, mrn, told in played:
        match play(ledger, name, mrn, told).outcome:
            case "RECORDED" | "REPLACED":
                known = {(one.goods_item, one.line, one.quantity) for one in ledger.used[mrn]}
                assert known == {(one.goods_item, one.line, one.quantity) for one in told}
                stands[mrn] = ledger.used[mrn]
            case "DELETED":
                del stands[mrn]
        assert ledger.used == stands, "what is refused changes nothing"
        shown = ledger.view()
        assert sums(shown) == CERTIFIED
        if not any(once == "force" for once, _, _ in played):
            assert all(Decimal(one["available"]) >= 0 for one in shown["lines"])


NUMBERS = count(1)
order_lines = st.lists(
    st.builds(
        lambda item, number, tonnes: line(f"0.00{tonnes}", "TNE", item=item, number=number, code=f"03036{number + 2}"),
        st.integers(1, 3),
        st.integers(1, 2),
        st.integers(1, 9),
    ),
    min_size=1,
    max_size=3,
    unique_by=lambda one: (one.goods_item, one.certificate_line),
)
orders = st.lists(st.tuples(st.sampled_from(REPORTS), st.sampled_from("AB"), order_lines), max_size=12)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(orders)
def test_every_report_has_a_receipt_and_what_it_says_is_so(
    wire: Wire, told: list[tuple[MovementKind, str, list[OrderLine]]]
) -> None:
    reference = f"CATCH.PLAY.{next(NUMBERS)}"
    kilograms = {1: "20", 2: "9.5"}
    weights = {number: {"value": value, "unit": "KGM"} for number, value in kilograms.items()}
    wire.put(
        reference,
        {
            "products": [
                {"line": number, "species": "COD", "hs_code": f"03036{number + 2}", "verified_weight_landed": weight}
                for number, weight in weights.items()
            ],
            "usage": {
                "lines": [{"line": number, "available": weight} for number, weight in weights.items()],
                "declarations": [],
            },
        },
    )
    has: dict[str, list[OrderLine]] = {}
    for kind, mrn, asked in told:
        taken_back = kind is MovementKind.DELETE
        receipt = tell(wire, kind, reference, *(() if taken_back else asked), mrn=mrn)
        if receipt.outcome is ReceiptOutcome.DONE:
            has[mrn] = [] if taken_back else asked
        assert sorted((item, number, Decimal(value)) for item, number, value in used(wire, reference, mrn)) == sorted(
            (one.goods_item, one.certificate_line, one.quantities[0].value * 1000) for one in has.get(mrn, ())
        )
    shown = json.loads(wire.call("GET", f"/_simulator/ledger/{reference}")[1])
    assert sums(shown) == CERTIFIED
