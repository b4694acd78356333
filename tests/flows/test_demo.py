"""`gateway demo`: the stories come out, and nothing is left of it, however it ends."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from gateway.cli.demo.story import read_stories
from gateway.settings import SIMULATED
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import children_of, clean_environment, declaration, ended, served, until
from tests.builders.terminal import terminal
from tests.builders.visitor import demo_person


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files that everybody can reach, so that what a demo leaves in it is seen."""
    with tempfile.TemporaryDirectory(prefix="demo-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@contextmanager
def demo(temporary: Path, *options: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """Runs a demo whose temporary files are in a folder of its own."""
    with started(
        [sys.executable, "-m", "gateway.cli", "demo", "--port=0", *options],
        env={**clean_environment(), "TMPDIR": str(temporary), "COLUMNS": "200", **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        yield process


def serving(process: subprocess.Popen[str]) -> str:
    """Reads until the demo serves; gives what it said."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "until Ctrl-C" in line:
            return said
    raise AssertionError(said)


def everything_of(process: subprocess.Popen[str], temporary: Path) -> set[int]:
    """The processes of a demo, its database server included."""
    found = set(children_of(process.pid))
    for file in temporary.glob("*/pg/postmaster.pid"):
        found.add(int(file.read_text().splitlines()[0]))
    return found


def nothing_left(pids: set[int], temporary: Path) -> None:
    """Waits until no process and no folder is left."""
    until(lambda: all(ended(pid) for pid in pids), f"the end of {pids}")
    until(lambda: not list(temporary.iterdir()), f"an empty folder, not {list(temporary.iterdir())}")


def links_of(said: str) -> list[str]:
    """The addresses of this machine that a demo prints, with what a terminal breaks put together again."""
    return re.findall(r"https?://127\.0\.0\.1:\d+[^\s;,]*", said)


def require_followed(said: str) -> None:
    """Follows each link of a demo that serves, as somebody does who copies it."""
    links = links_of(said)
    cases = [link for link in links if "/console/declarations/" in link]
    assert len(cases) >= len(read_stories()) - 1, said
    assert {"/docs", "/v1/adapters", "/metrics", "/readyz"} <= {urlsplit(link).path for link in links}
    visitor = demo_person(said.split("The gateway serves on ")[1].split()[0])
    for link in links:
        assert (link, visitor.get(link).status_code) == (link, 200)


@pytest.mark.whole
def test_each_link_of_the_first_screen_is_whole_in_a_pipe_and_answers(temporary: Path) -> None:
    with demo(temporary, COLUMNS="80", PGPORT="5999", PGSERVICE="another") as process:
        said = serving(process)
        assert process.stdout is not None
        for line in process.stdout:
            said += line
            if " submit " in line:
                break
        require_followed(said)


@pytest.mark.whole
def test_each_link_is_whole_in_a_terminal_of_eighty_columns_and_answers(temporary: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli", "demo", "--port=0"]
    with terminal(command, columns=80, environment={"TMPDIR": str(temporary)}) as shown:
        said = shown.until(" submit ")
        require_followed(said)


@pytest.mark.usefixtures("cold")
def test_all_stories_come_out_and_what_is_kept_is_served_as_it_says(temporary: Path) -> None:
    """With simulated authorities again, under a banner that every page and the first lines of the log carry."""
    with demo(temporary, "--exit", "--keep") as process:
        said, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, said
    assert f"All {len(read_stories())} stories came out as expected" in said
    assert "NOT AS EXPECTED" not in said
    assert SIMULATED in said
    *variables, program, command, option = said.split("The database is kept: ")[1].split()
    assert (program, command, option) == ("gateway", "serve", "--simulators")
    own = {**dict(one.split("=", 1) for one in variables), "GATEWAY_SIMULATORS": "true"}
    log = temporary / "log"
    with log.open("wb") as output, served(own, option, stderr=output) as running:
        pids = children_of(running.process.pid)
        with running.client() as client:
            assert client.lodge(declaration("01", "KEPT"), "application/xml", wait_s=60).effect == "release"
            assert SIMULATED in client.read("/docs").text
        for person, pages in (("first-officer", ("/console", "/console/keys")), ("trader", ("/", "/declarations"))):
            visitor = demo_person(running.url, person)
            assert all("no real authority is asked" in visitor.get(page).text for page in pages), person
        assert running.stop() == 0
    until(lambda: all(ended(pid) for pid in pids), "the end of what it had started")
    first, second = log.read_text(encoding="utf-8").splitlines()[:2]
    assert first == SIMULATED
    assert SIMULATED in second


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_ctrl_c_ends_it_cleanly_whatever_was_killed(temporary: Path) -> None:
    with demo(temporary) as process:
        serving(process)
        pids = everything_of(process, temporary)
        assert len(pids) == 3, "the database, one process of simulated authorities, one of the gateway"
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        until(lambda: len(everything_of(process, temporary) - pids) >= len(pids), "everything started again")
        pids |= everything_of(process, temporary)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0
    nothing_left(pids, temporary)


@pytest.mark.whole
@pytest.mark.usefixtures("cold")
def test_nothing_is_left_of_a_killed_demo(temporary: Path) -> None:
    with demo(temporary) as process:
        serving(process)
        pids = everything_of(process, temporary)
        process.kill()
        process.wait(PATIENCE_S)
    nothing_left(pids, temporary)
