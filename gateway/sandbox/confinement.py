"""The limits that the system sets to the code in a sandbox, under any user."""

import ctypes
import os
import resource
import signal
from contextlib import suppress

from gateway.sandbox.calls import limit_calls

_SET_PDEATHSIG = 1  # prctl(2)


def die_with(parent: int) -> None:
    """Have the system end this process when the one that started it ends."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def confine(memory_mb: int) -> bool:
    """Limit this process for good: its memory, no file written, and of the system's calls those on a list alone.

    Returns whether the system's filter of calls could be set; without libseccomp, or on another system than Linux, only
    the limits of memory and files hold.
    """
    size = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(ValueError, OSError):
        # For users other than root; the filter holds for root too.
        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    return limit_calls()
