"""The commands with which an adapter is written: `gateway new-adapter`, `ask`, `record`, `conform`."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated

import typer

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


Direction = Annotated[str, typer.Option(help="import, export, transit: which way the goods go.")]


def ask(
    name: Adapter,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="The document's code, C690.")],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The document's number.")],
    position: Annotated[bool, typer.Option("--position", help="Ask for the quantity position instead.")] = False,
    direction: Direction = "import",
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
            position=position, direction=_direction(direction), against=against, secrets=_named(secret),
        )
    )  # fmt: skip


def record(
    name: Adapter,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REFERENCE]...", help="Documents; what is recorded already without, with --replace."),
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Their code, where the adapter has several.")
    ] = None,
    direction: Direction = "import",
    against: Against = None,
    secret: Secrets = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help="Where they go; the package's own `exchanges` without, if it is where you stand.",
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write recordings anew that exist.")] = False,
) -> None:
    """Asks an authority, and writes what it answers as recordings: by verify, and by position where the adapter tells one.

    Secrets are taken out, personal data is replaced by made-up values of the same shape, what is doubtful is told. Nothing is written that the
    adapter does not read as it read the answer itself. It only reads. Status: 0 written; 30 not all; 69 the authority cannot be reached;
    78 it does not accept the credentials.
    """
    from gateway.cli.commands.record import record as run

    _leave(
        run(
            os.environ, name, references or (),
            document_type=type_, direction=_direction(direction), against=against, secrets=_named(secret), into=into, over=replace,
        )
    )  # fmt: skip


def conform(
    name: Adapter,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the configured authority too, by verify alone; nothing is moved.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A test system or a running simulator, in place of the adapter's own one; it gets no configured secret.",
        ),
    ] = None,
    secret: Secrets = None,
    document: Annotated[
        list[str] | None,
        typer.Option(metavar="REFERENCE", help="With --live: what is asked about; the recorded ones without."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the page goes; conformance-NAME.md without.")
    ] = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Print the tier, and leave the stored one.")] = False,
) -> None:
    """Examines an adapter by its recordings and its simulator. Status: 0 nothing to mend, 1 something.

    Prints what is to be mended and how, writes it as a page, and stores the tier of the adapter's very files: draft, conformant, or with
    --live proven, for 90 days.
    """
    from gateway.cli.commands.conform import conform as run

    _leave(
        run(
            os.environ, name,
            live=live, against=against, secrets=_named(secret), questions=document or (), report=report, store=not no_store,
        )
    )  # fmt: skip


def new_adapter(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of the adapter and its package: lower-case letters, digits, _.")
    ],
    json: Annotated[
        bool, typer.Option("--json", help="For an authority that answers in JSON; taken if nothing is said.")
    ] = False,
    soap: Annotated[
        bool, typer.Option("--soap", help="For one that answers in SOAP 1.1, with WS-Security and faults of its own.")
    ] = False,
    declarative: Annotated[
        bool, typer.Option("--declarative", help="Without code: the authority as one file.")
    ] = False,
    oauth2: Annotated[
        bool,
        typer.Option(
            "--oauth2", help="It asks for an OAuth2 token, by client credentials; else an API key in a header."
        ),
    ] = False,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The code of the documents that are asked about.")
    ] = "C999",
) -> None:
    """Writes the package of an adapter that works, in a new folder NAME-adapter: manifest, adapter, codes, simulator, recordings, tests, README.

    `gateway conform NAME` passes on it at once; what is made up in it is yours to replace. Nothing that exists is overwritten.
    """
    from gateway.cli.commands.new_adapter import new_adapter as run

    if json and soap:
        raise typer.BadParameter("one of --json, --soap")
    kind = "_".join(name for name, wanted in (("declarative", declarative), ("soap", soap)) if wanted) or "json"
    if oauth2 and soap:
        raise typer.BadParameter(
            "--oauth2 is of --json and --declarative: with --soap the account stands inside the message"
        )
    _leave(run(os.environ, name, kind=kind, document_type=type_, oauth2=oauth2))


def _direction(given: str) -> str:
    if given not in (known := ("import", "export", "transit")):
        raise typer.BadParameter(f"--direction {given}: {', '.join(known)}")
    return given


def _named(given: list[str] | None) -> dict[str, str]:
    """The references to secrets by the secrets' names; what stands behind a `=` is not repeated, it may be one."""
    pairs = [one.partition("=") for one in given or ()]
    if not all(name and where for name, _, where in pairs):
        raise typer.BadParameter("--secret: NAME=env:VARIABLE or NAME=file:PATH is needed")
    return {name: where for name, _, where in pairs}


def _leave(status: int) -> None:
    if status:
        raise typer.Exit(status)


FOR_PARTNERS: Mapping[str, Callable[..., None]] = {
    "new-adapter": new_adapter, "ask": ask, "record": record, "conform": conform,
}  # fmt: skip
"""The commands, by what is typed."""
