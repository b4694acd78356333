"""`gateway list`: declarations by what stands against them and whose turn it is, over the gateway's HTTP interface."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from rich.table import Table

from gateway.cli.calls import printed
from gateway.cli.exits import Exit

_NOTHING = "-"


def listed(asked: Mapping[str, str | int | None], *, url: str, key: str | None) -> Exit:
    """Print what is found as a table; return whether there is any of it."""
    table = Table(expand=False)
    # An id that is cut cannot be copied.
    table.add_column("id", no_wrap=True, min_width=36)
    for name in ("MRN or LRN", "office", "held since", "what", "stands against release", "turn", "next"):
        table.add_column(name, overflow="fold")
    found: list[str] = []

    def row(one: Mapping[str, Any]) -> list[str]:
        found.append(one["id"])
        return _row(one)

    query = urlencode({"view": "row", **{name: value for name, value in asked.items() if value is not None}})
    status = printed(url, key, f"/v1/declarations?{query}", table, row)
    return Exit.HOLD if status is Exit.RELEASE and found else status


def _row(one: Mapping[str, Any]) -> list[str]:
    what = one["effect_kind"] or one["state"]
    return [
        one["id"],
        one["mrn"] or one["lrn"],
        one["office"] or _NOTHING,
        one["held_since"] or _NOTHING,
        what if one["filled"] else "not filled in yet",
        _against(one["stopper"], one["further"]),
        one["turn"] or _NOTHING,
        one["next_attempt_at"] or (one["clock"]["ends_at"] if one["clock"] is not None else _NOTHING),
    ]


def _against(stopper: Mapping[str, Any] | None, further: Mapping[str, int]) -> str:
    if stopper is None:
        return _NOTHING
    document = stopper["document"]
    about = f" {document['type']} {document['reference']}" if document is not None else ""
    more = sum(further.values())
    return f"{stopper['code'] or 'document'} {stopper['title'] or ''}{about}{f' (+{more})' if more else ''}"
