"""The acts of officers over the gateway's HTTP interface: one call, and the decision behind it as `submit` prints it."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import typer
from rich.text import Text

from gateway.cli.decisions import decision_of, goods_of, reasons_of
from gateway.domain.declaration_name import DeclarationName
from gateway.terminal.client import GatewayClient, Reply, language_of, name_of, no_reply, read_key
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit
from gateway_client import Unreachable

RELEASE = "release"
"""The act whose outcome is that of the order, whatever the decision says."""
_PART = re.compile(r"(?P<item>[0-9]{1,5})(?:=(?P<quantity>[0-9.]{1,24})(?P<unit>[A-Z0-9]{2,3}))?")
_LINE = re.compile(r"(?P<item>[0-9]{1,5}):(?P<line>[0-9]{1,5})=(?P<quantity>[0-9.]{1,24})(?P<unit>[A-Z0-9]{2,3})")
_SEEN = re.compile(r"(?P<version>[0-9]{1,4})(?:\.(?P<decision>[0-9]{1,9}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class At:
    """A gateway, and the declaration at it."""

    declaration: str
    declarant: str | None
    url: str
    key: str | None
    wait_s: float


def act(at: At, step: str, said: Mapping[str, Any], *, about: str | None = None, once: bool = False) -> Exit:
    """Make the call of an act, print what it came to, and return that as `submit` does.

    `about` is the reference of the document that it is about; an act that is asked for `once` is not repeated to wait for it.
    """
    name = DeclarationName.of_text(at.declaration, at.declarant)
    params = None if about is None else {"reference": about}
    stated = {key: value for key, value in said.items() if value not in (None, False, [])}
    try:
        with GatewayClient(at.url, key=read_key(at.key), language=language_of(os.environ)) as gateway:
            reply = gateway.act(name_of(name), step, stated, params=params, wait_s=at.wait_s, once=once)
    except Unreachable as error:
        reply = no_reply(error)
    _print(at.declaration, reply, released=step == RELEASE)
    if step == RELEASE and reply.taken:
        return Exit.RELEASE if reply.released else Exit.HOLD
    return reply.outcome


def part(text: str) -> dict[str, Any]:
    """Read goods that are released: `1`, or a part of them, `1=250KGM`.

    Raises:
        typer.BadParameter: it is neither.
    """
    found = _read(_PART, text, "an item is a number, or a number with a quantity and its unit: 1=250KGM")
    stated = {"goods_item": int(found["item"]), "quantity": found["quantity"], "unit": found["unit"]}
    return {name: value for name, value in stated.items() if value is not None}


def line(text: str) -> dict[str, Any]:
    """Read what an item has used of a line of a document: `1:2=250KGM`.

    Raises:
        typer.BadParameter: it is not.
    """
    found = _read(_LINE, text, "a line is an item, a line of the document and a quantity with its unit: 1:2=250KGM")
    return {
        "goods_item": int(found["item"]), "line": int(found["line"]), "quantity": found["quantity"], "unit": found["unit"]
    }  # fmt: skip


def seen_state(text: str | None) -> dict[str, Any] | None:
    """Read a version and a decision that were read: `1.3`, or `1` before any decision.

    Raises:
        typer.BadParameter: it is neither.
    """
    if text is None:
        return None
    found = _read(_SEEN, text, "what was read is a version and the number of its decision: 1.3")
    return {"version": int(found["version"]), "decision": int(found["decision"]) if found["decision"] else None}


def _read(form: re.Pattern[str], text: str, expected: str) -> "re.Match[str]":
    if (found := form.fullmatch(text)) is None:
        raise typer.BadParameter(f"{text!r:.60}: {expected}")
    return found


def _print(named: str, reply: Reply, *, released: bool) -> None:
    shown = str(reply.body.get("mrn") or reply.body.get("lrn") or named)
    if released:
        table = WholeTable("declaration", "goods", "decision", "why", expand=False)
        table.add_row(Text(shown), goods_of(reply), decision_of(reply), reasons_of(reply))
    else:
        table = WholeTable("declaration", "decision", "why", expand=False)
        table.add_row(Text(shown), decision_of(reply), reasons_of(reply))
    output_console(highlight=True).print(table)
    stands = reply.body.get("stands")
    if not reply.taken and isinstance(stands, Mapping):
        output_console(highlight=True).print(
            f"There stands {stands['version']}.{stands['decision'] or 0}: {stands['effect']}"
        )
