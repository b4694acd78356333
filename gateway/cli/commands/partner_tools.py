"""The commands with which an adapter is written: `gateway new-adapter`, `ask`, `record`."""

import os
from typing import Annotated

import typer

Adapter = Annotated[str, typer.Argument(metavar="NAME", help="A configured adapter, or a package that can be imported.")]
Against = Annotated[
    str | None,
    typer.Option(metavar="URL", help="Another authority than the configured one, a test system say; it gets no configured secret."),
]
Secrets = Annotated[
    list[str] | None,
    typer.Option("--secret", metavar="NAME=WHERE", help="With --against: a secret of the manifest's, env:NAME or file:PATH."),
]


def ask(
    name: Adapter,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="The document's code, C690.")],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The document's number.")],
    position: Annotated[bool, typer.Option("--position", help="Ask for the quantity position instead.")] = False,
    direction: Annotated[str, typer.Option(help="import, export, transit: which way the goods go.")] = "import",
    against: Against = None,
    secret: Secrets = None,
) -> None:
    """Shows one exchange with an authority: requests, answers, the time of each step, and file and line of what was raised.

    Drafts are asked too. It only reads: nothing is changed at the authority, nothing is stored. Without a configured authority the adapter's
    simulator is started and asked. Status: 0 an answer, whatever it says; 1 none that the gateway takes; 30 the request was rejected;
    69 the authority cannot be reached; 78 it does not accept the credentials.
    """
    from gateway.cli.commands.ask import ask as run

    _leave(
        run(
            os.environ, name, type_, reference,
            position=position, direction=direction, against=against, secrets=_named(secret),
        )
    )  # fmt: skip


def _named(given: list[str] | None) -> dict[str, str]:
    """The references to secrets by the secrets' names; what stands behind a `=` is not repeated, it may be one."""
    pairs = [one.partition("=") for one in given or ()]
    if not all(name and where for name, _, where in pairs):
        raise typer.BadParameter("--secret: NAME=env:VARIABLE or NAME=file:PATH is needed")
    return {name: where for name, _, where in pairs}


def _leave(status: int) -> None:
    if status:
        raise typer.Exit(status)


FOR_PARTNERS = {"ask": ask}
"""The commands, by what is typed."""
