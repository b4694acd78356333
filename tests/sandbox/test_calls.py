"""The calls of the system in a sandbox: those on a list work, and nothing else does, whoever it runs as."""

import errno
import fcntl
import json
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import pyseccomp
import pytest

from gateway.contract import Request
from gateway.sandbox import wire
from gateway.sandbox.calls import ALLOWED, by_argument
from gateway.sandbox.kernel import lacking
from gateway.sandbox.sandbox import NICE, Sandbox
from tests.builders.processes import ran
from tests.dispatch.sandboxed import sandboxed

CODE = sandboxed("tests.sandbox.caller", "Caller").code
REFUSED = frozenset({errno.ENOSYS, errno.EPERM})
KERNEL = range(600)
"""Numbers of calls, well beyond those that a kernel has today."""
UNFILTERED = frozenset({335, 336}) if os.uname().machine == "x86_64" else frozenset()
"""What Linux makes of a probe's own instructions (6.14: no filter sees them): from elsewhere they end the process that makes them."""
F_SETSIG, F_SETOWN_EX = 10, 15
LINE = 3
"""A file that may be open there."""
PROGRAMS = ("gateway.sandbox.process", "tests.sandbox.as_nobody")
"""As whoever runs the suite, and as nobody where that is root."""


def calls(parent: int, own: int) -> Mapping[str, list[tuple[Any, ...]]]:
    """Gives what code must not be able to do, as calls by name and their arguments."""
    return {
        # Signals, by any way.
        "kill": [(parent, 0), (parent, signal.SIGSTOP), (own, 0)],
        "tkill": [(parent, 0)],
        "tgkill": [(parent, parent, 0), (own, own, 0)],
        "rt_sigqueueinfo": [(parent, 0, "room")],
        "rt_tgsigqueueinfo": [(parent, parent, 0, "room")],
        "pidfd_open": [(parent, 0)],
        "pidfd_send_signal": [(LINE, 0, 0, 0)],
        "fcntl": [
            (0, fcntl.F_SETOWN, parent),
            (0, F_SETSIG, signal.SIGKILL),
            (0, F_SETOWN_EX, "room"),
            (0, fcntl.F_SETFL, os.O_ASYNC),
            (0, fcntl.F_NOTIFY, 1),
            (0, fcntl.F_SETPIPE_SZ, 1 << 20),
            (0, fcntl.F_SETLEASE, fcntl.F_RDLCK),
        ],
        "ioctl": [(0, 0x5412, "x"), (0, 0x8901, "room"), (0, 0x5452, "room")],
        "timer_create": [(0, 0, "room")],
        "setitimer": [(0, "room", 0)],
        # Others' priorities, processors, limits.
        "setpriority": [(0, parent, 19), (0, 0, 19)],
        "getpriority": [(0, parent)],
        "sched_setaffinity": [(parent, 8, "room"), (0, 8, "room")],
        "sched_getaffinity": [(parent, 8, "room")],
        "sched_setscheduler": [(parent, 5, "room"), (0, 0, "room")],
        "sched_setparam": [(parent, "room")],
        "sched_setattr": [(parent, "room", 0)],
        "ioprio_set": [(1, parent, 0)],
        "prlimit64": [(parent, 7, 0, "room"), (0, 7, "room", 0)],
        "setrlimit": [(7, "room")],
        # Memory that stays, or is another's.
        "shmget": [(0, 4_096, 0o1600)],
        "shmat": [(0, 0, 0)],
        "shmctl": [(0, 2, "room")],
        "msgget": [(0, 0o1600)],
        "msgsnd": [(0, "room", 1, 0)],
        "semget": [(0, 1, 0o1600)],
        "semop": [(0, "room", 1)],
        "mq_open": [("/x", os.O_RDWR | os.O_CREAT, 0o600, 0)],
        "memfd_create": [("x", 0)],
        "memfd_secret": [(0,)],
        "userfaultfd": [(0,), (1,)],
        "pipe2": [("room", 0)],
        "eventfd2": [(0, 0)],
        "epoll_create1": [(0,)],
        "inotify_init1": [(0,)],
        "process_vm_readv": [(parent, "room", 1, "room", 1, 0)],
        "process_vm_writev": [(parent, "room", 1, "room", 1, 0)],
        "process_madvise": [(LINE, "room", 1, 4, 0)],
        "kcmp": [(parent, own, 0, 0, 0)],
        "ptrace": [(16, parent, 0, 0)],
        "madvise": [("room", 4_096, 100), ("room", 4_096, 101), ("room", 4_096, 12)],
        "mlock": [("room", 4_096)],
        # Keys, programs of the kernel, other rooms.
        "keyctl": [(0, -3, 0), (1, 0)],
        "add_key": [("user", "x", "y", 1, -3)],
        "request_key": [("user", "x", 0, -3)],
        "bpf": [(0, "room", 128)],
        "perf_event_open": [("room", 0, -1, -1, 0)],
        "io_uring_setup": [(1, "room")],
        "seccomp": [(1, 0, "room")],
        "prctl": [(1, 0, 0, 0, 0), (4, 1, 0, 0, 0)],
        "landlock_create_ruleset": [(0, 0, 1)],
        "unshare": [(0x10000000,), (0,)],
        "setns": [(0, 0)],
        "mount": [("x", "/", "tmpfs", 0, 0)],
        "chroot": [("/",)],
        "setuid": [(os.getuid(),)],
        "personality": [(0,)],
        # Processes and the network.
        "clone": [(0x10000 | 0x800 | 0x200 | 0x100, 0, 0, 0, 0), (17, 0, 0, 0, 0)],
        "clone3": [("room", 88)],
        "execve": [("/bin/true", 0, 0)],
        "execveat": [(-100, "/bin/true", 0, 0, 0)],
        "setsid": [()],
        "wait4": [(-1, 0, 1, 0)],
        "socket": [(1, 1, 0), (2, 1, 0)],
        "socketpair": [(1, 1, 0, "room")],
        "sendto": [(LINE, "x", 1, 0, 0, 0)],
        "sendmsg": [(LINE, "room", 0)],
        "recvmsg": [(LINE, "room", 0)],
        # Files, written or locked.
        "openat": [(-100, "/dev/null", flags, 0o600) for flags in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, 3)],
        "openat2": [(-100, "/dev/null", "room", 24)],
        "unlinkat": [(-100, "/tmp/no-such", 0)],
        "mkdirat": [(-100, "/tmp/no-such/x", 0)],
        "renameat2": [(-100, "/tmp/no-such", -100, "/tmp/none", 0)],
        "ftruncate": [(0, 0)],
        "fallocate": [(0, 0, 0, 1)],
        "fchmod": [(0, 0o600)],
        "utimensat": [(-100, "/dev/null", 0, 0)],
        "flock": [(0, fcntl.LOCK_SH)],
        "open_by_handle_at": [(-100, "room", 0)],
    }


