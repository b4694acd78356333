"""Processes of the gateway that are forked from one which has imported it, instead of importing it each for itself.

A start of `gateway serve` takes some two seconds of a processor, nearly all of it imports. A fork has the same modules, the
arguments, variables, descriptors, limits and folder that it was started with, and is a child of whoever started it, as any other
process: the fork server forks twice, and the starting process adopts the second when the first ends (PR_SET_CHILD_SUBREAPER).
What it does not have of its own is the start of an interpreter: the seed of hashes, and what `PYTHON*` and `LD_*` change. A command
with other variables of these, with options of Python, or started within `cold_starts` is started by the system.
"""

import atexit
import contextlib
import ctypes
import fcntl
import gc
import importlib
import os
import pickle
import resource
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tests.builders.places import CONFIG, ROOT

FORKED = frozenset({"gateway.cli", "gateway.cli.supervisor.replica", "adapters.simulation", "oidc_provider_mock"})
"""What is forked where it is started as `python -m MODULE`."""
STARTING = frozenset({"serve", "demo", "simulate"})
"""Commands of the gateway that start others of these: they have a fork server of their own."""
IMPORTED = (
    "gateway.app",
    "gateway.api.connections",
    "gateway.cli.command_line",
    "gateway.cli.supervisor.serve",
    "gateway.cli.supervisor.large_pages",
    "gateway.cli.demo.run",
    "gateway.cli.demo.trial",
    "gateway.conformance",
    "adapters.simulation.declared",
    "pydantic.v1",
    "adapters.simulation.process",
    "adapters.simulation.server",
    "uvloop",
)
FIGURES = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder that a process counts in; it is read at an import."""
_ROOM = 400
"""Bytes that the command of a forked process may have in `/proc`."""
_PR_SET_CHILD_SUBREAPER, _PR_SET_THP_DISABLE = 36, 41
_LIMITS = tuple(number for name, number in vars(resource).items() if name.startswith("RLIMIT_"))
_FIRST_FREE = 200
"""Descriptors from here on are taken for what is handed over, until each stands where it belongs."""


class Start(NamedTuple):
    """What a process is started with, without its descriptors."""

    command: Sequence[str]
    variables: Mapping[str, str]
    folder: str
    numbers: Sequence[int]
    """Of the descriptors that come with it, in the process."""
    session: bool
    umask: int
    mask: Sequence[int]
    """Signals that wait."""
    limits: Sequence[tuple[int, tuple[int, int]]]


class ForkServer:
    """A fork server of this process: its own child, ended with it."""

    def __init__(self, line: socket.socket, process: "subprocess.Popen[bytes] | None" = None) -> None:
        self._line = line
        self._process = process
        self._lock = threading.Lock()

    @classmethod
    def started(cls) -> "ForkServer":
        """Start one; it imports while others go on."""
        own, other = socket.socketpair()
        with other:
            command = [sys.executable, "-m", __name__, str(other.fileno()), "-" * _ROOM]
            nowhere = subprocess.DEVNULL
            process = ordinary(command, cwd=ROOT, stdin=nowhere, stdout=nowhere, pass_fds=(other.fileno(),))
        return cls(own, process)

    def start(self, start: Start, descriptors: Sequence[int]) -> int:
        """Fork a process that is a child of this one; return its number."""
        with self._lock:
            _adopt(True)
            try:
                socket.send_fds(self._line, [len(message := pickle.dumps(start)).to_bytes(4)], list(descriptors))
                self._line.sendall(message)
                answer = self._line.recv(4, socket.MSG_WAITALL)
            finally:
                _adopt(False)
        if len(answer) < 4:
            raise RuntimeError("the fork server has ended; what it said is on standard error")
        return int.from_bytes(answer)


class ForkingPopen(subprocess.Popen[Any]):
    """`subprocess.Popen`, which forks what a fork server has imported."""

    server: ForkServer | None = None
    cold = False
    interpreter: Mapping[str, str] = {}
    """The variables of the fork server's interpreter that count when one starts."""

    def _execute_child(
        self, args: Any, executable: Any, preexec_fn: Any, close_fds: Any, pass_fds: Any, cwd: Any, env: Any,
        startupinfo: Any, creationflags: Any, shell: Any, p2cread: int, p2cwrite: int, c2pread: int, c2pwrite: int,
        errread: int, errwrite: int, restore_signals: Any, gid: Any, gids: Any, uid: Any, umask: int,
        start_new_session: Any, process_group: int,
    ) -> None:  # fmt: skip
        plain = (executable, preexec_fn, gid, gids, uid) == (None,) * 5 and not shell and process_group == -1
        variables = {
            os.fsdecode(key): os.fsdecode(value) for key, value in (os.environ if env is None else env).items()
        }
        folder = Path.cwd() if cwd is None else Path(os.fsdecode(cwd))
        if not (plain and close_fds and not self.cold and is_forked(args, variables, folder)):
            super()._execute_child(  # type: ignore[misc]
                args, executable, preexec_fn, close_fds, pass_fds, cwd, env, startupinfo, creationflags, shell, p2cread,
                p2cwrite, c2pread, c2pwrite, errread, errwrite, restore_signals, gid, gids, uid, umask,
                start_new_session, process_group,
            )  # fmt: skip
            return
        kind = type(self)
        kind.server = kind.server or ForkServer.started()
        given = [0 if p2cread == -1 else p2cread, 1 if c2pwrite == -1 else c2pwrite, 2 if errwrite == -1 else errwrite]
        start = Start(
            command=[os.fspath(part) for part in args],
            variables=variables,
            folder=str(folder),
            numbers=(0, 1, 2, *pass_fds),
            session=bool(start_new_session),
            umask=umask if umask >= 0 else _umask(),
            mask=[int(one) for one in signal.pthread_sigmask(signal.SIG_BLOCK, ())],
            limits=[(one, resource.getrlimit(one)) for one in _LIMITS],
        )
        self.pid = kind.server.start(start, [*given, *pass_fds])
        self._child_created = True
        self._close_pipe_fds(p2cread, p2cwrite, c2pread, c2pwrite, errread, errwrite)  # type: ignore[attr-defined]


