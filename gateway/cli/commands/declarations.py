"""`gateway list`: declarations by what stands against them and whose turn it is, over the gateway's HTTP interface."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from gateway.terminal.calls import printed
from gateway.terminal.console import WholeTable
from gateway.terminal.exits import Exit

_NOTHING = "-"
_ID_WIDTH = 36


def listed(asked: Mapping[str, str | int | None], *, url: str, key: str | None, as_json: bool = False) -> Exit:
    """Print what is found, as a table or as JSON; return whether there is any of it."""
    table = WholeTable(expand=False)
    # An id that is cut cannot be copied; beside it there is room for the rest on 80 columns.
    table.add_column("declaration", no_wrap=True, min_width=_ID_WIDTH)
    table.add_column("what stands against release", overflow="fold")
    found: list[Mapping[str, Any]] = []

    def row(one: Mapping[str, Any]) -> list[str]:
        found.append(one)
        return _row(one)

    query = urlencode({"view": "row", **{name: value for name, value in asked.items() if value is not None}})
    status = printed(url, key, f"/v1/declarations?{query}", table, row, shown=not as_json)
    if as_json and status is Exit.RELEASE:
        print(json.dumps({"items": found}))
    return Exit.HOLD if status is Exit.RELEASE and found else status


def _row(one: Mapping[str, Any]) -> list[str]:
    what = one["effect_kind"] or one["state"]
    turn = f", {one['turn']}'s turn" if one["turn"] is not None else ""
    following = one["next_attempt_at"] or _ending(one["clock"])
    about = [one["id"], one["mrn"] or one["lrn"], f"at {one['office']}" if one["office"] is not None else None]
    stands = [
        f"{what}{turn}" if one["filled"] else "not filled in yet",
        _against(one["stopper"], one["further"]),
        f"held since {one['held_since']}" if one["held_since"] is not None else None,
        f"next {following}" if following is not None else None,
    ]
    return ["\n".join(line for line in lines if line is not None) for lines in (about, stands)]


def _against(stopper: Mapping[str, Any] | None, further: Mapping[str, int]) -> str:
    if stopper is None:
        return _NOTHING
    document = stopper["document"]
    about = f" {document['type']} {document['reference']}" if document is not None else ""
    more = sum(further.values())
    return f"{stopper['code'] or 'document'} {stopper['title'] or ''}{about}{f' (+{more})' if more else ''}"


def _ending(clock: Mapping[str, Any] | None) -> str | None:
    """Return when a time limit ends, or before when it does not."""
    if clock is None:
        return None
    ends_at: str | None = clock["ends_at"]
    return ends_at or f"not before {clock['not_before']}"
