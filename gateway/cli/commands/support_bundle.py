"""The command `gateway support-bundle`: a file for whoever helps, without a word of any declaration."""

import os
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from gateway.cli.status.gateway_status import GatewayPlace
from gateway.cli.support_bundle.bundle import SupportBundle
from gateway.terminal.called_gateway import HERE, Key, Url
from gateway.terminal.client import read_key
from gateway.terminal.exits import Exit


def support_bundle(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="The file to write, as bundle.zip; it must not be there.")
    ],
    log: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="The gateway's log: the names and codes of its last lines."),
    ] = None,
    declaration: Annotated[
        str | None,
        typer.Option(metavar="ID", help="One declaration's events too, by kind, moment and code; by its id alone."),
    ] = None,
    url: Url = HERE,
    key: Key = None,
) -> Exit:
    """Writes a file for whoever helps: settings without secrets, `doctor`, `status`, figures, sizes and counts. No personal data."""
    try:
        record_id = str(UUID(declaration)) if declaration is not None else None
    except ValueError as error:
        raise typer.BadParameter(
            f"--declaration {declaration}: it is named by its id, which tells nothing of it"
        ) from error
    if file.exists():
        raise typer.BadParameter(f"{file} is there already")
    bundle = SupportBundle(os.environ, GatewayPlace.of(url, read_key(key)))
    bundle.gather(log=log, declaration=record_id)
    try:
        bundle.write(file)
    except OSError as error:
        print(f"{file} cannot be written: {error.strerror}", file=sys.stderr)
        return Exit.UNAVAILABLE
    print(f"{file} holds:")
    for name, member in bundle.members.items():
        print(f"  {name} ({len(member.encode()):,} bytes)")
    for name, why in bundle.missing.items():
        print(f"  not {name}: {why}")
    print("Look at it before you send it: `unzip -p FILE NAME` shows a part.")
    return Exit.RELEASE
