"""`gateway case`: export a declaration with all that is stored of it, and verify such a file."""

import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from gateway.domain.actor import at_the_command_line
from gateway.lifecycle.case_file import CaseFile, verifier
from gateway.lifecycle.case_file import export as made
from gateway.store import Store
from gateway.terminal.named_declaration import named
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant
from gateway.terminal.user import user


def export(
    declaration: Annotated[str, typer.Argument(metavar="DECLARATION", help="Its id, MRN or LRN.")],
    declarant: Declarant = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE.zip", dir_okay=False, help="Where it is written; else case-ID.zip.")
    ] = None,
    officer: Annotated[str | None, typer.Option(help="Who takes it; else the user of this machine.")] = None,
) -> None:
    """Writes all that is stored of a declaration into one zip, with a program that verifies it; the gateway notes who took it.

    It holds personal data and business secrets. Status: 30 if there is no such declaration.
    """

    async def order(store: Store) -> tuple[str, CaseFile]:
        record = await named(store, declaration, declarant)
        return record.id, await made(store.exports, record.id, by=at_the_command_line(officer or user()))

    record_id, found = in_store(order)
    target = out or Path(f"case-{record_id}.zip")
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fchmod(file.fileno(), 0o600)  # one that was there already keeps its mode otherwise
        file.write(found.content)
    print(f"{target}: {found.digest}")


def verify(
    place: Annotated[
        Path, typer.Argument(metavar="CASE.zip", exists=True, help="An exported case, or the folder it is unpacked in.")
    ],
    head: Annotated[str | None, typer.Option(metavar="HASH", help="With which hash its chain has to end.")] = None,
) -> int:
    """Verifies an exported case by this gateway's own program, not by the one in it. Status: 0 nothing differs, 1 something does."""
    with tempfile.TemporaryDirectory(prefix="gateway-verify-") as folder:
        program = Path(folder) / "verify.py"
        program.write_text(verifier(), encoding="utf-8")
        command = [sys.executable, "-I", str(program), str(place.resolve()), *(("--head", head) if head else ())]
        return subprocess.run(command, check=False).returncode
