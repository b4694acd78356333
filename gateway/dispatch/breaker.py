"""The breaker and the allowance of an authority: whether it is asked at all, and how often.

The breaker is our own: aiobreaker and pybreaker wrap the call and raise errors of their own in place of ours, and
purgatory keeps its state in a store; what is needed is three numbers and a clock.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from gateway.contract import Unavailable

MINUTE_S = 60.0
PROBE_S = 1.0
"""Seconds after which an open breaker's probe that got no answer yet does not keep out another one."""
REMEMBERED = 1_000
"""Documents and declarations without an answer that a breaker knows."""


class BreakerState(StrEnum):
    """The states of a breaker: whether an authority is asked."""

    CLOSED = "closed"
    """Calls are made."""
    OPEN = "open"
    """Calls are refused: it was unavailable several times in a row."""
    HALF_OPEN = "half_open"
    """Few calls are made to see whether it is back, or only slow for some documents."""


class AuthorityAway(Unavailable):
    """The authority could not be reached, or said itself that it serves nobody now: whatever it is asked about."""


# Evidence, logs and partners are told the contract's own kind: this one is between the transport and the breaker.
AuthorityAway.__name__ = Unavailable.__name__


class NotAsked(Unavailable):
    """The gateway did not send the question: its own breaker is open or its own limits leave no time."""


class OwnLimits(NotAsked):
    """The gateway's own limits left no time: that says nothing of the authority, and is no outage of its."""


class CallSubject(NamedTuple):
    """The subject of a call: the document that it is about, and the declaration for which it is made; None: of none."""

    document: tuple[str, str] | None = None
    declaration: str | None = None

    @classmethod
    def of(cls, asked: object, declaration: str | None) -> "CallSubject":
        """Return the subject of what an adapter's method takes."""
        named = getattr(asked, "order", asked)
        reference = getattr(named, "reference", None)
        return cls(None if reference is None else (str(getattr(named, "type", "")), str(reference)), declaration)


NOTHING = CallSubject()


@dataclass(slots=True, eq=False)
class AdmittedCall:
    """A call that a breaker has admitted; it has to be followed by `answered`, `failed` or `abandoned`."""

    subject: CallSubject
    at: float
    answers: int
    """The number of answers that the authority had given before."""
    counts: bool
    """Whether it is evidence about the authority if no answer comes: nothing about its subject is known to be slow."""


