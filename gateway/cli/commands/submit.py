"""`gateway submit`: lodge files and show their decisions."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from gateway.cli.decisions import decision_of, reasons_of
from gateway.resources import Threads
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.client import GatewayClient, Reply, language_of, media_type_of, no_reply, read_key
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit, gravest
from gateway_client import Unreachable

AT_ONCE = 16
_MANY = 10
"""Files above which a progress bar is shown."""


def submit(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, help="Declarations, XML or JSON.")
    ],
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for each decision.")] = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Lodges files and shows their decisions. Status: 0 release, 10 hold, 20 refuse, 30 not accepted; the gravest of many."""
    console = output_console(highlight=True, wraps=True)
    with (
        GatewayClient(url, key=read_key(key), language=language_of(os.environ)) as gateway,
        Progress(console=console, disable=len(files) < _MANY) as progress,
    ):
        bar = progress.add_task("lodging", total=len(files))

        def lodge(file: Path) -> Reply:
            try:
                reply = gateway.lodge(file.read_bytes(), media_type_of(file), wait_s=wait)
            except Unreachable as error:
                reply = no_reply(error)
            except OSError as error:
                reply = Reply(status=400, body={"title": "The file cannot be read", "detail": error.strerror})
            progress.advance(bar)
            return reply

        with Threads("submissions", min(AT_ONCE, len(files))) as pool:
            replies = list(pool.map(lodge, files))
    output_console(highlight=True).print(_table(files, replies))
    return gravest(reply.outcome for reply in replies)


def _table(files: Sequence[Path], replies: Sequence[Reply]) -> Table:
    table = WholeTable("file", "LRN", "decision", "why", expand=False)
    for file, reply in zip(files, replies, strict=True):
        about = reply.body if reply.application is None else reply.body.get("declaration", {})
        table.add_row(Text(file.name), Text(str(about.get("lrn", ""))), decision_of(reply), reasons_of(reply))
    return table
