"""The switches between sets of tables, followed so that every replica changes at the same moment without a pause."""

import asyncio
import time
from collections.abc import Callable

import structlog

from gateway import observe
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.lifecycle.processes.poll import PollLoop
from gateway.lifecycle.processes.pulses import Pulses
from gateway.lifecycle.tables.table_set import ScheduledSet, TablesInForce
from gateway.store import SetContent, TableSets

log = structlog.get_logger(__name__)

LOOP = "switches"
"""Its name among the loops that a process lives by."""
Compile = Callable[[SetContent, str], Tables]
"""Makes a set of its stored content and its digest; raises `ConfigurationError` if this replica cannot serve it."""


class TableSwitches:
    """A follower that reads switches ahead of time, compiles their sets, and announces them to what decides."""

    def __init__(
        self,
        *,
        table_sets: TableSets,
        tables: TablesInForce,
        compile: Compile,
        every_s: float,
        pulses: Pulses | None = None,
    ) -> None:
        self._table_sets = table_sets
        self._tables = tables
        self._compile = compile
        self._known: dict[str, Tables | None] = {tables.current().digest: tables.current()}
        """Compiled sets by digest; None: this replica cannot serve it."""
        self._again = PollLoop(self.refresh, name=LOOP, every_s=every_s, pulses=pulses)

    async def begin(self) -> None:
        """Take the set that counts now.

        Raises:
            ConfigurationError: this replica cannot serve it, so it does not start.
            StoreUnavailable: the database does not answer.
        """
        await self.refresh()
        if self._tables.behind:
            raise ConfigurationError(
                (
                    "the set of tables in force cannot be served by this gateway: see the log; "
                    "bring the gateway to the version of the others, or switch to another set (`gateway tables switch`)",
                )
            )

    def wake(self) -> None:
        """Poll at once: a switch was ordered."""
        self._again.wake()

    async def run(self) -> None:
        """Poll again and again, until it is cancelled."""
        await self._again.run()

    async def refresh(self) -> None:
        """Read which set counts and which are to come."""
        read_at = time.monotonic()
        due = await self._table_sets.due()
        for one in due:
            if one.digest not in self._known:
                self._known[one.digest] = await self._compiled(one.digest)
        # From before the question on: never later than the database's own clock has it.
        self._tables.announce([ScheduledSet(read_at + one.in_s, self._known[one.digest]) for one in due])
        digests = {one.digest for one in due} | {self._tables.current().digest}
        self._known = {digest: tables for digest, tables in self._known.items() if digest in digests}
        observe.tables_refused.set(sum(tables is None for tables in self._known.values()))

    async def _compiled(self, digest: str) -> Tables | None:
        content = await self._table_sets.content(digest)
        assert content is not None, "a switch names a stored set"
        try:
            # In a thread: whoever is being served does not wait for it.
            tables = await asyncio.to_thread(self._compile, content, digest)
        except ConfigurationError as error:
            log.error("tables_refused", digest=digest, faults=error.faults)
            return None
        except Exception as error:
            # A fault of ours: the set before goes on counting here, and that is said.
            log.error("tables_refused", digest=digest, error=type(error).__name__, exc_info=True)
            return None
        log.info("tables_compiled", digest=digest, version=tables.version)
        return tables
