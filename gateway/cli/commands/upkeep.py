"""Commands about the database: `migrate` and `audit`."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import typer

from gateway.domain.codec import encode
from gateway.settings import load
from gateway.store import AuditReport, Store, finish, prepare_role, unfinished
from gateway.store import migrate as bring_to_newest
from gateway.terminal.database import database
from gateway.terminal.exits import Exit

_AFTER_OURS_S = 5.0
"""How much later than on our side a statement is ended by the server."""
_LISTED = 20
"""Sentences about what is not covered, printed at most."""


def migrate(environment: Mapping[str, str], role: str | None = None, *, finishing: bool = False) -> None:
    """Bring the database to the newest schema, and a role to what serving needs; print what was done.

    `finishing`: apply the after-steps too, with which no older replica can live.

    Raises:
        ConfigurationError, StoreError: it cannot be done.
    """
    settings = load(environment)
    # Whoever opens the embedded database has brought it to the newest schema.
    with database(settings, makes=True) as store:
        done = asyncio.run(bring_to_newest(store.direct_url, told=_in_the_way))
        print("\n".join(done) if done else "the schema is the newest")
        if finishing:
            finished = asyncio.run(finish(store.direct_url, told=_in_the_way))
            print("\n".join(finished) if finished else "no after-step waits")
        elif left := asyncio.run(unfinished(store.direct_url)):
            print(f"after-steps wait: {', '.join(left)}: `gateway migrate --finish` once no older replica is left")
        if kept := asyncio.run(_examined(store.direct_url)):
            print(kept)
        if role is not None:
            limit_s = settings.loop_statement_seconds + _AFTER_OURS_S
            granted = asyncio.run(prepare_role(store.direct_url, role, statement_s=limit_s))
            rights = "it has the rights to serve, and changes no table" if granted else "it owns the tables"
            print(f"role {role}: {rights}; a statement ends after {limit_s:g} s at the latest")


async def _examined(url: str) -> str:
    """Say which declarations have an announced examination, which keeps their goods; empty: none has."""
    async with Store.opened(url) as store:
        names, many = await store.steps.examinations_awaited(_LISTED)
    more = f" and {many - len(names)} more" if many > len(names) else ""
    what = "their goods are not released before it took place or is withdrawn (`.../control`)"
    return f"an examination is awaited of {', '.join(names)}{more}: {what}" if names else ""


def _in_the_way(reason: str) -> None:
    print(f"waiting: {reason}", file=sys.stderr, flush=True)


def audit_verify(
    environment: Mapping[str, str], checkpoint: Path | None, *, evidence: bool = False, as_json: bool = False
) -> Exit:
    """Recompute every chain and every checkpoint, compare all rows with them, and print what does not fit."""

    async def poll(url: str) -> Exit:
        async with Store.opened(url) as store:
            try:
                report = await store.audit.verify(checkpoint, evidence=evidence)
            except ValueError as error:
                raise typer.BadParameter(str(error)) from error
        if as_json:
            print(encode(report).decode())
        else:
            _report(report)
        return Exit.DIFFERENT if report.faults else Exit.RELEASE

    with database(load(environment)) as store:
        return asyncio.run(poll(store.url))


def _report(report: AuditReport) -> None:
    for fault in report.faults:
        print(fault, file=sys.stderr)
    for line in (*report.erased, *report.not_covered[:_LISTED]):
        print(line)
    if len(report.not_covered) > _LISTED:
        print("and more that is not covered: --json lists it")
    counted = f"{report.declarations} declarations, {report.events} events, {report.rows} rows, {report.checkpoints} checkpoints"
    rehashed = f", {report.evidence} pieces of evidence" if report.evidence else ""
    beside = f", {len(report.not_covered)} not covered as a whole" if report.not_covered else ""
    print(f"{counted}{rehashed}: {len(report.faults)} faults{beside}")


def audit_seal(environment: Mapping[str, str]) -> None:
    """Seal every declaration that is not sealed yet; what is being worked on is left for the next time."""

    async def seal(url: str) -> tuple[int, int]:
        async with Store.opened(url) as store:
            sealed = 0
            while done := await store.audit.seal():
                sealed += done
            return sealed, await store.audit.unsealed()

    with database(load(environment)) as store:
        sealed, left = asyncio.run(seal(store.url))
    print(f"{sealed} declarations sealed, {left} left")
    if left:
        print(
            "(some are being worked on, or cite documents that a running gateway has yet to put under their identities)"
        )


def audit_checkpoint(environment: Mapping[str, str]) -> None:
    """Print a checkpoint over all chains."""

    async def write(url: str) -> str:
        async with Store.opened(url) as store:
            return await store.audit.checkpoint()

    with database(load(environment)) as store:
        print(asyncio.run(write(store.url)))
