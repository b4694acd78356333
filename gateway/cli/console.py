"""The console that commands print tables on: as wide as the terminal, and in a pipe or a file as wide as the table."""

import os
import sys

from rich.console import Console

_UNBOUNDED = 1_000_000
"""Columns that no table has."""


def table_console(*, highlight: bool = False, markup: bool = True) -> Console:
    """Return a console on standard output for tables, which cuts or breaks nothing where no terminal shows it.

    `COLUMNS` says another width, as it does elsewhere.
    """
    bound = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(highlight=highlight, markup=markup, width=None if bound else _UNBOUNDED)
