"""What is forked is the process that it would be if the system had started it."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.builders.commands import command_line
from tests.builders.fork_server import ForkingPopen, cold_starts, is_forked
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, ran, started
from tests.builders.running import clean_environment, ended, until

pytestmark = pytest.mark.whole

FORK_SERVER = b"tests.builders.fork_server"


@pytest.mark.parametrize(
    ("command", "variables"),
    [
        (("--version",), {}),
        (("validate", "not-there.xml", "here.xml"), {}),
        (("validate", "--help"), {"COLUMNS": "60"}),
        (("no-such-command",), {}),
        (("tables", "list"), {"GATEWAY_DATA_DIR": "nowhere"}),
        (("check",), {"GATEWAY_LEASE_SECONDS": "none", "GATEWAY_APIKEY": "x"}),
        (("init", "new"), {}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_command_says_and_ends_as_if_the_system_had_started_it(
    tmp_path: Path, command: tuple[str, ...], variables: Mapping[str, str]
) -> None:
    def done(folder: Path) -> tuple[object, ...]:
        folder.mkdir()
        (folder / "here.xml").write_text("<a/>")
        before = os.umask(0o027)
        try:
            one = ran(command_line(*command), env={**clean_environment(), **variables}, cwd=folder)
        finally:
            os.umask(before)
        written = sorted((str(file.relative_to(folder)), file.stat().st_mode) for file in folder.rglob("*"))
        said = (one.stdout + one.stderr).replace(str(folder), "HERE")
        return one.returncode, said, written

    forked = done(tmp_path / "forked")
    with cold_starts():
        assert forked == done(tmp_path / "started")


def test_it_is_a_child_with_its_own_command_limits_and_end(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "adapters.simulation", "adapters.catch", "--port=0"]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 7, hard))
    try:
        with started(command, cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("listening on ")
            place = Path(f"/proc/{process.pid}")
            assert (place / "cmdline").read_bytes().rstrip(b"\0").split(b"\0") == [os.fsencode(one) for one in command]
            assert (place / "cwd").readlink() == tmp_path
            assert resource.prlimit(process.pid, resource.RLIMIT_NOFILE) == (soft - 7, hard)
            status = dict(line.split(":\t", 1) for line in (place / "status").read_text().splitlines())
            assert (int(status["PPid"]), int(status["NSsid"])) == (os.getpid(), process.pid)
            process.send_signal(signal.SIGKILL)
            assert process.wait(PATIENCE_S) == -signal.SIGKILL
            assert process.stdout.read() == "", "nobody else holds its pipe"
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_a_fork_server_ends_with_the_process_that_it_is_of() -> None:
    script = """
import subprocess, sys
from tests.builders.fork_server import fork_from_now_on
fork_from_now_on()
subprocess.run([sys.executable, "-m", "gateway.cli", "--version"], check=True)
sys.stdin.readline()
"""
    with started([sys.executable, "-c", script], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("gateway ")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        (server,) = (int(one) for one in children if FORK_SERVER in Path(f"/proc/{one}/cmdline").read_bytes())
        process.kill()
        until(lambda: ended(server), "its end")


@pytest.mark.parametrize(
    ("command", "variables", "folder"),
    [
        ([sys.executable, "-P", "-m", "gateway.cli"], {}, ROOT),
        ([sys.executable, "-m", "gateway.sandbox.process"], {}, ROOT),
        ([sys.executable, "-c", "pass"], {}, ROOT),
        (["/usr/bin/python3", "-m", "gateway.cli"], {}, ROOT),
        ([sys.executable, "-m", "gateway.cli"], {"PYTHONPATH": "elsewhere"}, ROOT),
        ([sys.executable, "-m", "gateway.cli"], {"LD_PRELOAD": "libfaketime.so"}, ROOT),
        ([sys.executable, "-m", "gateway.cli"], {}, None),
        ("gateway --version", {}, ROOT),
    ],
)
def test_what_is_another_interpreters_is_started_by_the_system(
    command: str | list[str], variables: Mapping[str, str], folder: Path | None, tmp_path: Path
) -> None:
    (tmp_path / "gateway").mkdir()
    variables = {**ForkingPopen.interpreter, **variables}
    assert not is_forked(command, variables, folder or tmp_path)
    assert is_forked([sys.executable, "-m", "gateway.cli", "serve"], ForkingPopen.interpreter, ROOT)
