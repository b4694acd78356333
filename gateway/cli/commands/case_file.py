"""`gateway case`: export a declaration with all that is stored of it, and verify such a file."""

import asyncio
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from gateway.cli.commands.named import named
from gateway.domain.actor import at_the_command_line
from gateway.lifecycle.case_file import CaseFile, verifier
from gateway.lifecycle.case_file import export as made
from gateway.settings import load
from gateway.store import Store
from gateway.terminal.database import database
from gateway.terminal.user import user


def export(
    environment: Mapping[str, str],
    declaration: str,
    *,
    declarant: str | None = None,
    out: Path | None,
    officer: str | None,
) -> None:
    """Write the file, which only its owner may read, and print where it is.

    Raises:
        ConfigurationError, StoreError, EvidenceChanged: it cannot be made.
        NotKnown: there is no such declaration.
        OSError: it cannot be written.
    """

    async def run(url: str) -> tuple[str, CaseFile]:
        async with Store.opened(url) as store:
            record = await named(store, declaration, declarant)
            return record.id, await made(store.exports, record.id, by=at_the_command_line(officer or user()))

    with database(load(environment)) as store:
        record_id, found = asyncio.run(run(store.url))
    target = out or Path(f"case-{record_id}.zip")
    with open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            os.fchmod(file.fileno(), 0o600)  # one that was there already keeps its mode otherwise
        file.write(found.content)
    print(f"{target}: {found.digest}")


def verify(place: Path, head: str | None) -> int:
    """Run this gateway's verifier; return its status."""
    with tempfile.TemporaryDirectory(prefix="gateway-verify-") as folder:
        program = Path(folder) / "verify.py"
        program.write_text(verifier(), encoding="utf-8")
        command = [sys.executable, "-I", str(program), str(place.resolve()), *(("--head", head) if head else ())]
        return subprocess.run(command, check=False).returncode
