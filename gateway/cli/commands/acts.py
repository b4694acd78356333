"""The acts of officers over the gateway's HTTP interface: one call each, and the decision behind it as `submit` prints it."""

import os
import re
from collections.abc import Mapping
from typing import Annotated, Any
from urllib.parse import quote

import typer
from rich.text import Text

from gateway.cli.commands.approvals import Approval, answered
from gateway.cli.decisions import decision_of, goods_of, reasons_of
from gateway.domain.declaration_name import DeclarationName
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.client import GatewayClient, Reply, language_of, name_of, no_reply, read_key
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.exits import Exit
from gateway.terminal.options import Declarant, Declaration, Doer, Why
from gateway_client import Unreachable

Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for the decision.")]
Second = Annotated[str | None, typer.Option(help="Who approves it, where no key is asked for.")]
Seen = Annotated[
    str | None,
    typer.Option(metavar="VERSION.DECISION", help="What was read: where others stand there, nothing is done."),
]
Reason = Annotated[str, typer.Option(help="Why, in the officer's own words.")]
Items = Annotated[
    list[str] | None,
    typer.Option(
        "--item", metavar="ITEM[=QUANTITY UNIT]", help="1, or a part of it: 1=250KGM; all that is left without."
    ),
]
Number = Annotated[str | None, typer.Option("--reference", help="Customs' own number of it.")]

RELEASE = "release"
"""The act whose outcome is that of the order, whatever the decision says."""
_PART = re.compile(r"(?P<item>[0-9]{1,5})(?:=(?P<quantity>[0-9.]{1,24})(?P<unit>[A-Z0-9]{2,3}))?")
_LINE = re.compile(r"(?P<item>[0-9]{1,5}):(?P<line>[0-9]{1,5})=(?P<quantity>[0-9.]{1,24})(?P<unit>[A-Z0-9]{2,3})")
_SEEN = re.compile(r"(?P<version>[0-9]{1,4})(?:\.(?P<decision>[0-9]{1,9}))?")


