"""The command `gateway list`."""

from typing import Annotated

import typer

from gateway.terminal.called_gateway import HERE, Key, Url

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
        str | None, typer.Option("-q", help="The last six or more characters of an MRN, LRN, EORI or reference.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Received not before this moment.")] = None,
    until: Annotated[str | None, typer.Option(help="Received before this moment.")] = None,
    newest: Annotated[bool, typer.Option("--newest", help="The newest first, held or not.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all rows.")] = False,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Prints what is held, the oldest first; `gateway list --turn officer` is an officer's queue. Status: 0 none, 10 some."""
    from gateway.cli.commands.declarations import listed

    asked = {
        "effect": effect, "effect_kind": effect_kind, "turn": turn, "state": state, "advice": advice, "finding": finding,
        "office": office, "authority": authority, "document": document, "declarant": declarant, "mrn": mrn, "lrn": lrn, "q": q,
        "since": since, "until": until, "order": "received" if newest else "held_since", "limit": 200,
    }  # fmt: skip
    status = listed(asked, url=url, key=key, as_json=as_json)
    if status:
        raise typer.Exit(status)
