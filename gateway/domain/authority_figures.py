"""The figures of an authority's calls in slots of time: how long they took, and which faults they met."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

SLOT_S = 300
"""Seconds of one slot."""
BOUNDS_MS = (10, 20, 40, 60, 100, 150, 250, 400, 600, 1_000, 1_500, 2_500, 4_000, 6_000, 10_000, 15_000, 25_000, 40_000)
"""Calls are counted by the first of these that they did not exceed: counts of several processes can be added, shares of them not."""
SLOTS_KEPT = 24
"""Slots that a process remembers, while the database does not take them."""


@dataclass(slots=True, kw_only=True)
class CallSlot:
    """The calls of one slot of time."""

    at: datetime
    """When it begins."""
    latencies: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_MS) + 1))
    """Calls by how long they took: one count for each bound, and one for those that exceeded the last."""
    faults: dict[str, int] = field(default_factory=dict)
    """Calls that brought no answer, by the code of the fault."""

    @property
    def calls(self) -> int:
        """How many there were, answered or not."""
        return sum(self.latencies)

    @property
    def failures(self) -> int:
        """How many brought no answer."""
        return sum(self.faults.values())

    def note(self, seconds: float, code: str | None = None) -> None:
        """Count a call; `code`: of its fault."""
        self.latencies[bisect_left(BOUNDS_MS, seconds * 1_000)] += 1
        if code is not None:
            self.faults[code] = self.faults.get(code, 0) + 1

    def latency_ms(self, share: float) -> int | None:
        """Return the milliseconds within which this share of the calls ended at most; None: it had none, or they took longer than the last bound."""
        wanted, seen = share * self.calls, 0
        for count, bound in zip(self.latencies, BOUNDS_MS, strict=False):
            seen += count
            if seen and seen >= wanted:
                return bound
        return None


def slot_of(at: datetime) -> datetime:
    """Return when the slot begins that a moment lies in."""
    seconds = int(at.timestamp())
    return datetime.fromtimestamp(seconds - seconds % SLOT_S, UTC)


def added(at: datetime, slots: Iterable[CallSlot]) -> CallSlot:
    """Return the calls of several slots as those of one."""
    whole = CallSlot(at=at)
    for slot in slots:
        whole.latencies = [one + other for one, other in zip(whole.latencies, slot.latencies, strict=True)]
        for code, count in slot.faults.items():
            whole.faults[code] = whole.faults.get(code, 0) + count
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """The latest that is known of whether an authority answers, in one process."""

    last_ok_at: datetime | None = None
    """When the call was made that it answered last."""
    down_since: datetime | None = None
    """When the first call was made that it did not answer since; None: it answered the last one."""
    away_at: datetime | None = None
    """When the latest such call was made."""


def over_all(known: Sequence[Answering]) -> Answering:
    """Return the same over all processes: it is down if nobody was answered after somebody was not.

    Where one process is not answered and another is meanwhile, it has been down since the calls that nobody's answer followed.
    """
    last_ok_at = max((one.last_ok_at for one in known if one.last_ok_at is not None), default=None)

    def follows(at: datetime | None) -> bool:
        return at is not None and (last_ok_at is None or at > last_ok_at)

    since = [
        one.down_since if follows(one.down_since) else one.away_at
        for one in known
        if one.down_since is not None and (follows(one.down_since) or follows(one.away_at))
    ]
    away = max((one.away_at for one in known if one.away_at is not None), default=None)
    down_since = min((at for at in since if at is not None), default=None)
    return Answering(last_ok_at=last_ok_at, down_since=down_since, away_at=away)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFigures:
    """The figures of one adapter: its slots, the oldest first, and whether its authority answers."""

    name: str
    answering: Answering
    slots: tuple[CallSlot, ...]
