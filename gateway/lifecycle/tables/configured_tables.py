"""The tables of the configuration's files: put into force, or asked about until a person decides, and told of until then."""

import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from gateway.decisions import unserved
from gateway.domain.actor import GATEWAY
from gateway.domain.errors import ConfigurationError, Conflict, Stale
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.set_state import SetPublication, SetState, set_name
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.tables.table_publication import (
    PublicationOrder,
    Replaced,
    asked,
    must_not_be_loosened_later,
    replaced,
)
from gateway.observe.installation_figures import TABLES_REJECTED, TABLES_WAITING, InstallationFigure
from gateway.store import StoredSet, TableSets

log = structlog.get_logger(__name__)

EVERY_S = 3_600.0
"""Seconds between two questions whether the set has lost its approval; a switch is followed at once."""
TOLD_EVERY_S = 86_400.0
"""Seconds after which the log says again that the set does not count."""
_ATTEMPTS = 5
"""The number of times that a set is compared again because another one came into force meanwhile."""


class ConfiguredTables:
    """The set of the files that a process was started with; whichever replica has it asks, and one question is open at a time."""

    def __init__(
        self,
        *,
        table_sets: TableSets,
        tables: Tables,
        delivered: Tables,
        new: StoredSet,
        owner: str,
        clock: Callable[[], float] = time.monotonic,
        every_s: float = EVERY_S,
    ) -> None:
        """Take the set as it is and as it is stored, the delivered one, who has the files, and a clock that never goes back."""
        self._table_sets = table_sets
        self._tables = tables
        self._delivered = delivered
        self._new = new
        self._reason = f"the files of {owner}"
        self._clock = clock
        self._told_at = float("-inf")
        self._again = PollLoop(self.refresh, name="configured tables", every_s=every_s)

    @property
    def digest(self) -> str:
        """The digest of the set."""
        return self._tables.digest

    @property
    def name(self) -> str:
        """The name of the set."""
        return set_name(self._tables.version, self._tables.digest)

    async def publication(self) -> SetPublication:
        """Return whether the set counts, waits or was rejected, and since when.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        return await self._table_sets.publication(self.digest)

    async def figures(self) -> Sequence[InstallationFigure]:
        """Return whether the set waits for a second person and whether it was rejected, each with since when.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        publication = await self.publication()
        figures = {TABLES_WAITING: publication.waits, TABLES_REJECTED: publication.state is SetState.REJECTED}
        return [
            InstallationFigure(figure, (self.name,), float(is_so), publication.age_s if is_so else None)
            for figure, is_so in figures.items()
        ]

    async def begin(self) -> None:
        """Put the set into force if no replica ever did, else log its state.

        One that loosens what is in force waits for a person who approves it, as when a replica starts without its further folder;
        where the set in force cannot be served any more nothing waits, and what is loosened is logged and kept.

        Raises:
            Conflict: other sets are being put into force all the time.
            StoreUnavailable: the database does not answer.
        """
        publication = await self.publication()
        if publication.state is SetState.REJECTED:
            self._tell_rejected(publication)
        elif publication.waits:
            await self._decide(publication)

    async def refresh(self) -> None:
        """Ask about the set again if its question lapsed, and say once a day that it does not count.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        publication = await self.publication()
        if publication.state is SetState.UNDECIDED:
            await self._decide(publication)
        elif self._clock() - self._told_at < TOLD_EVERY_S:
            return
        elif publication.state is SetState.REJECTED:
            self._tell_rejected(publication)
        elif publication.state is SetState.WAITING:
            self._tell_waiting(publication.approval_id)

    def wake(self) -> None:
        """Look at once: a switch was ordered."""
        self._again.wake()

    async def run(self) -> None:
        """Look again and again, until it is cancelled."""
        await self._again.run()

    async def _decide(self, publication: SetPublication) -> None:
        for _ in range(_ATTEMPTS):
            with suppress(Stale):
                return await self._compared(publication)
        raise Conflict("Other sets are being put into force all the time: start it again.")

    async def _compared(self, publication: SetPublication) -> None:
        before = await replaced(self._table_sets, self._tables, self._delivered)
        if before is not None and (before.tables is None or unserved(before.tables)):
            await self._publish(before)
        elif publication.state is SetState.WAITING:
            self._tell_waiting(publication.approval_id)
        elif before is None or before.record is None:
            await self._publish(before)
        else:
            await self._ask(before)

    async def _ask(self, before: Replaced) -> None:
        try:
            await must_not_be_loosened_later(self._table_sets, self._tables, before, self._delivered, None)
        except ConfigurationError as error:
            self._told_at = self._clock()
            log.error("tables_not_asked", digest=self.digest, tables=self.name, faults=error.faults)
            return
        order = PublicationOrder(by=GATEWAY, reason=self._reason, approval_id=str(uuid.uuid4()))
        against = (before.digest,)
        asking = asked(self._tables, before, order, against)
        waits = await self._table_sets.request_approval(asking, new=self._new, until_decided=True, against=against)
        if waits is not None:
            self._tell_waiting(waits.id, loosens=before.texts)

    async def _publish(self, before: Replaced | None) -> None:
        record = before.record if before is not None else None
        put = await self._table_sets.publish_new(
            self._new,
            reason=self._reason,
            by=GATEWAY,
            loosens=record,
            # Its own digest: another replica was quicker with it.
            against=(before.digest if before is not None else None, self.digest),
            though_it_waits=record is not None,
        )
        if put:
            log.info("tables_published", digest=self.digest, version=self._tables.version)
            if record is not None:
                log.warning("tables_loosen", digest=self.digest, loosens=before.texts if before is not None else ())

    def _tell_waiting(self, approval_id: str | None, **asked: tuple[str, ...]) -> None:
        self._told_at = self._clock()
        log.warning("tables_wait", digest=self.digest, tables=self.name, approval=approval_id, **asked)

    def _tell_rejected(self, publication: SetPublication) -> None:
        self._told_at = self._clock()
        log.warning(
            "tables_rejected",
            digest=self.digest,
            tables=self.name,
            approval=publication.approval_id,
            at=publication.since.isoformat() if publication.since is not None else None,
        )
