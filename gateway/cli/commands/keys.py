"""The commands `gateway api-key ...`."""

import os
from typing import Annotated

import typer

api_key = typer.Typer(help="The keys of those who may call.", no_args_is_help=True)
Officer = Annotated[str | None, typer.Option(help="Who orders it, for the trail; else the user of this machine.")]


@api_key.command("new")
def new(
    name: Annotated[str, typer.Argument(help="Who calls, as it stands in the trail: no other key ever has this name.")],
    role: Annotated[str, typer.Option(help="customs, trader, officer, auditor, operator or authority.")],
    person: Annotated[
        str | None, typer.Option(help="Whose key it is, of all the keys of one person the same; else the key's name.")
    ] = None,
    asserts_officers: Annotated[
        bool, typer.Option("--asserts-officers", help="For a system that knows its officers: it may name them.")
    ] = False,
    eori: Annotated[
        list[str] | None, typer.Option(help="For a trader: whose declarations; may be given often.")
    ] = None,
    authority: Annotated[str | None, typer.Option(help="For an authority: the name of its adapter.")] = None,
    office: Annotated[
        list[str] | None,
        typer.Option(help="For an officer or auditor: a customs office; may be given often. Without: all offices."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="As 2027-11-26T18:00:00Z; without: until it is revoked.")
    ] = None,
    officer: Officer = None,
    print_only: Annotated[
        bool,
        typer.Option(
            "--print-only", help="Store nothing: print the table for config/gateway.toml that holds its digest."
        ),
    ] = False,
) -> None:
    """Makes a key, stores its digest in the database and prints the key this once. It counts on all replicas at once."""
    from gateway.cli.commands.api_key import KeyOptions, print_row, store_key

    options = KeyOptions(
        name=name,
        role=role,
        person=person,
        asserts_officers=asserts_officers,
        eoris=tuple(eori or ()),
        authority=authority,
        offices=tuple(office) if office else None,
    )
    if print_only:
        if expires is not None:
            raise typer.BadParameter("--expires: a key of the configuration ends when it is taken out of it")
        print_row(options)
    else:
        store_key(os.environ, options, expires=expires, officer=officer)


@api_key.command("list")
def listing(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were revoked or have expired.")] = False,
) -> None:
    """Prints the keys of the configuration and of the database: what for, until when, last used. No key is ever shown."""
    from gateway.cli.commands.api_key import list_keys

    list_keys(os.environ, everything=everything)


@api_key.command("revoke")
def revoke(
    name: Annotated[str, typer.Argument(help="The key's name.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    officer: Officer = None,
) -> None:
    """Revokes a key of the database: it counts on no replica from now on. What it ordered and nobody approved yet is void."""
    from gateway.cli.commands.api_key import revoke_key

    revoke_key(os.environ, name, reason=reason, officer=officer)
