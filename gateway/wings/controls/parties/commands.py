"""`gateway load-parties`: the national copy of operators and their authorisations."""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.calendar import Calendar
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.terminal.exits import Exit
from gateway.terminal.moments import read_day
from gateway.terminal.opened_store import in_store
from gateway.wings.controls.parties.copy_file import read_copy
from gateway.wings.controls.parties.register import OlderCopy, PartyRegister
from gateway.wings.controls.settings import ControlSettings


def load_parties(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="All operators, CSV: eori, eori_state, type, state and others.",
        ),
    ],
    day: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day on which it was so, as 2026-11-24; without, today.")
    ] = None,
) -> Exit:
    """Replaces the copy of operators and their authorisations, all of it or nothing. Status: 30 if a later one is loaded."""
    settings = load(os.environ)
    calendar, now = Calendar(zone=settings.zone()), datetime.now(UTC)
    today = calendar.day(now)
    of = read_day("--day", day) if day is not None else today
    if of > today:
        raise typer.BadParameter(f"--day {of} is still to come")
    raw = file.read_bytes()
    try:
        parties = read_copy(raw, str(file))
    except ConfigurationError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return Exit.CONFIGURATION
    until = calendar.start(of + timedelta(days=settings.of_wing(ControlSettings).copy_days + 1))
    try:
        loaded = in_store(lambda store: PartyRegister(store.database).load(parties, raw, day=of, until=until), settings)
    except OlderCopy as error:
        print(f"A copy of {error.day} is loaded, which is later.", file=sys.stderr)
        return Exit.NOT_ACCEPTED
    print(f"operators: {loaded.parties}, changed: {loaded.changed}, of {of}, until {until.date()}")
    if until <= now:
        print("It is too old to count: nobody is trusted more than others by it.", file=sys.stderr)
    return Exit.RELEASE
