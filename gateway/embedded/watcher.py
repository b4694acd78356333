"""The watcher of an embedded PostgreSQL: waits until nobody uses the server any more, then stops it.

Every user holds a shared lock on the users' file; the system drops it however the user dies. Whoever gets the file
exclusively is alone. Runs as a detached script with the standard library only, so that it is small and outlives a killed user:

    python -I -S watcher.py FOLDER USERS_FILE keep|remove
"""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SOCKET_NAME = ".s.PGSQL.5432"
_SOCKET_LIMIT = 107
"""Bytes of a socket's path."""


def socket_folder(folder: Path) -> Path:
    """Return where the server of a folder listens: in the folder, or for a long path in a short one of its own."""
    if len(os.fsencode(folder / SOCKET_NAME)) <= _SOCKET_LIMIT:
        return folder
    return Path(tempfile.gettempdir()) / f"gateway-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:20]}"


def postmaster(data: Path) -> int | None:
    """Return the process id of the server on the data; None when there is none, whatever its pid file states."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return None
    return pid if pid > 0 and _runs_on(pid, data) else None


def processes(data: Path) -> list[int]:
    """Return every process of a server on the data, also orphans of a killed one, as far as the system shows them."""
    if not Path("/proc/self/cwd").exists():
        found = postmaster(data)
        return [] if found is None else [found]
    return [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _runs_on(int(p.name), data)]


def _runs_on(pid: int, data: Path) -> bool:
    """Whether the process is PostgreSQL on the data, by its command or its working directory. A zombie is not."""
    process = Path(f"/proc/{pid}")
    if not Path("/proc/self/cwd").exists():
        listed = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False)
        return str(data) in listed.stdout
    try:
        command = (process / "cmdline").read_bytes().split(b"\0")
        if os.fsencode(data) in command and command[0].endswith(b"postgres"):
            return True
        # Other processes of the server name no directory in their command; it may not be readable in a container.
        return command[0].startswith(b"postgres") and (process / "cwd").readlink() == data
    except OSError:
        return False


def stop(data: Path) -> None:
    """Stop the server on the data: politely, then at once, then by force."""
    for how, patience_s in ((signal.SIGINT, 15.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        pid = postmaster(data)
        if pid is None:
            return
        try:
            os.kill(pid, how)
        except ProcessLookupError:
            return
        end = time.monotonic() + patience_s
        while time.monotonic() < end and postmaster(data) is not None:
            time.sleep(0.02)


def stop_if_last(folder: Path, users: Path, *, remove: bool, wait: bool) -> bool:
    """Stop the server once nobody locks the users' file, and remove its folder if asked; return False if somebody does."""
    try:
        file = os.open(users, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        if not users.exists() or not os.path.samestat(os.fstat(file), users.stat()):
            return True
        stop(folder / "pg")
        if socket_folder(folder) != folder:
            shutil.rmtree(socket_folder(folder), ignore_errors=True)
        if remove:
            shutil.rmtree(folder, ignore_errors=True)
            users.with_suffix(".start").unlink(missing_ok=True)
            users.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


def wait_for_stop(users: Path) -> None:
    """Wait while a watcher is stopping the server; return at once while others use it."""
    try:
        file = os.open(users, os.O_RDWR)
    except FileNotFoundError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_SH)
    finally:
        os.close(file)


if __name__ == "__main__":
    if os.fork():
        os._exit(0)  # so that nobody has to wait for the watcher
    stop_if_last(Path(sys.argv[1]), Path(sys.argv[2]), remove=sys.argv[3] == "remove", wait=True)
