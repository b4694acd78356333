"""The server of one process, and how it stops: those before it learn of it first, and nothing that comes meanwhile is lost."""

import asyncio
import signal
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn

from gateway.api.drain import Drain

_TICK_S = 0.1


class Server(uvicorn.Server):
    """A server that reports when it serves, and goes on for a while after it was asked to stop.

    In that while it is not ready, and says so to the proxy that asks; each answer is the last of its connection. So no connection
    is closed into which a call is just being sent.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        *,
        drain: Drain,
        drain_s: float,
        ready: Callable[[], None],
        leaves: Callable[[], None] = lambda: None,
        stops: Callable[[], None],
    ) -> None:
        """Make a server.

        Args:
            config: uvicorn's.
            drain: begins with the signal to stop.
            drain_s: how long it goes on then.
            ready: called once it serves.
            leaves: called before anything is refused.
            stops: called before it waits for what is in hand; ends what would last for ever.
        """
        super().__init__(config)
        self._drain, self._drain_s = drain, drain_s
        self._ready, self._leaves, self._stops = ready, leaves, stops
        self._goes_on = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop: by SIGTERM after a while, by a second signal and by SIGINT at once."""
        self._goes_on = sig == signal.SIGTERM and not self.should_exit
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve."""
        await super().startup(sockets=sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Go on for a while if there is one, then take no more and finish what is in hand."""
        self._drain.begun = True
        self._leaves()
        loop = asyncio.get_running_loop()
        until, ticks = loop.time() + self._drain_s, 0
        while self._goes_on and loop.time() < until:
            await self.on_tick(ticks)
            ticks += 1
            await asyncio.sleep(_TICK_S)
        self._stops()
        await super().shutdown(sockets=sockets)
