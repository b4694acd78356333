"""The commands `gateway approvals ...`."""

from typing import Annotated

import typer

from gateway.terminal.called_gateway import HERE, Key, Url

approvals = typer.Typer(help="Orders that wait for a second person.", no_args_is_help=True)

Approval = Annotated[str, typer.Argument(metavar="ID", help="The approval's id.")]
Officer = Annotated[
    str | None, typer.Option(help="Who does it, where no key is asked for; else whoever the key belongs to.")
]


@approvals.command("list")
def listing(
    everything: Annotated[bool, typer.Option("--all", help="Also those that ended.")] = False,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Prints the orders that wait for a second person. Status: 0 none, 10 some."""
    from gateway.cli.commands.approval_calls import listed

    status = listed(url=url, key=key, everything=everything)
    if status:
        raise typer.Exit(status)


@approvals.command("approve")
def approve(
    approval: Approval,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    officer: Officer = None,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Approves an order of another person: it is carried out. Status: 30 if that is not accepted."""
    _answer(approval, True, reason, officer, url, key)


@approvals.command("reject")
def reject(
    approval: Approval,
    reason: Annotated[str | None, typer.Option(help="Why.")] = None,
    officer: Officer = None,
    url: Url = HERE,
    key: Key = None,
) -> None:
    """Rejects an order, or takes an own one back. Status: 30 if that is not accepted."""
    _answer(approval, False, reason, officer, url, key)


def _answer(approval: str, yes: bool, reason: str | None, officer: str | None, url: str, key: str | None) -> None:
    from gateway.cli.commands.approval_calls import answered

    stated = {name: text for name, text in (("reason", reason), ("officer", officer)) if text is not None}
    status = answered(approval, {"approve": yes, **stated}, url=url, key=key)
    if status:
        raise typer.Exit(status)
