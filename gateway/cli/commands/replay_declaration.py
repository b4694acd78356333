"""`gateway replay`: every decision of a declaration made again from what was stored."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.app import Rules, read_rules
from gateway.cli.commands.named import named
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
from gateway.terminal.database import database
from gateway.terminal.exits import Exit


def replay(environment: Mapping[str, str], declaration: str, declarant: str | None = None) -> Exit:
    """Decide again and print, for each decision, whether it comes out the same.

    Raises:
        ConfigurationError, StoreError: tables or database cannot be used.
        NotKnown: there is no such declaration.
    """
    settings = load(environment)
    rules, calendar = read_rules(settings), Calendar(zone=settings.zone())
    with database(settings) as store:
        return asyncio.run(_replay(store.url, declaration, declarant, rules, calendar))


async def _replay(url: str, declaration: str, declarant: str | None, ours: Rules, calendar: Calendar) -> Exit:
    console = output_console()
    different, tables = 0, ours.tables
    async with Store.opened(url) as store:
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
