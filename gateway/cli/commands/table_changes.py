"""`gateway tables show` and `gateway tables diff`: what is in force for a document or finding, and what a change changes."""

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.commands.table_goods import goods_body, print_goods
from gateway.cli.commands.table_text import days, labelled
from gateway.domain.codec import encode
from gateway.domain.row_kind import RowKind
from gateway.domain.tables.change import TableChange
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import Alternative
from gateway.settings import load
from gateway.settings.tables import changed
from gateway.settings.tables.document_changes import changed_documents
from gateway.settings.tables.goods_changes import changed_goods
from gateway.settings.tables.kinds import DECIDE_NOTHING, KINDS
from gateway.settings.tables.loosenings import key_of
from gateway.settings.tables.taric_changes import ChapterChange, changed_chapters
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit
from gateway.terminal.moments import read_day
from gateway.terminal.named_tables import CONFIGURED, Day, TableSet, named

_SUBJECT = re.compile(r"[A-Z0-9]{4}|SW-(?:DEC|ADP)-[0-9]{2,3}")
_MEASURES_NAMED = 20
"""Measures of a chapter that are named for each kind of change."""
_OF_GOODS = tuple(KINDS[into].table for into in ("required", "routes", "classes"))
_OF_ADAPTER = ("tolerances", "ask_again")


def show_row(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A document code (N853), a finding or a fault.")],
    on: Day = None,
    tables: TableSet = None,
) -> Exit:
    """Prints what is in force of a code on a day, each row with its file, line and source."""
    subject = code.upper()
    if _SUBJECT.fullmatch(subject) is None:
        raise typer.BadParameter(
            f"{subject!r} is no document code (N853), no finding (SW-DEC-010) and no fault (SW-ADP-01)"
        )
    day = read_day("--on", on)
    found = named(load(os.environ), tables or CONFIGURED)
    console = output_console()
    console.print(f"tables {found.version} ({found.digest}) on {day.isoformat()}")
    rows = list(_about(found, subject, day))
    for kind, row in rows:
        _print_row(console, kind, row)
    if not rows:
        console.print(f"nothing in force names {subject}", style="yellow")
        return Exit.DIFFERENT
    return Exit.RELEASE


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
) -> Exit:
    """Prints in what B differs from A, and marks what loosens. Status 1: something does."""
    settings, day = load(os.environ), read_day("--on", on)
    old, new = named(settings, before), named(settings, after)
    changes = changed(old, new)
    loosening = [one for one in changes if one.loosens]
    if as_json:
        goods, documents = changed_goods(old, new, day), changed_documents(old, new, day)
        by_rows = {"changes": changes, "taric": [one._asdict() for one in changed_chapters(old.taric, new.taric)]}
        print(encode(goods_body(old, new, day, goods, documents) | by_rows).decode())
        return Exit.DIFFERENT if loosening else Exit.RELEASE
    console = output_console()
    console.print(f"from {old.version} ({old.digest})")
    console.print(f"to   {new.version} ({new.digest})")
    if by_goods:
        print_goods(console, changed_goods(old, new, day), changed_documents(old, new, day))
        _taric(console, changed_chapters(old.taric, new.taric))
        if others := sum(1 for one in loosening if one.table not in _OF_GOODS):
            console.print(
                Text(f"of rows that name no goods loosen: {others} (without --by-goods they are named)", style="red")
            )
        return Exit.DIFFERENT if loosening else Exit.RELEASE
    texts = sum(len(set(old.rows_of(into)) ^ set(new.rows_of(into))) for into in DECIDE_NOTHING)
    if changes:
        console.print(_table(changes))
    for one in loosening:
        console.print(Text(one.message, style="red"))
    if texts:
        console.print(f"{texts} texts differ; they decide nothing")
    measures = _taric(console, changed_chapters(old.taric, new.taric))
    if (old.profile is None) != (new.profile is None) or old.profile != new.profile:
        console.print("the national profile differs; it stands beside the decision")
    if not loosening:
        same = not (changes or texts or measures)
        console.print("both say the same" if same else "nothing is loosened", style="green")
    return Exit.DIFFERENT if loosening else Exit.RELEASE


def _table(changes: Iterable[TableChange]) -> Table:
    table = WholeTable(box=None, pad_edge=False)
    for heading in ("row", "what", "before", "after", "days", "where"):
        table.add_column(heading, overflow="fold")
    for one in changes:
        what = one.field or ("new" if one.after else "gone")
        style = "red" if one.loosens else ""
        table.add_row(
            f"{one.table} {'; '.join(one.keys)}",
            Text(what, style=style),
            Text(one.before),
            Text(one.after),
            one.days,
            one.place,
        )
    return table


def _taric(console: Console, changes: Iterable[ChapterChange]) -> bool:
    """Print the measures of TARIC that differ, by chapter; return whether any does."""
    found = list(changes)
    for one in found:
        counts = f"{len(one.new)} new, {len(one.gone)} gone, {len(one.changed)} changed"
        console.print(f"TARIC, chapter {one.chapter}: {counts}")
        for sign, measures in (("+", one.new), ("-", one.gone), ("~", one.changed)):
            for measure in measures[:_MEASURES_NAMED]:
                console.print(Text(f"   {sign} {measure}"))
            if len(measures) > _MEASURES_NAMED:
                console.print(f"   {sign} {len(measures) - _MEASURES_NAMED} more")
    return bool(found)


def _about(tables: Tables, subject: str, day: date) -> Iterator[tuple[RowKind, Any]]:
    """Yield the rows of a day that name something, and those of the authorities that are asked about it."""
    adapters = {route.adapter for route in tables.routes if subject in route.types and route.in_force(day)}
    for into, kind in KINDS.items():
        if not kind.dated:
            continue
        for row in tables.rows_of(into):
            of_adapter = (
                into in _OF_ADAPTER and row.adapter in adapters and subject in (getattr(row, "types", ()) or (subject,))
            )
            if row.in_force(day) and (
                of_adapter
                or (into == "code_elements" and subject.startswith(row.beginnings))
                or any(_names(getattr(row, name), subject) for name in (*kind.key, *kind.inherited))
            ):
                yield kind, row


def _names(value: Any, subject: str) -> bool:
    if isinstance(value, Alternative):
        return subject == value.to or subject in value.types
    if isinstance(value, tuple):
        return any(_names(one, subject) for one in value)
    return str(value) == subject


def _print_row(console: Console, kind: RowKind, row: Any) -> None:
    console.print()
    console.print(Text(f"{kind.table} {_compact(kind, row)}", style="bold"))
    for label, value in labelled(kind, row):
        console.print(Text(f"   {label}: {value}"))
    if row.loosens:
        console.print(Text(f"   may loosen earlier rows: {row.loosens}", style="red"))
    console.print(Text(f"   {days(row)} ({row.place}; source: {row.source})", style="dim"))


def _compact(kind: RowKind, row: Any) -> str:
    columns: Sequence[str] = [key_of((getattr(row, name),)) for name in kind.key]
    return "; ".join(column for column in columns if column)
