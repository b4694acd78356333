"""`gateway risk`: packs of risk criteria."""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
from gateway.terminal.calls import printed, report_call
from gateway.terminal.console import WholeTable
from gateway.terminal.exits import Exit
from gateway.terminal.moments import span_of
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant, Declaration
from gateway.wings.controls.risk.keys import WrongKey
from gateway.wings.controls.risk.ledger import BrokenLedger
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.replay import AssessedAgain, SecondAssessment
from gateway.wings.controls.risk.room import FIRST_ID, KeptAssessment, SealedRoom, opened_room

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


def shadow(
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", exists=True, dir_okay=False, help="The pack, TOML.")
    ] = None,
    end: Annotated[str | None, typer.Option(metavar="NAME", help="Has the pack of this name assessed no more.")] = None,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Puts a pack in shadow: it is assessed with each declaration and sealed, and orders nothing. Status: 30 if it is not accepted."""
    if (file is None) == (end is None):
        raise typer.BadParameter("a file is put in shadow, or a name with --end is no more: one of them")
    if end is not None:
        return report_call(url, key, "/v1/risk/shadows/end", {"name": end}, lambda one: f"{one['name']}: ended")
    assert file is not None, "it is one of them"
    try:
        text = file.read_bytes().decode()
    except UnicodeDecodeError:
        print(f"{file}: not UTF-8", file=sys.stderr)
        return Exit.CONFIGURATION
    return report_call(
        url, key, "/v1/risk/shadows", {"text": text}, lambda one: f"{one['name']}: in shadow, orders nothing"
    )


def _published(pack: Mapping[str, Any]) -> str:
    if pack["state"] == "proposed":
        return f"{pack['name']}: proposed; another analyst publishes it, too"
    return f"{pack['name']}: published, from {pack['valid_from']}"


def duties(url: Url = HERE, key: Key = None) -> Exit:
    """Prints the risk information that is owed to other administrations (UCC Art. 46(5)), the oldest first."""
    table, now = WholeTable("declaration", "event", "confirmed by", "found", "days", expand=False), datetime.now(UTC)

    def row(one: Mapping[str, Any]) -> tuple[str, ...]:
        days = max((now - datetime.fromisoformat(one["since"])).days, 0)
        about = f"{one['about']} {one['number']}"
        return one["mrn"] or one["declaration"], str(one["event"]), about, one["found"] or "", str(days)

    return printed(url, key, "/v1/risk/duties", table, row)


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


def replay(
    declaration: Annotated[
        str | None, typer.Argument(metavar="[DECLARATION]", help="A declaration: its id, MRN or LRN.")
    ] = None,
    declarant: Declarant = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="All assessed on this day or later, as 2026-11-24.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The last day; without, up to now.")] = None,
) -> Exit:
    """Assesses again from what was sealed, with the database and the key file at hand. Status: 0 everything is equal, 1 something differs.

    With a declaration: its assessments, one a line. With --since: those of all declarations that were assessed in a time; only what
    differs has a line. Nothing is asked of anybody, and nothing is stored; what cannot be made again differs.
    """
    if (declaration is None) == (since is None) or (until is not None and since is None):
        raise typer.BadParameter("assessments are named by a declaration or by --since: by one of them")
    settings = load(os.environ)
    ours, calendar = read_rules(settings), Calendar(zone=settings.zone())
    span = span_of(since, until, calendar) if since is not None else None

    async def replayed(store: Store) -> Exit:
        room = opened_room(settings, store.database)
        await room.begin()
        replay = SecondAssessment(store, room, ours)
        if span is not None:
            return await _replayed_span(replay, room, span)
        name = DeclarationName.of_text(declaration or "", declarant)
        record = await DeclarationNames(store.declarations).find(name)
        return _told(record.id, await replay.of(record.id), equal=True).status

    try:
        return in_store(replayed, settings)
    except (BrokenLedger, WrongKey):
        print("The assessments of the declaration were changed, or sealed by another key.", file=sys.stderr)
        return Exit.CONFIGURATION


@dataclass(slots=True)
class _Count:
    """How many assessments were made again, and how many of them differ."""

    made: int = 0
    different: int = 0

    @property
    def status(self) -> Exit:
        return Exit.DIFFERENT if self.different else Exit.RELEASE


async def _replayed_span(replay: SecondAssessment, room: SealedRoom, span: tuple[datetime, datetime]) -> Exit:
    count, after = _Count(), FIRST_ID
    while ids := await room.assessed_in(*span, after):
        for one in ids:
            try:
                told = _told(one, await replay.of(one), equal=False)
            except (BrokenLedger, WrongKey):
                print(f"{one}: changed, or sealed by another key")
                told = _Count(1, 1)
            count.made, count.different = count.made + told.made, count.different + told.different
        after = ids[-1]
    print(f"assessments made again: {count.made}, different: {count.different}")
    return count.status


def _told(record_id: str, found: Sequence[AssessedAgain], *, equal: bool) -> _Count:
    """Print what the assessments of a declaration came to, those that are equal only if asked for."""
    for one in found:
        if equal and not one.faults:
            print(f"{record_id} {one.seq}: equal")
        for fault in one.faults:
            print(f"{record_id} {one.seq}: {fault}")
    return _Count(len(found), sum(bool(one.faults) for one in found))
