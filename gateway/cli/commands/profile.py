"""`gateway profile`: the codes that another administration's matrix gives to a table of facts."""

import csv
import os
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.decisions.national.matrix import judge, read
from gateway.domain.tables.profile import Profile, ProfileOutcome
from gateway.settings import sound_part
from gateway.settings.folders import folder_in_force, tables_folder
from gateway.settings.national import load_profile
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit


def profile(
    name: Annotated[str, typer.Argument(help="A folder of config/profiles.")],
    facts: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A CSV table of facts, with or without expected codes."),
    ] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day whose rows count; today without.")
    ] = None,
) -> Exit:
    """Judges a table of facts by another administration's matrix. Status: 0 as expected, 1 some rows differ.

    Prints the table with the code and the detail that each row gets; without --facts it lists the facts that the matrix needs.
    """
    sound = sound_part(os.environ)
    folders = sound[0].folders() if sound is not None else (tables_folder(folder_in_force(os.environ)),)
    found = load_profile(name, *folders)
    if facts is None:
        _describe(found)
        return Exit.RELEASE
    with facts.open(encoding="utf-8-sig", newline="") as file:
        return _judge(found, facts.name, csv.DictReader(file), (on or datetime.now(UTC)).date())


def _judge(profile: Profile, name: str, table: "csv.DictReader[str]", on: date) -> Exit:
    columns = list(table.fieldnames or ())
    if faults := [f"{name}:1: {fault}" for fault in _misnamed(profile, columns)]:
        print("\n".join(faults), file=sys.stderr)
        return Exit.USAGE
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow([*columns, "code", "detail"])
    rows = different = unread = 0
    for row in table:
        rows += 1
        at = f"{name}:{table.line_num}"
        cells = {column: row[column] or "" for column in columns}
        try:
            if len(row) > len(columns):
                raise ValueError("more cells than columns")
            found = outcomes(profile, cells, on)
        except ValueError as fault:
            print(f"{at}: {fault}", file=sys.stderr)
            unread += 1
            continue
        out.writerow([*cells.values(), "|".join(one.code for one in found), "|".join(one.detail for one in found)])
        if difference := _difference(profile, cells, found):
            print(f"{at}: {difference}", file=sys.stderr)
            different += 1
    compared = profile.expected in columns
    agreement = f", {rows - different - unread} agree, {different} differ" if compared else ""
    print(f"{rows} rows{agreement}{f', {unread} cannot be read' if unread else ''}", file=sys.stderr)
    if unread or not rows:
        return Exit.USAGE
    return Exit.DIFFERENT if different else Exit.RELEASE


def outcomes(profile: Profile, cells: Mapping[str, str], on: date) -> tuple[ProfileOutcome, ...]:
    """Return a profile's outcomes for a row of a table: several where a `*` of the row stands for facts that it distinguishes.

    Raises:
        ValueError: the row cannot be read.
    """
    aside = {profile.expected, profile.expected_detail, *profile.aside}
    facts = {column: cell for column, cell in cells.items() if column not in aside}
    found = {judge(profile, one, on=on) for one in read(profile, facts)}
    return tuple(sorted(found, key=lambda one: (one.code, one.detail)))


def _misnamed(profile: Profile, columns: list[str]) -> Iterator[str]:
    readable = {column for column, _ in profile.readings}
    known = {*profile.columns, *readable, profile.expected, profile.expected_detail, *profile.aside}
    yield from (f"{column!r} is no column of this profile" for column in columns if column not in known)
    yield from (f"{column!r} stands twice" for column in sorted({c for c in columns if columns.count(c) > 1}))
    if not columns:
        yield "a line of column names is needed"


def _difference(profile: Profile, cells: Mapping[str, str], found: tuple[ProfileOutcome, ...]) -> str:
    if profile.expected not in cells:
        return ""
    wanted = {ProfileOutcome(code=cells[profile.expected], detail=cells.get(profile.expected_detail, ""))}
    if profile.expected_detail not in cells:
        found = tuple({ProfileOutcome(code=one.code) for one in found})
    if set(found) == wanted:
        return ""
    return f"expected {_listed(wanted)}, the profile gives {_listed(found)}"


def _listed(outcomes: set[ProfileOutcome] | tuple[ProfileOutcome, ...]) -> str:
    return " or ".join(f"{one.code} {one.detail}".strip() for one in outcomes)


def _describe(profile: Profile) -> None:
    console = output_console()
    console.print(f"{profile.name}: {profile.title}")
    for column in profile.columns.values():
        console.print(f"column {column.name}{' (optional)' if column.optional else ''}: {', '.join(column.values)}")
    for column in profile.columns.values():
        known = ", ".join(sorted({row.known for row in profile.facts if column.name in row.means}))
        without = "left out" if column.optional else "not known"
        console.print(f"in a decision: {column.name}: {'from ' + known if known else without}")
    for code in sorted(profile.codes.values(), key=lambda code: code.severity):
        console.print(f"code {code.name} ({code.effect}): {code.says}")
    console.print(
        f"{len(profile.rows)} rows in {len(profile.stages)} stages: {', '.join(s.name for s in profile.stages)}"
    )
    console.print(f"otherwise {profile.otherwise.code} {profile.otherwise.detail}".rstrip())
