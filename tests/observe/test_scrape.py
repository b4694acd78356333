"""The figures of several processes: added up, kept when one of them ends, and told of none that is not there."""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from gateway.domain.certificate_validity import CertificateValidity
from gateway.domain.errors import StoreUnavailable
from gateway.observe.installation_figures import InstallationFigure
from gateway.observe.scrape import Scrape
from gateway.shared_figures import VARIABLE, CountsLost, SharedFigures, locked, processes_in
from tests.builders.processes import PATIENCE_S, started
from tests.builders.running import clean_environment

STARTS_ANOTHER = """
import os, subprocess
from gateway.shared_figures import withhold
withhold()
subprocess.run([sys.executable, "-c", "from gateway import observe; observe.decided('release', (), 0.1)"], check=True)
observe.decided("release", (), 0.1)
observe.answered("GET", "/new", 200, 0.1)
"""
COUNTING = """
import sys
from gateway import observe
for _ in range(int(sys.argv[1])):
    observe.decided("release", ("SW-DEC-001", "SW-DEC-001"), 0.3)
observe.connections.set(int(sys.argv[1]))
observe.tables_refused.set(int(sys.argv[2]))
{then}
print("counted", flush=True)
sys.stdin.readline()
"""


@pytest.fixture
def shared() -> Iterator[SharedFigures]:
    figures = SharedFigures()
    yield figures
    figures.close()


@pytest.fixture
def counting(shared: SharedFigures) -> Iterator["Counting"]:
    with ExitStack() as stack:
        yield Counting(shared, stack)


class Counting:
    """Processes that have counted so many decisions and connections each, and wait."""

    def __init__(self, shared: SharedFigures, stack: ExitStack) -> None:
        self._environment = {**clean_environment(), **shared.environment}
        self._stack = stack

    def of(self, decisions: int, refused: int = 0, then: str = "") -> "subprocess.Popen[str]":
        """Starts one, which does something further."""
        process = self._stack.enter_context(
            started(
                [sys.executable, "-c", COUNTING.format(then=then), str(decisions), str(refused)],
                env=self._environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )
        )  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "counted\n"
        return process


def folder_of(shared: SharedFigures) -> Path:
    return Path(shared.environment[VARIABLE])


def values(shared: SharedFigures) -> dict[str, float]:
    """What a scrape tells, by name and labels but that of the process."""
    text = Scrape(folder=folder_of(shared)).read().decode()
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation, family.name
        for one in family.samples:
            labels = ",".join(value for name, value in one.labels.items() if name != "pid")
            name = f"{one.name}{{{labels}}}" if labels else one.name
            found[name] = found.get(name, 0.0) + one.value
    return found


def test_one_scrape_tells_of_all_processes(shared: SharedFigures, counting: Counting) -> None:
    pids = {counting.of(3, refused=1).pid, counting.of(4).pid}
    told = values(shared)
    assert told["gateway_decisions_total{release}"] == 7
    assert told["gateway_findings_total{SW-DEC-001}"] == 7
    assert told["gateway_decision_seconds_count"] == 7
    assert told["gateway_decision_seconds_bucket{0.2}"] == 0
    assert told["gateway_decision_seconds_bucket{0.3}"] == 7
    assert told["gateway_connections"] == 7
    assert told["gateway_tables_refused"] == 1
    assert set(processes_in(folder_of(shared))) == pids
    assert told["gateway_process_resident_bytes"] > 10_000_000
    assert told["gateway_process_open_files"] >= 2
    assert any(name.startswith("gateway_build_info{") for name in told)


def test_what_ended_processes_counted_stays_and_their_state_goes(shared: SharedFigures, counting: Counting) -> None:
    first, second, third = counting.of(3, refused=2), counting.of(4), counting.of(5)
    for ended in (first, second):
        ended.kill()
        ended.wait(PATIENCE_S)
        assert shared.ended(ended.pid)
    told = values(shared)
    assert told["gateway_decisions_total{release}"] == 12
    assert told["gateway_decision_seconds_count"] == 12
    assert told["gateway_decision_seconds_sum"] == pytest.approx(3.6)
    assert told["gateway_connections"] == 5
    assert told["gateway_tables_refused"] == 0
    assert set(processes_in(folder_of(shared))) == {third.pid}
    kept = sorted(path.name for path in folder_of(shared).glob("*.db"))
    assert [name for name in kept if not name.endswith(f"_{third.pid}.db")] == ["counter_0.db", "histogram_0.db"]


