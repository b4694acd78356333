"""`gateway tables load-codes`: the codes of the Union's lists from their exports."""

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.settings.code_lists import (
    ExportFile,
    LoadedCodes,
    UnionList,
    make_rows,
    put_together,
    read_export,
    read_lists,
    rows_of,
    write_folder,
)
from gateway.settings.tables import load_tables
from gateway.terminal.console import WholeTable, output_console

LISTS = "code_lists"
_NAMED = 12
"""Codes that are named in a line of the summary."""
_DATED = {
    "file": "",
    "option": " (by --as-of)",
    "name": " (by its name or its folder's; say --as-of if that is not its day)",
}


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
    settings = load(os.environ)
    lists = _chosen(read_lists(settings.folder / LISTS), only or ())
    under = [settings.folder, *(one for one in settings.tables if out is None or one.resolve() != out.resolve())]
    if also := [one for one in under[1:] if out is not None and rows_of(one)]:
        raise ConfigurationError((f"{also[0]}: holds code lists of an earlier load: write into it (--out {also[0]})",))
    tables = load_tables(*under)
    read, twice = _read(files, lists, as_of.date() if as_of is not None else None)
    snapshots = put_together(read)
    if not snapshots:
        raise ConfigurationError(
            ("none of the files holds a list that is read: config/code_lists/lists.toml names them",)
        )
    loaded = make_rows(snapshots, tables.listed_codes, rows_of(out) if out is not None else ())
    if out is not None:

        def judge(made: Path) -> None:
            if found := faults(load_tables(*under, made)):
                raise ConfigurationError(found)

        write_folder(loaded, out, judge=judge)
    _tell(output_console(), read, twice, loaded, out)


def _chosen(lists: tuple[UnionList, ...], only: Sequence[str]) -> tuple[UnionList, ...]:
    if unknown := sorted(set(only) - {one.number for one in lists}):
        raise ConfigurationError((f"--list {', '.join(unknown)}: config/code_lists/lists.toml knows no such list",))
    return tuple(one for one in lists if not only or one.number in only)


def _read(
    files: Sequence[Path], lists: Sequence[UnionList], as_of: date | None
) -> tuple[tuple[ExportFile, ...], tuple[str, ...]]:
    """Read all files, each content once; return what was given a second time too."""
    found: list[str] = []
    read: dict[tuple[str, date], ExportFile] = {}
    twice = []
    for file in files:
        try:
            one = read_export(file, lists, as_of=as_of)
        except ConfigurationError as error:
            found += error.faults
            continue
        if (one.digest, one.day) in read:
            twice.append(one.name)
        read.setdefault((one.digest, one.day), one)
    if found:
        raise ConfigurationError(tuple(dict.fromkeys(found)))
    return tuple(sorted(read.values(), key=lambda one: (one.day, one.name))), tuple(twice)


def _tell(
    console: Console, read: Sequence[ExportFile], twice: Sequence[str], loaded: LoadedCodes, out: Path | None
) -> None:
    for one in read:
        console.print(f"{one.name} as of {one.day}{_DATED[one.dated_by]}")
    for name in twice:
        console.print(f"{name}: was given before, and is read once")
    table = WholeTable("list", "name", "as of", "known", "begun", "ended", box=None)
    for change in loaded.changes:
        days = ", ".join(str(day) for day in change.days)
        numbers = (len(change.known), len(change.begun), len(change.ended))
        table.add_row(change.list.number, change.list.name, days, *map(str, numbers))
    console.print(table)
    for change in loaded.changes:
        for what, codes in (("begun", change.begun), ("ended", change.ended)):
            if codes:
                console.print(f"{change.list.number} {what}: {_listed(codes)}")
    left_out = {name: count for one in read for name, count in one.left_out.items()}
    if left_out:
        entries = sum(left_out.values())
        console.print(f"{len(left_out)} other lists were left out ({entries} entries): {', '.join(sorted(left_out))}")
    if out is None:
        console.print("Nothing was written: name a folder with --out.")
        return
    console.print(f"{len(loaded.rows)} rows in {out}")
    console.print(f"Name the folder in `tables` of gateway.toml (GATEWAY_TABLES='[\"{out}\"]'), and check it.")


def _listed(codes: Mapping[str, date]) -> str:
    by_day = sorted(codes, key=lambda code: (codes[code], code))
    told = ", ".join(f"{code} ({codes[code]})" for code in by_day[:_NAMED])
    return told if len(by_day) <= _NAMED else f"{told} and {len(by_day) - _NAMED} more"