def accept(
    declaration: Declaration,
    mrn: Annotated[str, typer.Option(help="The MRN that customs gave it.")],
    at: Annotated[str, typer.Option(help="When: 2026-03-02T09:12:00Z.")],
    declarant: Declarant = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Customs accepts a declaration: it is decided again and reserved. Status as of `submit`."""
    return _act(declaration, declarant, url, key, wait, "acceptance", seen, mrn=mrn, accepted_at=at)


def assess(
    declaration: Declaration,
    declarant: Declarant = None,
    officer: Doer = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Has the authorities asked again at once, at most once a minute. Status as of `submit`."""
    return _act(declaration, declarant, url, key, wait, "assessment", seen, once=True, officer=officer)


def verify(
    declaration: Declaration,
    document_type: Annotated[str, typer.Argument(metavar="TYPE", help="The document's code, as N853.")],
    outcome: Annotated[str, typer.Option(help="valid, refused, expired, withdrawn, suspended or not_found.")],
    means: Annotated[str, typer.Option(help="How: paper, telephone, other system, or in own words.")],
    reason: Reason,
    document: Annotated[
        str,
        typer.Argument(metavar="[REFERENCE]", help="Its reference; none of an additional reference without a number."),
    ] = "",
    quantity: Annotated[str | None, typer.Option(help="For how much it was found good.")] = None,
    unit: Annotated[str | None, typer.Option(help="The quantity's unit, as KGM.")] = None,
    declarant: Declarant = None,
    officer: Doer = None,
    second_officer: Second = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Records an officer's own verification of a document. Status as of `submit`; 10 also if a second officer has to approve."""
    step = f"documents/{quote(document_type, safe='')}/verification"
    return _act(
        declaration, declarant, url, key, wait, step, seen, about=document, outcome=outcome, means=means, reason=reason,
        quantity=quantity, unit=unit, officer=officer, second_officer=second_officer,
    )  # fmt: skip


def release(
    declaration: Declaration,
    item: Items = None,
    reference: Number = None,
    declarant: Declarant = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Customs releases goods, all that is left or by item. Status: 0 released, 10 not yet, 30 not carried out."""
    return _act(declaration, declarant, url, key, wait, "release", seen, items=_parts(item), reference=reference)


def override(
    declaration: Declaration,
    reason: Reason,
    item: Items = None,
    reference: Number = None,
    declarant: Declarant = None,
    officer: Doer = None,
    second_officer: Second = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """An officer releases goods against the decision; refused ones once a second officer approves. Status as of `release`."""
    people = {"reason": reason, "officer": officer, "second_officer": second_officer}
    stated = {name: value for name, value in people.items() if value is not None}
    return _act(
        declaration, declarant, url, key, wait, "release", seen, items=_parts(item), reference=reference, override=stated
    )  # fmt: skip


def confirm(
    declaration: Declaration,
    heard: Annotated[bool, typer.Option("--heard", help="The declarant was given the right to be heard.")] = False,
    declarant: Declarant = None,
    officer: Doer = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Customs confirms a refusal: the declarant is told from now on. Status as of `submit`."""
    return _act(declaration, declarant, url, key, wait, "confirmation", seen, heard=heard, officer=officer)


def intervene(
    declaration: Declaration,
    kind: Annotated[str, typer.Argument(metavar="force|amend|delete|keep", help="What is done to the write-off.")],
    document_type: Annotated[str, typer.Argument(metavar="TYPE", help="The document's code, as N853.")],
    document: Annotated[str, typer.Argument(metavar="REFERENCE", help="Its reference.")],
    reason: Reason,
    line: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ITEM:LINE=QUANTITY UNIT", help="What stays written off: 1:2=250KGM; none with delete and keep."
        ),
    ] = None,
    reference: Number = None,
    declarant: Declarant = None,
    officer: Doer = None,
    second_officer: Second = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Orders the correction of a write-off, which a second officer approves. Status as of `submit`; 10 until it is approved."""
    about = {"type": document_type, "reference": document}
    return _act(
        declaration, declarant, url, key, wait, "interventions", seen, kind=kind, document=about, reason=reason,
        items=[_line(one) for one in line or ()], reference=reference, officer=officer, second_officer=second_officer,
    )  # fmt: skip


def reported(
    declaration: Declaration,
    step: Annotated[
        int,
        typer.Argument(
            metavar="STEP", min=1, help="The event of the order to release, as `step` of its movements says."
        ),
    ],
    document_type: Annotated[str, typer.Argument(metavar="TYPE", help="The document's code, as L100.")],
    document: Annotated[str, typer.Argument(metavar="REFERENCE", help="Its reference.")],
    reason: Reason,
    declarant: Declarant = None,
    officer: Doer = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """States that an authority was told of a release in another way: its report is not sent any more. Status as of `submit`."""
    about = {"type": document_type, "reference": document}
    return _act(
        declaration,
        declarant,
        url,
        key,
        wait,
        "reports",
        seen,
        step=step,
        document=about,
        reason=reason,
        officer=officer,
    )


def approve(approval: Approval, reason: Why = None, officer: Doer = None, url: Url = HERE, key: Key = None) -> Exit:
    """Approves an order of another person, as `approvals approve` does. Status: 30 if that is not accepted."""
    return answered(approval, True, reason, officer, url, key)


def _act(
    declaration: str,
    declarant: str | None,
    url: str,
    key: str | None,
    wait: float,
    act: str,
    seen: str | None,
    *,
    about: str | None = None,
    once: bool = False,
    **said: Any,
) -> Exit:
    """Make the call of an act, print what it came to, and return that as `submit` does.

    `about` is the reference of the document that it is about; an act that is asked for `once` is not repeated to wait for it.
    """
    said["seen"] = _seen_state(seen)
    name = DeclarationName.of_text(declaration, declarant)
    params = None if about is None else {"reference": about}
    stated = {key: value for key, value in said.items() if value not in (None, False, [])}
    try:
        with GatewayClient(url, key=read_key(key), language=language_of(os.environ)) as gateway:
            reply = gateway.act(name_of(name), act, stated, params=params, wait_s=wait, once=once)
    except Unreachable as error:
        reply = no_reply(error)
    _print(declaration, reply, released=act == RELEASE)
    if act == RELEASE and reply.taken:
        return Exit.RELEASE if reply.released else Exit.HOLD
    return reply.outcome


def _parts(items: list[str] | None) -> list[dict[str, Any]]:
    return [_part(one) for one in items or ()]


def _part(text: str) -> dict[str, Any]:
    """Read goods that are released: `1`, or a part of them, `1=250KGM`.

    Raises:
        typer.BadParameter: it is neither.
    """
    found = _read(_PART, text, "an item is a number, or a number with a quantity and its unit: 1=250KGM")
    stated = {"goods_item": int(found["item"]), "quantity": found["quantity"], "unit": found["unit"]}
    return {name: value for name, value in stated.items() if value is not None}


def _line(text: str) -> dict[str, Any]:
    """Read what an item has used of a line of a document: `1:2=250KGM`.

    Raises:
        typer.BadParameter: it is not.
    """
    found = _read(_LINE, text, "a line is an item, a line of the document and a quantity with its unit: 1:2=250KGM")
    return {
        "goods_item": int(found["item"]), "line": int(found["line"]), "quantity": found["quantity"], "unit": found["unit"]
    }  # fmt: skip


def _seen_state(text: str | None) -> dict[str, Any] | None:
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