def test_a_process_that_ended_without_a_count_is_none(shared: SharedFigures) -> None:
    assert shared.ended(2**22)
    assert list(processes_in(folder_of(shared))) == []
    assert "gateway_decisions_total{release}" not in values(shared)


def test_who_reads_and_stands_still_holds_nobody_up(shared: SharedFigures, counting: Counting) -> None:
    gone = counting.of(3)
    gone.kill()
    gone.wait(PATIENCE_S)
    with locked(folder_of(shared)):
        assert not shared.ended(gone.pid)
    assert shared.ended(gone.pid)
    assert values(shared)["gateway_decisions_total{release}"] == 3


def test_a_count_that_was_cut_off_is_told_as_lost_and_disturbs_no_scrape(
    shared: SharedFigures, counting: Counting
) -> None:
    gone, there = counting.of(3), counting.of(4)
    gone.kill()
    gone.wait(PATIENCE_S)
    cut = folder_of(shared) / f"counter_{gone.pid}.db"
    cut.write_bytes(cut.read_bytes()[:100])
    with pytest.raises(CountsLost):
        shared.ended(gone.pid)
    assert values(shared)["gateway_decisions_total{release}"] == 4
    assert set(processes_in(folder_of(shared))) == {there.pid}


def test_processes_that_ended_and_counts_that_were_lost_are_told(shared: SharedFigures, counting: Counting) -> None:
    told = values(shared)
    assert (told["gateway_processes_ended_total"], told["gateway_counts_lost_total"]) == (0, 0)
    first, second = counting.of(3), counting.of(4)
    for gone in (first, second):
        gone.kill()
        gone.wait(PATIENCE_S)
    cut = folder_of(shared) / f"counter_{second.pid}.db"
    cut.write_bytes(cut.read_bytes()[:100])
    assert shared.ended(first.pid)
    with pytest.raises(CountsLost):
        shared.ended(second.pid)
    # Whoever is not started again is asked about again and again.
    assert shared.ended(first.pid)
    told = values(shared)
    assert (told["gateway_processes_ended_total"], told["gateway_counts_lost_total"]) == (2, 1)


def test_since_when_the_gateway_runs_is_told(shared: SharedFigures) -> None:
    owner = folder_of(shared) / "owner"
    assert values(shared)["gateway_start_time_seconds"] == pytest.approx(owner.stat().st_mtime)


def test_a_folder_that_somebody_removed_is_told_as_lost(shared: SharedFigures, counting: Counting) -> None:
    gone = counting.of(3)
    shared.close()
    with pytest.raises(CountsLost):
        shared.ended(gone.pid)


def test_what_a_serving_process_starts_is_none_of_them(shared: SharedFigures, counting: Counting) -> None:
    parent = counting.of(3, then=STARTS_ANOTHER)
    assert set(processes_in(folder_of(shared))) == {parent.pid}
    assert values(shared)["gateway_decisions_total{release}"] == 4


