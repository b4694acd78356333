"""`gateway approvals`: the orders that wait for a second person, over the gateway's HTTP interface."""

from collections.abc import Mapping
from typing import Any

from gateway.terminal.calls import printed, report_call
from gateway.terminal.console import WholeTable
from gateway.terminal.exits import Exit

_NO_END = "9999"
"""A year from which on an approval has no end."""


def listed(*, url: str, key: str | None, everything: bool) -> Exit:
    """Print approvals, the newest first; return whether one is open."""
    table = WholeTable(expand=False)
    # An id that is cut cannot be copied.
    table.add_column("id", no_wrap=True, min_width=36)
    for name in ("kind", "state", "declaration", "ordered by", "until", "reason"):
        table.add_column(name, overflow="fold")
    found: list[str] = []

    def row(one: Mapping[str, Any]) -> list[str]:
        found.append(one["state"])
        return _row(one)

    status = printed(url, key, f"/v1/approvals{'?state=all' if everything else ''}", table, row)
    return Exit.HOLD if status is Exit.RELEASE and "open" in found else status


def answered(approval: str, answer: Mapping[str, Any], *, url: str, key: str | None) -> Exit:
    """Approve or reject an order and print what became of it."""
    return report_call(url, key, f"/v1/approvals/{approval}", answer, _became)


def _became(approval: Mapping[str, Any]) -> str:
    about = approval["declaration"]
    named = f" on {about['mrn'] or about['lrn']}" if about is not None else ""
    return f"{approval['kind']}{named}: {approval['state']}"


def _row(one: Mapping[str, Any]) -> list[str]:
    about, by, ordered = one["declaration"], one["by"], one["ordered"]
    return [
        one["id"],
        one["kind"],
        one["state"],
        "" if about is None else about["mrn"] or about["lrn"],
        "erased" if by is None else f"{by['person']} ({by['id']})",
        one["ends_at"] if one["ends_at"] < _NO_END else "no end",
        "" if ordered is None else ordered.get("reason") or "",
    ]
