"""`gateway submit`: lodge files and show their decisions."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from gateway.cli.calls import problem
from gateway.cli.client import GatewayClient, Reply, language_of, media_type_of, read_key
from gateway.cli.exits import Exit, gravest

AT_ONCE = 16
COLOURS = {"release": "green", "hold": "yellow", "refuse": "red"}
_MANY = 10
"""Files above which a progress bar is shown."""


def submit(files: Sequence[Path], *, url: str, wait_s: float, key: str | None) -> Exit:
    """Lodge the files and print a table of their decisions; return the gravest outcome."""
    console = Console()
    with (
        GatewayClient(url, key=read_key(key), language=language_of(os.environ)) as gateway,
        Progress(console=console, disable=len(files) < _MANY) as progress,
    ):
        bar = progress.add_task("lodging", total=len(files))

        def lodge(file: Path) -> Reply:
            try:
                reply = gateway.lodge(file.read_bytes(), media_type_of(file), wait_s=wait_s)
            except httpx.HTTPError as error:
                reply = Reply(status=503, body={"title": f"The gateway at {url} does not answer", "detail": str(error)})
            except OSError as error:
                reply = Reply(status=400, body={"title": "The file cannot be read", "detail": error.strerror})
            progress.advance(bar)
            return reply

        with ThreadPoolExecutor(min(AT_ONCE, len(files))) as pool:
            replies = list(pool.map(lodge, files))
    console.print(_table(files, replies))
    return gravest(reply.outcome for reply in replies)


def _table(files: Sequence[Path], replies: Sequence[Reply]) -> Table:
    table = Table("file", "LRN", "decision", "why", expand=False)
    for file, reply in zip(files, replies, strict=True):
        about = reply.body if reply.application is None else reply.body.get("declaration", {})
        table.add_row(Text(file.name), Text(str(about.get("lrn", ""))), _decision(reply), _why(reply))
    return table


def _decision(reply: Reply) -> Text:
    if not reply.taken:
        return Text(f"not accepted ({reply.status})", style="red")
    if reply.application is not None:
        return Text(f"application {reply.body.get('state')}", style="yellow")
    if reply.effect is None:
        return Text(f"not decided yet ({reply.body.get('state')})", style="yellow")
    forecast = " (forecast)" if reply.decision and reply.decision.get("forecast") else ""
    return Text(reply.effect + forecast, style=COLOURS.get(reply.effect, ""))


def _why(reply: Reply) -> Text:
    if not reply.taken:
        return Text("\n".join(problem(reply)))
    if reply.application is not None:
        return Text(f"customs has to grant it: {reply.application}")
    if reply.decision is None:
        return Text(f"ask again: {reply.body.get('links', {}).get('self', reply.body.get('id', ''))}")
    return Text("\n".join(_finding_lines(reply.decision["findings"])))


def _finding_lines(findings: Sequence[dict[str, object]]) -> list[str]:
    """Return each sentence once, with the goods items that it is about."""
    items: dict[tuple[str, str], list[int]] = {}
    for finding in findings:
        about = items.setdefault((str(finding["code"]), str(finding["message"])), [])
        if isinstance(number := finding.get("goods_item"), int) and number not in about:
            about.append(number)
    return [f"{code}{_of_items(numbers)}: {message}" for (code, message), numbers in items.items()]


def _of_items(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    listed = ", ".join(map(str, sorted(numbers)[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
    return f" (item {listed})" if len(numbers) == 1 else f" (items {listed})"
