"""`gateway risk what-if` and `gateway risk report`: past declarations counted, with the database and the key file at hand."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, TypeVar

import msgspec
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.beside import beside
from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.store import Store
from gateway.terminal.console import WholeTable, error_console, output_console
from gateway.terminal.exits import Exit
from gateway.terminal.moments import span_of
from gateway.terminal.opened_store import in_store
from gateway.wings.controls.risk.intervals import Rate
from gateway.wings.controls.risk.keys import WrongKey
from gateway.wings.controls.risk.ledger import BrokenLedger
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.room import opened_room
from gateway.wings.controls.risk.studies.past import PastDeclaration, PastDeclarations
from gateway.wings.controls.risk.studies.report import ReportTally, RiskReport
from gateway.wings.controls.risk.studies.what_if import WhatIf, WhatIfFigures

Span = tuple[datetime, datetime]
Since = Annotated[str, typer.Option(metavar="DATE", help="Declarations received on this day or later, as 2026-11-24.")]
Until = Annotated[str | None, typer.Option(metavar="DATE", help="The last day; without, up to now.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


def what_if(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The pack, TOML.")],
    since: Since,
    until: Until = None,
    minutes: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPE=MINUTES", help="What a control of a type takes, as 40=90; may be given often."),
    ] = None,
    as_json: AsJson = False,
) -> Exit:
    """Counts what a pack would have come to over past declarations, with the database and the key file at hand. Nothing is stored.

    The work it makes by office, day and type of control, what it shares with packs in force, and what controls found of the same goods.
    It draws by a key of its own, so that nobody foresees whom a pack will choose.
    """
    taken = _minutes(minutes or [])
    settings = load(os.environ)
    calendar, rules = Calendar(zone=settings.zone()), read_rules(settings)
    span = span_of(since, until, calendar)
    try:
        today = calendar.day(datetime.now(UTC))
        raw = file.read_bytes()
        pack = read_pack(raw, str(file), rules.tables.at(today))
    except ConfigurationError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return Exit.CONFIGURATION

    async def tried(store: Store) -> WhatIfFigures:
        room = opened_room(settings, store.database)
        await room.begin()
        trial = WhatIf(pack, raw.decode(), room.ledger.packs, rules.tables, taken)
        past = PastDeclarations(store.database, room, calendar)
        await _through(
            past.pages(*span, decisions=trial.needs_decisions, parties=trial.weighs),
            await past.count(*span, sys.maxsize),
            trial.take,
        )
        return trial.figures()

    return _told(lambda: in_store(tried, settings), msgspec.json.encode if as_json else None, _print_what_if)


def report(since: Since, until: Until = None, as_json: AsJson = False) -> Exit:
    """Counts what packs in force found, by row, beside what random checks find, with the database and the key file at hand."""
    settings = load(os.environ)
    calendar = Calendar(zone=settings.zone())
    span = span_of(since, until, calendar)

    async def reported(store: Store) -> RiskReport:
        room = opened_room(settings, store.database)
        await room.begin()
        tally = ReportTally(room.ledger.packs)
        past = PastDeclarations(store.database, room, calendar)
        await _through(past.pages(*span, decisions=False), await past.count(*span, sys.maxsize), tally.take)
        return tally.report()

    return _told(lambda: in_store(reported, settings), msgspec.json.encode if as_json else None, _print_report)


T = TypeVar("T")


def _told(made: Callable[[], T], as_json: Callable[[T], bytes] | None, shown: Callable[[T], None]) -> Exit:
    """Print what was counted, as JSON or as people read it."""
    try:
        found = made()
    except (BrokenLedger, WrongKey):
        print("What is sealed was changed, or sealed by another key: nothing is counted.", file=sys.stderr)
        return Exit.CONFIGURATION
    if as_json is not None:
        print(as_json(found).decode())
    else:
        shown(found)
    return Exit.RELEASE


async def _through(
    pages: AsyncIterator[Sequence[PastDeclaration]], whole: int, take: Callable[[Iterable[PastDeclaration]], None]
) -> None:
    """Hand all declarations of a span on, and show how many of them are done."""
    with _progress(whole) as advance:
        async for page in pages:
            await beside(partial(take, page))
            advance(len(page))


@contextmanager
def _progress(whole: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=error_console(wraps=True), transient=True) as progress:
        bar = progress.add_task("declarations", total=whole)
        yield lambda done: progress.advance(bar, done)


def _minutes(given: list[str]) -> Mapping[str, int]:
    found = {}
    for one in given:
        name, _, number = one.partition("=")
        if not (name and number.isascii() and number.isdecimal() and len(number) <= len("99999")):
            raise typer.BadParameter(f"--minutes {one}: a type and its minutes are needed, as 40=90")
        found[name] = int(number)
    return found


def _print_what_if(found: WhatIfFigures) -> None:
    lines = [
        f"declarations {found.declarations}, of which erased {found.erased}, at which a row failed {found.failed}",
        f"in a band {found.in_band}, at {found.weighed} a weight lowers a share, not assessable {found.not_assessable}",
        f"chosen {found.chosen} by a draw of this run, {found.expected} on average",
        f"in a band of other packs in force, too {found.in_band_of_others}; chosen already {found.chosen_already}",
        f"controlled of those in a band: {told(found.known)}; of random checks: {told(found.known_of_random)}",
        "Only what was controlled has any result: of the rest nothing is known.",
    ]
    print("\n".join(lines))
    table = WholeTable("row", "in scope", "in a band", "chosen", "not assessable")
    for one in found.rows:
        table.add_row(one.criterion, *map(str, (one.in_scope, one.in_band, one.chosen, one.not_assessable)))
    console = output_console()
    console.print(table)
    for title, counted in (("office", found.by_office), ("day", found.by_day), ("type", found.by_type)):
        table = WholeTable(title, "chosen")
        for name, number in counted.items():
            table.add_row(name or "not known", str(number))
        console.print(table)
    if found.minutes:
        print(f"minutes {found.minutes}")


def _print_report(found: RiskReport) -> None:
    print(
        f"declarations {found.declarations}, assessed {found.assessed}, at which a measure failed {found.failed}, orders of what was not determined {found.undetermined}"
    )
    table = WholeTable(
        "pack", "row", "in a band", "chosen", "not assessable", "orders", "waived", "open", "hits", "at random", "duty"
    )
    for one in found.rows:
        numbers = map(str, (one.in_band, one.chosen, one.not_assessable, one.orders, one.waived, one.open))
        chance = "" if one.random else f"{told(one.by_chance)}{'' if one.apart else '; not told apart from chance'}"
        duty = ", ".join(f"{amount} {currency}" for currency, amount in one.duty_change.items())
        table.add_row(one.pack, one.criterion, *numbers, told(one.hits), chance, duty)
    console = output_console()
    console.print(table)
    for title, groups in (("office", found.offices), ("operators", found.operators)):
        table = WholeTable(title, "orders", "hits")
        for group in groups:
            hits = told(group.hits) if group.hits else "fewer than 5 results"
            table.add_row(group.name or "not known", str(group.orders), hits)
        console.print(table)
    table = WholeTable("pack", "controls", "orders", "hits", "target")
    for each in found.targets:
        hits = told(each.hits) if each.hits else "fewer than 5 results"
        stage = "after release" if each.after_release else "before release"
        target = "" if each.target is None else f"{each.target}{f': {each.reached}' if each.reached else ''}"
        table.add_row(each.pack, stage, str(each.orders), hits, target)
    console.print(table)
    print("Bounds are those of Wilson for 95 %. Only what was controlled has any result.")


def told(rate: Rate) -> str:
    """Return a rate with its bounds as people read it."""
    if rate.rate is None:
        return "none"
    return f"{rate.found} of {rate.of} ({rate.rate:.0%}, {rate.low:.0%} to {rate.high:.0%})"
