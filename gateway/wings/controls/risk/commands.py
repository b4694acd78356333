"""`gateway risk`: packs of risk criteria."""

import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.calls import report_call
from gateway.terminal.exits import Exit
from gateway.wings.controls.risk.pack_file import read_pack

File = Annotated[
    Path,
    typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The pack, TOML; no part of the configuration."),
]


def check(file: File) -> Exit:
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


def publish(file: File, url: Url = HERE, key: Key = None) -> Exit:
    """Publishes a pack of risk criteria: it counts once two analysts have done so with the same file. Status: 30 if it is not accepted."""
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        print(f"{file}: not UTF-8", file=sys.stderr)
        return Exit.CONFIGURATION
    return report_call(url, key, "/v1/risk/packs", {"text": text}, _published)


def _published(pack: Mapping[str, Any]) -> str:
    if pack["state"] == "proposed":
        return f"{pack['name']}: proposed; another analyst publishes it, too"
    return f"{pack['name']}: published, from {pack['valid_from']}"
