"""`gateway tables`: the sets of tables in the database, and which of them counts from when."""

import asyncio
import getpass
import sys
from collections.abc import Mapping
from datetime import date, datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.app import stored
from gateway.cli.checking import checked
from gateway.cli.database import database
from gateway.cli.moments import moment, shown
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables import Tables
from gateway.lifecycle.publishing import recorded, replaced
from gateway.settings import load
from gateway.settings.tables import far, read_written
from gateway.store import Store, Switch


def publish(environment: Mapping[str, str], *, at: str | None, officer: str | None, reason: str | None) -> None:
    """Stores the set of the configuration and orders when it comes into force.

    Raises:
        ConfigurationError: it has faults, or loosens something without a reason, so nothing changes.
        CallInvalid: the time is over.
        StoreError: the database cannot be used.
    """
    when = None if at is None else moment("--at", at)
    settings = load(environment)
    tables = checked(settings).rules.tables
    new = stored(tables)
    for warning in far(tables, date.today()):  # noqa: DTZ011  # the day of whoever types it
        print(warning, file=sys.stderr)

    async def order(url: str) -> datetime:
        async with Store.opened(url) as store:
            record = await _loosens(store, tables, when, reason)
            return await store.publish(new, at=when, officer=officer or _user(), reason=reason, loosens=record)

    with database(settings) as found:
        _say(new.version, new.digest, asyncio.run(order(found.url)))


def switch(
    environment: Mapping[str, str], digest: str, *, at: str | None, officer: str | None, reason: str | None
) -> None:
    """Orders when a stored set comes into force.

    Raises:
        ConfigurationError: it loosens something against the set before, and no reason is given.
        NotKnown: no such set is stored.
        CallInvalid: the time is over.
        StoreError: the database cannot be used.
    """
    when = None if at is None else moment("--at", at)

    async def order(url: str) -> datetime:
        async with Store.opened(url) as store:
            whole = await store.table_digest(digest)
            content = await store.table_content(whole)
            assert content is not None, "a digest names a stored set"
            record = await _loosens(store, read_written(content, whole), when, reason)
            return await store.switch(whole, at=when, officer=officer or _user(), reason=reason, loosens=record)

    with database(load(environment)) as found:
        _say("the set", digest, asyncio.run(order(found.url)))


def show(environment: Mapping[str, str]) -> None:
    """Prints every stored set with the times at which it comes into force.

    Raises:
        StoreError: the database cannot be used.
    """

    async def read(url: str) -> tuple[Switch, ...]:
        async with Store.opened(url) as store:
            return await store.table_switches()

    with database(load(environment)) as found:
        switches = asyncio.run(read(found.url))
    table = Table("version", "digest", "in force from", "", "ordered by", "reason", "loosens", box=None, pad_edge=False)
    for one in switches:
        counting = "in force" if one.counts else "to come" if one.to_come else ""
        from_ = shown(one.in_force_at) if one.in_force_at else "never"
        table.add_row(one.version, one.digest, from_, counting, one.officer or "", one.reason or "", _number(one))
    console = Console(highlight=False, soft_wrap=True)
    console.print(table)
    for one in switches:
        loosened = recorded(one.loosens) if one.counts or one.to_come else ()
        for change in loosened:
            console.print(Text(f"{one.digest[:19]}: {change.told}", style="red"))


def _number(one: Switch) -> str:
    """How many things an order loosened; of an order of before that was kept, and of one that loosened nothing, nothing is said."""
    if one.loosens is None:
        return ""
    return str(len(recorded(one.loosens)) or "not known")


async def _loosens(store: Store, tables: Tables, at: datetime | None, reason: str | None) -> str | None:
    """Says what a set loosens against the one whose place it takes; gives what is kept of it.

    Raises:
        ConfigurationError: something is loosened that neither its row nor the order gives a reason for.
    """
    before = await replaced(store, tables, at=at)
    if before is None:
        return None
    if before.unexplained and not (reason or "").strip():
        raise ConfigurationError((*before.unexplained, "say with --reason why this is meant; nothing was changed"))
    for one in before.loosenings:
        print(one.told)
    return before.record


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None


def _say(what: str, digest: str, at: datetime) -> None:
    print(f"{what} ({digest}) comes into force at {shown(at)}")
