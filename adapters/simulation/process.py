"""Simulators in a child process, as the demonstration and the tests start them."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from adapters.simulation.faults import Fault

_POLITE_S = 10.0
"""Seconds that a process may take to end after its signal."""


@contextmanager
def simulator_process(
    *packages: str,
    port: int = 0,
    latency_s: float = 0.0,
    fault: Fault | None = None,
    python: str = sys.executable,
    folder: Path | None = None,
) -> Iterator[tuple[str, ...]]:
    """Run the simulators of adapter packages in one child process and yield their URLs, in the order asked.

    The child ends with the context, and by itself if this process dies. `python` and `folder` run those of another
    checkout.

    Raises:
        RuntimeError: it ended before it listened; its own words are on standard error.
    """
    command = [python, "-m", "adapters.simulation", *packages, f"--port={port}", f"--latency={latency_s}"]
    command += [f"--with-parent={os.getpid()}"]
    command += [f"--fault={fault}"] if fault is not None else []
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True) as child:
        try:
            assert child.stdout is not None
            lines = [child.stdout.readline() for _ in packages]
            if not all(line.startswith("listening on ") for line in lines):
                raise RuntimeError(f"the simulators of {', '.join(packages)} did not start")
            yield tuple(line.removeprefix("listening on ").strip() for line in lines)
        finally:
            child.terminate()
            try:
                child.wait(_POLITE_S)
            except subprocess.TimeoutExpired:
                child.kill()
