"""PgBouncer in transaction mode, before a database of a test's own."""

import os
import socket
import subprocess
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import closing, contextmanager
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict

from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, started
from tests.builders.programs import program

DELIVERED = ROOT / "deploy" / "pgbouncer" / "pgbouncer.ini"


def configuration(*, host: str, port: int | str, user: str, own: int) -> str:
    """The delivered configuration, at other addresses, for every database and without passwords."""
    read = ConfigParser(interpolation=None)
    read.read_string(DELIVERED.read_text(encoding="utf-8"))
    read["databases"] = {"*": f"host={host} port={port} user={user}"}
    read["pgbouncer"].update({"listen_port": str(own), "auth_type": "any"})
    del read["pgbouncer"]["auth_file"]
    written = StringIO()
    read.write(written)
    return written.getvalue()


@contextmanager
def pooled(url: str, *, user: str | None = None) -> Iterator[str]:
    """Runs a pooler before a database until the context ends; gives the URL that goes through it, as another user if asked."""
    pgbouncer = program("pgbouncer")
    target = conninfo_to_dict(url)
    host, port = str(target["host"]), str(target.get("port") or 5432)
    own = free_port()
    with TemporaryDirectory() as folder:
        file = Path(folder) / "pgbouncer.ini"
        user = user or str(target.get("user", "gateway"))
        file.write_text(configuration(host=host, port=port, user=user, own=own))
        command = [pgbouncer, str(file)]
        if os.geteuid() == 0:
            # It refuses root, as PostgreSQL does: it runs as whoever may enter the server's folder.
            owner = Path(host).stat().st_uid if host.startswith("/") else 65534
            for path in (Path(folder), file):
                os.chown(path, owner, owner)
            as_owner: dict[str, object] = {"user": owner, "group": owner, "extra_groups": ()}
        else:
            as_owner = {}
        with started(command, stderr=subprocess.DEVNULL, **as_owner) as process:
            yield from _until_ended(process, url, user, own)


def _until_ended(process: "subprocess.Popen[str]", url: str, user: str, own: int) -> Iterator[str]:
    through = urlunsplit(urlsplit(url)._replace(netloc=f"{user}@127.0.0.1:{own}", query=""))
    try:
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                psycopg.connect(through).close()
                break
            except psycopg.OperationalError:
                assert process.poll() is None, "pgbouncer ended"
                assert time.monotonic() < end, "pgbouncer never answered"
                time.sleep(0.02)
        yield through
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def free_port() -> int:
    """A port that nobody listens on now."""
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
