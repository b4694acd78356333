"""Calls that commands make over the gateway's HTTP interface, and the printing of their answers."""

from collections.abc import Callable, Mapping
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.terminal.client import GatewayClient, Reply, no_reply, read_key, refusal
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit
from gateway_client import Refused, Unreachable

_VIOLATIONS_LISTED = 20


def problem(reply: Reply) -> list[str]:
    """Return the reasons why a call was refused, in lines."""
    code = reply.body.get("code")
    lines = [f"{code}: {reply.body.get('title')}" if code else str(reply.body.get("title"))]
    if (detail := reply.body.get("detail")) and detail != reply.body.get("title"):
        lines.append(str(detail))
    errors = reply.body.get("errors") or []
    for error in errors[:_VIOLATIONS_LISTED]:
        place = f"line {error['line']}" if error.get("line") else str(error.get("path") or "")
        lines.append(f"{place}: {error.get('message')}" if place else str(error.get("message")))
    if len(errors) > _VIOLATIONS_LISTED:
        lines.append(f"and {len(errors) - _VIOLATIONS_LISTED} more")
    return lines


def report_call(
    url: str, key: str | None, path: str, body: Mapping[str, Any], outcome: Callable[[Mapping[str, Any]], str]
) -> Exit:
    """Make a call and print its outcome, or that its order waits for a second person."""
    console = output_console()
    try:
        with GatewayClient(url, key=read_key(key)) as gateway:
            reply = gateway.say(path, body)
    except Unreachable as error:
        reply = no_reply(error)
    if not reply.taken:
        return _refused(console, reply)
    if reply.body.get("state") == "open" and "ends_at" in reply.body:
        console.print(
            f"The order waits for a second person until {reply.body['ends_at']}: "
            f"gateway approvals approve {reply.body['id']}"
        )
        return Exit.HOLD
    console.print(outcome(reply.body))
    return Exit.RELEASE


def printed(url: str, key: str | None, path: str, table: Table, row: Any, *, shown: bool = True) -> Exit:
    """Print all pages of a list as one table; without `shown` they are read, and nothing but a refusal is printed."""
    console = output_console()
    try:
        with GatewayClient(url, key=read_key(key)) as client:
            for item in client.gateway.pages(path):
                table.add_row(*row(item))
    except Refused as refused:
        return _refused(console, refusal(refused))
    except Unreachable as error:
        return _refused(console, no_reply(error))
    if shown:
        console.print(table)
    return Exit.RELEASE


def _refused(console: Console, reply: Reply) -> Exit:
    console.print(Text("\n".join(problem(reply)), style="red"))
    return Exit.UNAVAILABLE if reply.status == 503 else Exit.NOT_ACCEPTED
