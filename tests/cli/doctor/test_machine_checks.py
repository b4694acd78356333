"""What is wrong with a machine is found: versions, processors, files, room, ports, permissions."""

import json
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.cli.doctor.health_check import CheckState, HealthCheck, attention, good, outcome, unknown, wrong
from gateway.cli.doctor.machine_checks import MachineFacts, machine_checks, permission_checks, port_checks
from gateway.settings import Settings, load
from gateway.terminal.exits import Exit
from tests.builders.processes import ran
from tests.builders.running import REAL, clean_environment

YEAR = 2026
PLENTY = 10**12
ATTENTION, WRONG, GOOD, UNKNOWN = CheckState.ATTENTION, CheckState.WRONG, CheckState.GOOD, CheckState.UNKNOWN
LIMITED = """
import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (300, 300))
from gateway.cli.doctor.machine_checks import MachineFacts, machine_checks
from gateway.settings import load
facts = MachineFacts.here()
(found,) = (one for one in machine_checks(facts, load({'GATEWAY_SIMULATORS': 'false'}), 2026) if one.name == 'file limit')
print(found.state, found.seen)
"""


def no_room(_: Path) -> int:
    raise FileNotFoundError


SOUND = MachineFacts(
    cores=8,
    files=65_536,
    python=(3, 13, 5),
    optimised=True,
    zones="2026a",
    libraries=(),
    lacking=(),
    free=lambda _: PLENTY,
)


def settings(tmp_path: Path, **variables: str) -> Settings:
    return load({**REAL, "GATEWAY_DATA_DIR": str(tmp_path), "GATEWAY_PROCESSES": "2", **variables})


def by_name(found: Iterable[HealthCheck]) -> dict[str, HealthCheck]:
    return {one.name: one for one in found}


def test_nothing_is_found_on_a_sound_one(tmp_path: Path) -> None:
    assert {one.state for one in machine_checks(SOUND, settings(tmp_path), YEAR)} == {GOOD}
    here = by_name(machine_checks(MachineFacts.here(), settings(tmp_path), YEAR))
    assert here["Python"].state in {GOOD, ATTENTION}
    assert here["libraries"].state is GOOD, "the environment is the lock's"


@pytest.mark.parametrize(
    ("bad", "name", "state", "seen", "remedy"),
    [
        ({"python": (3, 10, 2)}, "Python", WRONG, "3.10.2", "3.11"),
        ({"optimised": False}, "Python", ATTENTION, "without optimisation", "Debian"),
        ({"libraries": ("lxml 5.0 instead of 6.0",)}, "libraries", ATTENTION, "lxml 5.0", "requirements.lock"),
        ({"libraries": None}, "libraries", CheckState.NOT_ASKED, "lock is not here", "pip check"),
        ({"lacking": ("libseccomp", "Landlock's scopes")}, "sandboxes", ATTENTION, "no libseccomp; no Landlock's", "install"),
        ({"cores": 1}, "processes", ATTENTION, "2 serving processes, 1 processors", "processes"),
        ({"files": 1024}, "file limit", ATTENTION, "1024 files", "LimitNOFILE"),
        ({"files": 256}, "file limit", WRONG, "256 files", "LimitNOFILE"),
        ({"zones": "2021a"}, "time zones", ATTENTION, "2021a", "tzdata"),
        ({"zones": None}, "time zones", UNKNOWN, "which release", "tzdata"),
        ({"free": lambda _: 200_000_000}, "temporary folder", ATTENTION, "200 MB", "make room"),
        ({"free": lambda _: 5_000_000}, "temporary folder", WRONG, "5 MB", "make room"),
        ({"free": lambda _: 1_500_000_000}, "room for data", ATTENTION, "1,500 MB", "make room"),
        ({"free": lambda _: 200_000_000}, "room for data", WRONG, "200 MB", "make room"),
        ({"free": no_room}, "room for data", UNKNOWN, "FileNotFoundError", "folder"),
    ],
)  # fmt: skip
def test_each_fault_is_found_with_what_to_do(
    tmp_path: Path, bad: dict[str, object], name: str, state: CheckState, seen: str, remedy: str
) -> None:
    found = by_name(machine_checks(replace(SOUND, **bad), settings(tmp_path), YEAR))[name]  # type: ignore[arg-type]
    assert found.state is state
    assert seen in found.seen
    assert remedy in found.remedy


def test_the_limit_of_files_is_that_of_the_process_itself() -> None:
    done = ran([sys.executable, "-c", LIMITED], env=clean_environment())
    assert done.stdout.startswith("wrong a process may open 300 files"), done.stderr


def test_ports_are_free_a_gateways_or_a_strangers(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        own = settings(tmp_path, GATEWAY_PORT=port, GATEWAY_METRICS_PORT="0")
        strangers, ours = by_name(port_checks(own, served=False)), by_name(port_checks(own, served=True))
    assert (strangers["port"].state, ours["port"].state) == (WRONG, GOOD)
    assert strangers["metrics_port"].seen == "any free one"
    assert "no gateway" in strangers["port"].seen
    assert by_name(port_checks(own, served=False))["port"].seen == f"{port}: free"
    away = settings(tmp_path, GATEWAY_SECURITY__MODE="api-key", GATEWAY_HOST="203.0.113.9")
    assert by_name(port_checks(away, served=False))["port"].state is WRONG


@pytest.mark.parametrize(
    ("spoil", "name", "seen"),
    [
        (lambda folder: (folder / "key").chmod(0o640), "adapters.traces.secrets.password", "mode 0640"),
        (lambda folder: (folder / "key").unlink(), "adapters.traces.secrets.password", "FileNotFoundError"),
        (lambda folder: (folder / "secrets.env").chmod(0o644), "secrets.env", "mode 0644"),
        (lambda folder: (folder / "gateway.toml").chmod(0o666), "gateway.toml", "everybody may change it"),
        (lambda folder: folder.chmod(0o777), "configuration folder", "everybody may change it"),
        (lambda folder: (folder / "data").chmod(0o750), "data_dir", "mode 0750"),
    ],
)  # fmt: skip
def test_what_others_may_read_or_change_is_found(
    tmp_path: Path, spoil: Callable[[Path], None], name: str, seen: str
) -> None:
    folder = tmp_path / "own"
    (folder / "data").mkdir(mode=0o700, parents=True)
    for file, mode in (("key", 0o600), ("secrets.env", 0o600), ("gateway.toml", 0o644)):
        (folder / file).write_text("hunter22")
        (folder / file).chmod(mode)
    own = load(
        {
            **REAL,
            "GATEWAY_DATA_DIR": str(folder / "data"),
            "GATEWAY_ADAPTERS__TRACES__SECRETS": json.dumps({"password": f"file:{folder / 'key'}"}),
        }
    )
    assert {one.state for one in permission_checks(own, folder)} == {GOOD}
    spoil(folder)
    found = list(permission_checks(own, folder))
    (bad,) = (one for one in found if one.state is not GOOD)
    assert bad.name == f"permissions of {name}"
    assert bad.state is WRONG
    assert seen in bad.seen
    assert not any("hunter22" in str(one) or str(folder) in str(one) for one in found)


def test_the_exit_status_tells_the_gravest() -> None:
    fine, bad = good("a", ""), wrong("b", "", "")
    assert outcome([fine]) == Exit.RELEASE
    assert outcome([fine, attention("c", "", "")]) == outcome([fine, unknown("d", "")]) == Exit.HOLD
    assert outcome([attention("c", "", ""), bad, fine]) == Exit.DIFFERENT