class Breaker:
    """A breaker that opens after `threshold` unavailable answers in a row and admits a probe after each `rest_s` seconds.

    An authority that cannot be reached, or says itself that it serves nobody, is away (`certain`). A call that gets no answer may
    be slow for what it is about: it counts only while nobody else was answered since it began, once for each document and each
    declaration, and never opens the breaker by itself. Where such calls reach the threshold the authority is in doubt: calls
    about other documents of other declarations probe it, as many as the threshold at once, and the next ones wait for them. The
    first answer to anybody closes it; if all of these get none, it is open.
    """

    def __init__(self, *, threshold: int, rest_s: float, clock: Callable[[], float]) -> None:
        self._threshold = threshold
        self._rest_s = rest_s
        self._clock = clock
        self._certain = 0
        self._slow = 0
        self._failed_probes = 0
        self._answers = 0
        self._opened_at: float | None = None
        self._in_doubt = False
        self._probes: list[AdmittedCall] = []
        self._unanswered: OrderedDict[tuple[str, str] | str, None] = OrderedDict()
        """Documents and declarations that got no answer when they were asked about last."""
        self._ended_probe: asyncio.Event | None = None

    @property
    def state(self) -> BreakerState:
        """The state at this moment."""
        if self._opened_at is None:
            return BreakerState.HALF_OPEN if self._in_doubt else BreakerState.CLOSED
        return BreakerState.HALF_OPEN if self._has_rested(self._opened_at) else BreakerState.OPEN

    @property
    def unanswered(self) -> tuple[str, ...]:
        """The declarations that got no answer when it was asked for them last."""
        return tuple(one for one in self._unanswered if isinstance(one, str))

    def _has_rested(self, opened_at: float) -> bool:
        return self._clock() - opened_at >= self._rest_s

    def refuse_if_open(self) -> None:
        """Refuse at once a call that would not be admitted, before it waits for its turn.

        Raises:
            NotAsked: it would not.
        """
        if self._opened_at is None:
            return  # nor does a probe of one that is in doubt keep others out
        # One that gets no answer may be slow itself: it does not keep another one from probing.
        is_probed = any(self._clock() - one.at < PROBE_S for one in self._probes)
        if is_probed or not self._has_rested(self._opened_at):
            raise NotAsked("the authority was unavailable several times in a row and is left alone for a while")

    def admit(self, subject: CallSubject = NOTHING, *, lost: bool = False) -> AdmittedCall | None:
        """Admit a call; None: the authority is in doubt, and enough others are finding out (`probe_ended`).

        What was `lost` with its process may have been slow there: it is no evidence, and no probe of one in doubt.

        Raises:
            NotAsked: it is open, or another call is probing.
        """
        self.refuse_if_open()
        admitted = AdmittedCall(subject, self._clock(), self._answers, not lost and not self._is_slow(subject))
        if self._opened_at is not None:
            self._probes.append(admitted)
        elif self._in_doubt and admitted.counts and not self._is_probed_by(subject):
            if self._failed_probes + len(self._probes) >= self._threshold:
                return None
            self._probes.append(admitted)
        return admitted

    async def probe_ended(self) -> None:
        """Wait until one of the probes under way has ended."""
        if self._probes:
            self._ended_probe = self._ended_probe or asyncio.Event()
            await self._ended_probe.wait()

    def answered(self, admitted: AdmittedCall) -> None:
        """Record that the authority answered something."""
        self._answers += 1
        for one in admitted.subject:
            if one is not None:
                self._unanswered.pop(one, None)
        if self._certain or self._slow or self._opened_at is not None:
            self._certain = self._slow = self._failed_probes = 0
            self._opened_at, self._in_doubt = None, False
            self._probes.clear()
        self._tell_waiting()

    def failed(self, admitted: AdmittedCall, *, certain: bool) -> bool:
        """Record that the authority was unavailable; return whether that is evidence about more than this call.

        `certain`: it could not be reached, or said itself that it serves nobody.
        """
        probed = self._has_ended(admitted)
        if not certain:
            is_new = admitted.counts and not self._is_slow(admitted.subject)
            self._remember(admitted.subject)
            if self._answers > admitted.answers:
                return False
            if not is_new and not probed:
                return True
        self._certain += certain
        self._slow += not certain
        self._failed_probes += probed
        if self._opened_at is not None:
            opens = probed or certain
        elif self._in_doubt and probed:
            opens = certain or self._failed_probes >= self._threshold
        else:
            opens = self._certain >= self._threshold
        if opens:
            self._opened_at, self._in_doubt, self._failed_probes = self._clock(), False, 0
        elif self._opened_at is None and not self._in_doubt and self._certain + self._slow >= self._threshold:
            self._in_doubt, self._failed_probes = True, 0
        return True

    def abandoned(self, admitted: AdmittedCall) -> None:
        """Record that the call ended without any evidence about the authority."""
        self._has_ended(admitted)

    def _has_ended(self, admitted: AdmittedCall) -> bool:
        """Note that a call has ended, and return whether it was a probe still."""
        if admitted not in self._probes:
            return False
        self._probes.remove(admitted)
        self._tell_waiting()
        return True

    def _tell_waiting(self) -> None:
        if self._ended_probe is not None:
            self._ended_probe.set()
            self._ended_probe = None

    def _is_slow(self, subject: CallSubject) -> bool:
        return bool(self._unanswered) and any(one in self._unanswered for one in subject)

    def _is_probed_by(self, subject: CallSubject) -> bool:
        return any(one is not None and one in probe.subject for probe in self._probes for one in subject)

    def _remember(self, subject: CallSubject) -> None:
        for one in subject:
            if one is not None:
                self._unanswered.pop(one, None)
                self._unanswered[one] = None
        while len(self._unanswered) > REMEMBERED:
            self._unanswered.popitem(last=False)


class Allowance:
    """An allowance of at most so many requests in any 60 seconds; 0 is no limit.

    One that is divided among processes allows this process its share alone: nothing before it has one, and nothing once that is over.
    """

    def __init__(self, *, per_minute: int, clock: Callable[[], float], divided: bool = False) -> None:
        self._clock = clock
        self._divided = divided
        self._share = 0 if divided else per_minute
        self._until = float("-inf") if divided else float("inf")
        self._places: deque[float] = deque()
        self.per_minute = per_minute
        """The limit a minute of all processes."""

    def renew(self, per_minute: int) -> None:
        """Go by another limit from now on; what was taken before still counts."""
        self.per_minute = per_minute
        self._share = min(self._share, per_minute) if self._divided else per_minute

    def shrink(self, share: int) -> None:
        """Take no more than such a share from now on."""
        self._share = min(self._share, share)

    def grant(self, share: int, *, until: float) -> None:
        """Go by a share until the clock says so."""
        self._share, self._until = min(share, self.per_minute), until

    def used(self) -> tuple[int, float]:
        """Return the places taken in the last 60 seconds and ahead, and the seconds after which none of them counts."""
        self._forget()
        return len(self._places), max(0.0, self._places[-1] + MINUTE_S - self._clock()) if self._places else 0.0

    def take(self, within_s: float) -> float:
        """Take the next place and return the seconds to wait for it.

        Raises:
            OwnLimits: it comes later than `within_s` seconds from now; no place is taken.
        """
        if not self.per_minute:
            return 0.0
        now = self._clock()
        self._forget()
        if self._share <= 0:
            raise OwnLimits("this process has no share in the requests per minute that the authority allows")
        place = max(now, self._places[-1] if self._places else now)
        if len(self._places) >= self._share:
            place = max(place, self._places[-self._share] + MINUTE_S)
        if place - now > within_s or place >= self._until:
            raise OwnLimits("the requests per minute that the authority allows are used up")
        self._places.append(place)
        return place - now

    def _forget(self) -> None:
        """Forget the places that lie more than a minute back: no window of 60 seconds has them and one to come."""
        oldest = self._clock() - MINUTE_S
        while self._places and self._places[0] <= oldest:
            self._places.popleft()
