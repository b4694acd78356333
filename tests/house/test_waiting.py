"""No test waits for ever: neither for a process, nor for anything else."""

import ast
import sys
from collections.abc import Iterator
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


@pytest.mark.whole
def test_what_hangs_fails_with_its_stacks(tmp_path: Path) -> None:
    (tmp_path / "test_hanging.py").write_text(HANGING, encoding="utf-8")
    options = ["-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "-p", "no:xdist", "-o", "timeout=1"]
    done = ran([sys.executable, "-m", "pytest", "-q", *options, f"--rootdir={tmp_path}", str(tmp_path)], cwd=ROOT)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "4 failed" in done.stdout
    assert done.stdout.count("Timeout (>1.0s)") >= 3
    assert "Stack of the other" in done.stdout + done.stderr


def test_a_process_is_waited_for_with_an_end() -> None:
    tests = [one for one in files("*.py") if named(one).startswith("tests/")]
    by_hand = (*BY_HAND, "tests/builders/processes.py")
    read = {named(one): one.read_text(encoding="utf-8") for one in tests if not named(one).startswith(by_hand)}
    found = {name: list(without_an_end(text)) for name, text in read.items()}
    assert {name: faults for name, faults in found.items() if faults} == {}


def without_an_end(text: str) -> Iterator[str]:
    """What a file starts or waits for otherwise than by `tests.builders.processes`."""
    for call in [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]:
        name = ast.unparse(call.func)
        if name.startswith("subprocess."):
            yield f"line {call.lineno}: `started` or `ran` of tests.builders.processes"
        if name.endswith(".communicate") and all(one.arg != "timeout" for one in call.keywords):
            yield f"line {call.lineno}: without an end"


def test_what_is_without_an_end_is_found() -> None:
    planted = "subprocess.run([])\none.communicate()\none.communicate(timeout=3)"
    assert [fault.split(":")[0] for fault in without_an_end(planted)] == ["line 1", "line 2"]


def test_the_limits_follow_each_other() -> None:
    """Waiting gives up before the test does, and the test before its process."""
    import tomllib

    set_ = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert 2 * PATIENCE_S < set_["timeout"] < set_["faulthandler_timeout"]
    assert set_["timeout_method"] == "signal"
    assert set_["faulthandler_exit_on_timeout"]
