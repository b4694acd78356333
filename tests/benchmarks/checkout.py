"""Another commit of this repository, checked out and made ready to run, for as long as it is needed."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.builders.places import ROOT
from tests.builders.running import clean_environment

_TOLD = 20
"""Lines of what a failed command said that are shown."""
_POLITE_S = 10.0
"""How long one that is told to end may take."""
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What a run is interrupted by."""
_MAKE = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "AGAINST", "PYTHON", "PYTHONPATH", "VIRTUAL_ENV")


class NotComparable(Exception):
    """The other commit cannot be run beside this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A checkout and the Python of its environment."""

    folder: Path
    python: str
    revision: str

    def environment(self) -> dict[str, str]:
        """Variables that say nothing about another checkout."""
        return {key: value for key, value in clean_environment().items() if key not in _MAKE}


def here(repository: Path = ROOT) -> Code:
    """Gives the working tree, with its environment.

    Raises:
        NotComparable: it is no git checkout.
    """
    revision = _git(repository, "describe", "--always", "--dirty", "--exclude=*")
    return Code(folder=repository, python=sys.executable, revision=revision)


def commit_of(revision: str, repository: Path = ROOT) -> str:
    """Gives the full id of a commit.

    Raises:
        NotComparable: the repository has none of that name.
    """
    try:
        return _git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except NotComparable as error:
        raise NotComparable(f"AGAINST={revision}: this repository has no such commit") from error


@contextmanager
def checked_out(revision: str, folder: Path, repository: Path = ROOT) -> Iterator[Code]:
    """Checks a commit out into a new folder, with an environment by its own lock and of our Python; removes it at the end.

    Raises:
        NotComparable: there is no such commit, or its environment cannot be made.
    """
    commit = commit_of(revision, repository)
    try:
        _git(repository, "worktree", "add", "--quiet", "--detach", str(folder), commit)
        with (folder.parent / "environment.log").open("w+", encoding="utf-8") as log:
            _make_environment(folder, log.fileno())
            python = str(folder / ".venv/bin/python")
            version = _said([python, "-c", "import sys; print(sys.version)"], folder)
            if version != sys.version:
                raise NotComparable(f"{revision} would run on Python {version}, ours on {sys.version}")
        yield Code(
            folder=folder, python=python, revision=_git(repository, "describe", "--always", "--exclude=*", commit)
        )
    finally:
        if folder.exists():
            _git(repository, "worktree", "remove", "--force", str(folder), must=False)
        _git(repository, "worktree", "prune", must=False)


def run(command: Sequence[str], *, folder: Path, environment: Mapping[str, str], output: int) -> int:
    """Runs a command with all that it starts, which ends with us; gives its status."""
    process = None
    try:
        with _undisturbed():
            process = subprocess.Popen(
                command, cwd=folder, env=dict(environment), stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True,
            )  # fmt: skip
        return process.wait()
    finally:
        if process is not None and process.poll() is None:
            _end(process)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Let signals come afterwards: of a process that is started while one comes nobody would know, and it would stay."""
    came: list[int] = []
    kept = {number: signal.signal(number, lambda number, _: came.append(number)) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
        if came:
            signal.raise_signal(came[0])


def _end(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_POLITE_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


def _make_environment(folder: Path, log: int) -> None:
    code = Code(folder=folder, python="", revision="")
    command = ["make", f"PYTHON={Path(sys.executable).resolve()}", "env"]
    if status := run(command, folder=folder, environment=code.environment(), output=log):
        said = (folder.parent / "environment.log").read_text(encoding="utf-8", errors="replace").splitlines()
        raise NotComparable("\n".join((f"`make env` of that commit ended with status {status}:", *said[-_TOLD:])))


def _said(command: Sequence[str], folder: Path) -> str:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def _git(repository: Path, *arguments: str, must: bool = True) -> str:
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False)
    except OSError as error:
        raise NotComparable(f"git is needed: {error}") from error
    if must and done.returncode:
        raise NotComparable(f"git {arguments[0]}: {done.stderr.strip() or 'failed'}")
    return done.stdout.strip()
