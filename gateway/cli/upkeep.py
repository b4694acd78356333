"""Commands about the database: `migrate` and `audit`."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from gateway.cli.database import database
from gateway.cli.exits import Exit
from gateway.settings import load
from gateway.store import Store
from gateway.store import migrate as bring_to_newest


def migrate(environment: Mapping[str, str]) -> None:
    """Brings the database to the newest schema; says what was done.

    Raises:
        ConfigurationError, StoreError: it cannot be done.
    """
    settings = load(environment)
    # Whoever opens the embedded database has brought it to the newest schema.
    with database(settings) as store:
        done = asyncio.run(bring_to_newest(store.url))
    print("\n".join(done) if done else "the schema is the newest")


def audit_verify(environment: Mapping[str, str], checkpoint: Path | None) -> Exit:
    """Recomputes every chain of events and every checkpoint, and says what does not fit."""

    async def look(url: str) -> Exit:
        async with Store.opened(url) as store:
            try:
                report = await store.verify_audit(checkpoint)
            except ValueError as error:
                raise typer.BadParameter(str(error)) from error
        for fault in report.faults:
            print(fault, file=sys.stderr)
        counted = f"{report.declarations} declarations, {report.events} events, {report.checkpoints} checkpoints"
        print(f"{counted}: {len(report.faults)} faults")
        return Exit.DIFFERENT if report.faults else Exit.RELEASE

    with database(load(environment)) as store:
        return asyncio.run(look(store.url))


def audit_checkpoint(environment: Mapping[str, str]) -> None:
    """Prints a checkpoint over all chains."""

    async def write(url: str) -> str:
        async with Store.opened(url) as store:
            return await store.checkpoint()

    with database(load(environment)) as store:
        print(asyncio.run(write(store.url)))
