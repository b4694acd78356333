"""The callers that wait for a declaration to be decided, wherever it is worked on."""

import asyncio
from collections import defaultdict

from gateway.domain.record import Record


class WaitingCallers:
    """The callers of this process that wait for declarations."""

    def __init__(self) -> None:
        self.over = False
        """Nobody waits any longer: the process stops, and others know more soon."""
        self._waiting: defaultdict[str, set[asyncio.Future[Record | None]]] = defaultdict(set)

    def expect(self, record_id: str) -> "asyncio.Future[Record | None]":
        """Return a future that the next announcement about this declaration fulfils; hand it to `forget` afterwards."""
        future: asyncio.Future[Record | None] = asyncio.get_running_loop().create_future()
        self._waiting[record_id].add(future)
        return future

    def forget(self, record_id: str, future: "asyncio.Future[Record | None]") -> None:
        """Remove a waiting caller."""
        waiting = self._waiting.get(record_id)
        if waiting is not None:
            waiting.discard(future)
            if not waiting:
                del self._waiting[record_id]

    def expected(self) -> tuple[str, ...]:
        """Return the declarations that somebody waits for."""
        return tuple(self._waiting)

    def end(self) -> None:
        """Wake everybody, and let nobody wait any longer."""
        self.over = True
        for record_id in self.expected():
            self.announce(record_id)

    def announce(self, record_id: str, record: Record | None = None) -> None:
        """Wake everybody who waits for this declaration, with its record if it is at hand."""
        for future in tuple(self._waiting.get(record_id, ())):
            if not future.done():
                future.set_result(record)
