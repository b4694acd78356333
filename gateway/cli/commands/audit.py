"""`gateway audit`: whether anybody changed what the trail of events records."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.codec import encode
from gateway.store import AuditReport, Store
from gateway.terminal.exits import Exit
from gateway.terminal.opened_store import in_store

_LISTED = 20
"""Sentences about what is not covered, printed at most."""


def verify(
    checkpoint: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Lines of `audit checkpoint` that were kept elsewhere."),
    ] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Hash the bytes of all evidence again, too.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object with everything that was found.")
    ] = False,
) -> Exit:
    """Recomputes every chain and every checkpoint, and compares every row that decisions rest on with what the events record.

    Reports what was changed, what is not covered and what was erased. Status: 0 sound, 1 not.
    """

    async def order(store: Store) -> AuditReport:
        try:
            return await store.audit.verify(checkpoint, evidence=evidence)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error

    report = in_store(order)
    if as_json:
        print(encode(report).decode())
    else:
        _report(report)
    return Exit.DIFFERENT if report.faults else Exit.RELEASE


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


def checkpoint() -> None:
    """Makes a checkpoint over all chains and prints it as one line, to be kept elsewhere."""
    print(in_store(lambda store: store.audit.checkpoint()))
