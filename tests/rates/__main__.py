"""`make rates`: how many correct declarations of ordinary trade are held without need, and how many go that lack what the law asks for."""

import sys

from rich.console import Console
from rich.table import Table

from tests.builders.story import shipped
from tests.rates.rates import FIGURES, by_trade, declarations


def main() -> int:
    """Print both rates by trade, and each declaration that is not decided as the law has it; then the status is 1."""
    table, wrong = Table("trade", *FIGURES, title="ordinary declarations"), 0
    for trade, figures in by_trade(shipped()).items():
        table.add_row(trade, *(str(figures[name]) for name in FIGURES))
    console = Console(width=160)
    console.print(table)
    for one in declarations():
        decision = one.decided(shipped())
        if not one.is_right(decision):
            wrong += 1
            found = ", ".join(finding.code for finding in decision.findings)
            console.print(
                f"{one.trade}: {one.goods} ({one.code}): {decision.effect} ({found}), by law {one.expected}: {one.basis}",
                markup=False,
                highlight=False,
            )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
