"""`make rates`: how many correct declarations of ordinary trade are held without need, and how many go that lack what the law asks for."""

import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

from gateway.domain.decision import Effect
from tests.builders.story import shipped
from tests.rates.rates import declarations


def main() -> int:
    """Print both rates by trade; the status is 1 where a declaration is not decided as the law has it."""
    table = Table("trade", "correct", "held without need", "lacking", "released", title="ordinary declarations")
    counted: dict[str, Counter[str]] = {}
    wrong = []
    for one in declarations():
        decision = one.decided(shipped())
        figures = counted.setdefault(one.trade, Counter())
        figures["correct" if one.expected == "release" else "lacking"] += 1
        if not one.is_right(decision):
            figures["held" if one.expected == "release" else "released"] += 1
            found = ", ".join(
                f"{finding.code} {finding.params.get('measure', '')}".strip()
                for finding in decision.findings
                if finding.params is not None and (finding.effect is not Effect.RELEASE or one.expected != "release")
            )
            wrong.append(f"{one.trade}: {one.goods} ({one.code}): {decision.effect}, by law {one.expected}: {found}")
    total = sum(counted.values(), Counter())
    for trade, figures in (*counted.items(), ("all", total)):
        table.add_row(trade, *(str(figures[name]) for name in ("correct", "held", "lacking", "released")))
    console = Console(width=160)
    console.print(table)
    for line in wrong:
        console.print(line, markup=False, highlight=False)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
