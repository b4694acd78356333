"""`gateway tables coverage`: which goods and formalities a set of tables knows, from which source, and what it leaves out."""

import os
from typing import Annotated

import typer
from rich.console import Console

from gateway.decisions.table_coverage import TableCoverage, TaricLoad, coverage_of
from gateway.domain.codec import encode
from gateway.settings import load
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import read_day
from gateway.terminal.named_tables import CONFIGURED, Day, TableSet, named


def coverage(
    on: Day = None,
    tables: TableSet = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON, as GET /v1/coverage gives it.")] = False,
) -> None:
    """Shows which chapters, origins, directions and formalities a set of tables knows, from which source, and what it leaves out."""
    day = read_day("--on", on)
    found = coverage_of(named(load(os.environ), tables or CONFIGURED), day)
    if as_json:
        print(encode(found).decode())
        return
    console = output_console()
    console.print(f"tables {found.version} ({found.digest}) on {day.isoformat()}")
    if found.taric is None:
        console.print(
            "TARIC is not loaded (`gateway tables load-taric`): the rows of the tables are all that is known, "
            "and nowhere is it said that nothing is needed",
            style="yellow",
        )
    else:
        _load(console, found.taric)
    _chapters(console, found)
    _formalities(console, found)


def _load(console: Console, taric: TaricLoad) -> None:
    goods = ", ".join(f"{one} (on {taric.asked[one]} alone)" for one in taric.goods)
    of = "all of TARIC" if taric.whole else f"all measures on {goods or 'no goods'}"
    console.print(f"TARIC as of {taric.as_of.isoformat()}: {taric.measures:,} measures; {of}")
    for source in taric.sources:
        console.print(f"   from {source}")
    for title, counts in (("left to officers", taric.by_officer), ("left out", taric.left_out)):
        for reason, count in counts.items():
            console.print(f"   {title}: {reason}, {count:,} times")


def _chapters(console: Console, found: TableCoverage) -> None:
    table = WholeTable(
        "chapter",
        "own measures",
        "TARIC: import",
        "export",
        "transit",
        "by officer",
        "origins",
        "TARIC whole",
        "formalities of own tables",
        box=None,
    )
    for one in found.chapters:
        if one.own_measures or any(one.taric_measures.values()):
            counts = (f"{one.taric_measures[direction]:,}" for direction in ("import", "export", "transit"))
            areas = one.origins.value if one.origins.value == "all" else ", ".join(one.areas) or "some"
            table.add_row(
                one.chapter,
                str(one.own_measures),
                *counts,
                str(one.by_officer),
                areas,
                "yes" if one.taric else "no",
                "; ".join(one.formalities),
            )
    console.print(table)
    silent = [one.chapter for one in found.chapters if not one.own_measures and not any(one.taric_measures.values())]
    console.print(f"no measure is known of the chapters {', '.join(silent) or 'none'}")


def _formalities(console: Console, found: TableCoverage) -> None:
    table = WholeTable("documents", "authority", "asked through", "directions", "legal basis", box=None)
    for one in found.formalities:
        adapter = one.adapter or "nobody: an officer verifies"
        table.add_row(", ".join(one.types), one.authority, adapter, ", ".join(one.directions), one.legal_basis)
    console.print(table)
