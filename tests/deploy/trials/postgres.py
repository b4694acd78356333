"""A PostgreSQL of Debian on a TCP port, with a password, as an operator's own is."""

import os
import pwd
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.deploy.trials.programs import free_port, output_of, program

_PROGRAMS = Path("/usr/lib/postgresql/17/bin")


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server: its version, where it listens, and the password of the role that owns it; it has a database `gateway`."""

    version: str
    port: int
    password: str


@contextmanager
def postgres(role: str) -> Iterator[PostgresServer]:
    """Runs a new PostgreSQL 17 of a role until the context ends, as the user `postgres` that its package makes."""
    assert _PROGRAMS.is_dir(), "install postgresql-17: apt-get install postgresql-17"
    runuser: list[str | Path] = [program("runuser", "util-linux"), "-u", "postgres", "--"]
    folder = Path(tempfile.mkdtemp(prefix="trial-postgres-"))
    password = secrets.token_hex(16)
    try:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        (folder / "password").write_text(password)
        os.chown(folder / "password", owner.pw_uid, owner.pw_gid)
        data = folder / "data"
        output_of(
            [*runuser, _PROGRAMS / "initdb", "-D", data, "-U", role, "--auth=scram-sha-256", "--encoding=UTF8",
             "--locale=C", f"--pwfile={folder / 'password'}"],
            cwd=folder,
        )  # fmt: skip
        port = free_port()
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder}"
        control: list[str | Path] = [*runuser, _PROGRAMS / "pg_ctl", "-D", data]
        output_of([*control, "-l", folder / "server.log", "-w", "-o", options, "start"], cwd=folder)
        try:
            own = {**os.environ, "PGPASSWORD": password}
            output_of([_PROGRAMS / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", role, "gateway"], env=own)
            version = output_of([_PROGRAMS / "postgres", "--version"]).split()[2]
            yield PostgresServer(version, port, password)
        finally:
            output_of([*control, "-m", "immediate", "stop"], cwd=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
