"""What the holder of a lease has committed of one look so far."""

from collections.abc import Sequence
from typing import Protocol

from gateway.domain.events import Event
from gateway.domain.movement import Movement
from gateway.domain.record import Work
from gateway.domain.verification import EvidenceItem


class Intending(Protocol):
    """Whoever commits intents, as `gateway.store.Store` does."""

    async def intend(
        self,
        work: Work,
        movements: Sequence[Movement],
        events: Sequence[Event],
        *,
        settled: Sequence[Movement] = (),
        evidence: Sequence[EvidenceItem] = (),
    ) -> Work:
        """Commits what is about to be ordered, with what was settled before it; gives the work as it stands then."""
        ...


class Journal:
    """A declaration while its lease is held: what was read of it, with the intents that were committed since."""

    def __init__(self, store: Intending, work: Work) -> None:
        self._store = store
        self.work = work

    async def intend(
        self,
        movements: Sequence[Movement],
        events: Sequence[Event],
        *,
        settled: Sequence[Movement] = (),
        evidence: Sequence[EvidenceItem] = (),
    ) -> None:
        """Commits what is about to be ordered, with what was settled before it.

        Raises:
            LeaseLost, Stale: it must not be ordered any more.
            StoreUnavailable: it is not known to be committed, so it is not ordered.
        """
        self.work = await self._store.intend(self.work, movements, events, settled=settled, evidence=evidence)