ordinary = subprocess.Popen


def fork_from_now_on() -> None:
    """Let this process fork what it starts, if a fork server can."""
    if sys.platform.startswith("linux"):
        ForkingPopen.interpreter = _of_the_start(os.environ)
        subprocess.Popen = ForkingPopen  # type: ignore[misc]


@contextmanager
def cold_starts() -> Iterator[None]:
    """Has all processes started by the system meanwhile, with all that they start themselves."""
    before, ForkingPopen.cold = ForkingPopen.cold, True
    try:
        yield
    finally:
        ForkingPopen.cold = before


def is_forked(command: Any, variables: Mapping[str, str], folder: Path) -> bool:
    """Whether a command is one that is forked: a module of this checkout, by this Python, with its variables as they are here.

    Where the lines that run are counted, none is: counting begins when an interpreter starts.
    """
    if isinstance(command, str | bytes | os.PathLike):
        return False
    first = [os.fspath(part) for part in command][:3]
    if first[:2] != [sys.executable, "-m"] or first[2:] == [] or first[2] not in FORKED:
        return False
    counted = any(key.startswith("COVERAGE_") for key in variables)
    elsewhere = folder.absolute() != ROOT and any((folder / name).exists() for name in ("gateway", "adapters"))
    return not counted and not elsewhere and _of_the_start(variables) == ForkingPopen.interpreter


