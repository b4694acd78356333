"""The signals that a supervising process hears, at whatever moment they come."""

import contextlib
import queue
import signal
from types import FrameType


class SignalledEvent:
    """An event that a signal handler sets and the main thread waits for.

    `threading.Event` is none: its `set` waits for a lock that the interrupted `wait` may hold, and both wait for ever.
    A `queue.SimpleQueue` may be put into at any moment.
    """

    def __init__(self) -> None:
        self._happened = False
        self._news: queue.SimpleQueue[None] = queue.SimpleQueue()

    def set(self) -> None:
        """Say that it happened."""
        self._happened = True
        self._news.put(None)

    def is_set(self) -> bool:
        """Return whether it happened."""
        return self._happened

    def wait(self, timeout_s: float) -> bool:
        """Wait so many seconds for it; return whether it happened."""
        if not self._happened:
            with contextlib.suppress(queue.Empty):
                self._news.get(timeout=timeout_s)
        return self._happened


class Shutdown:
    """The signals that ask this process to end: once politely, a second time at once.

    A terminal that closes ends what `belongs_to_terminal`; to all else SIGHUP means that the configuration is to be read anew.
    """

    def __init__(self, *, belongs_to_terminal: bool = False) -> None:
        self.requested = SignalledEvent()
        self.at_once = SignalledEvent()
        self.by_hand = False
        """Whether somebody at a terminal asked: nobody else has to notice first."""
        self._renew = False
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, self._heard)
        signal.signal(signal.SIGHUP, self._heard if belongs_to_terminal else self._heard_renew)

    def renewal_requested(self) -> bool:
        """Return whether SIGHUP came since the last call."""
        requested, self._renew = self._renew, False
        return requested

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.by_hand = self.by_hand or number != signal.SIGTERM
        (self.at_once if self.requested.is_set() else self.requested).set()

    def _heard_renew(self, number: int, frame: FrameType | None) -> None:
        self._renew = True
