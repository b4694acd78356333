"""`gateway serve`: one port, several processes, the embedded database, and their supervision."""

import os
import signal
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from gateway.cli.simulated import require_real
from gateway.cli.supervisor.processes import Child, end_all
from gateway.cli.supervisor.replica import listening_socket
from gateway.cli.supervisor.shutdown import Shutdown
from gateway.cli.supervisor.silence import SILENT_S, Silence
from gateway.cli.supervisor.systemd import NOBODY, Systemd, without_systemd
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.process_life import forget, leave_steps
from gateway.settings import Settings, load
from gateway.shared_figures import CountsLost, SharedFigures
from gateway.terminal.database import DatabasePlace, database

_POLL_S = 0.25
_DATABASE_CHECK_S = 1.0
_STOPS = 1.5
"""A process has its time to stop for what it works on, and before that half of it for callers who wait."""
_GRACE_S = 10.0
"""Beyond the time that a process takes to finish what is in hand: closing its connections."""
_KEPT = {"MALLOC_MMAP_THRESHOLD_": 8 * 1024 * 1024, "MALLOC_TRIM_THRESHOLD_": 64 * 1024 * 1024}
"""Bytes of an answer up to which glibc takes them from what it has, and of what is free that it keeps (mallopt(3)): else each answer
of hundreds of kB has its pages fetched from the kernel and returned, 3 % of a process's time for a declaration on a hot certificate."""


class Replicas:
    """The processes that serve one port."""

    def __init__(
        self,
        settings: Settings,
        *,
        environment: Mapping[str, str],
        database_url: str,
        direct_url: str | None = None,
        output: Path | None = None,
    ) -> None:
        self._settings = settings
        self._reported: set[str] = set()
        self._uncounted: dict[int, str] = {}
        """The names of those that ended, by their process ids, until what they have counted is kept."""
        self._reserved = [_reserve(settings.host, settings.port)]
        self.port: int = self._reserved[0].getsockname()[1]
        self.metrics_port: int | None = None
        """That of the figures' own address, if they have one."""
        if settings.metrics_port is not None:
            self._reserved.append(_reserve(settings.metrics_host, settings.metrics_port))
            self.metrics_port = self._reserved[1].getsockname()[1]
        self._figures = SharedFigures()
        self._silence = Silence(self._figures.folder, tick_s=_POLL_S)
        self._silent: set[int] = set()
        own = {
            **{name: str(size) for name, size in _KEPT.items() if name not in environment},
            "GATEWAY_HOST": settings.host,
            "GATEWAY_PORT": str(self.port),
            "GATEWAY_WORKER": str(settings.worker).lower(),
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_DATABASE_DIRECT_URL": direct_url or database_url,
            **self._figures.environment,
            **({} if self.metrics_port is None else {"GATEWAY_METRICS_PORT": str(self.metrics_port)}),
        }
        command = [sys.executable, "-m", "gateway.cli.supervisor.replica", "{ready}"]
        self._children = [
            Child(f"process {number + 1}", command, environment={**without_systemd(environment), **own}, output=output)
            for number in range(settings.processes)
        ]

    @property
    def url(self) -> str:
        """The URL at which they are reached."""
        return _url(self._settings.host, self.port)

    @property
    def metrics_url(self) -> str | None:
        """The URL at which their figures are scraped besides, if there is one."""
        return None if self.metrics_port is None else _url(self._settings.metrics_host, self.metrics_port) + "/metrics"

    @property
    def running(self) -> int:
        """How many of them live."""
        return sum(1 for child in self._children if child.pid is not None)

    @property
    def status(self) -> str:
        """Where they are reached and how many of them live, in one line."""
        return f"listening on {self.url}, {self.running} of {len(self._children)} processes"

    def start(self) -> None:
        """Start them all; return when all serve.

        Raises:
            StartFailed: one of them cannot.
        """
        for child in self._children:
            child.start()
        for child in self._children:
            child.wait_ready()

    def revive(self) -> None:
        """Start those again that died.

        Raises:
            ConfigurationError: none is left that may be started again.
        """
        for child in self._children:
            self._end_silent(child)
            self._keep_counts(child)
            if child.revive():
                print(f"{child.name} died and was started again", file=sys.stderr, flush=True)
            elif child.is_refused and child.name not in self._reported:
                self._reported.add(child.name)
                print(f"{child.name} may not be started again as it is", file=sys.stderr, flush=True)
        if all(child.is_refused for child in self._children):
            raise ConfigurationError(("no serving process is left: each says above why it may not be started",))

    def _end_silent(self, child: Child) -> None:
        """End a process that gives no sign of life any more; called once in a tick."""
        if (pid := child.pid) is None or pid in self._silent or not self._silence.tick(pid):
            return
        self._silent.add(pid)
        print(f"{child.name} gave no sign of life for {SILENT_S:g} s and is ended", file=sys.stderr, flush=True)
        child.send(signal.SIGKILL)

    def _keep_counts(self, child: Child) -> None:
        """Keep what those have counted that have ended; where that is not possible now, the next time."""
        if (pid := child.ended_pid) is not None:
            self._uncounted[pid] = child.name
            self._silence.forget(pid)
            (leave_steps if child.was_killed else forget)(self._figures.folder, pid)
        for pid, name in tuple(self._uncounted.items()):
            try:
                kept = self._figures.ended(pid, stood_still=pid in self._silent)
            except CountsLost as error:
                print(f"what {name} had counted is lost: {error}", file=sys.stderr, flush=True)
                kept = True
            if kept:
                del self._uncounted[pid]
                self._silent.discard(pid)

    def renew(self) -> None:
        """Have each of them read keys and the adapters' settings again."""
        for child in self._children:
            child.send(signal.SIGHUP)

    def stop(self, ending: Shutdown | None = None) -> None:
        """End them; each finishes what is in hand. Where SIGTERM asked for it they go on first till their proxy has noticed."""
        own = self._settings
        goes_on = ending is not None and ending.requested.is_set() and not ending.by_hand
        end_all(
            self._children,
            within_s=own.drain_seconds + _STOPS * own.stop_seconds + _GRACE_S,
            at_once=ending.at_once if ending is not None else None,
            number=signal.SIGTERM if goes_on else signal.SIGINT,
        )
        for reserved in self._reserved:
            reserved.close()
        self._figures.close()


