"""The command line as tests use it: in a process of its own, or here by the same entry point.

A process takes most of a second to start, of which the command is a small part. It is worth that where the process is what
is looked at: once for each command, and wherever signals, other processes or what is imported matter.
"""

import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from queue import Queue
from subprocess import CompletedProcess
from threading import Thread
from typing import Any, Protocol
from unittest.mock import patch

import structlog

from gateway.cli.command_line import app, run_command
from tests.builders.processes import PATIENCE_S, ran
from tests.builders.running import clean_environment

PROGRAM = "python -m gateway.cli"
"""As a command names itself that `command_line` starts."""


class Run(Protocol):
    """A way to run a command with variables: `ran_apart` or `ran_here`."""

    def __call__(self, environment: Mapping[str, str], *arguments: str) -> CompletedProcess[str]: ...


def command_line(*arguments: str) -> list[str]:
    """The command as a process is started with it."""
    return [sys.executable, "-m", "gateway.cli", *arguments]


def ran_apart(environment: Mapping[str, str], *arguments: str) -> CompletedProcess[str]:
    """Runs a command as a process of its own, with these variables alone."""
    return ran(command_line(*arguments), env=dict(environment))


def ran_here(environment: Mapping[str, str], *arguments: str) -> CompletedProcess[str]:
    """Runs a command in this process with these variables alone, and gives what the process would end with and print.

    Its thread is another one: a command has an event loop of its own, and that of the test may be at work in this one.
    What a process prints that the command starts is not among what it gives.
    """
    out, err, status = _stream(), _stream(), Queue[int]()

    def run() -> None:
        status.put(run_command(lambda: app(list(arguments), prog_name=PROGRAM, standalone_mode=False)))

    with (
        _own_logging(),
        patch.dict(os.environ, environment, clear=True),
        Path(os.devnull).open(encoding="utf-8") as nothing,
        patch.object(sys, "stdin", nothing),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        Thread(target=run, name="command", daemon=True).start()
        ended_with = status.get(timeout=PATIENCE_S)
    return CompletedProcess(command_line(*arguments), ended_with, _told(out), _told(err))


@contextmanager
def _own_logging() -> Iterator[None]:
    """Whatever is configured of logging meanwhile is over afterwards, also for loggers that were used."""
    before, root = structlog.get_config(), logging.getLogger()
    handlers, level, configure = root.handlers[:], root.level, structlog.configure

    def uncached(**settings: Any) -> None:
        configure(**{**settings, "cache_logger_on_first_use": False})

    with patch.object(structlog, "configure", uncached):
        try:
            yield
        finally:
            root.handlers[:] = handlers
            root.setLevel(level)
            configure(**before)


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)


def _told(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode()


def gateway_command(
    environment: Mapping[str, str], *arguments: str, run: Run = ran_here
) -> subprocess.CompletedProcess[str]:
    """Runs a command on the database of these tests: in this process, or as one of its own by `ran_apart`."""
    return run({**clean_environment(), "COLUMNS": "200", **environment}, *arguments)
