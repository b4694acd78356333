"""The serving of simulators over HTTP."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from adapters.simulation.faults import Fault
from adapters.simulation.frame import Frame
from adapters.simulation.simulator import Simulator, load_simulator
from adapters.simulation.wire import TRANSPORT

BACKLOG = 2048


class _WireProtocol(HttpToolsProtocol):
    """uvicorn's HTTP, with the connection itself within reach of the faults that are no HTTP."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


class _QuietServer(uvicorn.Server):
    """uvicorn's server, leaving signals to its caller."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningSimulator:
    """A simulator that is being served."""

    url: str
    port: int
    frame: Frame


@asynccontextmanager
async def run_simulator(
    simulator: Simulator | str,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    latency_s: float = 0.0,
    fault: Fault | None = None,
) -> AsyncIterator[RunningSimulator]:
    """Serve a simulator (or an adapter package's) inside the running event loop for as long as the context lasts.

    Port 0 takes any free one. Connections that are open at the end are closed.

    Raises:
        LookupError: the package has no simulator.
        OSError: the port is taken.
    """
    found = load_simulator(simulator) if isinstance(simulator, str) else simulator
    frame = Frame(found, latency_s=latency_s, fault=fault)
    listener = socket.create_server((host, port), backlog=BACKLOG)
    # Its connections inherit it. asyncio sets it for sockets alone that name their protocol: else a body waits for the other side to
    # acknowledge the head, which Linux does after 40 ms.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    config = uvicorn.Config(
        frame, http=_WireProtocol, ws="none", lifespan="off", access_log=False, log_config=None, backlog=BACKLOG,
        timeout_keep_alive=75, server_header=False, date_header=False, proxy_headers=False,
    )  # fmt: skip
    server = _QuietServer(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        actual = listener.getsockname()[1]
        yield RunningSimulator(url=f"http://{host}:{actual}", port=actual, frame=frame)
    finally:
        # Not by `should_exit`: uvicorn looks for it ten times a second, and waits for a tenth of a second then.
        ending = (serving, *server.server_state.tasks)
        for task in ending:
            task.cancel()
        await asyncio.gather(*ending, return_exceptions=True)
        for accepting in server.servers if server.started else ():
            accepting.close()
        for connection in tuple(server.server_state.connections):
            connection.transport.abort()
        listener.close()
