"""`gateway list`: declarations by what stands against them and whose turn it is, over the gateway's HTTP interface."""

import json
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import urlencode

import typer

from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.calls import printed
from gateway.terminal.console import table_of_ids
from gateway.terminal.exits import Exit

_NOTHING = "-"

Several = Annotated[str | None, typer.Option(help="One or several, separated by commas.")]
One = Annotated[str | None, typer.Option()]


def list_declarations(
    effect: Several = None,
    effect_kind: Several = None,
    turn: Several = None,
    state: Several = None,
    advice: Several = None,
    finding: Several = None,
    office: Several = None,
    authority: Several = None,
    document: Annotated[str | None, typer.Option(help="TYPE/REFERENCE, or the reference.")] = None,
    declarant: One = None,
    mrn: One = None,
    lrn: One = None,
    q: Annotated[
        str | None,
        typer.Option("-q", help="The last six or more characters of an MRN, LRN, EORI, reference, container or means."),
    ] = None,
    since: Annotated[str | None, typer.Option(help="Received not before this moment.")] = None,
    until: Annotated[str | None, typer.Option(help="Received before this moment.")] = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first, held or not.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all rows.")] = False,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Prints what is held, the oldest first; `gateway list --turn officer` is an officer's queue. Status: 0 none, 10 some."""
    asked = {
        "effect": effect, "effect_kind": effect_kind, "turn": turn, "state": state, "advice": advice, "finding": finding,
        "office": office, "authority": authority, "document": document, "declarant": declarant, "mrn": mrn, "lrn": lrn, "q": q,
        "since": since, "until": until, "order": "received" if newest else "held_since", "limit": 200,
    }  # fmt: skip
    # Two columns: beside the ids there is room for the rest on 80 characters.
    table = table_of_ids("declaration", "what stands against release")
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
