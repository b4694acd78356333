"""The health of an adapter: how its authority has answered lately, in this process."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime

from gateway.dispatch.breaker import BreakerState

REMEMBERED = 100
"""Calls over which latencies are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterHealth:
    """The health of one adapter as this process sees it."""

    name: str
    title: str
    authority: str
    tier: str
    document_types: tuple[str, ...]
    breaker: BreakerState
    delivered: bool
    """Whether its code is what was tested and delivered with the gateway, and runs in the loop; all other code runs beside it."""
    enabled: bool
    """False: somebody switched it off, or its code overran its time for too many declarations, until somebody enables it again, on
    all replicas."""
    disabled_at: datetime | None
    """Since when it is disabled; None: it is not."""
    overruns: int
    """How often its code overran its time in this process."""
    in_flight: int
    """Calls that are under way or wait for their turn."""
    latency_p50_ms: float | None
    """Milliseconds of the last 100 calls, answered or not; None before the first."""
    latency_p95_ms: float | None
    calls: int
    failures: int
    last_failure_code: str | None
    last_ok_at: datetime | None
    draining: bool = False
    """Whether it finishes what is under way and asks nothing new; then it is not `enabled` either."""
    down_since: datetime | None = None
    """Since when its authority has not answered, or refuses access, in this process; None: it answers, or was not asked."""


class HealthRecord:
    """The record of an adapter's calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.failures = 0
        self.in_flight = 0
        self.last_failure_code: str | None = None
        self.last_ok_at: datetime | None = None
        self.down_since: datetime | None = None
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)

    def answered(self, seconds: float, at: datetime) -> bool:
        """Record a call that brought an answer; return whether that is news: the first one of this process, or after an absence."""
        news = self.last_ok_at is None or self.down_since is not None
        self.calls += 1
        self.last_ok_at, self.down_since = at, None
        self._seconds.append(seconds)
        return news

    def failed(self, seconds: float, code: str, *, away_at: datetime | None = None) -> None:
        """Record a call that brought none; `away_at`: when, if its authority did not answer or let nobody in."""
        self.calls += 1
        self.down_since = self.down_since or away_at
        self.failures += 1
        self.last_failure_code = code
        self._seconds.append(seconds)

    def latency_ms(self, share: float) -> float | None:
        """Return the milliseconds within which this share of the last calls ended."""
        if not self._seconds:
            return None
        ordered = sorted(self._seconds)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)
