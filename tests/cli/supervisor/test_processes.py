"""Child processes: started again when they die, gone when their parent is."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.cli.supervisor.processes import Child, end_all, pause_after
from gateway.terminal.exits import StartFailed
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import ended, until

STEADY = """
import os, sys, time
from gateway.cli.supervisor.processes import follow_parent
follow_parent()
os.write(int(sys.argv[1]), b"here I am\\n")
time.sleep(1000)
"""
STUBBORN = STEADY.replace("import os", "import signal, os").replace(
    "follow_parent()\nos", "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nos"
)


def child(script: str) -> Child:
    return Child("a child", [sys.executable, "-c", script, "{ready}"], environment=os.environ)


@pytest.fixture
def steady() -> Iterator[Child]:
    """A child that is ready."""
    one = child(STEADY)
    one.start()
    assert one.wait_ready() == "here I am"
    yield one
    end_all([one], within_s=PATIENCE_S)


def test_dead_child_is_started_again(steady: Child) -> None:
    first = steady.pid
    assert first is not None
    assert not steady.revive()
    os.kill(first, signal.SIGKILL)
    until(lambda: steady.pid is None, "its death")
    until(steady.revive, "its start")
    assert steady.pid not in {None, first}


def test_child_that_may_not_be_started_is_left() -> None:
    one = child("import sys; sys.exit(78)")
    one.start()
    with pytest.raises(StartFailed):
        one.wait_ready()
    assert one.is_refused
    assert not one.revive()
    end_all([one], within_s=0)


def test_pauses_double_up_to_a_minute() -> None:
    pauses, before = [], 0.0
    for _ in range(9):
        pauses.append(before := pause_after(before, 1.0, itself=False))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    assert pause_after(60, 11, itself=False) == 0
    assert pause_after(4, 90, itself=True) == 8, "one that ends itself does so only after a while"
    assert pause_after(4, 601, itself=True) == 0


def test_child_that_ends_before_it_is_ready_is_a_failure() -> None:
    one = child("import sys; sys.exit(78)")
    one.start()
    with pytest.raises(StartFailed) as caught:
        one.wait_ready()
    assert caught.value.status == 78
    end_all([one], within_s=0)


def test_stubborn_child_is_killed() -> None:
    one = child(STUBBORN)
    one.start()
    one.wait_ready()
    pid = one.pid
    assert pid is not None
    end_all([one], within_s=0.2)
    assert ended(pid)


def test_child_says_it_on_its_output_if_nothing_else_is_asked() -> None:
    one = Child("printing", [sys.executable, "-uc", "print('listening'); input()"], environment=os.environ)
    one.start()
    assert one.wait_ready() == "listening"
    end_all([one], within_s=PATIENCE_S)


def test_child_is_ready_once_it_has_said_all_of_its_lines() -> None:
    script = "print('listening on 1\\nlistening on 2'); input()"
    one = Child("printing", [sys.executable, "-uc", script], environment=os.environ, lines=2)
    one.start()
    assert one.wait_ready() == "listening on 1\nlistening on 2"
    end_all([one], within_s=PATIENCE_S)
    short = Child("printing", [sys.executable, "-c", "print('listening on 1')"], environment=os.environ, lines=2)
    short.start()
    with pytest.raises(StartFailed):
        short.wait_ready()
    end_all([short], within_s=PATIENCE_S)


def test_child_goes_with_its_killed_parent(tmp_path: Path) -> None:
    script = f"""
import os, sys, time
from gateway.cli.supervisor.processes import Child
one = Child("a child", [sys.executable, "-c", {STEADY!r}, "{{ready}}"], environment=os.environ)
one.start()
one.wait_ready()
print(one.pid, flush=True)
time.sleep(1000)
"""
    with started([sys.executable, "-c", script], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert not ended(pid)
        parent.kill()
    until(lambda: ended(pid), "its end")
