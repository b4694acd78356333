"""The unit that `gateway init` writes: installed in a new Debian as the page says, and run by that Debian's own systemd."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gateway.terminal.client import GatewayClient
from tests.builders.places import ROOT
from tests.builders.processes import started
from tests.builders.running import authorities, children_of, declaration, until
from tests.deploy.trials.configured import filled_in
from tests.deploy.trials.programs import TrialFailed, free_port, output_of, program

_HERE = Path(__file__).parent
_SYSTEM = "ca-certificates,systemd,python3,python3-venv,libseccomp2,procps"
_SHORT = "[Service]\nWatchdogSec=4\nRestartSec=1\n"
"""Times for the trial of the watchdog; all else is as `gateway init` wrote it."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A running Debian in namespaces of its own: its root and the process of its systemd."""

    root: Path
    pid: int

    def run(self, *command: str, statuses: tuple[int, ...] = (0,)) -> str:
        """Runs a command in it as root and gives what it prints."""
        inside = ["nsenter", f"--target={self.pid}", "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root", "--wd"]
        own = {"PATH": "/opt/gateway/bin:/usr/sbin:/usr/bin:/sbin:/bin", "GATEWAY_CONFIG": "/etc/gateway"}
        return output_of([*inside, "--", *command], env=own, cwd=Path("/"), statuses=statuses)

    def shows(self, **wanted: str) -> bool:
        """Whether systemd shows the service so."""
        told = self.run("systemctl", "show", "gateway", *(f"--property={name}" for name in wanted))
        return {line.partition("=")[0]: line.partition("=")[2] for line in told.splitlines()} == wanted

    def property(self, name: str) -> str:
        """What systemd knows of the service under a name."""
        return self.run("systemctl", "show", "gateway", f"--property={name}", "--value").strip()


@contextmanager
def installed(folder: Path) -> Iterator[Path]:
    """Makes a Debian and installs the gateway in it; gives its root."""
    root = folder / "root"
    output_of([program("mmdebstrap", "mmdebstrap"), "--variant=minbase", f"--include={_SYSTEM}", "trixie", root])
    (root / "source").mkdir()
    archive = folder / "source.tar"
    output_of(["git", "-C", ROOT, "archive", "-o", archive, "HEAD"])
    output_of(["tar", "-x", "-f", archive, "-C", root / "source"])
    output_of(["unshare", "--mount", "bash", _HERE / "install.sh", root])
    yield root


@contextmanager
def booted(root: Path) -> Iterator[Machine]:
    """Boots it until the context ends; whatever runs in it then is killed."""
    boot = ["unshare", "--mount", "bash", str(_HERE / "boot.sh"), str(root), f"trial-{os.getpid()}"]
    # Whoever made the namespaces takes along what runs in them.
    with (
        root.with_name("boot.log").open("wb") as log,
        started(boot, stdin=subprocess.DEVNULL, stdout=log, stderr=log) as outer,
    ):
        pid = until(
            lambda: next((one for one in children_of(outer.pid) if _name(one) == "systemd"), None), "its systemd"
        )
        machine = Machine(root, pid)
        until(
            lambda: machine.run("systemctl", "is-system-running", statuses=(0, 1)).strip() in _UP or None, "its start"
        )
        yield machine


_UP = frozenset({"running", "degraded"})


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def try_service() -> str:
    """Installs, starts, reloads, hangs, stops the service; says how it was seen.

    Raises:
        TrialFailed: something was otherwise than it has to be.
    """
    folder = Path(tempfile.mkdtemp(prefix="trial-service-"))
    try:
        with installed(folder) as root, authorities() as simulated:
            configuration = root / "etc" / "gateway"
            filled_in(configuration, simulated)
            file = configuration / "gateway.toml"
            port = free_port()
            file.write_text(file.read_text().replace("port = 8080", f"port = {port}"))
            with booted(root) as machine:
                _serve(machine, port)
                _reload(machine, file)
                _stop(machine, file)
                version = machine.run("systemctl", "--version").splitlines()[0]
            server_log = root / "var/lib/eu-single-window-gateway/data/server.log"
            if "shut down" not in server_log.read_text().splitlines()[-1]:
                raise TrialFailed("the embedded PostgreSQL was not shut down in order")
            return (
                f"{version}: start, a declaration released, reload, a refused reload, a stopped process started again "
                "by the watchdog, stop, status 78 not started again; on the embedded database"
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _serve(machine: Machine, port: int) -> None:
    machine.run("systemctl", "enable", "--now", "gateway")
    if not machine.shows(ActiveState="active", StatusText=f"listening on http://127.0.0.1:{port}, 1 of 1 processes"):
        raise TrialFailed(machine.run("systemctl", "status", "gateway", statuses=(0, 1, 2, 3)))
    as_user = ("runuser", "-u", "gateway", "--")
    made = machine.run(*as_user, "gateway", "api-key", "new", "customs 1", "--role", "customs")
    key = made.split("shown this once: ")[1].split()[0]
    with GatewayClient(f"http://127.0.0.1:{port}", key=key) as client:
        reply = client.lodge(declaration("01-clean", "TRIAL-UNIT"), "application/xml", wait_s=20)
    if reply.effect != "release":
        raise TrialFailed(f"a declaration that may be released was not: {reply}")


def _reload(machine: Machine, file: Path) -> None:
    machine.run("systemctl", "reload", "gateway")
    until(
        lambda: "configuration_taken" in machine.run("journalctl", "-u", "gateway", "-o", "cat") or None, "the reload"
    )
    right = file.read_text()
    file.write_text(right.replace("port = ", "prot = "))
    machine.run("systemctl", "reload", "gateway", statuses=(1,))
    file.write_text(right)
    if not machine.shows(ActiveState="active", SubState="running", NRestarts="0"):
        raise TrialFailed("a reload that was refused ended the service")


def _stop(machine: Machine, file: Path) -> None:
    short = machine.root / "etc/systemd/system/gateway.service.d"
    short.mkdir()
    (short / "trial.conf").write_text(_SHORT)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "gateway")
    main = machine.property("MainPID")
    machine.run("systemctl", "kill", "--signal=STOP", "--kill-whom=main", "gateway")
    until(lambda: machine.property("MainPID") not in {main, "0"} or None, "another main process")
    until(lambda: machine.shows(ActiveState="active", SubState="running", NRestarts="1") or None, "the service again")
    file.write_text(file.read_text().replace("port = ", "prot = "))
    machine.run("systemctl", "restart", "gateway", statuses=(1,))
    if not machine.shows(ActiveState="failed", ExecMainStatus="78", NRestarts="0"):
        raise TrialFailed(machine.run("systemctl", "status", "gateway", statuses=(0, 1, 2, 3)))
