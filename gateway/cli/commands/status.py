"""The command `gateway status`: how a running gateway and its installation stand now."""

import sys
import time
from typing import Annotated

import typer
from rich.live import Live

from gateway.cli.status.gateway_status import GatewayPlace, GatewayStatus, read_status
from gateway.cli.status.status_table import status_table
from gateway.domain.codec import encode
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.client import read_key
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit


def status(
    watch: Annotated[bool, typer.Option("--watch", help="Go on until Ctrl-C; on a terminal only.")] = False,
    every: Annotated[float, typer.Option(min=0.5, max=3600, help="Seconds between two readings, with --watch.")] = 2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object; null is what is not known.")] = False,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Shows how a running gateway stands: its processes, what is held, in doubt or waits, its authorities, jobs, certificates.

    Status: 0 it is ready and everything is known, 10 it is not ready, something is not known, or the configured tables wait for a second person, 69 nobody answers.
    """
    place = GatewayPlace.of(url, read_key(key))
    return _watched(place, every) if watch and sys.stdout.isatty() and not as_json else _once(place, as_json)


def _once(place: GatewayPlace, as_json: bool) -> Exit:
    found = read_status(place)
    if as_json:
        print(encode(found.body()).decode())
    else:
        output_console().print(status_table(found.body()))
    return _outcome(found)


def _watched(place: GatewayPlace, every_s: float) -> Exit:
    found = read_status(place)
    with Live(status_table(found.body()), console=output_console(wraps=True), screen=True, auto_refresh=False) as live:
        try:
            while True:
                live.update(status_table(found.body()), refresh=True)
                time.sleep(every_s)
                found = read_status(place)
        except KeyboardInterrupt:
            return _outcome(found)


def _outcome(found: GatewayStatus) -> Exit:
    if found.parts is None and found.figures is None:
        return Exit.UNAVAILABLE
    return Exit.RELEASE if found.is_ready and not found.tables_wait else Exit.HOLD
