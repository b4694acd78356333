"""What was used of a simulated permit, as the management authority tells it."""

from collections.abc import Sequence
from decimal import Decimal

from adapters.simulation import Document
from adapters.simulation.usage import UsageAccount, UsageLine, UsageWords, UsedQuantity, measured

_WORDS = UsageWords(
    exists="USE_EXISTS",
    nothing="NO_USE",
    not_valid="NOT_ISSUED",
    line_unknown="LINE_UNKNOWN",
    other_goods="OTHER_GOODS",
    other_unit="OTHER_UNIT",
    too_little="TOO_FEW_LEFT",
)


def permit_account(specimens: Sequence[Document], account: Document) -> UsageAccount:
    """Begin the account of a permit."""
    left = {one["line"]: Decimal(str(one["left"]["value"])) for one in account["lines"]}
    lines = {
        one["line"]: UsageLine(
            code=one["cn_code"],
            certified=Decimal(str(one["quantity"]["value"])),
            unit=one["quantity"]["unit"],
            left=left[one["line"]],
        )
        for one in specimens
    }
    used: dict[str, list[UsedQuantity]] = {}
    for one in account["used"]:
        use = UsedQuantity(
            goods_item=one["goods_item"],
            line=one["line"],
            quantity=Decimal(str(one["quantity"]["value"])),
            unit=one["quantity"]["unit"],
        )
        used.setdefault(one["mrn"], []).append(use)
    return UsageAccount(lines, used, _WORDS)


def told(account: UsageAccount) -> Document:
    """Return the account as the authority tells it."""
    return {
        "lines": [{"line": number, "left": account.left(number)} for number in account.lines],
        "used": [
            {
                "mrn": mrn,
                "goods_item": use.goods_item,
                "line": use.line,
                "quantity": measured(use.quantity, account.lines[use.line].unit),
            }
            for mrn, uses in account.used.items()
            for use in uses
        ],
    }
