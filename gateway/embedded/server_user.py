"""The system user of the embedded PostgreSQL: it refuses root, so root hands folder and programs to another user."""

import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from pathlib import Path

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.embedded.programs import version_of

_NOT_REACHED = 126
"""The status of a program that the user may not run, as shells give it."""


class ServerUser:
    """The user that runs the server's programs: ourselves, or for root `postgres` or `nobody`."""

    def __init__(self) -> None:
        self._entry = _unprivileged() if os.geteuid() == 0 else None

    def run(self, command: list[str]) -> None:
        """Run a program to its end; what it leaves behind keeps running.

        Raises:
            StoreUnavailable: if it fails, with the end of what it said.
        """
        code, output = self._run(command)
        if code:
            raise StoreUnavailable(f"{Path(command[0]).name} failed: {output[-2000:]}")

    def take_over(self, folder: Path) -> None:
        """Make the user the owner of a folder that only it may enter.

        Raises:
            ConfigurationError: if the user cannot reach it, with the remedy.
        """
        found = folder.lstat()
        owners = {os.geteuid()} | ({self._entry.pw_uid} if self._entry else set())
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in owners:
            raise ConfigurationError((f"{folder}: is no folder of ours: remove it or name another",))
        folder.chmod(0o700)
        self._chown(folder)
        code, _ = self._run(["/bin/sh", "-c", 'cd "$0" && test -w .', str(folder)])
        if code:
            name = self._entry.pw_name if self._entry else "we"
            remedy = "name a folder whose parents are open to it, for example in /var/lib"
            raise ConfigurationError((f"{folder}: user {name} cannot reach it: {remedy}",))

    def reachable(self, programs: Path, copy: Path) -> Path:
        """Return the folder `bin` of the programs, or of a copy of them if the user cannot reach them where they are."""
        if self._entry is not None and self._run([str(programs / "bin" / "postgres"), "--version"])[0]:
            if version_of(copy / "bin" / "postgres") != version_of(programs / "bin" / "postgres"):
                new = copy.with_suffix(".new")
                shutil.rmtree(new, ignore_errors=True)
                shutil.copytree(programs, new, symlinks=True)
                self._chown(new, *new.rglob("*"))
                shutil.rmtree(copy, ignore_errors=True)
                new.rename(copy)
            return copy / "bin"
        return programs / "bin"

    def _chown(self, *paths: Path) -> None:
        if self._entry is not None:
            for path in paths:
                os.chown(path, self._entry.pw_uid, self._entry.pw_gid, follow_symlinks=False)

    def _run(self, command: list[str]) -> tuple[int, str]:
        user, group = (self._entry.pw_uid, self._entry.pw_gid) if self._entry else (None, None)
        with tempfile.TemporaryFile("w+") as output:  # not a pipe: the server would keep it open
            try:
                done = subprocess.run(
                    command,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    cwd="/",
                    check=False,
                    user=user,
                    group=group,
                    extra_groups=() if self._entry else None,
                )
            except PermissionError as error:
                return _NOT_REACHED, str(error)
            output.seek(0)
            return done.returncode, output.read()


def _unprivileged() -> pwd.struct_passwd:
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise ConfigurationError(("PostgreSQL refuses to run as root, and there is no user postgres or nobody",))
