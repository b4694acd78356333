"""`python -m adapters.simulation PACKAGE...`: serves simulators as a process of their own."""

import argparse
import asyncio
import logging
import os
import re
import signal
import sys
from contextlib import AsyncExitStack

import uvloop

from adapters.simulation.faults import Fault
from adapters.simulation.server import run_simulator

PARENT_CHECK_S = 0.2


def seconds(text: str) -> float:
    """Read a duration: `50ms`, `2s` or seconds as a number.

    Raises:
        ValueError: it is none.
    """
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s)?", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no duration such as 50ms or 2s")
    return float(found[1]) / (1000 if found[2] == "ms" else 1)


def ports(text: str) -> tuple[int, ...]:
    """Read the ports of simulators: that of each, or the first of several that follow each other.

    Raises:
        ValueError: it is no list of numbers.
    """
    return tuple(int(part) for part in text.split(","))


def _port(listed: tuple[int, ...], place: int) -> int:
    if len(listed) > 1:
        return listed[place]
    return listed[0] + place if listed[0] else 0


async def serve(options: argparse.Namespace) -> None:
    """Serve until a signal or, if asked, the parent's end; print one line per simulator once it listens."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        for place, package in enumerate(options.package):
            running = await stack.enter_async_context(
                run_simulator(
                    package,
                    host=options.host,
                    port=_port(options.port, place),
                    latency_s=options.latency,
                    fault=options.fault,
                )
            )
            sys.stdout.write(f"listening on {running.url}\n")
        sys.stdout.flush()
        while not stop.is_set():
            if options.with_parent is not None and os.getppid() != options.with_parent:
                return
            try:
                async with asyncio.timeout(PARENT_CHECK_S if options.with_parent is not None else None):
                    await stop.wait()
            except TimeoutError:
                continue


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="python -m adapters.simulation", description=__doc__)
    parser.add_argument("package", nargs="+", help="adapter packages, e.g. adapters.traces; each gets its own port")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--port", type=ports, default=(0,), help="of the first, or of each (8091,8094); 0: any free ones"
    )
    parser.add_argument("--latency", type=seconds, default=0.0, help="e.g. 50ms")
    parser.add_argument("--fault", type=Fault, choices=list(Fault), default=None)
    parser.add_argument(
        "--with-parent", type=int, nargs="?", const=os.getppid(), default=None, metavar="PID",
        help="end when the parent process (PID, else the present one) has ended, however it did",
    )  # fmt: skip
    options = parser.parse_args()
    logging.basicConfig(level=logging.ERROR)
    uvloop.run(serve(options))


if __name__ == "__main__":
    main()
