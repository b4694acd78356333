"""`gateway tables load-taric`: the measures of TARIC that ask for documents, from its files."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, TaskID

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.settings.tables import load_tables
from gateway.settings.taric import (
    Extraction,
    LoadedTaric,
    TaricFolder,
    certificate_rows,
    load_files,
    read_meanings,
    strange_codes,
    unit_rows,
)
from gateway.terminal.console import WholeTable, error_console, output_console
from gateway.terminal.moments import today

MEANINGS = "taric"


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
    settings = load(os.environ)
    first_day = since.date() if since is not None else None
    meanings = read_meanings(settings.folder / MEANINGS)
    under = [settings.folder, *(one for one in settings.tables if one.resolve() != out.resolve())]
    tables = load_tables(*under)
    if instead_of and first_day is None:
        raise ConfigurationError(("--instead-of: say with --since from which day on the measure is given up",))
    errors = error_console(wraps=True)
    with (
        TaricFolder.making(out, update=update) as folder,
        Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress,
    ):
        tasks: dict[str, TaskID] = {}

        def show(name: str, records: int, read: int) -> None:
            if name not in tasks:
                size = next((one.stat().st_size for one in files if one.name == name), None)
                tasks[name] = progress.add_task(name, total=size)
            progress.update(tasks[name], completed=read, description=f"{name}: {records:,} records")

        extraction = Extraction(folder.records)
        try:
            loaded = load_files(
                extraction,
                files,
                meanings,
                countries={code for row in tables.countries for code in row.countries},
                since=first_day,
                as_of=as_of.date() if as_of is not None else today(),
                update=update,
                whole=whole,
                progress=show,
            )
        finally:
            extraction.close()
        units = unit_rows(loaded.units, tables)
        strange = (*strange_codes(loaded.report, tables, meanings), *units.strange)
        if strict and (unknown := (*_unknown(loaded), *strange)):
            raise ConfigurationError(unknown)
        certificates = certificate_rows(loaded.asked, tables.known(), meanings)
        folder.finish(
            loaded,
            certificates,
            units.rows,
            instead_of=tuple(instead_of or ()),
            since=first_day,
            judge=lambda made: _judge(made, under),
        )
    _report(output_console(), loaded, (certificates.types, strange), out)


def _judge(made: Path, under: Sequence[Path]) -> None:
    """Read the new folder beside all others, as a start would."""
    if found := faults(load_tables(*under, made)):
        raise ConfigurationError(found)


def _unknown(loaded: LoadedTaric) -> tuple[str, ...]:
    first = loaded.report.first
    left = (
        f"{first[noted]}: {noted.what}, {count} times, is left to an officer; --strict allows none"
        for noted, count in loaded.report.counts.items()
        if noted.by_officer
    )
    ends = (f"{name}: {one}; --strict wants the full extraction again" for name, one in loaded.year_ends.items())
    return (*left, *ends)


def _report(console: Console, loaded: LoadedTaric, codes: tuple[Sequence[str], Sequence[str]], out: Path) -> None:
    added, strange = codes
    for file in loaded.files:
        console.print(f"{file.name}: {file.records:,} records ({file.digest})")
    parts = loaded.manifest.parts
    console.print(f"{loaded.manifest.coverage.measures:,} measures in {len(parts)} chapters, in {out}")
    if added:
        console.print(f"documents and statements that were not known yet: {', '.join(added)}")
    if loaded.units:
        console.print(f"supplementary units of {len({one.commodities for one in loaded.units}):,} codes")
    if loaded.unread:
        console.print(f"columns that were not read: {', '.join(loaded.unread)}")
    for one in strange:
        console.print(one)
    for name, sentence in loaded.year_ends.items():
        console.print(f"{name}: {sentence}; compare with whoever sends them, or load the full extraction again")
    _table(console, "left to an officer", loaded, by_officer=True)
    _table(console, "left out", loaded, by_officer=False)
    passed: dict[str, int] = {}
    for file in loaded.files:
        for kind, count in file.passed_over.items():
            passed[kind] = passed.get(kind, 0) + count
    if passed:
        table = WholeTable("records of other kinds", "records", box=None)
        for kind, count in sorted(passed.items()):
            table.add_row(kind, f"{count:,}")
        console.print(table)
    if not (coverage := loaded.manifest.coverage).whole and not coverage.goods:
        console.print(
            "That they hold all measures of TARIC was not stated (--whole): nowhere will it be said that nothing is needed"
        )
    console.print(f"Name the folder in `tables` of gateway.toml (GATEWAY_TABLES='[\"{out}\"]'), and check it.")


def _table(console: Console, title: str, loaded: LoadedTaric, *, by_officer: bool) -> None:
    found = [(noted, count) for noted, count in loaded.report.counts.items() if noted.by_officer is by_officer]
    if found:
        table = WholeTable(title, "how many", "the first of them", box=None)
        for noted, count in sorted(found):
            table.add_row(noted.what, f"{count:,}", loaded.report.first[noted])
        console.print(table)
