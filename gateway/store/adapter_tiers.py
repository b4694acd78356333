"""The tiers of adapters' code on this installation: what the conformance kit has shown, and what was lost since."""

from dataclasses import dataclass
from datetime import UTC

from gateway.domain.actor import Actor, actors_body
from gateway.domain.adapter_tier import AdapterTier, StoredTier, StoredTiers
from gateway.domain.events import EventKind
from gateway.store import installation
from gateway.store.covered_rows import CoveredRows, place, utc
from gateway.store.database import Database, rows_of
from gateway.store.personal_words import personal_text


@dataclass(frozen=True, slots=True, kw_only=True)
class _TierStatement:
    """The person who had it stored, and the reason: kept as the text of a step."""

    by: Actor
    reason: str


class AdapterTiers:
    """The tiers of all replicas. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store(self, tier: StoredTier, *, by: Actor, reason: str) -> None:
        """Store what was shown of an adapter's code, or that it was lost; it counts from the next start of a process."""
        values = {
            "adapter": tier.adapter,
            "package": tier.package,
            "digest": tier.digest,
            "tier": tier.tier.value,
            "proven_until": tier.proven_until,
            "lost": tier.lost,
        }
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            (stored,) = await rows_of(connection, "store_adapter_tier", values)
            until = stored["proven_until"]
            row = {**values, "proven_until": None if until is None else utc(until), "at": utc(stored["at"])}
            body = {"number": stored["number"], "adapter": tier.adapter, "tier": tier.tier.value, **actors_body(by)}
            if tier.lost:
                body["lost"] = True
            text = personal_text(_TierStatement(by=by, reason=reason))
            rows: CoveredRows = {place("adapter_tier", stored["number"]): row}
            await installation.add_event(connection, EventKind.ADAPTER_TIER, body, rows, text)

    async def all(self) -> StoredTiers:
        """Return the newest of each package and digest."""
        rows = await self._database.rows("adapter_tiers", {})
        return StoredTiers.of(
            StoredTier(
                adapter=row["adapter"],
                package=row["package"],
                digest=row["digest"],
                tier=AdapterTier(row["tier"]),
                proven_until=None if row["proven_until"] is None else row["proven_until"].astimezone(UTC),
                lost=row["lost"],
                at=row["at"].astimezone(UTC),
            )
            for row in rows
        )
