"""`gateway tables load-taric`: table 3 from an extract of TARIC."""

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from gateway.decisions import faults
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.settings.tables import load_tables
from gateway.settings.taric import Extract, Loaded, make_rows, read_extract, read_meanings, write_folder

MEANINGS = "taric"


def load_taric(
    environment: Mapping[str, str], extract: Path, *, out: Path, since: date | None, instead_of: Sequence[str]
) -> None:
    """Read an extract, write the folder of tables that follows from it and print what became of its lines.

    Raises:
        ConfigurationError: with every fault of the extract, or of the tables with it; then nothing is written.
    """
    settings = load(environment)
    meanings = read_meanings(settings.folder / MEANINGS)
    under = [settings.folder, *(one for one in settings.tables if one.resolve() != out.resolve())]
    tables = load_tables(*under)
    if instead_of and since is None:
        raise ConfigurationError(("--instead-of: say with --since from which day on the measure is given up",))
    errors = Console(stderr=True, highlight=False)
    with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
        task = progress.add_task("reading", total=None)
        read = read_extract(
            extract, meanings, tables.known(), since=since, every=lambda count: progress.update(task, completed=count)
        )
        progress.update(task, description="condensing")
        loaded = make_rows(read, meanings)
        progress.update(task, description="checking")
        write_folder(loaded, out, instead_of=instead_of, since=since, judge=lambda made: _judge(made, under))
    _report(Console(highlight=False, soft_wrap=True), read, loaded, out)


def _judge(made: Path, under: Sequence[Path]) -> None:
    """Read the new rows beside all others, as a start would."""
    if found := faults(load_tables(*under, made)):
        raise ConfigurationError(found)


def _report(console: Console, read: Extract, loaded: Loaded, out: Path) -> None:
    console.print(f"{read.name} ({read.digest})")
    console.print(f"{read.lines} lines, {loaded.measures} measures, {len(loaded.required)} rows in {out}")
    if loaded.added:
        console.print(f"documents and statements that were not known yet: {', '.join(loaded.added)}")
    if read.unread:
        console.print(f"columns that were not read: {', '.join(read.unread)}")
    if read.left_out:
        table = Table("left out", "lines", "the first of them", box=None)
        for reason, lines in sorted(read.left_out.items()):
            table.add_row(reason, str(len(lines)), ", ".join(str(line) for line in lines[:5]))
        console.print(table)
    console.print(f"Name the folder in `tables` of gateway.toml (GATEWAY_TABLES='[\"{out}\"]'), and check it.")
