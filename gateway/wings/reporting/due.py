"""What is due for Surveillance: declarations whose goods were released, or changed since, as the commits of that wrote it."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.calendar import in_utc
from gateway.domain.errors import CallInvalid, ConfigurationError, Conflict
from gateway.store.database import Database, rows_of

FIRST = "00000000-0000-0000-0000-000000000000"
"""The place before the first declaration."""

_MOST_LOST = 10_000
"""Numbers that a restore may have lost: more is a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveillanceSwitch:
    """By whom Surveillance is reported."""

    issuer: str
    since: datetime
    """What was released before is not reported."""
    restored: bool
    """Whether the database was restored since the receiver's last number was known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDeclaration:
    """A declaration of which something is to be reported."""

    id: str
    mark: int
    """The event of the last commit that made it due: another one, and it is due again."""


class DueSurveillance:
    """What is due, in the database. Every call raises `StoreUnavailable` without one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def switch_on(self, issuer: str) -> None:
        """Have all that is released from now on become due.

        Raises:
            ConfigurationError: another issuer reports already.
        """
        await self._database.run("surveillance_switch_on", {"issuer": issuer})
        known = await self.switch()
        if known is not None and known.issuer != issuer:
            fault = f"reporting.issuer: {issuer}, and this database reports Surveillance as {known.issuer}: files are numbered without gap for one issuer; set it to that"
            raise ConfigurationError((fault,))

    async def switch(self) -> SurveillanceSwitch | None:
        """Return by whom is reported; None: nothing is."""
        found = await self._database.row("surveillance_switch", {})
        return SurveillanceSwitch(**{**found, "since": in_utc(found["since"])}) if found is not None else None

    async def fill(self) -> None:
        """Have become due what was released before commits said so; nothing to do once all is."""
        await self._database.run("surveillance_fill", {})

    async def page(self, after: str, limit: int) -> tuple[DueDeclaration, ...]:
        """Return due declarations behind one, in the order of their ids."""
        found = await self._database.rows("surveillance_due", {"after": after, "limit": limit})
        return tuple(DueDeclaration(id=one["id"], mark=one["mark"]) for one in found)

    async def resume(self, last: int) -> None:
        """Have files numbered behind the last number that the receiver knows, after the database was restored.

        Raises:
            CallInvalid: it is far beyond the numbers that are known here.
            Conflict: the database was not restored, or nothing is reported.
        """
        switch = await self.switch()
        if switch is None or not switch.restored:
            raise Conflict("The database was not restored since files were numbered: they go on by themselves.")
        async with self._database.transaction() as connection:
            await rows_of(connection, "surveillance_turn", {})
            (known,) = await rows_of(connection, "surveillance_numbers", {})
            closed = known["closed"] or 0
            if last > closed + _MOST_LOST:
                raise CallInvalid(
                    f"{last} is far beyond {closed}, the last number here: state the number of the last file that the receiver has."
                )
            if known["open"] is not None and known["open"] <= last:
                await rows_of(connection, "surveillance_renumber", {"number": known["open"], "next": last + 1})
            await rows_of(connection, "surveillance_resume", {"lost_from": closed + 1, "lost_to": last})
