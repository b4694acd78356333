"""The reader of one case: what the pages and calls about a single declaration show beside the declaration itself."""

from gateway.domain.record import Record
from gateway.history.difference import TwoDecisions, two_decisions
from gateway.history.recall import events_of
from gateway.history.versions import ReceivedVersion, versions
from gateway.store import Store


class CaseReader:
    """The readings of one declaration. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def versions(self, record: Record) -> tuple[ReceivedVersion, ...]:
        """Return a declaration's versions, each with its decisions, in their order."""
        return versions(await events_of(self._store, record.id), await self._store.acts.of(record.id))

    async def two_decisions(self, record: Record, number: int | None, against: int) -> TwoDecisions:
        """Return a decision and an earlier one, with what happened between them.

        Raises:
            NotKnown: the declaration has no decision with one of these numbers.
            CallInvalid: the other one is not earlier.
        """
        return await two_decisions(self._store, record, number, against)
