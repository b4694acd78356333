"""The folder in which the serving processes of one gateway keep their figures, so that one scrape tells of all of them.

Each process counts in files of its own (prometheus_client's multiprocess mode). When one ends, what it has counted is added to what
others before it have, and its gauges go: a total never falls because a process died, and nothing is told of one that is not there.

It stands beside `observe`, which counts there: who supervises the processes needs neither their figures nor their log.
"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from prometheus_client import mmap_dict

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder to a process, before it imports anything that counts."""
_withheld: str | None = None
"""What it named, once it is withheld."""
_COUNTS: Any = mmap_dict.MmapedDict
_PREFIX = "gateway-figures-"
_LOCK = "lock"
_OWNER = "owner"
"""The file that the maker of the folder holds as long as it lives."""
_ENDED = 0
"""Stands for the processes that have ended, in the name of the files that keep their counts."""


class Figure(NamedTuple):
    """What a figure is, for those who read about it."""

    name: str
    kind: str
    labels: tuple[str, ...]
    text: str


PROCESSES_ENDED = Figure(
    "gateway_processes_ended_total",
    "counter",
    (),
    "Serving processes that ended while the gateway went on: each was to be started again",
)
COUNTS_LOST = Figure(
    "gateway_counts_lost_total",
    "counter",
    (),
    "Processes whose counts were lost when they ended: all totals fell by those",
)
STOOD_STILL = Figure(
    "gateway_processes_stood_still_total",
    "counter",
    (),
    "Serving processes that gave no sign of life for 10 s and were ended: each was to be started again",
)
OF_ENDED = (PROCESSES_ENDED, COUNTS_LOST, STOOD_STILL)
"""The counts that the supervisor keeps of the processes."""


class CountsLost(Exception):
    """What a process had counted is lost: its figures fall by that."""


class SharedFigures:
    """The folder of one gateway's figures, for as long as its processes are supervised."""

    def __init__(self) -> None:
        """Make it, empty, and remove those of gateways that were killed with all their processes.

        Raises:
            OSError: there is no place for temporary files.
        """
        _remove_left()
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
        (self._folder / _LOCK).touch()
        self._owner = _owned(self._folder)
        for figure in OF_ENDED:
            self._count(figure, 0.0)

    @property
    def environment(self) -> Mapping[str, str]:
        """What each process has to be started with."""
        return {VARIABLE: str(self._folder)}

    @property
    def folder(self) -> Path:
        """Where it stands."""
        return self._folder

    def ended(self, pid: int, *, stood_still: bool = False) -> bool:
        """Keep what a process that has ended counted, and forget what it was like; False: not now, somebody reads.

        Whoever reads may stand still, and is not waited for.

        Raises:
            CountsLost: what it counted cannot be read or kept; it is forgotten.
        """
        try:
            with locked(self._folder, alone=True):
                counts = list(self._folder.glob(f"*_{pid}.db"))
                # Of one that is not started again there is nothing left the next time.
                self._count(PROCESSES_ENDED, float(bool(counts)))
                self._count(STOOD_STILL, float(bool(counts) and stood_still))
                try:
                    for path in counts:
                        if not path.name.startswith("gauge_"):
                            _add(path, self._folder / f"{path.name.rpartition('_')[0]}_{_ENDED}.db")
                except Exception:
                    self._count(COUNTS_LOST)
                    raise
                finally:
                    for path in (*counts, *self._folder.glob(f"sign_{pid}.*")):
                        path.unlink()
        except BlockingIOError:
            return False
        # Of a file that was cut off there is no telling what the library raises.
        except Exception as error:
            raise CountsLost(f"{type(error).__name__}: {error}") from error
        return True

    def _count(self, figure: Figure, number: float = 1.0) -> None:
        """Count so many more of what the processes themselves cannot count."""
        family = figure.name.removesuffix("_total")
        key = mmap_dict.mmap_key(family, figure.name, [], [], figure.text)
        kept = _COUNTS(str(self._folder / f"counter_{_ENDED}.db"))
        try:
            kept.write_value(key, kept.read_value(key)[0] + number, 0.0)
        finally:
            kept.close()

    def close(self) -> None:
        """Remove it."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._owner.close()


def withhold() -> None:
    """Keep the folder from what this process starts: that serves nobody, and its figures would stay there."""
    global _withheld
    _withheld = os.environ.pop(VARIABLE, _withheld)


def remove_shared() -> None:
    """Remove the folder that this process was started with; those that count there are not disturbed."""
    if (folder := shared_folder()) is not None:
        shutil.rmtree(folder, ignore_errors=True)


def shared_folder() -> Path | None:
    """Return the folder that this process was started with; None: it counts for itself alone."""
    folder = _withheld or os.environ.get(VARIABLE)
    return Path(folder) if folder else None


def processes_in(folder: Path) -> Iterator[int]:
    """Return the processes that count there now."""
    found = {path.stem.rpartition("_")[2] for path in folder.glob("*.db")}
    yield from sorted(int(pid) for pid in found if pid.isdecimal() and int(pid) != _ENDED)


def begun_at(folder: Path) -> float | None:
    """Return when the folder's gateway was started, in seconds since 1970; None: that is not known."""
    try:
        return (folder / _OWNER).stat().st_mtime
    except OSError:
        return None


@contextmanager
def locked(folder: Path, *, alone: bool = False) -> Iterator[None]:
    """Keep the folder's files as they are, for others' reading too, or `alone` to change which there are.

    Raises:
        BlockingIOError: somebody reads, so that they cannot be changed now.
        OSError: the folder is not there.
    """
    with (folder / _LOCK).open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
        yield


def _owned(folder: Path) -> IO[bytes]:
    """Hold a folder; return the open file that does. It is named once it is held, so that nobody finds it free before."""
    unnamed = folder / f"{_OWNER}.new"
    held = unnamed.open("wb")
    fcntl.flock(held, fcntl.LOCK_EX)
    unnamed.rename(folder / _OWNER)
    return held


def _remove_left() -> None:
    for owner in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/{_OWNER}"):
        # One that is held, or removed at this moment; another user's may be made to keep us waiting.
        with suppress(OSError):
            if owner.parent.lstat().st_uid != os.geteuid():
                continue
            held = os.open(owner, os.O_RDONLY | os.O_NONBLOCK)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(owner.parent)
            finally:
                os.close(held)


def _add(counts: Path, ended: Path) -> None:
    """Add the counts of a file to those of another."""
    kept = _COUNTS(str(ended))
    try:
        for key, value, _, _ in _COUNTS.read_all_values_from_file(str(counts)):
            kept.write_value(key, kept.read_value(key)[0] + value, 0.0)
    finally:
        kept.close()
