"""Processes that tests run: none of them is waited for without an end, and none outlives its test."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PATIENCE_S = 120.0
"""Far longer than anything here takes, on a machine that is three times slower too: what runs into it is broken, not slow."""


@contextmanager
def started(command: Sequence[str], **options: Any) -> Iterator["subprocess.Popen[str]"]:
    """Runs a command until the context ends, and kills it then if it still runs.

    `subprocess.Popen` as a context waits for the end of its process without a limit, after a failed assertion too.
    """
    process: subprocess.Popen[str] = subprocess.Popen(command, **{"text": True, **options})
    try:
        yield process
    finally:
        ended(process)


def ended(process: "subprocess.Popen[str]") -> None:
    """Ends a process whatever it does, and closes its pipes; what it starts may go on, and holds nothing up."""
    if process.poll() is None:
        process.kill()
    process.wait(PATIENCE_S)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()


def ran(command: Sequence[str], **options: Any) -> "subprocess.CompletedProcess[str]":
    """Runs a command to its end and gives its status and what it said.

    Raises:
        subprocess.TimeoutExpired: it did not end.
    """
    told = {"capture_output": True, "text": True, "check": False, "stdin": subprocess.DEVNULL, "timeout": PATIENCE_S}
    done: subprocess.CompletedProcess[str] = subprocess.run(command, **{**told, **options})
    return done


def outliving(command: Sequence[str], **options: Any) -> "subprocess.Popen[bytes]":
    """Starts a process in a session of its own that says nothing, and that may outlive whoever starts it: nobody waits for it."""
    nowhere = subprocess.DEVNULL
    return subprocess.Popen(
        command, **{"stdout": nowhere, "stderr": nowhere, "start_new_session": True, "cwd": "/", **options}
    )
