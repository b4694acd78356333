"""Whether an authority was silent: asked of the adapters that answer for it, before a clock is believed to have run out without a word."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec import Struct

from gateway.contract import SuspensionEvent, SuspensionQuery
from gateway.domain.suspension_results import WordsRead
from gateway.wings.suspensions.fold import acts_at
from gateway.wings.suspensions.rows import Regime, SilenceProof
from gateway.wings.suspensions.suspension import Suspension

LATEST = timedelta(minutes=30)
"""How long after the end of a clock its silence may still be established without an officer."""


class AskedAuthorities(Protocol):
    """The authorities, as far as they can be asked what they said."""

    def offers(self, adapter: str) -> Sequence[str]:
        """Return which of `tell` and `said` an adapter has."""
        ...

    async def said(self, adapter: str, query: SuspensionQuery) -> WordsRead:
        """Read what an authority said about a suspension."""
        ...


class Heard(Struct, frozen=True, kw_only=True):
    """What authorities said about a suspension, as they were asked when its clock had run out."""

    events: tuple[SuspensionEvent, ...] = ()
    is_known: bool = False
    """Whether all that answer for it did: only then nothing else was said."""
    asked_at: datetime | None = None
    """The database's time before the first of them was asked."""
    latest: timedelta = LATEST
    """How long after the end of the clock that counts."""

    def is_silent(self, suspension: Suspension, now: datetime) -> bool:
        """Whether it is established, in time, that the clock ran out without a further word: asked after its end."""
        ended, asked = acts_at(suspension), self.asked_at
        return (
            self.is_known and ended is not None and asked is not None and ended <= asked and now - ended <= self.latest
        )


class AuthoritySilence:
    """The adapters that answer for what their authorities said."""

    def __init__(self, authorities: AskedAuthorities, latest: timedelta = LATEST) -> None:
        """Take the authorities, and how long after the end of a clock its silence may be established without an officer."""
        self._authorities = authorities
        self.latest = latest

    def answers_for(self, regime: Regime) -> bool:
        """Whether silence under a regime can be established without an officer."""
        return regime.silence is SilenceProof.KNOWN and bool(self._answering(regime))

    async def heard(self, mrn: str, suspension: Suspension, asked_at: datetime) -> Heard:
        """Ask what was said about a suspension; whoever does not answer leaves it not known."""
        regime = suspension.terms.regime
        events: list[SuspensionEvent] = []
        is_known = self.answers_for(regime)
        for adapter in self._answering(regime):
            read = await self._authorities.said(adapter, SuspensionQuery(mrn=mrn, regime=regime.name))
            is_known = is_known and read.events is not None
            events += read.events or ()
        # The last word of a case is looked at first: what it says counts.
        events.sort(key=lambda one: (one.reference, one.version), reverse=True)
        return Heard(events=tuple(events), is_known=is_known, asked_at=asked_at, latest=self.latest)

    def _answering(self, regime: Regime) -> list[str]:
        return [one for one in regime.speakers if "said" in self._authorities.offers(one)]
