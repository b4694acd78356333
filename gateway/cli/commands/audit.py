"""The commands `gateway audit ...` and `gateway erase ...`."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

audit = typer.Typer(help="The trail of events: whether anybody changed what it records.", no_args_is_help=True)
erase = typer.Typer(
    help="Erases what may not be kept any longer. The trail records what was erased, by whom and when.",
    no_args_is_help=True,
)

Declaration = Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id, MRN or LRN.")]
Declarant = Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")]
Officer = Annotated[str | None, typer.Option(help="Who orders it; else the user of this machine.")]
Reason = Annotated[str, typer.Option(help="Why.")]


@audit.command("verify")
def verify(
    checkpoint: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Lines of `audit checkpoint` that were kept elsewhere."),
    ] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="Hash the bytes of all evidence again, too.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object with everything that was found.")] = False,
) -> None:
    """Recomputes every chain and every checkpoint, and compares every row that decisions rest on with what the events record.

    Reports what was changed, what is not covered and what was erased. Status: 0 sound, 1 not.
    """
    from gateway.cli.commands.upkeep import audit_verify as run

    status = run(os.environ, checkpoint, evidence=evidence, as_json=json)
    if status:
        raise typer.Exit(status)


@audit.command("checkpoint")
def checkpoint() -> None:
    """Makes a checkpoint over all chains and prints it as one line, to be kept elsewhere."""
    from gateway.cli.commands.upkeep import audit_checkpoint as run

    run(os.environ)


@audit.command("seal")
def seal() -> None:
    """Seals every declaration from before events recorded rows, so that later changes are found; a running gateway does so by itself."""
    from gateway.cli.commands.upkeep import audit_seal as run

    run(os.environ)


@erase.command("words")
def words(record_id: Declaration, reason: Reason, officer: Officer = None, declarant: Declarant = None) -> None:
    """Erases names and words of officers and callers from a declaration's steps. What they ordered stays."""
    from gateway.cli.commands.erase import erase as run

    run(os.environ, record_id, "words", declarant=declarant, officer=officer, reason=reason)


@erase.command("content")
def content(record_id: Declaration, reason: Reason, officer: Officer = None, declarant: Declarant = None) -> None:
    """Erases what was declared, the messages and all evidence of a declaration that ended or was released as a whole.

    Decisions stay. Nothing is done with the declaration any more.
    """
    from gateway.cli.commands.erase import erase as run

    run(os.environ, record_id, "content", declarant=declarant, officer=officer, reason=reason)


@erase.command("piece")
def piece(
    record_id: Declaration,
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="Of the bytes, as the trail names them.")],
    reason: Reason,
    officer: Officer = None,
    declarant: Declarant = None,
) -> None:
    """Erases one piece of evidence of a declaration that ended or was released as a whole. Other declarations keep theirs."""
    from gateway.cli.commands.erase import erase_piece as run

    run(os.environ, record_id, digest, declarant=declarant, officer=officer, reason=reason)


@erase.command("beside")
def beside(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Words of earlier days are erased.")
    ],
    reason: Reason,
    officer: Officer = None,
) -> None:
    """Erases names and words of officers that are stored with contingency windows, switches of tables and their approvals."""
    from gateway.cli.commands.erase import erase_beside as run

    run(os.environ, before.date(), officer=officer, reason=reason)


@erase.command("evidence")
def evidence(
    before: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="Evidence of earlier days is erased.")
    ],
    reason: Reason,
    officer: Officer = None,
) -> None:
    """Erases the messages exchanged with authorities, and those received, of all days before one."""
    from gateway.cli.commands.erase import expire as run

    run(os.environ, before.date(), officer=officer, reason=reason)