def _of_the_start(variables: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables that count when an interpreter starts."""
    return {key: value for key, value in variables.items() if key.startswith(("PYTHON", "LD_")) and value}


def _umask() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return int(next(line for line in status.splitlines() if line.startswith("Umask:")).split()[1], 8)


def _adopt(orphans: bool) -> None:
    _set_of_process(_PR_SET_CHILD_SUBREAPER, int(orphans))


def _set_of_process(attribute: int, value: int) -> None:
    """Set an attribute of this process (prctl(2))."""
    if ctypes.CDLL(None, use_errno=True).prctl(attribute, value, 0, 0, 0):
        raise OSError(ctypes.get_errno(), f"prctl {attribute}")


def main(line: socket.socket) -> None:
    """Import the gateway, and fork a process for each that is asked for; return in each of them, once it may run."""
    # The first to be registered, and so the last to be called.
    atexit.register(_leave)
    # What it shares with its forks would be copied for each that puts it on large pages.
    _set_of_process(_PR_SET_THP_DISABLE, 1)
    # A fork hears signals once it has the mask that it was started with; nobody sends this process any.
    signal.pthread_sigmask(signal.SIG_SETMASK, signal.valid_signals())
    ForkingPopen.interpreter = _of_the_start(os.environ)
    with tempfile.TemporaryDirectory(prefix="gateway-tests-figures-") as folder:
        os.environ[FIGURES] = folder
        for module in (*IMPORTED, *_of_adapters()):
            importlib.import_module(module)
        # Read for as long as the files say the same: a process reads them anew where they do not.
        importlib.import_module("gateway.settings.tables").load_tables(CONFIG)
        importlib.import_module("gateway.settings.messages").load_catalogue(CONFIG)
    del os.environ[FIGURES]
    gc.collect()
    gc.freeze()
    serve(line)


def _of_adapters() -> Iterator[str]:
    """Yield the delivered adapters' modules, and those of their simulators."""
    for part in ("adapter.py", "simulator/__init__.py"):
        for file in sorted((ROOT / "adapters").glob(f"*/{part}")):
            yield ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def serve(line: socket.socket) -> None:
    """Fork what is asked for until the asking process has ended; return in each fork."""
    while True:
        try:
            size, descriptors, _, _ = socket.recv_fds(line, 4, 32)
        except ConnectionError:
            size = b""
        if not size:
            os._exit(0)
        start: Start = pickle.loads(line.recv(int.from_bytes(size), socket.MSG_WAITALL))
        if _forked(line):
            line.close()
            become(start, descriptors)
            return
        for one in descriptors:
            os.close(one)


def _forked(line: socket.socket) -> bool:
    """Fork twice: return True in the second process once it was adopted, False here once its number is told."""
    told, telling = os.pipe()
    until, going = os.pipe()
    first = os.fork()
    if first == 0:
        second = os.fork()
        if second:
            os.write(telling, second.to_bytes(4))
            os._exit(0)
        for one in (told, telling, going):
            os.close(one)
        os.read(until, 1)
        os.close(until)
        return True
    number = os.read(told, 4)
    os.waitpid(first, 0)
    for one in (told, telling, until, going):
        os.close(one)
    with contextlib.suppress(ConnectionError):
        line.sendall(number)
    return False


def become(start: Start, descriptors: Sequence[int]) -> None:
    """Make this process what was to be started; its module is run by whoever returns from here."""
    if STARTING & set(start.command[3:4]):
        own, other = socket.socketpair()
        if os.fork() == 0:
            own.close()
            for one in descriptors:
                os.close(one)
            serve(other)
            # Only its forks return, and they are what was asked of it.
            return
        other.close()
        ForkingPopen.server = ForkServer(own)
        subprocess.Popen = ForkingPopen  # type: ignore[misc]
    else:
        ForkingPopen.server, subprocess.Popen = None, ordinary  # type: ignore[misc]
    if start.session:
        os.setsid()
    above = [_moved(one) for one in descriptors]
    for number, one in zip(start.numbers, above, strict=True):
        os.dup2(one, number)
        os.close(one)
    os.umask(start.umask)
    for which, limits in start.limits:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(which, limits)
    os.chdir(start.folder)
    os.environ.clear()
    os.environ.update(start.variables)
    time.tzset()
    name(start.command)
    _count_in(os.environ.get(FIGURES))
    sys.argv[:] = start.command[2:]
    sys.orig_argv[:] = start.command
    sys.path[0] = start.folder
    for number, stream in enumerate(("stdin", "stdout", "stderr")):
        opened = _stream(number)
        setattr(sys, stream, opened)
        setattr(sys, f"__{stream}__", opened)
    signal.pthread_sigmask(signal.SIG_SETMASK, set(start.mask))


def _moved(descriptor: int) -> int:
    above = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _FIRST_FREE)
    os.close(descriptor)
    return above


def _stream(descriptor: int) -> TextIO:
    """Open a standard stream as an interpreter does at its start."""
    error = descriptor == 2
    return open(
        descriptor, "r" if descriptor == 0 else "w", 1 if error or os.isatty(descriptor) else -1, "utf-8",
        "backslashreplace" if error else "strict", closefd=False,
    )  # fmt: skip


def _count_in(folder: str | None) -> None:
    """Have what is counted here counted in a folder: whose process counts for itself alone has one that nobody reads."""
    from gateway.observe import figures

    with tempfile.TemporaryDirectory(prefix="gateway-tests-figures-") as own:
        os.environ[FIGURES] = folder or own
        # The first question after a fork opens the files anew.
        for _ in figures.registry.collect():
            pass
    if folder is None:
        del os.environ[FIGURES]


_status: int | None = None
"""What this process ends with, once that is known and nothing but the interpreter's own end is left."""


def run(module: str) -> None:
    """Run a module as this process, and note how it ends."""
    global _status
    # It is what this process is, and no module beside it.
    sys.modules.pop(module, None)
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        _status = end.code if isinstance(end.code, int) else 0 if end.code is None else None
        raise
    _status = 0


def _leave() -> None:
    """End without taking apart, object by object, what a fork has not made itself: that would copy it."""
    if _status is not None:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(_status & 0xFF)


def name(command: Sequence[str]) -> None:
    """Have the system tell this command of the process (`/proc/PID/cmdline`), over what it told before."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    begin, end = int(fields[45]), int(fields[46])
    told = b"\0".join(os.fsencode(part) for part in command)[: end - begin - 1]
    ctypes.memmove(begin, told.ljust(end - begin, b"\0"), end - begin)


if __name__ == "__main__":
    # One module, not two: what is forked finds itself under its own name.
    from tests.builders import fork_server

    fork_server.main(socket.socket(fileno=int(sys.argv[1])))
    fork_server.run(sys.argv[0])
