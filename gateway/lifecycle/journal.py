"""The journal of one assessment under a lease: what is committed so far, and what was sent but not yet committed."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from gateway.domain.events import Event
from gateway.domain.movement import Movement
from gateway.domain.record import Work
from gateway.domain.verification import EvidenceItem
from gateway.store import Leases


class SentOrder:
    """An order on its way to an authority."""

    def __init__(self) -> None:
        self.sent = True
        """False only if certainly nothing was sent."""


class Journal:
    """A declaration under a lease of this process: what was read of it, with the intents that were committed since."""

    def __init__(self, leases: Leases, work: Work) -> None:
        self._leases = leases
        self.work = work
        self.unconfirmed: frozenset[int] = frozenset()
        """The movements of which something was sent, and nothing that came of it is committed."""
        self.under_way = 0
        """Orders that are on their way, or were when the assessment was cut off."""

    def may_send(self) -> bool:
        """Whether an order may still be sent: the lease lasts."""
        return self._leases.lasts(self.work)

    @contextmanager
    def sending(self, number: int) -> Iterator[SentOrder]:
        """Mark that a movement is ordered; unless the caller sets the contrary, something was sent."""
        before, sending = self.unconfirmed, SentOrder()
        self.unconfirmed |= {number}
        self.under_way += 1
        # Not where it is cut off: what is on its way then stays so.
        yield sending
        self.under_way -= 1
        if not sending.sent and number not in before:
            self.unconfirmed -= {number}

    async def intend(
        self,
        movements: Sequence[Movement],
        events: Sequence[Event],
        *,
        settled: Sequence[Movement] = (),
        evidence: Sequence[EvidenceItem] = (),
    ) -> None:
        """Commit what is about to be ordered, with what was reconciled before it.

        Raises:
            LeaseLost, Stale: it must not be ordered any more.
            StoreUnavailable: it is not known to be committed, so it is not ordered.
        """
        self.work = await self._leases.intend(self.work, movements, events, settled=settled, evidence=evidence)
        self.unconfirmed -= {one.number for one in settled}
