"""`gateway replay --since`: past decisions made again, under their own tables, under others, or with the shadow rules counted."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import typer

from gateway.configured_rules import Rules, read_rules
from gateway.decisions import faults as unserved
from gateway.domain.calendar import Calendar
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.profile import Profile
from gateway.history.recompute import RecomputationBasis
from gateway.history.tally import Tally
from gateway.settings import Settings, load
from gateway.settings.tables import load_tables, with_profile
from gateway.store import Store
from gateway.terminal.console import error_console, output_console
from gateway.terminal.database import database
from gateway.terminal.exits import Exit
from gateway.terminal.moments import read_day
from gateway.terminal.named_tables import folders
from gateway.terminal.user import user
from gateway.wings.what_if.kept import WhatIfReports
from gateway.wings.what_if.of_wings import wings_of_span_differ
from gateway.wings.what_if.recomputation import NoSuchRules, Span, count_shadows, recompute, rule_set
from gateway.wings.what_if.report import ReportQuestion
from gateway.wings.what_if.terminal import print_counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayRequest:
    """The question about past decisions, as the command line puts it."""

    since: str
    until: str | None = None
    rules: Path | None = None
    """A folder with other tables."""
    rule_set: str | None = None
    """Another rule set, `PACKAGE:NAME`."""
    shadow: bool = False
    report: bool = False
    """Whether it is kept, to be read on a page."""
    as_json: bool = False
    processes: int | None = None


def what_if(environment: Mapping[str, str], query: ReplayRequest) -> Exit:
    """Make the decisions of a span of days again and report what would change; nothing is stored but the report, where one is asked for.

    Raises:
        BadParameter: the options do not go together, or names something that is not there.
        ConfigurationError, StoreError: tables or database cannot be used.
    """
    first, last = read_day("--since", query.since), None if query.until is None else read_day("--until", query.until)
    if last is not None and last < first:
        raise typer.BadParameter(f"--until {last} lies before --since {first}")
    if query.shadow and (query.rules or query.rule_set):
        raise typer.BadParameter("--shadow counts what was decided: it takes no other rules")
    settings = load(environment)
    calendar = Calendar(zone=settings.zone())
    try:
        until = None if last is None else calendar.start(last + timedelta(days=1))
        span = Span(since=calendar.start(first), until=until)
    except OverflowError as error:
        raise typer.BadParameter("--since and --until: a day within the years 2 to 9998 is needed") from error
    rules = read_rules(settings)
    in_force = rules.tables
    how = None if query.shadow else _how(settings, in_force, calendar, query)
    progress = error_console(wraps=True)
    with database(settings) as store:
        try:
            if how is None:
                tally = asyncio.run(count_shadows(store.url, span, calendar, progress))
            else:
                processes = query.processes or len(os.sched_getaffinity(0))
                tally = asyncio.run(
                    recompute(store.url, span, how, rules.delivered, query.rule_set, progress, processes)
                )
        except BrokenProcessPool:
            print(
                "A process ended before it was done, perhaps for want of memory; nothing was stored.", file=sys.stderr
            )
            return Exit.CRASH
        about = _about(query, first, last, how)
        replayed = about["question"] == "replay"
        beside, faults = asyncio.run(_of_wings(store.url, span, rules)) if replayed else (0, [])
        kept = asyncio.run(_kept(store.url, about, tally)) if query.report else None
    titles = {message.code: message.title for message in (how.tables if how is not None else in_force).messages}
    _show(query, about, tally, titles)
    if kept is not None:
        # Beside the figures, which may go on to another command.
        print(f"The report: {settings.security.public_url or ''}/console/what-if/{kept}", file=sys.stderr)
    if beside:
        summary = f"Clocks of suspended goods of {beside} declarations, counted again: {len(faults)} differ"
        print("\n".join((summary, *faults)), file=sys.stderr)
    # A later version may say the same in other words.
    same = tally.acts_alike and not faults if replayed else tally.agrees
    return Exit.RELEASE if same else Exit.DIFFERENT


async def _of_wings(url: str, span: Span, rules: Rules) -> tuple[int, list[str]]:
    async with Store.opened(url) as store:
        return await wings_of_span_differ(store, span, rules)


def _how(settings: Settings, in_force: Tables, calendar: Calendar, query: ReplayRequest) -> RecomputationBasis:
    tables = (
        in_force
        if query.rules is None
        else _other(settings, query.rules, in_force.profile, served=query.rule_set is None)
    )
    if query.rule_set is not None:
        _must_be_served(query.rule_set, tables)
    return RecomputationBasis(
        calendar=calendar, tables=tables, other=query.rules is not None or query.rule_set is not None
    )


def _other(settings: Settings, folder: Path, profile: Profile | None, *, served: bool) -> Tables:
    """Read a folder that holds every file of tables in the place of those that are configured, any other over them."""
    read = folders(settings, folder)
    tables = load_tables(*read, also=unserved, reasons=False) if served else load_tables(*read, reasons=False)
    return with_profile(tables, profile)


def _must_be_served(name: str, tables: Tables) -> None:
    """Refuse a rule set with findings whose meaning the tables do not give: everything would be held."""
    try:
        codes = rule_set(name).codes
    except NoSuchRules as fault:
        raise typer.BadParameter(f"--rule-set {fault}") from fault
    meant, worded = {code for row in tables.rules for code in row.codes}, {message.code for message in tables.messages}
    faults = [f"--rule-set {name}: {code}: no [[rule]] row says what it means" for code in sorted(codes - meant)]
    faults += [f"--rule-set {name}: {code}: the catalogue has no message for it" for code in sorted(codes - worded)]
    if faults:
        raise ConfigurationError(tuple(faults))


def _about(query: ReplayRequest, first: date, last: date | None, how: RecomputationBasis | None) -> dict[str, Any]:
    """Return the question as JSON values."""
    return {
        "question": "shadow" if how is None else "what_if" if how.other else "replay",
        "since": first.isoformat(),
        "until": last.isoformat() if last is not None else None,
        "tables": None if how is None else {"version": how.tables.version, "digest": how.tables.digest},
        "rules": str(query.rules) if query.rules is not None else None,
        "rule_set": query.rule_set,
    }


async def _kept(url: str, about: Mapping[str, Any], tally: Tally) -> str:
    """Keep the report, and return its id."""
    tables = about["tables"] or {}
    question = ReportQuestion(
        kind=about["question"],
        since=date.fromisoformat(about["since"]),
        until=date.fromisoformat(about["until"]) if about["until"] is not None else None,
        tables_version=tables.get("version"),
        tables_digest=tables.get("digest"),
        rules=about["rules"],
        rule_set=about["rule_set"],
    )
    async with Store.opened(url) as store:
        return await WhatIfReports(store.database).keep(question, tally.as_json(), asked_by=user())


def _show(query: ReplayRequest, about: dict[str, Any], tally: Tally, titles: Mapping[str, str]) -> None:
    if query.as_json:
        print(json.dumps({**about, **tally.as_json()}, indent=1))
    else:
        print_counts(output_console(), about, tally, titles)
