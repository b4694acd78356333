"""What became of declarations hour by hour, counted beside their way, and what was released."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg.rows import DictRow

from gateway.domain.hour_figures import HourFigures, ReleasedGoods
from gateway.domain.storable import is_storable
from gateway.store import rows
from gateway.store.database import Database

_NEWEST = 2**63 - 1


class HoursOfDays:
    """The figures of the hours. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count(self) -> None:
        """Count the hours since the last count, and the one before it, again; forget those beyond a month."""
        await self._database.run("count_hours", {})

    async def counted_at(self) -> datetime | None:
        """Return up to when the hours were counted; None: never yet."""
        found = await self._database.row("hours_counted_at", {})
        return found["at"].astimezone(UTC) if found is not None else None

    async def between(
        self, since: datetime, until: datetime, *, offices: Collection[str] | None
    ) -> tuple[HourFigures, ...]:
        """Return the hours in which anything was decided or released, at some offices or (None) at all."""
        found = await self._database.rows(
            "hours", {"since": since, "until": until, "offices": rows.offices_parameter(offices)}
        )
        return tuple(HourFigures(**{**row, "hour": row["hour"].astimezone(UTC)}) for row in found)

    async def releases(
        self,
        since: datetime,
        until: datetime,
        *,
        offices: Collection[str] | None,
        wanted_offices: Collection[str] | None = None,
        declarant: str | None = None,
        document: str | None = None,
        before: int | None = None,
        limit: int,
    ) -> tuple[ReleasedGoods, ...]:
        """Return releases of a time below a place, the newest first, as far as notices are kept.

        Args:
            since: the first moment.
            until: the moment behind the last one.
            offices: the offices whose cases the reader may see; None: all.
            wanted_offices: the offices that are searched for; None: all.
            declarant: the EORI of the declarant; None: whoever it is.
            document: the reference of a document that the declaration cites; None: whatever it cites.
            before: the place of the last one of the page before.
            limit: how many at most.
        """
        if not is_storable(declarant, document, *(wanted_offices or ())):
            return ()
        values: Mapping[str, Any] = {
            "since": since,
            "until": until,
            "offices": rows.offices_parameter(offices),
            "wanted_offices": sorted(wanted_offices) if wanted_offices is not None else None,
            "declarant": declarant,
            "references": sorted({document, document.upper()}) if document is not None else None,
            "before": before if before is not None else _NEWEST,
            "limit": limit,
        }
        return tuple(_released(row) for row in await self._database.rows("releases", values))


def _released(row: DictRow) -> ReleasedGoods:
    return ReleasedGoods(**{**row, "at": row["at"].astimezone(UTC)})
