"""The limits that the system sets to the code in a sandbox, whoever it runs as."""

import ctypes
import errno
import os
import resource
import signal
from contextlib import suppress

try:
    # At once: it looks for its library by running programs, which nothing confined can.
    import pyseccomp
# It raises RuntimeError where the system has no libseccomp.
except (ImportError, OSError, RuntimeError):
    pyseccomp = None

_SET_PDEATHSIG = 1  # prctl(2)
_FORBIDDEN = (
    # Processes and threads: an adapter's steps are computation, of one thread.
    "fork", "vfork", "clone", "execve", "execveat", "setsid", "setpgid", "unshare", "setns",
    "kill", "tkill", "tgkill", "ptrace", "process_vm_readv", "process_vm_writev", "pidfd_open", "pidfd_getfd",
    # The network.
    "socket", "socketpair", "connect", "bind", "listen", "accept", "accept4", "sendto", "sendmsg", "sendmmsg",
    "io_uring_setup",
    # Its own limits.
    "setrlimit", "prlimit64",
    # Files: they are read, not written.
    "creat", "openat2",
    "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "link", "linkat", "symlink",
    "symlinkat", "chmod", "fchmod", "fchmodat", "chown", "fchown", "lchown", "fchownat", "truncate", "mount", "umount2",
    "mknod", "mknodat",
)  # fmt: skip


def die_with(parent: int) -> None:
    """Have the system end this process when the one that started it ends."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def confine(memory_mb: int) -> bool:
    """Limit this process for good: its memory, no file written, no process started, no network, no limit raised again.

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
    return _filtered()


def _filtered() -> bool:
    if pyseccomp is None:
        return False
    refused = pyseccomp.ERRNO(errno.EPERM)
    calls = pyseccomp.SyscallFilter(pyseccomp.ALLOW)
    for name in _FORBIDDEN:
        # A call that this processor does not have.
        with suppress(OSError, ValueError, RuntimeError):
            calls.add_rule(refused, name)
    for name, at in (("open", 1), ("openat", 2)):
        for how in (os.O_WRONLY, os.O_RDWR):
            with suppress(OSError, ValueError, RuntimeError):
                calls.add_rule(refused, name, pyseccomp.Arg(at, pyseccomp.MASKED_EQ, os.O_ACCMODE, how))
        for flag in (os.O_CREAT, os.O_TRUNC):
            with suppress(OSError, ValueError, RuntimeError):
                calls.add_rule(refused, name, pyseccomp.Arg(at, pyseccomp.MASKED_EQ, flag, flag))
    with suppress(OSError, ValueError, RuntimeError):
        # As where it does not exist: the C library takes `clone` then, which is refused.
        calls.add_rule(pyseccomp.ERRNO(errno.ENOSYS), "clone3")
    try:
        calls.load()
    except (OSError, RuntimeError):
        return False
    return True
