"""The simulated usage of a document, in whatever order declarations come: nothing is lost, and nothing is overdrawn."""

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.catch.simulator_usages import Ruling, UsageLedger, Used

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

uses = st.lists(
    st.builds(
        lambda item, line, tenths: Used(
            goods_item=item, line=line, quantity=Decimal(tenths) / 10, code=CODES[line]
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


def play(ledger: UsageLedger, name: str, mrn: str, told: list[Used]) -> Ruling:
    match name:
        case "report":
            return ledger.report(mrn, told, valid=True)
        case "force":
            return ledger.report(mrn, told, valid=True, force=True)
        case "replace":
            return ledger.replace(mrn, told)
        case _:
            return ledger.delete(mrn)


@settings(max_examples=300, deadline=None)
@given(reports)
def test_left_and_used_are_always_what_was_certified(played: list[tuple[str, str, list[Used]]]) -> None:
    ledger = UsageLedger(PRODUCTS, USAGE)
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
        shown = ledger.shown()
        total = {line["line"]: Decimal(line["available"]) for line in shown["lines"]}
        for one in shown["allocations"]:
            total[one["line"]] += Decimal(one["quantity"])
        assert total == CERTIFIED
        if not any(once == "force" for once, _, _ in played):
            assert all(Decimal(line["available"]) >= 0 for line in shown["lines"])
