"""`gateway validate`: check messages against their format, and name what it expected instead."""

import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway import parts
from gateway.configured_rules import read_formats
from gateway.domain.errors import ConfigurationError, DeclarationRefused, GatewayError, SchemaViolated, Violation
from gateway.intake import Formats, IntakeLimits
from gateway.intake.whole_schema import ExpectedElement, expected
from gateway.intake.xml import parse
from gateway.settings import load
from gateway.terminal.client import media_type_of
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit, gravest

_PLACES = 50
"""Places of a message at which the expected elements are listed."""
_LARGE = 1_000_000
"""Bytes of a message above which they are not listed: the second processor would take minutes."""


def validate(
    files: Annotated[list[Path], typer.Argument(help="Declarations in XML or JSON.", metavar="FILE...")],
) -> Exit:
    """Reads declarations as a lodging would and asks nobody: every violation, and what was expected at its place."""
    try:
        settings = load(os.environ)
        formats = read_formats(settings)
    except ConfigurationError as error:
        for fault in error.faults:
            print(fault, file=sys.stderr)
        return Exit.CONFIGURATION
    console = output_console()
    limits = parts.intake_limits(settings)
    return gravest(_validated(console, formats, limits, file) for file in files)


def _validated(console: Console, formats: Formats, limits: IntakeLimits, file: Path) -> Exit:
    try:
        raw = file.read_bytes()
    except OSError as error:
        console.print(Text(f"{file}: cannot be read: {error.strerror}", style="red"))
        return Exit.NOT_ACCEPTED
    try:
        accepted = formats.accept(raw, media_type_of(file), datetime.now(UTC).date())
        accepted.must_have_lrn()
    except DeclarationRefused as refused:
        console.print(Text(f"{file}: {refused.detail} ({refused.code})", style="red"))
        # Only a message that could be read has places at which something else was expected.
        in_xml = isinstance(refused, SchemaViolated) and media_type_of(file).endswith("xml")
        if refused.violations:
            console.print(_table(refused.violations, _expected(formats, limits, raw) if in_xml else ()))
        return Exit.NOT_ACCEPTED
    except GatewayError as error:
        console.print(Text(f"{file}: {error.detail} ({error.code})", style="red"))
        return Exit.NOT_ACCEPTED
    declaration = accepted.declaration
    console.print(
        Text(f"{file}: {declaration.format}, {declaration.message.value}, LRN {declaration.lrn}", style="green")
    )
    if told := (*accepted.warnings, *formats.warnings(accepted.doubtful)):
        console.print(_table(told, ()))
    return Exit.RELEASE


def _expected(formats: Formats, limits: IntakeLimits, raw: bytes) -> tuple[ExpectedElement, ...]:
    if len(raw) > _LARGE:
        return ()
    root = parse(raw, limits=limits).root
    path = formats.schemas().get(str(root.tag))
    try:
        return tuple(expected(path, root, limit=_PLACES)) if path is not None else ()
    except ValueError:
        # `gateway check` reports why the second processor cannot use the schema; the violations do not need it.
        return ()


def _table(violations: Sequence[Violation], places: Sequence[ExpectedElement]) -> Table:
    table = WholeTable("line", "place", "what is wrong", "expected there")
    for violation in violations:
        line = "" if violation.line is None else str(violation.line)
        table.add_row(line, Text(violation.path or ""), Text(violation.message), Text(_expected_at(violation, places)))
    return table


def _expected_at(violation: Violation, places: Sequence[ExpectedElement]) -> str:
    """Return what was expected at the violation's own place; for an element that may not stand there, in its parent."""
    parent = (violation.path or "").rpartition("/")[0].rpartition("/")[2].partition("[")[0]
    there = next((one for one in places if one.line == violation.line), None) or next(
        (one for one in places if parent and one.element == parent), None
    )
    return "" if there is None else " or ".join(there.names) or there.why
