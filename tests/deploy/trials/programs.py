"""Programs of the system that the trials run, and what they print."""

import os
import shutil
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.builders.processes import ran

_PATH = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
_LONG_S = 1800.0
"""Longer than the image takes to be built on a loaded machine."""


class TrialFailed(Exception):
    """Something that is delivered did not do what it is delivered for."""


def program(name: str, package: str) -> str:
    """The path of a program of a Debian package."""
    found = shutil.which(name, path=_PATH)
    assert found is not None, f"install {name}: apt-get install {package}"
    return found


def output_of(
    command: Sequence[str | Path],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    statuses: Sequence[int] = (0,),
) -> str:
    """Runs a command to its end and gives its standard output.

    Raises:
        TrialFailed: it ended with another status.
    """
    done = ran([str(part) for part in command], timeout=_LONG_S, cwd=cwd, env=None if env is None else dict(env))
    if done.returncode not in statuses:
        told = (done.stdout + done.stderr)[-4000:]
        raise TrialFailed(f"{' '.join(str(part) for part in command)}\nended with {done.returncode}:\n{told}")
    return done.stdout


def free_port() -> int:
    """A port on which nobody listens here."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
