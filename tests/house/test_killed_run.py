"""A run of the tests that is killed leaves no process, and no database's folder."""

import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.leftovers import of_run
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import until

SERVING = """
import os, tempfile, threading
from pathlib import Path
from tests.builders.fork_server import cold_starts
from tests.builders.running import authorities, served

def test_one_that_is_killed(database_url):
    environment = {"GATEWAY_DATABASE_URL": database_url}
    with authorities() as simulated, served({**simulated.environment, **environment}), cold_starts():
        with served({**simulated.environment, **environment}):
            (mark,) = [name for name in os.environ if name.startswith("TESTS_OF_RUN_") and name not in {OTHERS}]
            Path(REPORT + ".new").write_text(mark)
            Path(REPORT + ".new").rename(REPORT)
            threading.Event().wait()
"""


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files that everybody can reach, a database's user too."""
    with tempfile.TemporaryDirectory(prefix="killed-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.mark.whole
def test_nothing_is_left_of_a_killed_run(tmp_path: Path, temporary: Path) -> None:
    report = tmp_path / "report"
    others = {name for name in os.environ if name.startswith("TESTS_OF_RUN_")}
    text = SERVING.replace("{OTHERS}", repr(others or {""})).replace("REPORT", repr(str(report)))
    (tmp_path / "test_serving.py").write_text(text, encoding="utf-8")
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "tests.conftest", "-p", "no:cacheprovider", "-n", "1"]
    command = [sys.executable, "-m", "pytest", "-q", *options, f"--rootdir={tmp_path}", str(tmp_path)]
    with (
        (tmp_path / "output").open("w") as output,
        started(command, cwd=ROOT, env={**os.environ, "TMPDIR": str(temporary)}, stdout=output) as run,
    ):
        until(lambda: report.exists() or run.poll() is not None, "its gateways")
        assert report.exists(), (tmp_path / "output").read_text(encoding="utf-8")
        mark = report.read_text(encoding="utf-8")
        commands = b"\n".join(command for _, command in of_run(mark))
        assert commands.count(b"gateway.cli\0serve") == 2
        assert commands.count(b"gateway.cli.supervisor.replica") == 2
        assert b"adapters.simulation" in commands
        assert b"postgres" in commands
        run.send_signal(signal.SIGKILL)
        run.wait(PATIENCE_S)
    until(lambda: not list(of_run(mark)), "the end of all that it started")
    assert not list(temporary.glob("gateway-pg-*"))
