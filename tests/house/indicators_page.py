"""The tables of docs/indicators.md: the closed list of counts, and the indicators that are delivered."""

from gateway.settings.tables import load_tables
from gateway.wings.reporting.indicators.counts import COUNTS
from tests.builders.places import CONFIG


def counts_table() -> str:
    """The closed list."""
    rows = (f"| `{one.name}` | {one.means} | {f'`{one.by}`' if one.by else ''} |\n" for one in COUNTS.values())
    return "| count | what | besides the office told apart by |\n|---|---|---|\n" + "".join(rows)


def indicators_table() -> str:
    """What is delivered."""
    rows = (
        f"| {one.title} | `{one.numerator}` | {f'`{one.denominator}`' if one.denominator else ''} | "
        f"{', '.join(f'`{by}`' for by in one.by)} | {one.period} | {one.least} | {one.source} |\n"
        for one in load_tables(CONFIG).rows_of("indicator")
    )
    return "| indicator | counts | of | by | each | least | source |\n|---|---|---|---|---|---|---|\n" + "".join(rows)