def test_what_a_killed_gateway_left_is_removed_by_the_next_and_nothing_else(shared: SharedFigures) -> None:
    making = "from gateway.shared_figures import *; own = SharedFigures(); print(own.environment[VARIABLE], flush=True); input()"
    with started([sys.executable, "-c", making], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        left = Path(other.stdout.readline().strip())
        SharedFigures().close()
        assert left.exists()
        other.kill()
        other.wait(PATIENCE_S)
        SharedFigures().close()
    assert not left.exists()
    assert folder_of(shared).exists()


def test_a_pipe_in_the_place_of_such_a_folders_owner_keeps_nobody_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / "gateway-figures-left"
    left.mkdir()
    os.mkfifo(left / "owner")
    SharedFigures().close()
    assert not left.exists()


def test_what_is_kept_ends_with_the_gateway(shared: SharedFigures) -> None:
    folder = folder_of(shared)
    shared.close()
    assert not folder.exists()


def test_each_process_is_told_to_be_ready_by_itself_and_not_once_it_says_nothing(
    shared: SharedFigures, counting: Counting
) -> None:
    signing = "from gateway.observe.process_signs import sign; sign({parts}, lasts_s={lasts})"
    ready = counting.of(1, then=signing.format(parts="{'store': True, 'loops': True}", lasts=60)).pid
    not_ready = counting.of(1, then=signing.format(parts="{'store': True, 'loops': False}", lasts=60)).pid
    stuck = counting.of(1, then=signing.format(parts="{'store': True, 'loops': True}", lasts=-1)).pid
    starting, gone = counting.of(1).pid, counting.of(1, then=signing.format(parts="{'store': True}", lasts=60))
    gone.kill()
    gone.wait(PATIENCE_S)
    assert shared.ended(gone.pid)
    text = Scrape(folder=folder_of(shared)).read().decode()
    told = {
        (int(one.labels["pid"]), one.labels["part"]): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
        if one.name == "gateway_process_ready"
    }
    assert told == {
        (ready, "answers"): 1, (ready, "store"): 1, (ready, "loops"): 1,
        (not_ready, "answers"): 1, (not_ready, "store"): 1, (not_ready, "loops"): 0,
        (stuck, "answers"): 0, (starting, "answers"): 0,
    }  # fmt: skip
    assert {one.name for one in folder_of(shared).glob("sign_*")} == {
        f"sign_{pid}.json" for pid in (ready, not_ready, stuck)
    }


def test_a_certificate_is_told_by_the_seconds_that_are_left_and_one_that_cannot_be_read_by_that() -> None:
    now = datetime.now(UTC)
    found = (
        CertificateValidity(name="a.client_certificate", begins=now, ends=now + timedelta(days=1)),
        CertificateValidity(name="b.ca_file", begins=now, ends=now - timedelta(days=1)),
        CertificateValidity(name="c.ca_file", fault="it cannot be read (FileNotFoundError)"),
    )
    told = {
        (one.name, one.labels["certificate"]): one.value
        for family in text_string_to_metric_families(Scrape(certificates=lambda: found).read().decode())
        for one in family.samples
        if one.name.startswith("gateway_certificate_")
    }
    assert told.pop(("gateway_certificate_ends_seconds", "a.client_certificate")) == pytest.approx(86_400, abs=60)
    assert told.pop(("gateway_certificate_ends_seconds", "b.ca_file")) == pytest.approx(-86_400, abs=60)
    assert told == {
        ("gateway_certificate_usable", "a.client_certificate"): 1,
        ("gateway_certificate_usable", "b.ca_file"): 1,
        ("gateway_certificate_usable", "c.ca_file"): 0,
    }


async def test_a_thousand_scrapes_of_one_second_are_one_reading(shared: SharedFigures, counting: Counting) -> None:
    now = [0.0]
    scrape = Scrape(folder=folder_of(shared), clock=lambda: now[0])
    before = set(await asyncio.gather(*(scrape.text() for _ in range(1000))))
    counting.of(1)
    assert {await scrape.text() for _ in range(1000)} == before
    assert len(before) == 1
    now[0] += 1.0
    assert b'gateway_decisions_total{effect="release"} 1.0' in await scrape.text()


async def test_a_database_that_does_not_answer_is_said_so_and_nothing_of_before_is_told() -> None:
    now, answers = [0.0], [True]

    async def read() -> list[InstallationFigure]:
        if not answers[0]:
            raise StoreUnavailable
        return [InstallationFigure("gateway_held", ("SW-DEC-001",), 3, 60.0)]

    scrape = Scrape(read, clock=lambda: now[0])
    told = await scrape.text()
    assert b"gateway_store_answers 1.0" in told
    assert b'gateway_held{finding="SW-DEC-001"} 3.0' in told
    assert b'gateway_held_oldest_seconds{finding="SW-DEC-001"} 60.0' in told
    answers[0], now[0] = False, 60.0
    told = await scrape.text()
    assert b"gateway_store_answers 0.0" in told
    assert b"gateway_held" not in told


async def test_a_database_that_is_silent_keeps_nobody_waiting_for_what_processes_count() -> None:
    now, silence, readings = [0.0], asyncio.Event(), [0]

    async def read() -> list[InstallationFigure]:
        readings[0] += 1
        await silence.wait()
        return [InstallationFigure("gateway_held", ("SW-DEC-001",), 3, 60.0)]

    scrape = Scrape(read, clock=lambda: now[0], within_s=0.01)
    for _ in range(3):
        told = await scrape.text()
        assert b"gateway_store_answers 0.0" in told
        assert b"gateway_held" not in told
        assert b"gateway_connections" in told
        now[0] += 1.0
    assert readings == [1], "it is not asked again while it has not answered"
    silence.set()
    await asyncio.sleep(0)
    told = await scrape.text()
    assert b"gateway_store_answers 1.0" in told
    assert b'gateway_held{finding="SW-DEC-001"} 3.0' in told
