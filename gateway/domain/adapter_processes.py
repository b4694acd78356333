"""How an adapter stands in each process of all replicas, and what that comes to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

OPEN = "open"
"""The state of a breaker that lets nobody ask (`gateway.dispatch`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastExchange:
    """The last exchange with an authority."""

    at: datetime
    """When it was begun."""
    outcome: str
    """The answer's, as the status of a document, or the code of the fault."""
    milliseconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterHere:
    """One adapter as one process knows it."""

    name: str
    tier: str
    why: str
    """Why it has its tier, in a sentence."""
    runs_in: str
    """`loop` or `sandbox`."""
    breaker: str
    in_flight: int
    last_exchange: LastExchange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterThere:
    """What a process said last of an adapter."""

    process: str
    at: datetime
    lives: bool
    """Whether it goes on saying so."""
    here: AdapterHere


@dataclass(frozen=True, slots=True)
class AdapterProcesses:
    """What all processes said last of one adapter."""

    known: Sequence[AdapterThere] = ()

    @property
    def living(self) -> Sequence[AdapterThere]:
        """Those of processes that live."""
        return [one for one in self.known if one.lives]

    @property
    def in_flight(self) -> int | None:
        """Calls that are under way or wait for their turn; None: no process lives that could say."""
        return sum(one.here.in_flight for one in self.living) if self.living else None

    @property
    def breakers_open(self) -> int | None:
        """In how many processes the breaker is open; None: no process lives that could say."""
        return sum(one.here.breaker == OPEN for one in self.living) if self.living else None

    @property
    def last_exchange(self) -> LastExchange | None:
        """The last exchange of all, also of processes that are gone; None: none is known."""
        known = [one.here.last_exchange for one in self.known if one.here.last_exchange is not None]
        return max(known, key=lambda one: one.at, default=None)
