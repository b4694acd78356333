"""The budget of each client for calls that cost others."""

from collections import OrderedDict
from collections.abc import Callable


class Budget:
    """The budget of each client for what costs others: so many calls per minute, refilled evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float], *, clients: int = 10_000) -> None:
        """Take the calls per minute, a clock in seconds that never goes back, and how many clients are remembered."""
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._clients = clients
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def size(self) -> int:
        """The most that a client can ever have."""
        return int(self._size)

    def wait(self, client: str) -> float:
        """Return 0 if a client may do it once now, else the seconds until then; nothing is taken."""
        left, since = self._left.get(client, (self._size, 0.0))
        return max(0.0, (1 - left) / self._per_second - (self._clock() - since)) if left < 1 else 0.0

    def take(self, client: str, count: int = 1) -> float:
        """Take so much off a client's budget, all of it or nothing: 0, or the seconds until there is that much again."""
        now = self._clock()
        left, since = self._left.pop(client, (self._size, now))
        left = min(self._size, left + (now - since) * self._per_second)
        wait = 0.0 if left >= count else (count - left) / self._per_second
        self._left[client] = (left if wait else left - count, now)
        if len(self._left) > self._clients:
            # The client longest unseen is forgotten; its budget is the fullest there is.
            self._left.popitem(last=False)
        return wait
