"""The adapters that are off on all replicas: by a person, or quarantined after overruns of their code."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from gateway.domain.actor import GATEWAY, Actor, actors_body
from gateway.domain.adapter_switch import AdapterState, OverrunKind, Quarantine, SwitchedOff
from gateway.domain.errors import AdapterQuarantined
from gateway.domain.events import EventKind
from gateway.store import installation
from gateway.store.covered_rows import place, utc
from gateway.store.database import Connection, Database, rows_of
from gateway.store.personal_words import personal_text

ADAPTERS = "adapters"
"""The notification of listeners that an adapter was switched, in the place of a declaration's id."""
_KINDS = {
    AdapterState.ENABLED: EventKind.ADAPTER_ENABLED,
    AdapterState.DRAINING: EventKind.ADAPTER_DISABLED,
    AdapterState.DISABLED: EventKind.ADAPTER_DISABLED,
    AdapterState.QUARANTINED: EventKind.ADAPTER_QUARANTINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _SwitchStatement:
    """The person who switched it, and the reason: kept as the text of a step."""

    by: Actor
    reason: str


_TOLD = (OverrunKind.LATE, OverrunKind.ENDED, OverrunKind.MEMORY)
"""The kinds whose numbers a switch states; of the others only that there were overruns."""


class AdapterSwitches:
    """The overruns and switches of all replicas. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def overran(
        self, adapter: str, record_id: str, kind: OverrunKind, *, declarations: int, declarants: int
    ) -> Quarantine | None:
        """Store that an adapter's code overran on a declaration; return the quarantine that begins with it, if one does.

        Args:
            adapter: the adapter's name. One that a person has switched off stays as that person has it.
            record_id: the declaration's id; of one that is not stored nothing is kept.
            kind: what the code did.
            declarations: so many different ones since it was enabled last quarantine it,
            declarants: if they are of at least so many.
        """
        named, at_least = {"adapter": adapter}, (declarations, declarants)
        await self.note_overrun(adapter, record_id, kind)
        # By itself, after that: the chain of the installation is not kept from others for each overrun.
        async with self._database.transaction() as connection:
            if await _quarantine(connection, named, at_least) is None:
                return None
            await installation.begin(connection)
            found = await _quarantine(connection, named, at_least)
            if found is None or adapter in await _off(connection):
                return None
            reason = f"overruns by {declarations} or more declarations of {declarants} or more declarants"
            statement = _SwitchStatement(by=GATEWAY, reason=reason)
            await _switch(connection, adapter, AdapterState.QUARANTINED, statement, found)
        return found

    async def note_overrun(self, adapter: str, record_id: str, kind: OverrunKind) -> None:
        """Store that an adapter's code overran on a declaration; of one that is not stored nothing is kept."""
        async with self._database.transaction() as connection:
            await rows_of(connection, "adapter_overran", {"adapter": adapter, "id": record_id, "kind": kind.value})

    async def enable(self, adapter: str, *, by: Actor, reason: str) -> None:
        """Enable an adapter again, also one that others switched off; its overruns so far do not count any more."""
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            await _switch(connection, adapter, AdapterState.ENABLED, _SwitchStatement(by=by, reason=reason))

    async def switch_off(self, adapter: str, *, by: Actor, reason: str, draining: bool = False) -> None:
        """Disable an adapter; `draining`: what is under way comes to its end. One that is off so already is left as it is.

        Raises:
            AdapterQuarantined: it was to drain, and is quarantined: nothing of it is under way.
        """
        wanted = AdapterState.DRAINING if draining else AdapterState.DISABLED
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            known = (await _off(connection)).get(adapter)
            if known is not None and draining and known.state is AdapterState.QUARANTINED:
                raise AdapterQuarantined("It stays quarantined, and its code is not run: enable it, or disable it.")
            if known is None or known.state is not wanted:
                await _switch(connection, adapter, wanted, _SwitchStatement(by=by, reason=reason))

    async def off(self) -> Mapping[str, SwitchedOff]:
        """Return the adapters that are not enabled now."""
        return _read(await self._database.rows("adapters_off", {}))


async def _quarantine(connection: Connection, named: Mapping[str, str], at_least: tuple[int, int]) -> Quarantine | None:
    """Return the quarantine that an adapter's overruns are enough for; None: they are not."""
    (counted,) = await rows_of(connection, "adapter_overruns", named)
    if counted["declarations"] < at_least[0] or counted["declarants"] < at_least[1]:
        return None
    return _quarantine_of(counted)


def _quarantine_of(row: Mapping[str, Any]) -> Quarantine:
    kinds = {kind: row[kind.value] for kind in _TOLD if row[kind.value]}
    return Quarantine(declarations=row["declarations"], kinds=kinds)


async def _off(connection: Connection) -> Mapping[str, SwitchedOff]:
    return _read(await rows_of(connection, "adapters_off", {}))


def _read(rows: list[dict[str, Any]]) -> Mapping[str, SwitchedOff]:
    return {
        row["adapter"]: SwitchedOff(
            state=_state(row),
            since=row["at"].astimezone(UTC),
            quarantine=_quarantine_of(row) if row["quarantined"] else None,
        )
        for row in rows
    }


def _state(row: Mapping[str, Any]) -> AdapterState:
    if row["quarantined"]:
        return AdapterState.QUARANTINED
    return AdapterState.DRAINING if row["draining"] else AdapterState.DISABLED


async def _switch(
    connection: Connection,
    adapter: str,
    state: AdapterState,
    statement: _SwitchStatement,
    quarantine: Quarantine | None = None,
) -> None:
    # What is off by default is not told, as older versions of the gateway do not.
    more: dict[str, Any] = {"draining": True} if state is AdapterState.DRAINING else {}
    why: dict[str, Any] = {}
    if quarantine is not None:
        kinds = {kind.value: quarantine.kinds.get(kind, 0) for kind in _TOLD}
        why = {"declarations": quarantine.declarations, **kinds}
        more = {"quarantined": True}
    empty = {"draining": False, "quarantined": False, **dict.fromkeys(("declarations", *_TOLD))}
    values = {"adapter": adapter, "enabled": state is AdapterState.ENABLED}
    (switch,) = await rows_of(connection, "switch_adapter", {**empty, **values, **more, **why, "announced": ADAPTERS})
    row = {**values, "at": utc(switch["at"]), **more, **why}
    told = why if quarantine is not None else more
    body = {"number": switch["number"], "adapter": adapter, **actors_body(statement.by), **told}
    await installation.add_event(
        connection, _KINDS[state], body, {place("adapter_switch", switch["number"]): row}, personal_text(statement)
    )
