"""The command `gateway doctor`: what is wrong with an installation, and what to do."""

import os
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from gateway.cli.doctor.examination import examine
from gateway.cli.doctor.health_check import CheckState, HealthCheck, outcome
from gateway.cli.status.gateway_status import GatewayPlace
from gateway.domain.codec import encode
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.client import read_key
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all checks.")] = False,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Examines the installation: configuration, database, clocks, certificates, machine, permissions. Each line says what to do.

    Status: 0 all is good, 1 something is wrong, 10 something is to be looked at or could not be found out.
    """
    checks = examine(os.environ, GatewayPlace.of(url, read_key(key)))
    if as_json:
        print(encode({"checks": checks}).decode())
    else:
        _print(checks)
    return outcome(checks)


def _print(checks: Sequence[HealthCheck]) -> None:
    style = {
        CheckState.GOOD: "green",
        CheckState.WRONG: "bold red",
        CheckState.ATTENTION: "yellow",
        CheckState.UNKNOWN: "yellow",
    }
    table = WholeTable("what", "state", "what was seen", "what to do")
    for one in checks:
        table.add_row(one.name, Text(one.state, style=style.get(one.state, "")), one.seen, one.remedy)
    output_console().print(table)
    for rows in filter(None, (one.rows for one in checks)):
        print(f"{rows}\n")
    counts = {state: sum(one.state is state for one in checks) for state in CheckState}
    print(", ".join(f"{count} {state}" for state, count in counts.items() if count))
