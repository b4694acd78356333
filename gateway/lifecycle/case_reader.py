"""The reader of one case: what the pages and calls about a single declaration show beside the declaration itself."""

from collections.abc import Callable, Collection

from gateway.decisions.told_trail import ToldTrail
from gateway.domain.decision import Decision
from gateway.domain.errors import EvidenceChanged
from gateway.domain.record import Record
from gateway.history.difference import TwoDecisions, two_decisions
from gateway.history.messages import CitedMessage, citing, message
from gateway.history.recall import events_of
from gateway.history.versions import ReceivedVersion, versions
from gateway.store import Store

_AT_ONCE = 50
"""Messages whose bytes are read in one go: each may have a megabyte."""


class CaseReader:
    """The readings of one declaration. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def versions(self, record: Record) -> tuple[ReceivedVersion, ...]:
        """Return a declaration's versions, each with its decisions, in their order."""
        return versions(await events_of(self._store, record.id), await self._store.acts.of(record.id))

    async def sent(self, record: Record) -> bytes | None:
        """Return the message of a declaration's version as it was sent; None: it is not kept any more, or not as it was."""
        try:
            return await self._store.declarations.message(record.id, record.version)
        except EvidenceChanged:
            return None

    async def told_trail(
        self,
        record: Record,
        *,
        versions: Collection[int],
        eoris: Collection[str],
        at_once: bool,
        with_natures: Callable[[Decision], Decision],
    ) -> ToldTrail:
        """Return what a declaration's trader reads of its past, as `ToldTrail` takes it."""
        events = await events_of(self._store, record.id)
        decisions = await self._store.declarations.decisions(record.id)
        return ToldTrail(
            decisions,
            events,
            versions=versions,
            eoris=eoris,
            accepted=record.accepted_at is not None,
            at_once=at_once,
            with_natures=with_natures,
        )

    async def two_decisions(self, record: Record, number: int | None, against: int) -> TwoDecisions:
        """Return a decision and an earlier one, with what happened between them.

        Raises:
            NotKnown: the declaration has no decision with one of these numbers.
            CallInvalid: the other one is not earlier.
        """
        return await two_decisions(self._store, record, number, against)

    async def messages(self, record: Record) -> tuple[CitedMessage, ...]:
        """Return the messages that a declaration's events cite, with what each is, in the order of their first citation."""
        found: list[CitedMessage] = []
        cited = citing(await events_of(self._store, record.id))
        for start in range(0, len(cited), _AT_ONCE):
            some = cited[start : start + _AT_ONCE]
            stored = await self._store.declarations.evidence_among(record.id, [one.digest for one in some])
            found += [message(one, stored.get(one.digest)) for one in some]
        return tuple(found)
