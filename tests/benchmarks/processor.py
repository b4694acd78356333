"""Processor time of processes, as Linux counts it."""

import os
import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType

import psycopg

_TICKS = os.sysconf("SC_CLK_TCK")
_SAMPLE_S = 0.1
_BACKENDS = "SELECT pid, backend_start::text FROM pg_stat_activity WHERE datname = %s"

Backend = tuple[int, str]
"""A process of PostgreSQL: its id, and when it began, since ids come again."""


def spent_s(pid: int) -> float | None:
    """Gives the seconds of processor time that a process took so far, those of its ended threads too; None: it is gone.

    By the nanosecond where it has one thread and the kernel says so (`schedstat`), else by the tick (10 ms).
    """
    try:
        if len(os.listdir(f"/proc/{pid}/task")) == 1 and (found := _scheduled_s(pid)):  # noqa: PTH208
            return found
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return (int(fields[11]) + int(fields[12])) / _TICKS


def _scheduled_s(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except FileNotFoundError:
        return 0.0


def transactions_written(cluster: str) -> int:
    """Gives a number that each transaction of a server that writes something raises by one, this look at it, too."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        row = connection.execute("SELECT pg_current_xact_id()::text::bigint").fetchone()
    assert row is not None
    return int(row[0])


def log_bytes(cluster: str) -> int:
    """Gives how many bytes a server has written to its write-ahead log so far."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        row = connection.execute("SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint").fetchone()
    assert row is not None
    return int(row[0])


def database_bytes(cluster: str, name: str) -> int:
    """Gives how much room a database takes on disk."""
    with psycopg.connect(cluster, autocommit=True) as connection:
        row = connection.execute("SELECT pg_database_size(%s)", [name]).fetchone()
    assert row is not None
    return int(row[0])


class Account:
    """Adds up what processes took that come and go: what is seen of each first and last.

    One that was not there at the beginning counts from its own beginning.
    """

    def __init__(self, at_first: Mapping[Backend, float]) -> None:
        self._first = dict(at_first)
        self._last = dict(at_first)

    def seen(self, now: Mapping[Backend, float]) -> None:
        """Takes what they took by now; one that is missing took what was seen last."""
        self._last.update(now)

    @property
    def total_s(self) -> float:
        """What they took together since the beginning."""
        return sum(last - self._first.get(backend, 0.0) for backend, last in self._last.items())


class DatabaseTime(AbstractContextManager["DatabaseTime"]):
    """Counts the processor time of the backends of one database while the context lasts.

    Backends of other databases and what the server does for all of them (checkpoints, the log's writer) do not count.
    """

    def __init__(self, cluster: str, database: str) -> None:
        self._cluster = cluster
        self._database = database
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._failed: Exception | None = None

    def __enter__(self) -> "DatabaseTime":
        """Begins."""
        self._connection = psycopg.connect(self._cluster, autocommit=True)
        self._account = Account(self._now())
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends; raises what went wrong meanwhile."""
        self._enough.set()
        self._thread.join()
        with self._connection:
            if error is None and self._failed is None:
                self._account.seen(self._now())
        if error is None and self._failed is not None:
            raise self._failed

    @property
    def total_s(self) -> float:
        """Seconds, once the context has ended."""
        return self._account.total_s

    def _sample(self) -> None:
        while not self._enough.wait(_SAMPLE_S):
            try:
                self._account.seen(self._now())
            except psycopg.Error as failed:
                self._failed = failed
                return

    def _now(self) -> dict[Backend, float]:
        backends: Iterable[Backend] = self._connection.execute(_BACKENDS, [self._database]).fetchall()
        spent = {backend: spent_s(backend[0]) for backend in backends}
        return {backend: seconds for backend, seconds in spent.items() if seconds is not None}
