"""The commands `gateway webhook ...`."""

import os
from typing import Annotated

import typer

webhook = typer.Typer(help="Webhooks of callers: how they stand, tried again, ended.", no_args_is_help=True)
Id = Annotated[str, typer.Argument(metavar="ID", help="The webhook's id.")]


@webhook.command("list")
def listing(everything: Annotated[bool, typer.Option("--all", help="Also those that have ended.")] = False) -> None:
    """Prints all webhooks: whose, where to, how they stand, and what waits. No secret is ever shown."""
    from gateway.cli.commands.webhook import list_webhooks

    list_webhooks(os.environ, everything=everything)


@webhook.command("show")
def show(
    webhook_id: Id, limit: Annotated[int, typer.Option(min=1, max=1_000, help="Of its newest events.")] = 20
) -> None:
    """Prints a webhook and its newest events, with what became of each."""
    from gateway.cli.commands.webhook import show_webhook

    show_webhook(os.environ, webhook_id, limit=limit)


@webhook.command("redrive")
def redrive(
    webhook_id: Id,
    number: Annotated[int, typer.Argument(min=1, metavar="NUMBER", help="The event to begin with.")],
    everything: Annotated[
        bool, typer.Option("--everything", help="Also what was delivered behind it; else only what is dead.")
    ] = False,
) -> None:
    """Has an event sent again, and what is dead behind it."""
    from gateway.cli.commands.webhook import redrive_webhook

    redrive_webhook(os.environ, webhook_id, number, everything=everything)


@webhook.command("end")
def end(
    webhook_id: Id,
    reason: Annotated[str, typer.Option(help="Why; its owner reads it.")],
    officer: Annotated[str | None, typer.Option(help="Who orders it; else the user of this machine.")] = None,
) -> None:
    """Ends a webhook: nothing is sent there from now on."""
    from gateway.cli.commands.webhook import end_webhook

    end_webhook(os.environ, webhook_id, reason=reason, officer=officer)
