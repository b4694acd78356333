"""No test waits for ever: neither for a process, nor for anything else."""

import ast
import sys
from pathlib import Path

import pytest

from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, ran
from tests.house.files import files, named

BY_HAND = ("tests/benchmarks/", "tests/soak/", "tests/data/")
"""What a person starts and can interrupt."""
HANGING = """
import subprocess, sys, threading
from tests.builders.processes import started

def test_one_that_waits_for_ever():
    threading.Thread(target=threading.Event().wait, name="the other", daemon=True).start()
    threading.Event().wait()

def test_a_process_behind_a_failed_assertion():
    with started([sys.executable, "-c", "import time; time.sleep(1000)"]):
        assert not "as expected"

def test_a_process_that_says_nothing():
    with started([sys.executable, "-c", "import time; time.sleep(1000)"], stdout=subprocess.PIPE) as process:
        process.stdout.readline()

async def test_a_loop_in_which_nothing_happens():
    import asyncio
    await asyncio.Event().wait()
"""


def test_what_hangs_fails_with_its_stacks(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING, encoding="utf-8")
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=1"]
    done = ran([sys.executable, "-m", "pytest", "-q", *options, f"--rootdir={tmp_path}", str(tmp_path)], cwd=ROOT)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "4 failed" in done.stdout
    assert done.stdout.count("Timeout (>1.0s)") >= 3
    assert "Stack of the other" in done.stdout + done.stderr


@pytest.mark.parametrize("path", [one for one in files("*.py") if named(one).startswith("tests/")], ids=named)
def test_a_process_is_waited_for_with_an_end(path: Path) -> None:
    if named(path) == "tests/builders/processes.py" or named(path).startswith(BY_HAND):
        return
    called = [node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    for call in called:
        name = ast.unparse(call.func)
        assert not name.startswith("subprocess."), f"line {call.lineno}: `started` or `ran` of tests.builders.processes"
        if name.endswith(".communicate"):
            assert any(one.arg == "timeout" for one in call.keywords), f"line {call.lineno}: without an end"


def test_the_limits_follow_each_other() -> None:
    """Waiting gives up before the test does, and the test before its process."""
    import tomllib

    set_ = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert 2 * PATIENCE_S < set_["timeout"] < set_["faulthandler_timeout"]
    assert set_["timeout_method"] == "signal"
    assert set_["faulthandler_exit_on_timeout"]
