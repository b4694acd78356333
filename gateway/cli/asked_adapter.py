"""The adapter that a command for its writers takes: which one, against which authority, with which secrets."""

from typing import Annotated

import typer

from gateway.contract import Direction

Adapter = Annotated[
    str, typer.Argument(metavar="NAME", help="A configured adapter, or a package that can be imported.")
]
Against = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Another authority than the configured one, a test system say; it gets no configured secret.",
    ),
]
Secrets = Annotated[
    list[str] | None,
    typer.Option(
        "--secret", metavar="NAME=WHERE", help="With --against: a secret of the manifest's, env:NAME or file:PATH."
    ),
]
Way = Annotated[str, typer.Option(help="import, export, transit: which way the goods go.")]


def direction_of(given: str) -> Direction:
    """Return the way that the goods go.

    Raises:
        typer.BadParameter: there is no such way.
    """
    if given not in set(Direction):
        raise typer.BadParameter(f"--direction {given}: {', '.join(Direction)}")
    return Direction(given)


def secrets_of(given: list[str] | None) -> dict[str, str]:
    """Return the references to secrets by the secrets' names.

    Raises:
        typer.BadParameter: one is written otherwise; what stands behind its `=` is not repeated, it may be a secret.
    """
    pairs = [one.partition("=") for one in given or ()]
    if not all(name and where for name, _, where in pairs):
        raise typer.BadParameter("--secret: NAME=env:VARIABLE or NAME=file:PATH is needed")
    return {name: where for name, _, where in pairs}