def serve(environment: Mapping[str, str]) -> None:
    """Serve until SIGTERM or SIGINT; at SIGHUP keys and the adapters' settings are read anew.

    Raises:
        ConfigurationError, StoreError, StartFailed: it does not start.
    """
    ending = Shutdown()
    systemd = Systemd(environment)
    settings = load(environment)
    require_real(settings)
    systemd.starting("opening the database")
    with database(settings, makes=True) as store:
        serve_on(settings, environment, store, ending, systemd=systemd)


def serve_on(
    settings: Settings,
    environment: Mapping[str, str],
    store: DatabasePlace,
    ending: Shutdown,
    *,
    also: Sequence[Child] = (),
    systemd: Systemd = NOBODY,
) -> None:
    """Serve on a database until asked to end; `also` are other processes that are kept alive meanwhile.

    Raises:
        ConfigurationError, StartFailed: it does not start.
    """
    replicas = Replicas(
        settings, environment=store.counted(environment), database_url=store.url, direct_url=store.direct_url
    )
    try:
        systemd.starting("starting the serving processes")
        replicas.start()
        print(f"listening on {replicas.url}", flush=True)
        if replicas.metrics_url is not None:
            print(f"figures on {replicas.metrics_url}", flush=True)
        systemd.ready(replicas.status)
        keep_alive(replicas, store, ending, also=also, systemd=systemd)
    finally:
        systemd.stopping()
        replicas.stop(ending)


def keep_alive(
    replicas: Replicas, store: DatabasePlace, ending: Shutdown, *, also: Sequence[Child] = (), systemd: Systemd = NOBODY
) -> None:
    """Start again what dies, until asked to end."""
    checked_at = time.monotonic()
    while not ending.requested.wait(_POLL_S):
        replicas.revive()
        if ending.renewal_requested():
            systemd.reloading()
            replicas.renew()
            systemd.ready(replicas.status)
        systemd.alive(replicas.status, serves=replicas.running > 0)
        for child in also:
            if child.revive():
                print(f"{child.name} died and was started again", file=sys.stderr, flush=True)
        if time.monotonic() - checked_at >= _DATABASE_CHECK_S:
            try:
                store.ensure_alive()
            except (GatewayError, ConfigurationError, OSError) as error:
                # It is tried again and again: the processes answer 503 until it is back.
                print(f"the embedded PostgreSQL does not start: {error}", file=sys.stderr, flush=True)
            checked_at = time.monotonic()


def _reserve(host: str, port: int) -> socket.socket:
    """Bind the port without listening, so that it stays ours while processes come and go.

    Raises:
        ConfigurationError: somebody else listens there, or the address is not this machine's.
    """
    try:
        if port:
            _refuse_if_taken(host, port)
        return listening_socket(host, port, reserves=True)
    except OSError as error:
        raise ConfigurationError((f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}",)) from error


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _refuse_if_taken(host: str, port: int) -> None:
    """Refuse a port that is taken: shared, two gateways would answer in turn; binding it alone shows whether somebody has it."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    with socket.socket(family, kind, protocol) as alone:
        alone.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        alone.bind(address)
