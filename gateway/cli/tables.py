"""`gateway tables`: the sets of tables in the database, and which of them counts from when."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from rich.console import Console
from rich.table import Table

from gateway.app import stored
from gateway.cli.checking import checked
from gateway.cli.database import database
from gateway.cli.moments import moment, shown
from gateway.cli.who import user
from gateway.domain.actor import at_the_command_line
from gateway.settings import load
from gateway.store import Store, Switch


def publish(environment: Mapping[str, str], *, at: str | None, officer: str | None, reason: str | None) -> None:
    """Stores the set of the configuration and orders when it comes into force.

    Raises:
        ConfigurationError: it has faults, so nothing changes.
        CallInvalid: the time is over.
        StoreError: the database cannot be used.
    """
    when = None if at is None else moment("--at", at)
    settings = load(environment)
    new = stored(checked(settings).rules.tables)

    async def order(url: str) -> datetime:
        async with Store.opened(url) as store:
            return await store.publish(new, at=when, by=at_the_command_line(officer or user()), reason=reason)

    with database(settings) as found:
        _say(new.version, new.digest, asyncio.run(order(found.url)))


def switch(
    environment: Mapping[str, str], digest: str, *, at: str | None, officer: str | None, reason: str | None
) -> None:
    """Orders when a stored set comes into force.

    Raises:
        NotKnown: no such set is stored.
        CallInvalid: the time is over.
        StoreError: the database cannot be used.
    """
    when = None if at is None else moment("--at", at)

    async def order(url: str) -> datetime:
        async with Store.opened(url) as store:
            return await store.switch(digest, at=when, by=at_the_command_line(officer or user()), reason=reason)

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
    table = Table("version", "digest", "in force from", "", "ordered by", "reason", box=None, pad_edge=False)
    for one in switches:
        counting = "in force" if one.counts else "to come" if one.to_come else ""
        from_ = shown(one.in_force_at) if one.in_force_at else "never"
        table.add_row(one.version, one.digest, from_, counting, one.officer or "", one.reason or "")
    Console(highlight=False, soft_wrap=True).print(table)


def _say(what: str, digest: str, at: datetime) -> None:
    print(f"{what} ({digest}) comes into force at {shown(at)}")
