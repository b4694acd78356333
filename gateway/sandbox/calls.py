"""The calls of the system that the code in a sandbox may make: a list; whatever else a kernel knows is refused."""

import errno
import fcntl
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType

try:
    # At once: it looks for its library by running programs, which nothing confined can.
    import pyseccomp
# It raises RuntimeError where the system has no libseccomp.
except (ImportError, OSError, RuntimeError):
    pyseccomp = None

ALLOWED = (
    # What it is asked, what it answers, and what it prints.
    "read", "readv", "pread64", "write", "writev", "close", "close_range", "dup",
    # Files of code, which are read.
    "access", "faccessat", "faccessat2", "stat", "lstat", "fstat", "newfstatat", "statx", "lseek",
    "readlink", "readlinkat", "getcwd", "getdents", "getdents64", "fadvise64",
    # Memory of its own.
    "brk", "mmap", "munmap", "mremap", "mprotect",
    # Locks within it, and waiting.
    "futex", "set_robust_list", "rseq", "sched_yield", "nanosleep", "clock_nanosleep", "select", "pselect6",
    "poll", "ppoll", "restart_syscall",
    # Time, chance, and what it is.
    "clock_gettime", "clock_getres", "gettimeofday", "time", "times", "getrandom", "getcpu", "getrusage", "getrlimit",
    "getpid", "gettid", "getppid", "getpgrp", "getuid", "geteuid", "getgid", "getegid", "getgroups", "uname", "sysinfo",
    # Signals that it gets, and its end.
    "rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "exit", "exit_group",
)  # fmt: skip
"""Calls that reach nobody else, with any arguments."""

_INT = 0xFFFF_FFFF
"""The bits of an argument that the kernel reads of a number."""
_TCGETS, _TIOCGWINSZ, _FIONCLEX, _FIOCLEX = 0x5401, 0x5413, 0x5450, 0x5451
_OF_FILES = (fcntl.F_DUPFD, fcntl.F_DUPFD_CLOEXEC, fcntl.F_GETFD, fcntl.F_SETFD, fcntl.F_GETFL)
_OF_MEMORY = (4, 8, 14, 15)
"""MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE and MADV_NOHUGEPAGE of Linux."""
_WRITES = os.O_ACCMODE | os.O_CREAT | os.O_TRUNC
_WRITING = (
    (os.O_ACCMODE, os.O_WRONLY),
    (os.O_ACCMODE, os.O_RDWR),
    *((flag, flag) for flag in (os.O_CREAT, os.O_TRUNC)),
)

Condition = tuple[int, int, int]
"""An argument by its place, the bits of it that count, and what they have to be."""


def by_argument(own: int) -> Mapping[str, Sequence[tuple[Condition, ...]]]:
    """Return the calls that a process of such a number may make with some arguments alone: each with its cases."""
    itself = (0, own)
    return MappingProxyType(
        {
            # For reading.
            "open": [((1, _WRITES, 0),)],
            "openat": [((2, _WRITES, 0),)],
            # Whose files are whose, and whether they stay open; no owner that gets a signal, no lock, no size of a pipe.
            "fcntl": [((1, _INT, command),) for command in _OF_FILES],
            "ioctl": [((1, _INT, command),) for command in (_TCGETS, _TIOCGWINSZ, _FIONCLEX, _FIOCLEX)],
            # What memory is no more needed, and on what pages; none that is broken, as whom the system trusts may say.
            "madvise": [((2, _INT, advice),) for advice in _OF_MEMORY],
            # Its own limits, of which none is set.
            "prlimit64": [((0, _INT, one), (2, (1 << 64) - 1, 0)) for one in itself],
            "sched_getaffinity": [((0, _INT, one),) for one in itself],
        }
    )


_TOLD: Sequence[tuple[str, tuple[Condition, ...]]] = (
    *((call, ((at, bits, value),)) for call, at in (("open", 1), ("openat", 2)) for bits, value in _WRITING),
    *(
        (call, ())
        for call in (
            "fork", "vfork", "clone", "execve", "kill", "tgkill", "setsid", "setrlimit", "socket", "socketpair",
            "unlink", "unlinkat", "mkdir", "mkdirat", "rename", "renameat2", "truncate", "ftruncate", "chmod", "fchmodat",
        )
    ),
)  # fmt: skip
"""Calls that code makes by mistake: it is told that they are forbidden, where all others are as if there were none."""


def can_limit() -> bool:
    """Return whether the library that limits calls is there."""
    return pyseccomp is not None


def limit_calls() -> bool:
    """Limit this process for good to the calls on the list; return whether the system could be told so.

    What is not on it is as on a kernel that does not have it, so that the C library takes another way where it knows one; so is what
    kernels will have that are not written yet.
    """
    if pyseccomp is None:
        return False
    allow, forbid = pyseccomp.ALLOW, pyseccomp.ERRNO(errno.EPERM)
    rules: list[tuple[int, str, tuple[Condition, ...]]] = [(allow, call, ()) for call in ALLOWED]
    rules += [(allow, call, case) for call, cases in by_argument(os.getpid()).items() for case in cases]
    rules += [(forbid, call, case) for call, case in _TOLD]
    calls = pyseccomp.SyscallFilter(pyseccomp.ERRNO(errno.ENOSYS))
    for action, call, case in rules:
        arguments = (pyseccomp.Arg(at, pyseccomp.MASKED_EQ, bits, value) for at, bits, value in case)
        # A call that this processor does not have, or this library does not know, stays refused.
        with suppress(OSError, ValueError, RuntimeError):
            calls.add_rule(action, call, *arguments)
    try:
        calls.load()
    except (OSError, RuntimeError):
        return False
    return True
