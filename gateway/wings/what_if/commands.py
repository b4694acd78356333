"""`gateway replay`: past decisions made again from what was stored: those of a declaration here, those of a time in `what_if`."""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.configured_rules import Rules, read_rules
from gateway.decisions import decide
from gateway.domain.calendar import Calendar
from gateway.domain.codec import encode
from gateway.domain.decision import Decision
from gateway.domain.errors import EvidenceChanged
from gateway.domain.record import Record
from gateway.domain.tables.set_state import set_name
from gateway.history.compare import explained_by
from gateway.history.recall import Made, NotRecalled, completed_under, decisions_made, events_of, recall, unasked
from gateway.settings import load
from gateway.settings.tables import Completed
from gateway.store import Store
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit
from gateway.terminal.named_declaration import named
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant
from gateway.wings.what_if.of_wings import wings_differ
from gateway.wings.what_if.run import ReplayRequest, what_if


def replay(
    declaration: Annotated[
        str | None, typer.Argument(metavar="[DECLARATION]", help="A declaration: its id, MRN or LRN.")
    ] = None,
    declarant: Declarant = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="All decisions made on this day or later, as 2026-11-24.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The last day; without, up to now.")] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Tables in place of those that decided: what would change?",
        ),
    ] = None,
    rule_set: Annotated[
        str | None, typer.Option(metavar="PACKAGE:NAME", help="Another rule set, a gateway.decisions.RuleSet.")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="What would change if the shadow rules had counted?")
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="Keep it as a report that the console shows, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="At work; without, one per core.")] = None,
) -> Exit:
    """Decides again from what was stored. Status: 0 everything comes out the same, 1 something differs.

    With a declaration: whether every decision of that declaration comes out the same. With --since: all decisions of a time, under
    their own tables, or with --rules or --rule-set under others: then it prints what would change, by rule. Nothing is asked of
    any authority, and nothing is stored but a report that --report asks for: a document that nobody was asked about then is not determined.
    """
    if (declaration is None) == (since is None):
        raise typer.BadParameter("decisions are named by a declaration or by --since: by one of them")
    if since is not None:
        question = ReplayRequest(
            since=since, until=until, rules=rules, rule_set=rule_set, shadow=shadow,
            report=report, as_json=as_json, processes=processes,
        )  # fmt: skip
        return what_if(os.environ, question)
    assert declaration is not None, "one of the two is named"
    if until or rules or rule_set or shadow or report or as_json or processes:
        raise typer.BadParameter("a declaration takes no other option; they go with --since")
    settings = load(os.environ)
    ours, calendar = read_rules(settings), Calendar(zone=settings.zone())
    return in_store(lambda store: _replay(store, declaration, declarant, ours, calendar), settings)


async def _replay(store: Store, declaration: str, declarant: str | None, ours: Rules, calendar: Calendar) -> Exit:
    console = output_console()
    different, tables = 0, ours.tables
    record = await named(store, declaration, declarant)
    for made in decisions_made(record, await events_of(store, record.id)):
        rules = made.body["rules"]
        completed = await completed_under(store, rules["digest"], tables, ours.delivered)
        under = completed.tables
        if under.digest != rules["digest"]:
            now = set_name(tables.version, tables.digest)
            was = set_name(rules["version"], rules["digest"])
            console.print(f"decision {made.number} was made under tables {was}; these are {now}")
        found = await _compared(store, record, made, completed, calendar)
        different += bool(found.faults) and not found.why
        console.print(f"decision {made.number} ({made.body['effect']}): {found.summary}")
    for line in await wings_differ(store, [record.id], ours):
        different += 1
        console.print(line)
    return Exit.DIFFERENT if different else Exit.RELEASE


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """The differences of a decision that was made again, and the rows that explain them."""

    faults: tuple[str, ...]
    """What differs, or why it could not be made again; none: it comes out the same."""
    why: tuple[str, ...] = ()
    """Each a finding that its tables did not know yet, and the row that gives it its meaning."""

    @property
    def summary(self) -> str:
        """The comparison in one line."""
        if not self.faults:
            return "same"
        explained = f"; explained by {', '.join(self.why)}" if self.why else ""
        return "; ".join(self.faults) + explained


async def _compared(store: Store, record: Record, made: Made, completed: Completed, calendar: Calendar) -> _Compared:
    """Decide again and compare."""
    try:
        case = (await recall(store, record, made)).case(completed.tables, calendar)
    except NotRecalled as reason:
        return _Compared(faults=(str(reason),))
    except EvidenceChanged:
        return _Compared(faults=("the stored answers are not those that the trail names: somebody changed them",))
    if others := unasked(case):
        kind = others[0][0]
        return _Compared(
            faults=(f"under these tables a document is asked about that nobody was asked about then: {kind}",)
        )
    again = decide(case)
    faults = tuple(_differences(made.body, again))
    stored = await store.declarations.decision(record.id, made.number)
    if not faults and stored is not None and not stored.decision.means_the_same(again):
        faults = ("its documents or texts differ",)
    codes = explained_by(stored.decision, again, completed.later) if stored is not None else ()
    return _Compared(faults=faults, why=tuple(f"{code} ({completed.later[code]})" for code in codes))


def _differences(event_body: Mapping[str, Any], again: Decision) -> Iterator[str]:
    now = json.loads(
        encode(
            {
                "effect": again.effect,
                "advice": again.advice,
                "forecast": again.forecast,
                "findings": sorted({finding.code for finding in again.findings}),
            }
        )
    )
    for key, value in now.items():
        if event_body[key] != value:
            yield f"{key} was {event_body[key]}, is {value}"
