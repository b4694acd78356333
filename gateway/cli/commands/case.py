"""The commands `gateway case ...`."""

import os
from pathlib import Path
from typing import Annotated

import typer

case = typer.Typer(help="A declaration with all that is stored of it, to take along.", no_args_is_help=True)


@case.command("export")
def export(
    declaration: Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id, MRN or LRN.")],
    declarant: Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.zip", dir_okay=False, help="Where it is written; else case-ID.zip.")
    ] = None,
    officer: Annotated[str | None, typer.Option(help="Who takes it; else the user of this machine.")] = None,
) -> None:
    """Writes all that is stored of a declaration into one zip, with a program that verifies it; the gateway notes who took it.

    It holds personal data and business secrets. Status: 30 if there is no such declaration.
    """
    from gateway.cli.commands.case_file import export as run

    run(os.environ, declaration, declarant=declarant, out=out, officer=officer)


@case.command("verify")
def verify(
    place: Annotated[
        Path, typer.Argument(metavar="CASE.zip", exists=True, help="An exported case, or the folder it is unpacked in.")
    ],
    head: Annotated[str | None, typer.Option(metavar="HASH", help="With which hash its chain has to end.")] = None,
) -> None:
    """Verifies an exported case by this gateway's own program, not by the one in it. Status: 0 nothing differs, 1 something does."""
    from gateway.cli.commands.case_file import verify as run

    raise typer.Exit(run(place, head))
