"""`gateway risk`: packs of risk criteria."""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.terminal.exits import Exit
from gateway.wings.controls.risk.pack_file import read_pack


def check(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", exists=True, dir_okay=False, help="The pack, TOML; no part of the configuration."
        ),
    ],
) -> Exit:
    """Names every fault of a pack of risk criteria, with its line."""
    try:
        settings = load(os.environ)
        today = Calendar(zone=settings.zone()).day(datetime.now(UTC))
        pack = read_pack(file.read_bytes(), str(file), read_rules(settings).tables.at(today))
    except ConfigurationError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return Exit.CONFIGURATION
    print(f"{pack.name}: {len(pack.row)} row{'' if len(pack.row) == 1 else 's'}, no fault")
    return Exit.RELEASE
