"""The plot of `docs/performance.md`: processor time of a declaration, the gateway's beside its peers'.

`python -m tests.benchmarks.plot` draws it anew.
"""

import re
from collections.abc import Sequence
from hashlib import sha256

import pygal
from pygal.style import Style

from tests.benchmarks.cells import CELLS, Way
from tests.benchmarks.figures import KEPT, Figures, Results
from tests.benchmarks.participants import GATEWAY
from tests.benchmarks.peer_processes import NAMES

PLOT = KEPT.with_name("processor.svg")
_PLOTTED = (Way.CLOSED, Way.RESERVED, Way.HOT)
_STYLE = Style(
    background="white", plot_background="white", foreground="#222222", foreground_strong="#000000",
    foreground_subtle="#767676", colors=("#1f5a96", "#d98200"), font_family="sans-serif",
    label_font_size=11, major_label_font_size=11, legend_font_size=12, title_font_size=14,
)  # fmt: skip


def bars() -> Sequence[Figures]:
    """Gives what is plotted: the figures of the ways that have a cost a declaration, of up to 10 items."""
    results = Results.read(KEPT)
    cells = [cell.name for cell in CELLS if cell.way in _PLOTTED and cell.items <= 10]
    found = (results.figures.get((cell, who)) for cell in cells for who in (GATEWAY, *NAMES))
    return [one for one in found if one is not None and one.together_ms is not None]


def svg() -> str:
    """Draws it."""
    shown = bars()
    chart = pygal.HorizontalStackedBar(
        style=_STYLE, js=[], width=900, height=120 + 22 * len(shown), legend_at_bottom=True, explicit_size=True,
        title="Processor time of a declaration, milliseconds", print_values=False, show_y_guides=True,
    )  # fmt: skip
    chart.uuid = "processor"
    # From the top down, as the table has them.
    shown = list(reversed(shown))
    chart.x_labels = [f"{one.cell} {one.participant}" for one in shown]
    chart.add("own", [one.own_ms for one in shown])
    chart.add("PostgreSQL", [one.database_ms for one in shown])
    drawn = re.sub(r"<!--.*?-->|<script.*?</script>", "", chart.render(is_unicode=True), flags=re.DOTALL)
    return f"{drawn}\n<!-- of figures {digest()} -->\n"


def digest() -> str:
    """Gives by what the plot is known to be of the figures that are kept."""
    return sha256(KEPT.read_bytes()).hexdigest()


def write() -> None:
    """Writes it."""
    PLOT.write_text(svg(), encoding="utf-8")


if __name__ == "__main__":
    write()
