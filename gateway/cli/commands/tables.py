"""The commands `gateway tables ...`."""

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

tables = typer.Typer(
    help="The sets of tables in the database: which of them counts, and from when.", no_args_is_help=True
)

At = Annotated[
    str | None,
    typer.Option("--at", metavar="TIME", help="When it comes into force, as 2026-12-30T00:00:00+01:00; else at once."),
]
Officer = Annotated[str | None, typer.Option(help="Who orders it; else the user of this machine.")]
Reason = Annotated[str | None, typer.Option(help="Why.")]


@tables.command("load-taric")
def load_taric(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            exists=True,
            dir_okay=False,
            help="TARIC3 XML, answers of a tariff service (JSON), or CSV with one line for each condition.",
        ),
    ],
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", file_okay=False, help="Where the folder of tables is written.")
    ],
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], metavar="DATE", help="From which day on the measures hold; what ended is left out."
        ),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help="On which day the files were made; else today."),
    ] = None,
    instead_of: Annotated[
        list[str] | None,
        typer.Option(metavar="MEASURE", help="A measure of the gateway's own tables that is given up from then on."),
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Daily files: they follow what was loaded into the folder before.")
    ] = False,
    whole: Annotated[
        bool,
        typer.Option(
            "--whole",
            help="State that the files hold all measures of TARIC: only then is it said that nothing is needed.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Refuse the files if something in them would be left to an officer.")
    ] = False,
) -> None:
    """Loads the measures of TARIC that ask for documents: writes a folder that is read beside our own tables.

    Duties are left out and counted; what is not understood of a restriction is left to an officer, and counted with its first
    place. Every fault of a file is named with its line or record, and then nothing is written. Name the folder in `tables` of
    gateway.toml (or GATEWAY_TABLES) for it to count.
    """
    from gateway.cli.commands.load_taric import load_taric as run

    run(
        os.environ,
        files,
        out=out,
        since=since.date() if since else None,
        as_of=as_of.date() if as_of else None,
        instead_of=tuple(instead_of or ()),
        update=update,
        whole=whole,
        strict=strict,
    )


@tables.command("load-codes")
def load_codes(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, help="Exports of code lists, packed (.gz) or not."
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", file_okay=False, help="Where the folder of tables is written; else nothing is."),
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of", formats=["%Y-%m-%d"], metavar="DATE", help="The day of files that state none of their own."
        ),
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option("--list", metavar="NUMBER", help="Only this list, as CL213; may be repeated.")
    ] = None,
) -> None:
    """Reads exports of the Union's code lists, and writes the codes with their days as a folder of tables beside our own.

    A code is known from the export that names it first, or from a row before, and ends with the first later export that lacks
    it. Every fault is named with its file and record, and then nothing is written.
    """
    from gateway.cli.commands.load_codes import load_codes as run

    run(os.environ, files, out=out, as_of=as_of.date() if as_of else None, only=tuple(only or ()))


@tables.command("publish")
def publish(at: At = None, officer: Officer = None, reason: Reason = None) -> None:
    """Checks the tables of the configuration, stores them as one set and puts it into force on all replicas.

    A set with a fault is refused, with file and line, and nothing changes. What it loosens against the set in force is named and
    kept with the order; where no row gives a reason for it, --reason has to.
    """
    from gateway.cli.commands.table_sets import publish as run

    run(os.environ, at=at, officer=officer, reason=reason)


@tables.command("list")
def show() -> None:
    """Shows the stored sets, when each was, is or will be in force, and what it loosened then."""
    from gateway.cli.commands.table_sets import show as run

    run(os.environ)


@tables.command("switch")
def switch(
    digest: Annotated[str, typer.Argument(metavar="DIGEST", help="The set's digest, or its beginning.")],
    at: At = None,
    officer: Officer = None,
    reason: Reason = None,
) -> None:
    """Puts a stored set into force on all replicas, as to go back to the one before."""
    from gateway.cli.commands.table_sets import switch as run

    run(os.environ, digest, at=at, officer=officer, reason=reason)


@tables.command("show")
def show_row(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A document code (N853), a finding or a fault.")],
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="As 2026-11-24; else today.")] = None,
    set_: Annotated[
        str | None,
        typer.Option("--set", metavar="SET", help="in-force, a folder, or a digest; else the configured files."),
    ] = None,
) -> None:
    """Prints what is in force of a code on a day, each row with its file, line and source."""
    from gateway.cli.commands.table_changes import show_row as run

    if status := run(os.environ, code, on=on, tables=set_):
        raise typer.Exit(status)


@tables.command("coverage")
def coverage(
    on: Annotated[str | None, typer.Option("--on", metavar="DAY", help="As 2026-11-24; else today.")] = None,
    set_: Annotated[
        str | None,
        typer.Option("--set", metavar="SET", help="in-force, a folder, or a digest; else the configured files."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, as GET /v1/coverage gives it.")] = False,
) -> None:
    """Shows which chapters, origins, directions and formalities a set of tables knows, from which source, and what it leaves out."""
    from gateway.cli.commands.coverage import coverage as run

    run(os.environ, on=on, tables=set_, as_json=as_json)


@tables.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="in-force, configured, a folder, or a digest.")],
    after: Annotated[str, typer.Argument(metavar="B", help="The same.")],
    by_goods: Annotated[
        bool,
        typer.Option("--by-goods", help="Which goods newly need which documents, need others, or need them no more."),
    ] = False,
    on: Annotated[
        str | None, typer.Option("--on", metavar="DAY", help="By goods: from which day on, as 2026-11-24; else today.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, by rows and by goods.")] = False,
) -> None:
    """Prints in what B differs from A, and marks what loosens. Status 1: something does."""
    from gateway.cli.commands.table_changes import diff as run

    if status := run(os.environ, before, after, by_goods=by_goods, on=on, as_json=as_json):
        raise typer.Exit(status)
