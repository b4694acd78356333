"""`gateway contingency`: open, close and list contingency windows over the gateway's HTTP interface."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.calls import printed, report_call
from gateway.terminal.console import WholeTable
from gateway.terminal.exits import Exit
from gateway.terminal.options import Reason

_COLOURS = {"confirmed": "green", "determined": "green", "differs": "red", "awaited": "yellow", "dropped": "dim"}


Number = Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The window's number.")]
Officer = Annotated[str | None, typer.Option(help="Without: whoever the key belongs to.")]


def open_window(
    adapter: Annotated[str, typer.Argument(help="The authority that cannot be asked, by its adapter's name.")],
    reason: Reason,
    second_officer: Annotated[
        str | None,
        typer.Option(help="Another person, where no key is asked for; else they approve it by a call of their own."),
    ] = None,
    mode: Annotated[
        str,
        typer.Option(
            help="manual (an officer verifies), hold, or release (verified afterwards; needs a [[window]] row)."
        ),
    ] = "manual",
    officer: Officer = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="As 2026-11-26T18:00:00Z; without: until it is closed.")
    ] = None,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Opens a window and prints its number. Status: 10 if it waits for a second person, 30 if it is not accepted."""
    order = {"adapter": adapter, "mode": mode, "reason": reason}
    more = {"officer": officer, "second_officer": second_officer, "until": until}
    order |= {name: value for name, value in more.items() if value is not None}
    return report_call(url, key, "/v1/contingency", order, _opened_or_closed)


def close_window(number: Number, reason: Reason, officer: Officer = None, url: Url = HERE, key: Key = None) -> Exit:
    """Closes a window: what was decided inside is verified from now on."""
    closing = {"reason": reason} | ({"officer": officer} if officer else {})
    return report_call(url, key, f"/v1/contingency/{number}/closing", closing, _opened_or_closed)


def list_windows(
    number: Annotated[
        int | None, typer.Argument(min=1, metavar="[NUMBER]", help="What was decided inside this window.")
    ] = None,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Prints all windows, or what was decided inside one."""
    if number is not None:
        return _printed_inside(f"/v1/contingency/{number}", url, key)[0]
    table = WholeTable("number", "adapter", "mode", "opened", "ended", "decided", "awaited", "differing", expand=False)
    return printed(url, key, "/v1/contingency", table, _window_row)


def report_window(number: Number, url: Url = HERE, key: Key = None) -> Exit:
    """Prints what turned out otherwise than it was decided inside. Status: 0 nothing, 1 something."""
    status, rows = _printed_inside(f"/v1/contingency/{number}?afterwards=differs", url, key)
    return Exit.DIFFERENT if status is Exit.RELEASE and rows else status


def _printed_inside(path: str, url: str, key: str | None) -> tuple[Exit, int]:
    """Print the documents decided inside a window; return how many there are, too."""
    table = WholeTable("MRN or LRN", "document", "inside", "released", "afterwards", "found", "write off", expand=False)
    status = printed(url, key, path, table, _inside_row)
    return status, table.row_count


def _opened_or_closed(window: Mapping[str, Any]) -> str:
    state = "in force" if window["in_force"] else "closed"
    return f"contingency window {window['number']} of {window['adapter']} ({window['mode']}): {state}"


def _window_row(window: Mapping[str, Any]) -> list[str | Text]:
    ended = window["closed_at"] or ("" if window["in_force"] else window["until"])
    figures = (str(window[name]) for name in ("decided", "awaited", "differing"))
    return [str(window["number"]), window["adapter"], window["mode"], window["opened_at"], ended or "", *figures]


def _inside_row(item: Mapping[str, Any]) -> list[str | Text]:
    declaration, document, found, owed = item["declaration"], item["document"], item["found"], item["write_off"]
    inside = item["effect"] + (" (officer)" if item["by_officer"] else "")
    outcome = "" if found is None else " ".join((found["status"], *found["findings"]))
    return [
        declaration["mrn"] or declaration["lrn"],
        f"{document['type']} {document['reference']}",
        inside,
        "" if item["release"] is None else "yes" if item["release"]["whole"] else "in part",
        Text(item["afterwards"], style=_COLOURS.get(item["afterwards"], "")),
        outcome,
        "" if owed is None else "done" if owed["done"] else "by hand",
    ]
