"""The processing of a declaration alone: a process empties its hands first, and takes nothing beside it.

What ended one process may end the next one. With nothing else in hand nobody else's attempt is lost with it, so that only the
guilty one comes to the number of attempts after which it is held.
"""

import math

PATIENCE_S = 5.0
"""How long a process waits for its hands to be empty: the next time twice as long where they were not,"""
REST_S = 20.0
"""and how long it goes on with other work before it tries again, where they were not."""


class Alone:
    """The state of a process that empties its hands for one declaration, or has it in hand."""

    def __init__(self, *, longest_s: float = 25.0) -> None:
        """Take the longest wait: as long as what is in hand may take."""
        self._longest_s = longest_s
        self._patience_s = PATIENCE_S
        self.turn = 0
        """Counts how often the hands were to be emptied."""
        self._earlier = 0
        self._since: float | None = None
        self._in_hand: str | None = None
        self._rests_until = -math.inf

    @property
    def reserved(self) -> bool:
        """Whether nothing else may be taken now."""
        return self._since is not None or self._in_hand is not None

    def empty(self, now: float, *, under_way: int) -> None:
        """Begin to empty the hands; `under_way` is how much may still bring something into them."""
        if not self.reserved and now >= self._rests_until:
            self._since, self._earlier = now, under_way
            self.turn += 1

    def over(self, turn: int) -> None:
        """Note that something is over which began in a turn, and brings nothing any more."""
        if turn < self.turn:
            self._earlier -= 1

    def is_ready(self, now: float, *, in_hand: int) -> bool:
        """Whether nothing is in hand; where something stays for long, other work goes on."""
        if self._since is None:
            return False
        if in_hand == 0 and self._earlier <= 0:
            return True
        if now - self._since > self._patience_s:
            self._since, self._rests_until = None, now + REST_S
            self._patience_s = max(PATIENCE_S, min(2 * self._patience_s, self._longest_s))
        return False

    def take(self, record_id: str | None) -> None:
        """Take a declaration in hand; None: there was none, and other work goes on."""
        self._since, self._in_hand = None, record_id
        self._patience_s = PATIENCE_S

    def drop(self, record_id: str) -> None:
        """Drop the declaration: it is in hand no more."""
        if self._in_hand == record_id:
            self._in_hand = None
