"""`gateway approvals`: the orders that wait for a second person, over the gateway's HTTP interface."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.calls import printed, report_call
from gateway.terminal.console import table_of_ids
from gateway.terminal.exits import Exit
from gateway.terminal.options import Doer, Why

_NO_END = "9999"
"""A year from which on an approval has no end."""
Approval = Annotated[str, typer.Argument(metavar="ID", help="The approval's id.")]


def listing(
    everything: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Prints the orders that wait for a second person. Status: 0 none, 10 some."""
    table = table_of_ids("id", "kind", "state", "declaration", "ordered by", "until", "reason")
    found: list[str] = []

    def row(one: Mapping[str, Any]) -> list[str]:
        found.append(one["state"])
        return _row(one)

    status = printed(url, key, f"/v1/approvals{'?state=all' if everything else ''}", table, row)
    return Exit.HOLD if status is Exit.RELEASE and "open" in found else status


def approve(approval: Approval, reason: Why = None, officer: Doer = None, url: Url = HERE, key: Key = None) -> Exit:
    """Approves an order of another person: it is carried out. Status: 30 if that is not accepted."""
    return answered(approval, True, reason, officer, url, key)


def reject(approval: Approval, reason: Why = None, officer: Doer = None, url: Url = HERE, key: Key = None) -> Exit:
    """Rejects an order, or takes an own one back. Status: 30 if that is not accepted."""
    return answered(approval, False, reason, officer, url, key)


def answered(approval: str, yes: bool, reason: str | None, officer: str | None, url: str, key: str | None) -> Exit:
    """Approve or reject an order and print what became of it."""
    stated = {name: text for name, text in (("reason", reason), ("officer", officer)) if text is not None}
    return report_call(url, key, f"/v1/approvals/{approval}", {"approve": yes, **stated}, _became)


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