@pytest.fixture(scope="module", params=PROGRAMS)
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """A sandbox with code that makes calls."""
    as_nobody = request.param == PROGRAMS[1] and os.getuid() == 0
    one = Sandbox(CODE, program=request.param if as_nobody else PROGRAMS[0])
    ready = one.ready(10.0)
    assert (ready.fault, ready.confined) == (None, True)
    assert asked(one, number("getuid"))[2] == (65_534 if as_nobody else os.getuid())
    yield one
    one.kill()
    one.reap()


def number(name: str) -> int:
    """Gives the number of a call on this machine."""
    return int(pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name))


def asked(sandbox: Sandbox, call: int, *arguments: Any) -> tuple[int, int, int]:
    """Has the code make a call; gives its result, the system's error, and as whom it was made."""
    sandbox.order_now(
        wire.Notification(request=Request(method="POST", path="", body=json.dumps([call, arguments]).encode())), 5.0
    )
    reply = sandbox.reply_now(5.0)
    result, error, user = json.loads(reply.text)
    return result, error, user


def test_what_reaches_others_is_refused_by_any_way(sandbox: Sandbox) -> None:
    free = []
    for name, tries in calls(os.getpid(), sandbox.pid).items():
        if (call := number(name)) < 0:
            continue  # this processor has none
        for arguments in tries:
            result, error, _ = asked(sandbox, call, *arguments)
            if result != -1 or error not in REFUSED:
                free.append((name, arguments, result, error))
    assert free == []


def test_what_is_on_no_list_is_refused_whatever_the_kernel_has(sandbox: Sandbox) -> None:
    known = {number(name) for name in (*ALLOWED, *by_argument(0))} | UNFILTERED
    got = {call: asked(sandbox, call, *[-1] * 6)[:2] for call in KERNEL if call not in known}
    assert {call: found for call, found in got.items() if found[0] != -1 or found[1] not in REFUSED} == {}


def test_what_code_needs_works(sandbox: Sandbox) -> None:
    for name, arguments in {
        "getpid": (),
        "getrandom": ("room", 16, 0),
        "prlimit64": (0, resource.RLIMIT_NOFILE, 0, "room"),
        "sched_getaffinity": (0, 8, "room"),
        "fcntl": (0, fcntl.F_GETFD),
        "openat": (-100, "/dev/null", os.O_RDONLY | os.O_CLOEXEC),
        "clock_nanosleep": (1, 0, "room", 0),
    }.items():
        result, error, _ = asked(sandbox, number(name), *arguments)
        assert (result >= 0, error) == (True, 0), name


def test_it_gives_way_to_all_else(sandbox: Sandbox) -> None:
    assert os.getpriority(os.PRIO_PROCESS, sandbox.pid) == NICE
    assert os.getsid(sandbox.pid) == os.getsid(0), "elsewhere it would count among its own alone"
    assert os.getpgid(sandbox.pid) == sandbox.pid


def test_the_kernel_keeps_its_signals_within_where_it_can() -> None:
    """Beside the list: by Landlock alone, as of Linux 6.12; what a kernel lacks the doctor tells."""
    trial = (
        "import os, sys; from gateway.sandbox.readable import limit_reading; assert limit_reading((), sys.path)\n"
        "try: os.kill(os.getppid(), 0)\n"
        "except PermissionError: print('refused')\n"
        "else: print('sent')"
    )
    told = ran([sys.executable, "-P", "-c", trial], check=True).stdout.strip()
    assert told == ("sent" if any("signals" in one for one in lacking()) else "refused")
