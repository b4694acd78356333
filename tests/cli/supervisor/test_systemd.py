"""`gateway serve` as a service of systemd: what it says over NOTIFY_SOCKET, to a socket that stands for systemd's."""

import os
import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.cli.supervisor.systemd import Systemd, without_systemd
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Served, authorities, children_of, served, until


class ServiceSocket:
    """The socket that systemd gives a service, and what came over it."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(address)
        self._socket.settimeout(PATIENCE_S)
        self.heard: list[dict[str, str]] = []

    def until(self, name: str, *, containing: str = "") -> dict[str, str]:
        """Reads notices until one that says this; gives that one."""
        while True:
            notice = dict(line.split("=", 1) for line in self._socket.recv(65536).decode().splitlines())
            self.heard.append(notice)
            if name in notice and containing in notice[name]:
                return notice

    def close(self) -> None:
        """Closes it."""
        self._socket.close()


@contextmanager
def service(address: str) -> Iterator[ServiceSocket]:
    """A socket at an address until the context ends."""
    there = ServiceSocket(address)
    try:
        yield there
    finally:
        there.close()


def test_a_service_says_when_it_serves_reloads_loses_a_process_lives_and_ends(
    tmp_path: Path, database_url: str
) -> None:
    environment = {
        "GATEWAY_DATABASE_URL": database_url,
        "WATCHDOG_USEC": "1000000",
        "NOTIFY_SOCKET": f"{tmp_path}/notify",
    }
    with (
        service(f"{tmp_path}/notify") as systemd,
        authorities() as simulated,
        served({**simulated.environment, **environment}) as gateway,
    ):
        ready = systemd.until("READY")
        # Not before it serves: all that came until then is what it is doing.
        assert all(notice.keys() == {"STATUS"} for notice in systemd.heard[:-1])
        assert ready == {"READY": "1", "STATUS": f"listening on {gateway.url}, 1 of 1 processes"}
        assert systemd.until("WATCHDOG") == {"WATCHDOG": "1"}

        before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        gateway.process.send_signal(signal.SIGHUP)
        reloading = systemd.until("RELOADING")
        assert before <= int(reloading["MONOTONIC_USEC"]) <= time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        assert systemd.until("READY")["READY"] == "1"

        _lose_a_process(gateway, systemd)
        gateway.process.send_signal(signal.SIGTERM)
        assert systemd.until("STOPPING")["STATUS"] == "finishing what is in hand"


def _lose_a_process(gateway: Served, systemd: ServiceSocket) -> None:
    """While none serves it does not say that it lives: a watchdog that nobody serves ends it."""
    (only,) = children_of(gateway.process.pid)
    os.kill(only, signal.SIGKILL)
    # One that lived for long is started again at once; the next one, which did not, after a pause.
    (second,) = until(lambda: set(children_of(gateway.process.pid)) - {only}, "another process")
    os.kill(second, signal.SIGKILL)
    systemd.until("STATUS", containing=" 0 of 1 processes")
    came = len(systemd.heard)
    systemd.until("STATUS", containing=" 1 of 1 processes")
    assert not any("WATCHDOG" in notice for notice in systemd.heard[came:-1])
    systemd.until("WATCHDOG")
    told = until(lambda: _environment_of_the_only_child(gateway), "another process")
    assert not re.search(r"NOTIFY_SOCKET|WATCHDOG", told)


def _environment_of_the_only_child(gateway: Served) -> str | None:
    """What the one serving process was started with; None: there is none, or one is just ending."""
    try:
        (child,) = children_of(gateway.process.pid)
        return Path(f"/proc/{child}/environ").read_text(encoding="utf-8")
    except (ValueError, OSError):
        return None


def test_an_abstract_socket_is_one_too() -> None:
    name = f"gateway-test-{os.getpid()}"
    with service("\0" + name) as systemd:
        Systemd({"NOTIFY_SOCKET": f"@{name}"}).ready("listening\non two lines")
        assert systemd.until("READY") == {"READY": "1", "STATUS": "listening on two lines"}


@pytest.mark.parametrize("address", ["/not/there", "vsock:2:1234", "@nobody-listens-here"])
def test_a_socket_that_cannot_be_reached_is_told_once_and_ends_nothing(
    address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    systemd = Systemd({"NOTIFY_SOCKET": address})
    systemd.ready("listening")
    systemd.stopping()
    assert capsys.readouterr().err.count(f"systemd is not told: NOTIFY_SOCKET {address}: ") == 1


@pytest.mark.parametrize(
    "variables", [{"WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"}, {"WATCHDOG_USEC": "soon"}, {"WATCHDOG_USEC": "0"}, {}]
)
def test_a_watchdog_that_is_not_for_this_process_hears_nothing(variables: dict[str, str]) -> None:
    name = f"gateway-test-{os.getpid()}"
    with service("\0" + name) as systemd:
        there = Systemd({"NOTIFY_SOCKET": f"@{name}", **variables})
        there.alive("listening", serves=True)
        there.alive("listening", serves=True)
        there.stopping()
        systemd.until("STOPPING")
        assert not any("WATCHDOG" in notice for notice in systemd.heard)


def test_who_is_started_by_the_service_does_not_speak_for_it() -> None:
    given = {"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "1", "WATCHDOG_PID": "2", "PATH": "/bin"}
    assert without_systemd(given) == {"PATH": "/bin"}
