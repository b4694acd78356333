"""The adapters disabled on all replicas after overruns of their code, until somebody enables them with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.domain.actor import GATEWAY, Actor, actors_body
from gateway.domain.events import EventKind
from gateway.store import installation
from gateway.store.covered_rows import place, utc
from gateway.store.database import Connection, Database, rows_of
from gateway.store.personal_words import personal_text

ADAPTERS = "adapters"
"""The notification of listeners that an adapter was disabled or enabled, in the place of a declaration's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _SwitchStatement:
    """The person who switched it, and the reason: kept as the text of a step."""

    by: Actor
    reason: str


class AdapterSwitches:
    """The overruns and switches of all replicas. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overran(self, adapter: str, record_id: str, *, declarations: int, declarants: int) -> bool:
        """Store that an adapter's code overran its time on a declaration; return whether that disabled the adapter.

        Args:
            adapter: the adapter's name.
            record_id: the declaration's id; of one that is not stored nothing is kept.
            declarations: so many different ones since it was enabled last disable it,
            declarants: if they are of at least so many.
        """
        named, at_least = {"adapter": adapter}, (declarations, declarants)
        await self.note_overrun(adapter, record_id)
        # By itself, after that: the chain of the installation is not kept from others for each overrun.
        async with self._database.transaction() as connection:
            if not await _enough(connection, named, at_least):
                return False
            await installation.begin(connection)
            if adapter in await _disabled(connection) or not await _enough(connection, named, at_least):
                return False
            reason = f"overruns by {declarations} or more declarations of {declarants} or more declarants"
            await _switch(connection, adapter, enabled=False, statement=_SwitchStatement(by=GATEWAY, reason=reason))
        return True

    async def note_overrun(self, adapter: str, record_id: str) -> None:
        """Store that an adapter's code overran its time on a declaration; of one that is not stored nothing is kept."""
        async with self._database.transaction() as connection:
            await rows_of(connection, "adapter_overran", {"adapter": adapter, "id": record_id})

    async def enable(self, adapter: str, *, by: Actor, reason: str) -> None:
        """Enable an adapter again; its overruns so far do not count any more."""
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await _switch(connection, adapter, enabled=True, statement=_SwitchStatement(by=by, reason=reason))

    async def switch_off(self, adapter: str, *, by: Actor, reason: str, draining: bool = False) -> None:
        """Disable an adapter; `draining`: what is under way comes to its end. One that is off so already is left as it is."""
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            known = {row["adapter"]: row["draining"] for row in await rows_of(connection, "adapters_disabled", {})}
            if known.get(adapter) is not draining:
                statement = _SwitchStatement(by=by, reason=reason)
                await _switch(connection, adapter, enabled=False, draining=draining, statement=statement)

    async def disabled(self) -> Mapping[str, datetime]:
        """Return the adapters that are disabled now, each with the time since when; of those that are draining see `draining`."""
        return await self._off(draining=False)

    async def draining(self) -> Mapping[str, datetime]:
        """Return the adapters that begin nothing new, each with the time since when."""
        return await self._off(draining=True)

    async def _off(self, *, draining: bool) -> Mapping[str, datetime]:
        rows = await self._database.rows("adapters_disabled", {})
        return {row["adapter"]: row["at"].astimezone(UTC) for row in rows if row["draining"] is draining}


async def _enough(connection: Connection, named: Mapping[str, str], at_least: tuple[int, int]) -> bool:
    (counted,) = await rows_of(connection, "adapter_overruns", named)
    return bool(counted["declarations"] >= at_least[0] and counted["declarants"] >= at_least[1])


async def _disabled(connection: Connection) -> Mapping[str, datetime]:
    return {row["adapter"]: row["at"].astimezone(UTC) for row in await rows_of(connection, "adapters_disabled", {})}


async def _switch(
    connection: Connection, adapter: str, *, enabled: bool, statement: _SwitchStatement, draining: bool = False
) -> None:
    values = {"adapter": adapter, "enabled": enabled, "draining": draining, "announced": ADAPTERS}
    (switch,) = await rows_of(connection, "switch_adapter", values)
    kind = EventKind.ADAPTER_ENABLED if enabled else EventKind.ADAPTER_DISABLED
    row = {"adapter": adapter, "enabled": enabled, "at": utc(switch["at"])}
    body = {"number": switch["number"], "adapter": adapter, **actors_body(statement.by)}
    if draining:
        row, body = {**row, "draining": True}, {**body, "draining": True}
    await installation.add_event(
        connection, kind, body, {place("adapter_switch", switch["number"]): row}, personal_text(statement)
    )
