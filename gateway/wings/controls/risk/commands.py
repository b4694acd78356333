"""`gateway risk`: packs of risk criteria."""

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import ConfigurationError
from gateway.lifecycle.declaration_names import DeclarationNames
from gateway.settings import load
from gateway.store import Store
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.calls import report_call
from gateway.terminal.exits import Exit
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant, Declaration
from gateway.wings.controls.risk.keys import WrongKey
from gateway.wings.controls.risk.ledger import BrokenLedger
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.room import KeptAssessment, opened_room

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


def explain(declaration: Declaration, declarant: Declarant = None) -> Exit:
    """Prints what packs of risk criteria came to for a declaration, as JSON lines: with the database and the key file at hand."""
    name, settings = DeclarationName.of_text(declaration, declarant), load(os.environ)

    async def assessments(store: Store) -> Sequence[KeptAssessment]:
        record = await DeclarationNames(store.declarations).find(name)
        room = opened_room(settings, store.database)
        await room.begin()
        return await room.of(record.id)

    try:
        found = in_store(assessments, settings)
    except (BrokenLedger, WrongKey):
        print("The assessments of the declaration were changed, or sealed by another key.", file=sys.stderr)
        return Exit.CONFIGURATION
    for one in found:
        print(msgspec.json.encode(one).decode())
    return Exit.RELEASE
