"""The record of the step that the loop is in: memory that another process reads while the loop may stand still."""

import mmap
import os
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

_STEP = struct.Struct("=QQ40s36s")
"""The beginning on the monotonic clock and on the process's own, both in nanoseconds; the adapter, and the declaration."""
SIZE = _STEP.size

ShownStep = Callable[[], AbstractContextManager[object]]
"""A context that is open while a step of an adapter's code lasts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUnderWay:
    """A step of an adapter's code that has begun in the loop and not ended."""

    began_ns: int
    """On the monotonic clock, which all processes of a machine share; it tells the step from the next one."""
    used_ns: int
    """The processor time that the process had used then."""
    adapter: str
    declaration: str | None


class StepRecord:
    """Memory for one step, written by the loop's process and read by its watchdog."""

    def __init__(self, line: int | None = None) -> None:
        """Make the memory; or open what another process made, by the number of its file."""
        self.line = os.memfd_create("gateway step") if line is None else line
        if line is None:
            os.ftruncate(self.line, SIZE)
        self._memory = mmap.mmap(self.line, SIZE)

    @contextmanager
    def step(self, adapter: str, declaration: str | None) -> Iterator[None]:
        """Record a step while it lasts."""
        _STEP.pack_into(
            self._memory, 0, time.monotonic_ns(), time.process_time_ns(), adapter.encode(), (declaration or "").encode()
        )
        try:
            yield
        finally:
            self._memory[:8] = bytes(8)

    def read(self) -> StepUnderWay | None:
        """Return the step that is under way; None: there is none."""
        began_ns, used_ns, adapter, declaration = _STEP.unpack_from(self._memory, 0)
        if not began_ns:
            return None
        name, record_id = (text.rstrip(b"\0").decode("ascii", "replace") for text in (adapter, declaration))
        return StepUnderWay(began_ns=began_ns, used_ns=used_ns, adapter=name, declaration=record_id or None)

    def close(self) -> None:
        """Give the memory back."""
        self._memory.close()
        os.close(self.line)
