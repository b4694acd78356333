"""`make bench-observing`: what observing costs, in processor time a declaration, in pairs.

A gateway that counts and logs as delivered, and one that sends traces besides, each beside one of the same code in which observing
does nothing. PAIRS (5) and DECLARATIONS (1000) set the size, as of `make bench AGAINST=REV`; CELLS=traces or CELLS=lines is one of both alone.
"""

import os
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import IO

import psycopg
from rich.console import Console
from rich.table import Table

from gateway.domain.errors import ConfigurationError, StoreUnavailable
from gateway.embedded.server import EmbeddedServer
from tests.benchmarks.against import DECLARATIONS, PAIRS, Side, compare, running, setting
from tests.benchmarks.checkout import NotComparable, here
from tests.benchmarks.interruption import heed_signals
from tests.benchmarks.pairs import OURS, THEIRS, Cost, Pair, TooLittle, ratios
from tests.builders.databases import database_of
from tests.builders.places import ROOT
from tests.builders.processes import started

UNOBSERVED = Path(__file__).parent / "unobserved"
COUNTED, TRACED = "figures and lines", "with traces"
CELLS = {"lines": COUNTED, "traces": TRACED}
_WIDTH = 120


@contextmanager
def receiving() -> Iterator[str]:
    """Runs a receiver of spans that forgets them, in a process of its own; gives its URL."""
    command = [sys.executable, "-m", "tests.benchmarks.span_sink"]
    with started(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()


@contextmanager
def drained() -> Iterator[IO[bytes]]:
    """Gives a socket whose other end is read as it comes, as systemd's journal reads a service."""
    ours, theirs = socket.socketpair()

    def drain() -> None:
        while ours.recv(65_536):
            pass

    reading = threading.Thread(target=drain, daemon=True)
    reading.start()
    with ours, os.fdopen(theirs.detach(), "wb", buffering=0) as stream:
        yield stream


@contextmanager
def sides(folder: Path, more: Mapping[str, str]) -> Iterator[Mapping[str, Side]]:
    """Runs both sides on one server in a folder.

    Raises:
        NotComparable: one of them cannot run.
    """
    with ExitStack() as stack:
        server = EmbeddedServer.start(folder / "data", remove=True)
        stack.callback(server.stop)
        cluster = database_of(server.url, "postgres")
        log = stack.enter_context(drained())
        level = {"GATEWAY_LOG_LEVEL": "info"}
        code = here(ROOT)
        yield {
            THEIRS: stack.enter_context(
                running(THEIRS, code, cluster, {**level, "PYTHONPATH": f"{UNOBSERVED}{os.pathsep}{ROOT}"}, log)
            ),
            OURS: stack.enter_context(running(OURS, code, cluster, {**level, "PYTHONPATH": str(ROOT), **more}, log)),
        }


def shown(found: Mapping[str, Mapping[str, Sequence[Pair]]]) -> Table:
    """Shows the processor time of the gateway's processes a declaration, and its ratio to that without observing."""
    table = Table("observing", "load", "nothing", "observing", "ratio, median", "smallest", "largest")
    for what, loads in found.items():
        for load, pairs in loads.items():
            middle = (median(cost.gateway_s for cost in costs) for costs in _by_side(pairs))
            table.add_row(what, load, *(f"{cost * 1000:.2f} ms" for cost in middle), *_ratios(pairs))
    return table


def _by_side(pairs: Sequence[Pair]) -> tuple[Sequence[Cost], Sequence[Cost]]:
    return [pair.theirs for pair in pairs], [pair.ours for pair in pairs]


def _ratios(pairs: Sequence[Pair]) -> Sequence[str]:
    try:
        return [f"{one:.3f}" for one in ratios(pairs, lambda cost: cost.gateway_s)]
    except TooLittle:
        return ("too few", "", "")


def main() -> int:
    """Measures and prints; gives the status: 1 where it cannot be compared, 130 where it was interrupted."""
    heed_signals()
    found = {}
    try:
        pairs, declarations = setting("PAIRS", PAIRS), setting("DECLARATIONS", DECLARATIONS)
        with receiving() as url:
            for cell in (os.environ.get("CELLS") or ",".join(CELLS)).split(","):
                if (what := CELLS.get(cell)) is None:
                    raise NotComparable(f"CELLS={cell}: there are {', '.join(CELLS)}")
                more = {"GATEWAY_TRACES__ENDPOINT": url} if what == TRACED else {}
                with tempfile.TemporaryDirectory(prefix="gateway-observing-", ignore_cleanup_errors=True) as name:
                    Path(name).chmod(0o755)
                    with sides(Path(name), more) as both:
                        found[what] = compare(both, pairs=pairs, declarations=declarations)
        Console(width=None if sys.stdout.isatty() else _WIDTH).print(shown(found))
    except (NotComparable, ValueError, OSError, psycopg.Error, StoreUnavailable, ConfigurationError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted: nothing is left of it", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
