"""The consoles that commands print on, and their tables: whatever they print stands there whole, so that it can be copied, searched and cut apart.

In a pipe or a file a table is as wide as its values, and each line is one line. In a terminal a value that is too long for its column
goes on in the next line, and the terminal breaks other lines itself. Brackets and colons of values are no markup.
"""

import sys
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

_UNBOUNDED = 1_000_000
"""Columns that no table has."""
_ID_WIDTH = 36


def output_console(*, highlight: bool = False, wraps: bool = False) -> Console:
    """Return a console on standard output; one that `wraps` breaks its lines between words where a terminal shows them, and
    shows progress."""
    width = None if sys.stdout.isatty() else _UNBOUNDED
    return Console(highlight=highlight, markup=False, emoji=False, soft_wrap=not wraps, width=width)


def error_console(*, wraps: bool = False) -> Console:
    """Return a console on standard error, for what is not the command's result."""
    return Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=not wraps)


class WholeTable(Table):
    """A table that cuts no value: one that is too long for its column goes on in the next line."""

    def add_column(self, *arguments: Any, **options: Any) -> None:
        """Add a column, as a table does."""
        super().add_column(*arguments, **{"overflow": "fold", **options})

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """Add a row, as a table does; the text of a cell is shown as it is."""
        super().add_row(*(Text(cell) if isinstance(cell, str) else cell for cell in cells), **options)


def table_of_ids(first: str, *further: str) -> WholeTable:
    """Return a table whose first column holds ids, which are never cut: one that is cannot be copied."""
    table = WholeTable(expand=False)
    table.add_column(first, no_wrap=True, min_width=_ID_WIDTH)
    for name in further:
        table.add_column(name)
    return table
