"""What was used of a simulated document of CATCH, in kilograms, as CATCH tells it."""

from decimal import Decimal
from typing import Any

from adapters.simulation.usage import UsageAccount, UsageLine, UsageWords, UsedQuantity, measured

KILOGRAM = "KGM"
_WORDS = UsageWords(
    exists="USAGE_EXISTS",
    nothing="NO_USAGE",
    not_valid="DOCUMENT_NOT_VALID",
    line_unknown="LINE_UNKNOWN",
    other_goods="PRODUCT_MISMATCH",
    other_unit="UNIT_NOT_KGM",
    too_little="WEIGHT_INSUFFICIENT",
)


def usage_account(products: list[dict[str, Any]], usage: dict[str, Any]) -> UsageAccount:
    """Begin the usage of a document."""
    left = {line["line"]: Decimal(line["available"]["value"]) for line in usage["lines"]}
    lines = {
        product["line"]: UsageLine(
            code=str(product.get("hs_code") or product["cn_code"]),
            certified=Decimal((product.get("verified_weight_landed") or product["processed_product_weight"])["value"]),
            unit=KILOGRAM,
            left=left[product["line"]],
        )
        for product in products
    }
    used: dict[str, list[UsedQuantity]] = {}
    for one in usage["declarations"]:
        value = Decimal(one["quantity"]["value"])
        use = UsedQuantity(goods_item=one["goods_item"], line=one["line"], quantity=value, unit=KILOGRAM)
        used.setdefault(one["mrn"], []).append(use)
    return UsageAccount(lines, used, _WORDS)


def told(account: UsageAccount, mrn: str | None = None) -> dict[str, Any]:
    """Return what is left of each line and what declarations used: this one, or all."""
    chosen = account.used
    if mrn is not None:
        chosen = {mrn: chosen[mrn]} if mrn in chosen else {}
    return {
        "lines": [{"line": number, "available": account.left(number)} for number in account.lines],
        "declarations": [
            {"mrn": one, "goods_item": use.goods_item, "line": use.line, "quantity": measured(use.quantity, KILOGRAM)}
            for one, uses in chosen.items()
            for use in uses
        ],
    }
