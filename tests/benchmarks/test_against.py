"""`make bench AGAINST=REV`: pairs and ratios, what is counted, and that nothing of it is left behind."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.against import PLAIN, RESERVING, SINGLE, compare, each, main, running, setting, table
from tests.benchmarks.checkout import Code, NotComparable, checked_out, run
from tests.benchmarks.pairs import OURS, THEIRS, Cost, Pair, TooLittle, order, ratios
from tests.benchmarks.processor import Account, DatabaseTime, spent_s
from tests.builders.databases import administer, database_of
from tests.builders.extent import part
from tests.builders.places import ROOT
from tests.builders.processes import PATIENCE_S, ran, started
from tests.builders.programs import program
from tests.builders.running import clean_environment, ended, until


def cost(gateway_s: float, database_s: float = 1.0) -> Cost:
    return Cost(gateway_s=gateway_s, database_s=database_s)


def test_pairs_go_there_and_back() -> None:
    assert list(order(3)) == [(OURS, THEIRS), (THEIRS, OURS), (OURS, THEIRS)]


def test_ratios_are_of_each_pair_and_not_of_the_sums() -> None:
    pairs = [
        Pair(ours=cost(1.1), theirs=cost(1.0)),
        Pair(ours=cost(9.0), theirs=cost(10.0)),
        Pair(ours=cost(3.0), theirs=cost(3.0)),
    ]
    assert ratios(pairs, lambda one: one.gateway_s) == pytest.approx((1.0, 0.9, 1.1))
    assert ratios(pairs, lambda one: one.total_s) == pytest.approx((1.0, 10 / 11, 2.1 / 2))


@pytest.mark.parametrize("pairs", [[], [Pair(ours=cost(1.0), theirs=cost(0.0))]])
def test_without_a_measure_there_is_no_ratio(pairs: list[Pair]) -> None:
    with pytest.raises(TooLittle, match=r"no pair|too few"):
        ratios(pairs, lambda one: one.gateway_s)


def test_backends_that_come_and_go_are_counted_once() -> None:
    there, coming = (1, "10:00"), (2, "10:01")
    account = Account({there: 5.0})
    account.seen({there: 5.5, coming: 0.25})
    account.seen({coming: 0.5, (1, "10:02"): 0.125})
    account.seen({})
    assert account.total_s == pytest.approx(0.5 + 0.5 + 0.125)


def test_a_process_is_charged_what_it_takes() -> None:
    before = spent_s(os.getpid())
    began = time.process_time()
    while time.process_time() - began < 0.2:
        pass
    after = spent_s(os.getpid())
    assert before is not None
    assert after is not None
    assert after - before >= 0.15
    assert spent_s(2**22 + 1) is None


def test_the_database_of_one_side_pays_for_its_own_work_alone(database_cluster: str) -> None:
    names = (f"bench_{os.getpid()}_busy", f"bench_{os.getpid()}_idle")
    for name in names:
        administer(database_cluster, f"CREATE DATABASE {name}")
    try:
        with DatabaseTime(database_cluster, names[0]) as busy, DatabaseTime(database_cluster, names[1]) as idle:
            administer(database_of(database_cluster, names[0]), "SELECT sum(n) FROM generate_series(1, 3000000) AS n")
        assert busy.total_s > 0.05
        assert idle.total_s == 0
    finally:
        for name in names:
            administer(database_cluster, f"DROP DATABASE {name}")


@pytest.mark.parametrize("text", ["0", "-1", "five", "1.5"])
def test_a_size_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PAIRS", text)
    with pytest.raises(NotComparable, match=f"PAIRS={text}: a whole number above 0 is needed"):
        setting("PAIRS", 5)


@pytest.mark.whole
def test_a_tree_is_compared_with_itself(database_cluster: str) -> None:
    """Two whole sides on one server; the other one's checkout is tested below."""
    code = Code(folder=ROOT, python=sys.executable, revision="here")
    names = {OURS: f"ours_{os.getpid()}", THEIRS: f"theirs_{os.getpid()}"}
    with running(names[OURS], code, database_cluster) as ours, running(names[THEIRS], code, database_cluster) as theirs:
        found = compare({OURS: ours, THEIRS: theirs}, pairs=2, declarations=6)
        idle = {OURS: ours.idle(0.1), THEIRS: theirs.idle(0.1)}
        shown = table({OURS: ours, THEIRS: theirs}, found, declarations=6, idle=idle)
    assert shown.row_count == 3 * (5 + 3) + 3
    for what in (PLAIN, RESERVING, SINGLE):
        assert len(found[what]) == 2
        costs = [one for pair in found[what] for one in (pair.ours, pair.theirs)]
        # The kernel counts in ticks, and one declaration takes less than one.
        if what != SINGLE:
            assert all(one.gateway_s > 0 and one.database_s > 0 for one in costs)
            assert all(one.simulators_s > 0 and one.transactions > 0 for one in costs)
        assert all(0 < one.median_s <= one.p99_s and one.per_second > 0 for one in costs)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository of one commit whose `make env` links the Python that it is told to take."""
    folder = tmp_path / "repository"
    folder.mkdir()
    committed(folder, "mkdir -p .venv/bin && ln -s $(PYTHON) .venv/bin/python")
    return folder


def committed(repository: Path, recipe: str) -> None:
    """Commits a Makefile with this recipe for `env`."""
    (repository / "Makefile").write_text(f"env:\n\t@{recipe}\n", encoding="utf-8")
    names = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "."), (*names, "commit", "-q", "-m", "One")):
        ran([program("git"), "-C", str(repository), *arguments], check=True)


def worktrees(repository: Path) -> int:
    """How many checkouts a repository knows of."""
    listed = ran([program("git"), "-C", str(repository), "worktree", "list"], check=True)
    return len(listed.stdout.splitlines())


@pytest.mark.needs("git")
def test_the_other_commit_is_checked_out_with_our_python_and_removed(repository: Path, tmp_path: Path) -> None:
    # What runs here is an environment's Python and its version the same; the link names what it was made with.
    with checked_out("HEAD", tmp_path / "tree", repository) as code:
        assert (tmp_path / "tree/Makefile").exists()
        assert Path(code.python).resolve() == Path(sys.executable).resolve()
        assert worktrees(repository) == 2
    assert not (tmp_path / "tree").exists()
    assert worktrees(repository) == 1


@pytest.mark.needs("git")
@pytest.mark.parametrize("revision", ["nothing-such", "", "--all", "HEAD:Makefile"])
def test_an_unknown_commit_is_said_so(
    repository: Path, revision: str, capsys: pytest.CaptureFixture[str], restored: None
) -> None:
    assert main(revision, repository) == 1
    assert f"AGAINST={revision}: this repository has no such commit" in capsys.readouterr().err
    assert worktrees(repository) == 1


@pytest.mark.needs("git")
def test_the_first_of_several_commits_that_fails_ends_it(
    repository: Path, capsys: pytest.CaptureFixture[str], restored: None
) -> None:
    assert each("nothing-such, nothing-else", repository) == 1
    assert "AGAINST=nothing-such:" in capsys.readouterr().err


def test_without_git_it_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NotComparable), checked_out("HEAD", tmp_path / "tree", tmp_path):
        pass


@pytest.mark.needs("git")
def test_an_environment_that_cannot_be_made_leaves_nothing(
    repository: Path, capsys: pytest.CaptureFixture[str], restored: None
) -> None:
    committed(repository, "echo 'no such lock' && exit 3")
    assert main("HEAD", repository) == 1
    said = capsys.readouterr().err
    assert "`make env` of that commit ended with status 2:" in said
    assert "no such lock" in said
    assert worktrees(repository) == 1


@pytest.mark.needs("git")
@pytest.mark.parametrize("number", part([signal.SIGINT, signal.SIGTERM, signal.SIGHUP], 3))
def test_interrupted_it_leaves_nothing(repository: Path, tmp_path: Path, number: signal.Signals) -> None:
    mark = tmp_path / "began"
    committed(repository, f"echo $$$$ > {mark} && exec sleep 600")
    code = f"import sys; from pathlib import Path; from tests.benchmarks.against import main; sys.exit(main('HEAD', Path({str(repository)!r})))"
    environment = {**clean_environment(), "TMPDIR": str(tmp_path)}
    with started([sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=subprocess.PIPE) as process:
        until(lambda: mark.exists() and mark.read_text().endswith("\n"), "an environment that is made")
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert said.endswith("interrupted: nothing is left of it\n")
    # Its child was told to end and is not waited for.
    until(lambda: ended(int(mark.read_text())), "an end of what made the environment")
    assert worktrees(repository) == 1
    assert not list(tmp_path.glob("gateway-against-*"))


def test_interrupted_as_it_starts_a_process_it_leaves_none(monkeypatch: pytest.MonkeyPatch, restored: None) -> None:
    begun: list[int] = []

    class Interrupted(subprocess.Popen[bytes]):
        """A process that runs before whoever starts it hears of it; meanwhile a signal comes."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            begun.append(self.pid)
            signal.raise_signal(signal.SIGTERM)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    monkeypatch.setattr(subprocess, "Popen", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(["sleep", "600"], folder=ROOT, environment=clean_environment(), output=subprocess.DEVNULL)
    until(lambda: ended(begun[0]), "an end of what was started")


@pytest.fixture
def restored() -> object:
    """Gives the signals back that a run takes."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)
