"""The sessions that this process has seen: whoever has one is let in from an address that guesses, too."""

from collections import OrderedDict

_REMEMBERED = 10_000


class KnownSessions:
    """The sessions that were read and were good, the latest ones, by what they are stored under."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        """Take how many are remembered."""
        self._most = most
        self._seen: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, digest: bytes) -> bool:
        """Whether a session was good when it was read last; whether it is still, the store says."""
        return digest in self._seen

    def saw(self, digest: bytes) -> None:
        """Remember a good session."""
        self._seen[digest] = None
        self._seen.move_to_end(digest)
        if len(self._seen) > self._most:
            self._seen.popitem(last=False)

    def forget(self, digest: bytes) -> None:
        """Forget one that is over."""
        self._seen.pop(digest, None)
