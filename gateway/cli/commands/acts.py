"""The commands of officers: accept, assess, verify, release, override, confirm, intervene and approve."""

from typing import Annotated, Any

import typer

from gateway.terminal.called_gateway import HERE, Key, Url

Declaration = Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id or MRN, or its LRN.")]
Declarant = Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for the decision.")]
Officer = Annotated[
    str | None, typer.Option(help="Who does it, where no key is asked for; else whoever the key belongs to.")
]
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


def accept(
    declaration: Declaration,
    mrn: Annotated[str, typer.Option(help="The MRN that customs gave it.")],
    at: Annotated[str, typer.Option(help="When: 2026-03-02T09:12:00Z.")],
    declarant: Declarant = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Customs accepts a declaration: it is decided again and reserved. Status as of `submit`."""
    _act(declaration, declarant, url, key, wait, "acceptance", seen, mrn=mrn, accepted_at=at)


def assess(
    declaration: Declaration,
    declarant: Declarant = None,
    officer: Officer = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Has the authorities asked again at once, at most once a minute. Status as of `submit`."""
    _act(declaration, declarant, url, key, wait, "assessment", seen, once=True, officer=officer)


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
    officer: Officer = None,
    second_officer: Second = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Records an officer's own verification of a document. Status as of `submit`; 10 also if a second officer has to approve."""
    from urllib.parse import quote

    step = f"documents/{quote(document_type, safe='')}/verification"
    _act(
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
) -> None:
    """Customs releases goods, all that is left or by item. Status: 0 released, 10 not yet, 30 not carried out."""
    _act(declaration, declarant, url, key, wait, "release", seen, items=_parts(item), reference=reference)


def override(
    declaration: Declaration,
    reason: Reason,
    item: Items = None,
    reference: Number = None,
    declarant: Declarant = None,
    officer: Officer = None,
    second_officer: Second = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """An officer releases goods against the decision; refused ones once a second officer approves. Status as of `release`."""
    people = {"reason": reason, "officer": officer, "second_officer": second_officer}
    stated = {name: value for name, value in people.items() if value is not None}
    _act(
        declaration, declarant, url, key, wait, "release", seen, items=_parts(item), reference=reference, override=stated
    )  # fmt: skip


def confirm(
    declaration: Declaration,
    heard: Annotated[bool, typer.Option("--heard", help="The declarant was given the right to be heard.")] = False,
    declarant: Declarant = None,
    officer: Officer = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Customs confirms a refusal: the declarant is told from now on. Status as of `submit`."""
    _act(declaration, declarant, url, key, wait, "confirmation", seen, heard=heard, officer=officer)


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
    officer: Officer = None,
    second_officer: Second = None,
    seen: Seen = None,
    wait: Wait = 10,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Orders the correction of a write-off, which a second officer approves. Status as of `submit`; 10 until it is approved."""
    from gateway.cli.commands.act_calls import line as read_line

    about = {"type": document_type, "reference": document}
    _act(
        declaration, declarant, url, key, wait, "interventions", seen, kind=kind, document=about, reason=reason,
        items=[read_line(one) for one in line or ()], reference=reference, officer=officer, second_officer=second_officer,
    )  # fmt: skip


def approve(
    approval: Annotated[str, typer.Argument(metavar="ID", help="The approval's id.")],
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    officer: Officer = None,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Approves an order of another person, as `approvals approve` does. Status: 30 if that is not accepted."""
    from gateway.cli.commands.approvals import approve as run

    run(approval, reason=reason, officer=officer, url=url, key=key)


def _parts(items: list[str] | None) -> list[dict[str, Any]]:
    from gateway.cli.commands.act_calls import part

    return [part(one) for one in items or ()]


def _act(
    declaration: str,
    declarant: str | None,
    url: str,
    key: str | None,
    wait: float,
    step: str,
    seen: str | None,
    *,
    about: str | None = None,
    once: bool = False,
    **said: Any,
) -> None:
    from gateway.cli.commands.act_calls import At, act, seen_state

    at = At(declaration=declaration, declarant=declarant, url=url, key=key, wait_s=wait)
    if status := act(at, step, {**said, "seen": seen_state(seen)}, about=about, once=once):
        raise typer.Exit(status)


OF_OFFICERS = (accept, assess, verify, release, override, confirm, intervene, approve)
"""All of them, in the order in which they are listed."""
