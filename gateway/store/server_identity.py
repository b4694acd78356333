"""The identity of the server that a database is served from: by it a database that was restored or copied is known, and not served.

The authorities may know of movements that such a database has lost. A server that was promoted while replicas were serving is followed:
they lived through it. A copy of the server's files as a whole cannot be told from the server.
"""

import logging
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import psycopg

from gateway.domain.errors import ConfigurationError
from gateway.store.database import Connection, Database, rows_of

log = logging.getLogger(__name__)

_UNTOLD = (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedFunction, psycopg.errors.FeatureNotSupported)
_NEXT = (
    "authorities may know of movements that it has lost. Run `gateway settle --since TIME`, with a TIME well before the backup; where "
    "surely nothing is lost, `gateway settle --nothing-lost` (docs/operators-backup.md)"
)
_COPIED = f"the database was restored from a backup, or copied from another server: {_NEXT}"
_TURNED = f"while no gateway served, the database was restored to a point in time, or a standby was promoted: {_NEXT}"


class Arrival(StrEnum):
    """The way by which a database came to be where it is served."""

    FIRST = "first"
    RESTORED = "restored"
    PROMOTED = "promoted"
    SETTLED = "settled"
    NOTHING_LOST = "nothing lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerIdentity:
    """The server, database and timeline of a database."""

    system_identifier: int
    database: int
    timeline: str

    def values(self, how: Arrival) -> dict[str, Any]:
        """Return the parameters with which it is noted."""
        return {
            "system_identifier": self.system_identifier,
            "database": self.database,
            "timeline": self.timeline,
            "how": how.value,
        }


NOWHERE = ServerIdentity(system_identifier=0, database=0, timeline="")
"""No server's: of a database that was restored and stands nowhere yet."""
_NOT_TOLD = ServerIdentity(system_identifier=0, database=0, timeline="not told")
"""The identity of a database whose role may not ask, once somebody has accepted it."""


class ServedIdentity:
    """The identity under which the database was served last."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told = False
        self._confirmed = False
        """Whether this process found it where it was served last: only then it knows that a promotion came while it served."""

    async def require(self) -> None:
        """Refuse a database that is not where it was served last; one that was never served is noted.

        Raises:
            ConfigurationError: with what is to be done first.
            StoreUnavailable: the database does not answer, or is a standby.
        """
        here, before = await self._here(), await self._before()
        if before == NOWHERE:
            raise ConfigurationError((_COPIED,))
        if here is not None and before is not None and before != here:
            raise ConfigurationError((_COPIED if _is_elsewhere(before, here) else _TURNED,))
        if here is not None and before is None:
            await self._note(here, Arrival.FIRST)
        self._confirmed = True

    async def follow(self) -> None:
        """Note that the server that is served from was promoted, and refuse another one, once it was confirmed; raise as `require` does."""
        if not self._confirmed:
            return
        here, before = await self._here(), await self._before()
        if here is None or before is None or before == here:
            return
        if _is_elsewhere(before, here):
            raise ConfigurationError((_COPIED,))
        log.warning("database_promoted")
        await self._note(here, Arrival.PROMOTED)

    async def accept(self, how: Arrival) -> bool:
        """Have the database served where it is now; return False if it was before.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        here, before = await self._here() or _NOT_TOLD, await self._before()
        if before == here:
            return False
        await self._note(here, how)
        return True

    async def _here(self) -> ServerIdentity | None:
        """Return the identity of the database's server; None: this role is not told, which is said once."""
        try:
            row = await self._database.row("server_identity", {})
        except _UNTOLD as error:
            if not self._told:
                log.warning("server_identity_not_known: %s", type(error).__name__)
            self._told = True
            return None
        return None if row is None else ServerIdentity(**row)

    async def _before(self) -> ServerIdentity | None:
        row = await self._database.row("served_identity", {})
        return None if row is None else ServerIdentity(**row)

    async def _note(self, identity: ServerIdentity, how: Arrival) -> None:
        await self._database.run("note_identity", identity.values(how))


async def note_restored(connection: Connection) -> None:
    """Have a database that was restored not served before somebody says that it may be."""
    await rows_of(connection, "note_identity", NOWHERE.values(Arrival.RESTORED))


def _is_elsewhere(before: ServerIdentity, here: ServerIdentity) -> bool:
    return (before.system_identifier, before.database) != (here.system_identifier, here.database)
