"""`gateway tables`: the sets of tables in the database, and from when each of them counts."""

import os
import sys
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import typer
from rich.text import Text

from gateway.app import stored
from gateway.cli.commands.check import checked, with_simulated_secrets
from gateway.configured_rules import read_rules
from gateway.domain.actor import at_the_command_line
from gateway.domain.approval import Approval
from gateway.domain.tables.set_state import SetPublication, SetState, set_name
from gateway.lifecycle.tables.table_publication import PublicationOrder, put_into_force, recorded
from gateway.settings import load
from gateway.settings.tables import far, read_written
from gateway.store import Store, Switch
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import moment, printed, today
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Orderer, Why
from gateway.terminal.user import user

At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When it comes into force, as 2026-12-30T00:00:00+01:00; else at once."),
]


def publish(at: At = None, officer: Orderer = None, reason: Why = None) -> None:
    """Checks the tables of the configuration, stores them as one set and puts it into force on all replicas.

    A set with a fault is refused, with file and line, and nothing changes. What it loosens against the set in force is named and
    kept with the order; where no row gives a reason for it, --reason has to.
    """
    when = None if at is None else moment("--at", at)
    settings = load(os.environ)
    rules = checked(settings, with_simulated_secrets(settings, os.environ)).rules
    tables = rules.tables
    new = stored(tables)
    for warning in far(tables, today()):
        print(warning, file=sys.stderr)

    who = _ordering(when, officer, reason)

    async def order(store: Store) -> datetime | Approval | None:
        return await put_into_force(store.table_sets, tables, delivered=rules.delivered, new=new, order=who)

    _say(new.version, new.digest, in_store(order, settings, makes=True))


def switch(
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="The set's digest, or its beginning.")],
    at: At = None,
    officer: Orderer = None,
    reason: Why = None,
) -> None:
    """Puts a stored set into force on all replicas, as to go back to the one before."""
    when = None if at is None else moment("--at", at)
    settings = load(os.environ)
    delivered = read_rules(settings).delivered
    who = _ordering(when, officer, reason)

    async def order(store: Store) -> datetime | Approval | None:
        whole = await store.table_sets.stored_digest(digest)
        content = await store.table_sets.content(whole)
        assert content is not None, "a digest names a stored set"
        tables = read_written(content.text, whole, content.parts)
        return await put_into_force(store.table_sets, tables, delivered=delivered, new=None, order=who)

    _say("the set", digest, in_store(order, settings))


def show() -> None:
    """Shows the stored sets, when each was, is or will be in force, and what it loosened then."""

    async def read(store: Store) -> tuple[tuple[Switch, ...], Mapping[str, SetPublication]]:
        switches = await store.table_sets.switches()
        never = [one.digest for one in switches if one.in_force_at is None]
        return switches, {digest: await store.table_sets.publication(digest) for digest in never}

    switches, never = in_store(read)
    table = WholeTable(
        "tables", "digest", "in force from", "", "ordered by", "reason", "loosens", box=None, pad_edge=False
    )
    for one in switches:
        stands = "in force" if one.counts else "to come" if one.to_come else _stands(never.get(one.digest))
        from_ = printed(one.in_force_at) if one.in_force_at else "never"
        name = set_name(one.version, one.digest)
        table.add_row(name, one.digest, from_, stands, one.officer or "", one.reason or "", _number(one))
    console = output_console()
    console.print(table)
    for one in switches:
        loosened = recorded(one.loosens) if one.counts or one.to_come else ()
        for change in loosened:
            console.print(Text(f"{one.digest[:19]}: {change.message}", style="red"))


def _stands(never: SetPublication | None) -> str:
    """Say why a set was never put into force; empty: it was."""
    if never is None:
        return ""
    if never.state is SetState.WAITING:
        return f"waits for approval {never.approval_id}"
    if never.state is SetState.REJECTED:
        return f"rejected, approval {never.approval_id}"
    return "nobody is asked about it: order it again"


def _number(one: Switch) -> str:
    """Return how many things an order loosened; empty for an order from before that was kept, and for one that loosened nothing."""
    if one.loosens is None:
        return ""
    return str(len(recorded(one.loosens)) or "not known")


def _ordering(at: datetime | None, officer: str | None, reason: str | None) -> PublicationOrder:
    return PublicationOrder(
        by=at_the_command_line(officer or user()), at=at, reason=reason, approval_id=str(uuid.uuid4())
    )


def _say(what: str, digest: str, became: datetime | Approval | None) -> None:
    if isinstance(became, Approval):
        loosens = became.asked.ordered.tables.loosens if became.asked and became.asked.ordered.tables else ()
        for one in loosens:
            print(one)
        print(f"{what} ({digest}) loosens what is in force: it waits for a second person's approval, {became.id}")
    elif became is not None:
        print(f"{what} ({digest}) comes into force at {printed(became)}")
