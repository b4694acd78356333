"""The embedded server lives exactly as long as somebody holds it, however its users end."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from gateway.domain.errors import ConfigurationError
from gateway.embedded import watcher
from gateway.embedded.programs import version_of
from gateway.embedded.server import EmbeddedServer
from gateway.embedded.server_user import ServerUser
from tests.builders.processes import PATIENCE_S, started

USER = """
import sys
from pathlib import Path
from gateway.embedded.server import EmbeddedServer
server = EmbeddedServer.start(Path(sys.argv[1]), durable=False, remove=sys.argv[2] == "remove")
print(server.url, flush=True)
sys.stdin.read()
server.stop()
"""


@pytest.fixture
def parent() -> Iterator[Path]:
    """A folder that the server's user can reach: pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="gateway-test-"))
    folder.chmod(0o755)
    yield folder
    for data in folder.glob("**/pg"):
        watcher.stop(data)
    shutil.rmtree(folder)


@pytest.fixture
def user(parent: Path) -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Starts a process that uses the server in `data`; it has its server when this returns."""

    def start(how: str = "keep") -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", USER, str(parent / "data"), how]
        process = running.enter_context(started(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        return process

    with ExitStack() as running:
        yield start


def until(condition: Callable[[], bool], within_s: float = PATIENCE_S) -> None:
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


@pytest.mark.parametrize("how", ["keep", pytest.param("remove", marks=pytest.mark.whole)])
def test_a_killed_user_leaves_no_server(parent: Path, user: Callable[..., "subprocess.Popen[str]"], how: str) -> None:
    process = user(how)
    assert watcher.processes(parent / "data" / "pg")
    os.kill(process.pid, signal.SIGKILL)
    process.wait(PATIENCE_S)
    until(lambda: not watcher.processes(parent / "data" / "pg"))
    until(lambda: (parent / "data").exists() == (how == "keep"))
    if how == "remove":
        until(lambda: not any(parent.iterdir()))


@pytest.mark.whole
def test_the_last_of_two_users_stops_the_server(parent: Path, user: Callable[..., "subprocess.Popen[str]"]) -> None:
    first = user()
    ours = EmbeddedServer.start(parent / "data", durable=False)
    server = watcher.postmaster(parent / "data" / "pg")
    os.kill(first.pid, signal.SIGKILL)
    first.wait(PATIENCE_S)
    assert answers(ours.url)
    assert watcher.postmaster(parent / "data" / "pg") == server
    ours.stop()
    ours.stop()
    assert watcher.postmaster(parent / "data" / "pg") is None
    assert not answers(ours.url)


@pytest.mark.whole
def test_a_killed_server_is_started_again_with_its_data(parent: Path) -> None:
    server = EmbeddedServer.start(parent / "data")
    try:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        killed = watcher.postmaster(parent / "data" / "pg")
        assert killed is not None
        os.kill(killed, signal.SIGKILL)
        server.ensure_alive()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        assert watcher.postmaster(parent / "data" / "pg") not in {None, killed}
        server.ensure_alive()
    finally:
        server.stop()


def test_a_pid_file_that_names_a_stranger_is_no_server(parent: Path) -> None:
    EmbeddedServer.start(parent / "data", durable=False).stop()
    pid_file = parent / "data" / "pg" / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{parent / 'data' / 'pg'}\n1\n5432\n{parent / 'data'}\n\n0 0\nready\n")
    assert watcher.postmaster(parent / "data" / "pg") is None
    server = EmbeddedServer.start(parent / "data", durable=False)
    try:
        assert answers(server.url)
    finally:
        server.stop()
    assert not pid_file.exists()


@pytest.mark.whole
def test_an_interrupted_first_start_is_begun_anew(parent: Path) -> None:
    half = parent / "data" / "pg.new"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("16\n")
    server = EmbeddedServer.start(parent / "data", durable=False)
    try:
        assert answers(server.url)
    finally:
        server.stop()


def test_a_long_path_has_its_socket_elsewhere(parent: Path) -> None:
    folder = parent / ("long" * 30) / "data"
    folder.parent.mkdir()
    server = EmbeddedServer.start(folder, durable=False, remove=True)
    sockets = watcher.socket_folder(folder)
    try:
        assert answers(server.url)
        assert sockets.stat().st_mode & 0o777 == 0o700
    finally:
        server.stop()
    assert not sockets.exists()
    assert not folder.exists()


def test_nobody_else_can_reach_the_server(parent: Path) -> None:
    server = EmbeddedServer.start(parent / "data", durable=False)
    try:
        assert (parent / "data").stat().st_mode & 0o777 == 0o700
        assert parent.stat().st_mode & 0o777 == 0o755
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
    finally:
        server.stop()


def test_a_folder_with_other_files_is_left_alone(parent: Path) -> None:
    (parent / "data").mkdir(mode=0o755)
    (parent / "data" / "letter.txt").write_text("mine")
    before = (parent / "data").stat()
    with pytest.raises(ConfigurationError, match="holds other files"):
        EmbeddedServer.start(parent / "data", durable=False)
    after = (parent / "data").stat()
    assert (after.st_uid, after.st_mode) == (before.st_uid, before.st_mode)


def test_data_of_another_version_of_postgresql_are_refused_with_the_way_to_go(parent: Path) -> None:
    EmbeddedServer.start(parent / "data", durable=False).stop()
    version = parent / "data" / "pg" / "PG_VERSION"
    wrote = version.read_text()
    version.write_text("12\n")
    with pytest.raises(ConfigurationError, match=r"PostgreSQL 12 wrote it, .* PostgreSQL 16\. .*`gateway backup FILE`"):
        EmbeddedServer.start(parent / "data", durable=False)
    version.write_text(wrote)
    EmbeddedServer.start(parent / "data", durable=False).stop()


@pytest.mark.needs("root")  # who hands the folder to another user
def test_a_folder_that_the_servers_user_cannot_reach_is_refused_with_the_remedy(parent: Path) -> None:
    parent.chmod(0o700)
    with pytest.raises(ConfigurationError, match="cannot reach it: name a folder"):
        EmbeddedServer.start(parent / "data", durable=False)
    assert parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.needs("root")  # who hands the programs to another user
def test_copied_programs_are_those_of_the_present_installation(parent: Path) -> None:
    programs, copy = parent / "installed", parent / "copy"
    for folder, version in ((programs, "16.14"), (copy, "16.3")):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "postgres").write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / "bin" / "postgres").chmod(0o755)
    programs.chmod(0o700)
    user = ServerUser()
    for _ in range(2):
        assert version_of(user.reachable(programs, copy) / "postgres") == "16.14"
    assert user.reachable(programs, copy) == copy / "bin"
