"""The answer to a scrape: the figures of all serving processes of this gateway, as Prometheus reads them."""

import asyncio
import os
import platform
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest, multiprocess
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from gateway.domain.certificate_validity import CertificateValidity
from gateway.domain.errors import StoreError
from gateway.observe.certificate_figures import certificate_families
from gateway.observe.figures import count_gathered, registry
from gateway.observe.installation_figures import InstallationFigure, families
from gateway.observe.process_signs import read_sign
from gateway.shared_figures import Figure, begun_at, locked, processes_in, shared_folder

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
KEPT_S = 1.0
"""Seconds for which an answer is given again: whoever scrapes more often learns nothing more, and costs nothing more."""
INSTALLATION_KEPT_S = 15.0
"""The same for the figures of the database."""
INSTALLATION_WITHIN_S = 5.0
"""Seconds that a scrape waits for the database: whoever scrapes gives up after ten, and then nothing is told of the processes either."""
_ADDED_UP: Any = multiprocess.MultiProcessCollector
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


ReadInstallation = Callable[[], Awaitable[Sequence[InstallationFigure]]]
Certificates = Callable[[], Sequence[CertificateValidity]]


class Scrape:
    """The figures, read at most once a second, beside the event loop; what stands in the database less often."""

    def __init__(
        self,
        installation: ReadInstallation | None = None,
        folder: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
        certificates: Certificates = tuple,
        within_s: float = INSTALLATION_WITHIN_S,
    ) -> None:
        """Take the reader of the database's figures, the folder in which the processes count, and what returns the certificates.

        None: nothing is told of the database; the folder is the one that the environment names, if it does.
        """
        self._certificates = certificates
        self._folder = folder or shared_folder()
        self._clock = clock
        self._read_installation = installation
        self._within_s = within_s
        self._asking: asyncio.Task[None] | None = None
        """The reading of the database that is under way, however long that lasts."""
        self._stands: Sequence[InstallationFigure] | None = None
        self._told: Sequence[InstallationFigure] | None = None
        self._stands_at = float("-inf")
        self._text = b""
        self._read_at = float("-inf")
        self._reading: asyncio.Task[bytes] | None = None

    async def text(self) -> bytes:
        """Return the figures as text."""
        if self._clock() - self._read_at < KEPT_S:
            return self._text
        if self._reading is None or self._reading.done():
            self._reading = asyncio.create_task(self._read_all(), name="figures read")
        # Whoever goes away while it is read must not end it for the others.
        self._text = await asyncio.shield(self._reading)
        self._read_at = self._clock()
        return self._text

    async def _read_all(self) -> bytes:
        if self._read_installation is not None:
            self._told = await self._in_database(self._read_installation)
        return await asyncio.to_thread(self.read)

    async def _in_database(self, read: ReadInstallation) -> Sequence[InstallationFigure] | None:
        """Return the figures of the database; None: it is not known, as the database does not answer or not soon."""
        if self._clock() - self._stands_at >= INSTALLATION_KEPT_S:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask(read), name="figures of the installation read")
            done, _ = await asyncio.wait({self._asking}, timeout=self._within_s)
            for one in done:
                one.result()
        return self._stands if self._clock() - self._stands_at < INSTALLATION_KEPT_S else None

    async def _ask(self, read: ReadInstallation) -> None:
        began = self._clock()
        # What stood before the database went away is not told as what stands.
        with suppress(StoreError):
            self._stands = await read()
            self._stands_at = began

    def read(self) -> bytes:
        """Read what processes count now, with what was read last of the database."""
        installation = b""
        if self._read_installation is not None:
            installation = generate_latest(_Read(families(self._told)))
        certificates = _Read(certificate_families(self._certificates(), datetime.now(UTC)))
        return self._counted() + generate_latest(certificates) + installation

    def _counted(self) -> bytes:
        count_gathered()
        if self._folder is None:
            return generate_latest(registry)
        everything = CollectorRegistry()
        _ADDED_UP(everything, path=str(self._folder))
        everything.register(_Processes(self._folder))
        with locked(self._folder):
            return generate_latest(everything)


OF_PROCESSES = (
    Figure("gateway_build_info", "gauge", ("version", "python"), "The version that runs here; always 1"),
    Figure("gateway_process_cpu_seconds_total", "counter", ("pid",), "Seconds of the processor, of each process"),
    Figure("gateway_process_resident_bytes", "gauge", ("pid",), "Bytes of memory of each process"),
    Figure("gateway_process_open_files", "gauge", ("pid",), "Files and connections open in each process"),
)
"""The system's figures of the processes, and what they run."""
READY = Figure(
    "gateway_process_ready",
    "gauge",
    ("pid", "part"),
    "Whether a part of a process is as it has to be for declarations to be taken; `answers` is 0 for one that did not say so in time",
)
"""The readiness of each process, by its own sign."""
START_TIME = Figure(
    "gateway_start_time_seconds",
    "gauge",
    (),
    "When this gateway was started, all its processes together, in seconds since 1970",
)


class _Read:
    """Families as `generate_latest` takes them from a registry."""

    def __init__(self, found: Iterable[Metric]) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        """Return them."""
        return self._found


class _Processes:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Read it."""
        build, *each = OF_PROCESSES
        family = GaugeMetricFamily(build.name, build.text, labels=build.labels)
        family.add_metric((version("eu-single-window-gateway"), platform.python_version()), 1)
        yield family
        if (started_at := begun_at(self._folder)) is not None:
            yield GaugeMetricFamily(START_TIME.name, START_TIME.text, started_at)
        told = {pid: found for pid in processes_in(self._folder) if (found := _of_process(pid)) is not None}
        for place, one in enumerate(each):
            kind = CounterMetricFamily if one.kind == "counter" else GaugeMetricFamily
            counted = kind(one.name, one.text, labels=one.labels)
            for pid, found in told.items():
                counted.add_metric((str(pid),), found[place])
            yield counted
        ready = GaugeMetricFamily(READY.name, READY.text, labels=READY.labels)
        for pid in told:
            for part, is_so in read_sign(self._folder, pid).items():
                ready.add_metric((str(pid), part), float(is_so))
        yield ready


def _of_process(pid: int) -> tuple[float, int, int] | None:
    """Return a process's seconds of the processor, bytes of memory and open files; None: it is not there."""
    place = Path("/proc") / str(pid)
    try:
        fields = (place / "stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        opened = sum(1 for _ in (place / "fd").iterdir())
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS, int(fields[21]) * _PAGE, opened
