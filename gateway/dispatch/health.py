"""The health of an adapter: how its authority has answered lately, in this process."""

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from gateway.dispatch.breaker import BreakerState
from gateway.domain.adapter_processes import AdapterHere, LastExchange
from gateway.domain.adapter_tier import PlacementReason
from gateway.domain.authority_figures import SLOT_S, SLOTS_KEPT, AdapterFigures, Answering, CallSlot, slot_of

_SLOT = timedelta(seconds=SLOT_S)
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
    """False: somebody switched it off, or its code overran for too many declarations, until somebody enables it again, on
    all replicas."""
    disabled_at: datetime | None
    """Since when it is disabled; None: it is not."""
    overruns: int
    """The number of times that its code overran its time in this process."""
    in_flight: int
    """Calls that are under way or wait for their turn."""
    latency_p50_ms: float | None
    """Milliseconds of the last 100 calls, answered or not; None before the first."""
    latency_p95_ms: float | None
    calls: int
    failures: int
    last_failure_code: str | None
    last_ok_at: datetime | None
    unanswered: tuple[str, ...] = ()
    """Declarations that got no answer when the authority was asked for them last, in this process."""
    draining: bool = False
    """Whether it finishes what is under way and asks nothing new; then it is not `enabled` either."""
    down_since: datetime | None = None
    """Since when its authority has not answered, or refuses access, in this process; None: it answers, or was not asked."""
    why: str = ""
    """The reason for its tier, and for where its code runs, in a sentence."""
    reason: PlacementReason = PlacementReason.DELIVERED
    """The same as a word."""
    runs_in: str = "loop"
    """`loop`, or `sandbox`."""
    last_exchange: LastExchange | None = None
    """The last one of this process; None: it had none."""

    def here(self) -> AdapterHere:
        """Return its health as other processes read it."""
        return AdapterHere(
            name=self.name,
            tier=self.tier,
            why=self.why,
            runs_in=self.runs_in,
            breaker=self.breaker.value,
            in_flight=self.in_flight,
            last_exchange=self.last_exchange,
        )


class HealthRecord:
    """The record of an adapter's calls."""

    def __init__(self) -> None:
        self.calls = 0
        self.failures = 0
        self.in_flight = 0
        self.last_failure_code: str | None = None
        self.last_ok_at: datetime | None = None
        self.down_since: datetime | None = None
        self.away_at: datetime | None = None
        self._last: tuple[datetime, str, float] | None = None
        """The beginning of the last exchange, its outcome, and its seconds."""
        self._slots: dict[datetime, CallSlot] = {}
        self._slot: CallSlot | None = None
        """The slot of the last call; None: it counts nowhere."""
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)

    @property
    def last_exchange(self) -> LastExchange | None:
        """The last exchange; None: there was none."""
        if self._last is None:
            return None
        at, outcome, seconds = self._last
        return LastExchange(at=at, outcome=outcome, milliseconds=round(seconds * 1_000))

    def answered(self, seconds: float, at: datetime, outcome: str) -> bool:
        """Record a call that brought an answer, of such an outcome; return whether that is news: the first one of this process, or after an absence."""
        news = self.last_ok_at is None or self.down_since is not None
        self.calls += 1
        self.last_ok_at, self.down_since = at, None
        self._note(seconds, at, outcome)
        return news

    def failed(self, seconds: float, code: str, at: datetime, *, away: bool = False) -> None:
        """Record a call that brought none; `away`: its authority did not answer, or let nobody in."""
        self.calls += 1
        if away:
            self.down_since, self.away_at = self.down_since or at, at
        self.failures += 1
        self.last_failure_code = code
        self._note(seconds, at, code, code)

    def figures(self, name: str) -> AdapterFigures:
        """Return the figures of its latest slots, as they are by now."""
        answering = Answering(last_ok_at=self.last_ok_at, down_since=self.down_since, away_at=self.away_at)
        slots = (replace(one, latencies=[*one.latencies], faults={**one.faults}) for one in self._slots.values())
        return AdapterFigures(name=name, answering=answering, slots=tuple(slots))

    def _note(self, seconds: float, at: datetime, outcome: str, code: str | None = None) -> None:
        self._seconds.append(seconds)
        self._last = at, outcome, seconds
        if self._slot is None or not self._slot.at <= at < self._slot.at + _SLOT:
            self._slot = self._slot_at(at)
        if self._slot is not None:
            self._slot.note(seconds, code)

    def _slot_at(self, at: datetime) -> CallSlot | None:
        """Return the slot of a moment; None where that is older than all that is remembered."""
        begins = slot_of(at)
        if begins not in self._slots:
            self._slots[begins] = CallSlot(at=begins)
            if len(self._slots) > SLOTS_KEPT:
                del self._slots[min(self._slots)]
        return self._slots.get(begins)

    def latency_ms(self, share: float) -> float | None:
        """Return the milliseconds within which this share of the last calls ended."""
        if not self._seconds:
            return None
        ordered = sorted(self._seconds)
        return round(ordered[min(len(ordered) - 1, int(share * len(ordered)))] * 1000, 3)
