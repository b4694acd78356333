"""What is due for Surveillance: declarations whose goods were released, or changed since, as the commits of that wrote it."""

from dataclasses import dataclass

from gateway.domain.errors import ConfigurationError
from gateway.store.database import Database

FIRST = "00000000-0000-0000-0000-000000000000"
"""The place before the first declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveillanceSwitch:
    """By whom Surveillance is reported."""

    issuer: str
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
        return SurveillanceSwitch(issuer=found["issuer"], restored=found["restored"]) if found is not None else None

    async def fill(self) -> None:
        """Have become due what was released before commits said so; nothing to do once all is."""
        await self._database.run("surveillance_fill", {})

    async def page(self, after: str, limit: int) -> tuple[DueDeclaration, ...]:
        """Return due declarations behind one, in the order of their ids."""
        found = await self._database.rows("surveillance_due", {"after": after, "limit": limit})
        return tuple(DueDeclaration(id=one["id"], mark=one["mark"]) for one in found)
