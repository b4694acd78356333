"""`gateway contingency`: open, close and list contingency windows over the gateway's HTTP interface."""

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from gateway.terminal.calls import printed, report_call
from gateway.terminal.console import WholeTable
from gateway.terminal.exits import Exit

_COLOURS = {"confirmed": "green", "determined": "green", "differs": "red", "awaited": "yellow", "dropped": "dim"}


def open_window(*, url: str, key: str | None, order: Mapping[str, Any]) -> Exit:
    """Open a window and print its number."""
    return report_call(url, key, "/v1/contingency", order, _opened_or_closed)


def close_window(number: int, *, url: str, key: str | None, closing: Mapping[str, Any]) -> Exit:
    """Close a window."""
    return report_call(url, key, f"/v1/contingency/{number}/closing", closing, _opened_or_closed)


def list_windows(*, url: str, key: str | None) -> Exit:
    """Print all windows, the newest first."""
    table = WholeTable("number", "adapter", "mode", "opened", "ended", "decided", "awaited", "differing", expand=False)
    return printed(url, key, "/v1/contingency", table, _window_row)


def list_inside(number: int, *, url: str, key: str | None, only: str | None = None) -> Exit:
    """Print the documents decided inside a window, or only those that turned out otherwise; return whether something differs."""
    table = WholeTable("MRN or LRN", "document", "inside", "released", "afterwards", "found", "write off", expand=False)
    path = f"/v1/contingency/{number}" + (f"?afterwards={only}" if only else "")
    status = printed(url, key, path, table, _inside_row)
    return Exit.DIFFERENT if only and status is Exit.RELEASE and table.row_count else status


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
