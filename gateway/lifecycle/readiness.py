"""Whether this process can take declarations, and which part of it cannot."""

import asyncio
import math
import time
from collections.abc import Mapping
from contextlib import suppress

from gateway.domain.errors import ConfigurationError
from gateway.lifecycle.leases import LeasedDeclarations
from gateway.lifecycle.processes.pulses import Pulses
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.observe.process_signs import sign
from gateway.store import Store

_SIGNS = 3
"""The number of signs not given in time after which nothing is known of a process,"""
_LEAST_S = 5.0
"""and not sooner than this: where it watches itself often, waiting for a turn of the processor is no standing still."""
_PATIENCE_S = 0.2
"""The seconds that a question waits for the database: a probe's own patience is often no more than a second."""
_FRESH_S = 1.0
"""The seconds for which an answer of the database is told at once, while it is asked again beside,"""
_KNOWN_S = 3.0
"""and for which it is still told while the next one has not come."""


class Readiness:
    """The readiness of this process: true of itself alone, whatever the others of its gateway are."""

    def __init__(
        self, *, store: Store, leases: LeasedDeclarations, tables: TablesInForce, pulses: Pulses | None = None
    ) -> None:
        self._store = store
        self._leases = leases
        self._tables = tables
        self._pulses = pulses
        self._leaving = False
        self._answered = False
        self._answered_at = -math.inf
        self._asking: asyncio.Task[None] | None = None

    def leave(self) -> None:
        """Be ready no more: this process stops."""
        self._leaving = True
        self._sign()

    def note(self, answered: bool) -> None:
        """Note whether the database answered and may be written to, and pass it on to the others of this gateway."""
        self._answered, self._answered_at = answered, time.monotonic()
        self._sign()

    async def now(self) -> Mapping[str, bool]:
        """Return each part with whether it is as it should be; however many ask, the database is asked once at a time.

        An answer of the last second is told at once. A database that has not answered within 0.2 s is what it was at its last answer, if
        that is not older than 3 s, and away otherwise.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="readiness")
        if self._answered and time.monotonic() - self._answered_at <= _FRESH_S:
            return self._parts()
        with suppress(TimeoutError):
            # Whoever goes away while it is asked must not end it for the others.
            await asyncio.wait_for(asyncio.shield(self._asking), _PATIENCE_S)
        return self._parts()

    async def _ask(self) -> None:
        self._answered = await self._store.ping()
        self._answered_at = time.monotonic()

    def _sign(self) -> None:
        if self._pulses is not None:
            sign(self._parts(), lasts_s=max(_LEAST_S, _SIGNS * self._pulses.every_s))

    def _parts(self) -> Mapping[str, bool]:
        pulses = self._pulses
        over = pulses.over if pulses is not None else None
        return {
            "serving": not self._leaving and over is None,
            "store": self._answered and time.monotonic() - self._answered_at <= _KNOWN_S,
            "schema": not self._store.lacks and not isinstance(over, ConfigurationError),
            "taking_declarations": not self._leases.stopping,
            "tables": not self._tables.behind,
            "loops": pulses is None or not pulses.late,
        }
