"""The faults that repeat: the first line of one is written, then one a minute with how many and since when, and one at its end."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.observe.timestamps import timestamp

SUMMED_S = 60.0
"""Seconds between two lines about one fault; it is over after so long without it."""
MOST_FAULTS = 1_000
"""Different faults that are remembered at the same time."""
MOST_DECLARATIONS = 20
"""Declarations that one line names."""


@dataclass(slots=True, kw_only=True)
class _Fault:
    fields: Mapping[str, Any]
    """The members of its line."""
    since: str
    last: str
    due_at: float
    total: int = 1
    more: int = 0
    """The number of times that it came since the last line about it."""
    declarations: dict[str, None] = field(default_factory=dict)


class RepeatedFaults:
    """The faults that came within the last minute, and the repeats not logged yet."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, now: Callable[[], str] = timestamp) -> None:
        self._clock = clock
        self._now = now
        self._faults: OrderedDict[Hashable, _Fault] = OrderedDict()
        self._over: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def again(self, key: Hashable, fields: Mapping[str, Any], declaration: str | None = None) -> bool:
        """Whether this fault is an earlier one, reported later; if not, its line is to be written."""
        with self._lock:
            known = self._faults.get(key)
            if known is None:
                if len(self._faults) >= MOST_FAULTS:
                    self._end(self._faults.popitem(last=False)[1])
                at = self._now()
                due_at = self._clock() + SUMMED_S
                self._faults[key] = _Fault(fields=dict(fields), since=at, last=at, due_at=due_at)
                return False
            known.total += 1
            known.more += 1
            known.last = self._now()
            if declaration is not None and len(known.declarations) < MOST_DECLARATIONS:
                known.declarations[declaration] = None
            return True

    def due(self) -> tuple[list[dict[str, Any]], float | None]:
        """Return the lines about faults that are due, and the seconds until the next one may be; None: none is open."""
        with self._lock:
            now = self._clock()
            lines, self._over = self._over, []
            for key, fault in tuple(self._faults.items()):
                if fault.due_at > now:
                    continue
                if fault.more:
                    lines.append(self._line(fault))
                    fault.more, fault.due_at = 0, now + SUMMED_S
                    fault.declarations.clear()
                else:
                    del self._faults[key]
                    self._end(fault)
            lines, self._over = lines + self._over, []
            soonest = min((fault.due_at for fault in self._faults.values()), default=None)
            return lines, None if soonest is None else max(0.05, soonest - now)

    def rest(self) -> list[dict[str, Any]]:
        """Return the lines about all that came since the last one: a process that ends tells of it before its time."""
        with self._lock:
            lines = [self._line(fault) for fault in self._faults.values() if fault.more]
            self._faults.clear()
            return self._over + lines

    def _line(self, fault: _Fault) -> dict[str, Any]:
        named = {"declarations": list(fault.declarations)} if fault.declarations else {}
        return {**fault.fields, "repeated": fault.more, "since": fault.since, **named}

    def _end(self, fault: _Fault) -> None:
        if fault.total > 1:
            if fault.more:
                self._over.append(self._line(fault))
            about = {name: value for name, value in fault.fields.items() if name not in {"event", "level", "timestamp"}}
            over = {"event": "fault_over", "level": "info", **about, "fault": fault.fields.get("event")}
            self._over.append({**over, "repeated": fault.total, "since": fault.since, "last": fault.last})
