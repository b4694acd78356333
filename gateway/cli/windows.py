"""`gateway contingency`: opens, closes and lists contingency windows over the gateway's HTTP interface."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.client import GatewayClient, Reply, read_key
from gateway.cli.exits import Exit
from gateway.cli.submission import problem

_COLOURS = {"confirmed": "green", "determined": "green", "differs": "red", "awaited": "yellow", "dropped": "dim"}


def open_window(*, url: str, key: str | None, order: Mapping[str, Any]) -> Exit:
    """Opens a window and prints its number."""
    return _said(url, key, "/v1/contingency", order)


def close_window(number: int, *, url: str, key: str | None, closing: Mapping[str, Any]) -> Exit:
    """Closes a window."""
    return _said(url, key, f"/v1/contingency/{number}/closing", closing)


def list_windows(*, url: str, key: str | None) -> Exit:
    """Prints all windows, the newest first."""
    table = Table("number", "adapter", "mode", "opened", "ended", "decided", "awaited", "differing", expand=False)
    return _printed(url, key, "/v1/contingency", table, _window_row)


def list_inside(number: int, *, url: str, key: str | None, only: str | None = None) -> Exit:
    """Prints what was decided inside a window, or only what turned out otherwise; says if something differs."""
    table = Table("MRN or LRN", "document", "inside", "released", "afterwards", "found", "write off", expand=False)
    asked = f"/v1/contingency/{number}" + (f"?afterwards={only}" if only else "")
    status = _printed(url, key, asked, table, _inside_row)
    return Exit.DIFFERENT if only and status is Exit.RELEASE and table.row_count else status


def _said(url: str, key: str | None, path: str, body: Mapping[str, Any]) -> Exit:
    console = Console(highlight=False, soft_wrap=True)
    try:
        with GatewayClient(url, key=read_key(key)) as gateway:
            reply = gateway.say(path, body)
    except httpx.HTTPError as error:
        reply = _unreachable(url, error)
    if not reply.taken:
        return _refused(console, reply)
    window = reply.body
    state = "in force" if window["in_force"] else "closed"
    console.print(f"contingency window {window['number']} of {window['adapter']} ({window['mode']}): {state}")
    return Exit.RELEASE


def _printed(url: str, key: str | None, path: str, table: Table, row: Any) -> Exit:
    console = Console(highlight=False)
    try:
        with GatewayClient(url, key=read_key(key)) as gateway:
            for item in _all(gateway, path):
                table.add_row(*row(item))
    except httpx.HTTPStatusError as error:
        return _refused(console, Reply(status=error.response.status_code, body=error.response.json()))
    except httpx.HTTPError as error:
        return _refused(console, _unreachable(url, error))
    console.print(table)
    return Exit.RELEASE


def _all(gateway: GatewayClient, path: str) -> Iterator[Mapping[str, Any]]:
    join = "&" if "?" in path else "?"
    cursor = None
    while True:
        asked = path if cursor is None else f"{path}{join}cursor={cursor}"
        page = gateway.read(asked).raise_for_status().json()
        yield from page["items"]
        cursor = page["next"]
        if cursor is None:
            return


def _unreachable(url: str, error: httpx.HTTPError) -> Reply:
    return Reply(status=503, body={"title": f"The gateway at {url} does not answer", "detail": str(error)})


def _refused(console: Console, reply: Reply) -> Exit:
    console.print(Text("\n".join(problem(reply)), style="red"))
    return Exit.UNAVAILABLE if reply.status == 503 else Exit.NOT_ACCEPTED


def _window_row(window: Mapping[str, Any]) -> list[str | Text]:
    ended = window["closed_at"] or ("" if window["in_force"] else window["until"])
    figures = (str(window[name]) for name in ("decided", "awaited", "differing"))
    return [str(window["number"]), window["adapter"], window["mode"], window["opened_at"], ended or "", *figures]


def _inside_row(item: Mapping[str, Any]) -> list[str | Text]:
    declaration, document, found, owed = item["declaration"], item["document"], item["found"], item["write_off"]
    inside = item["effect"] + (" (officer)" if item["by_officer"] else "")
    told = "" if found is None else " ".join((found["status"], *found["findings"]))
    return [
        declaration["mrn"] or declaration["lrn"],
        f"{document['type']} {document['reference']}",
        inside,
        "" if item["release"] is None else "yes" if item["release"]["whole"] else "in part",
        Text(item["afterwards"], style=_COLOURS.get(item["afterwards"], "")),
        told,
        "" if owed is None else "done" if owed["done"] else "by hand",
    ]
