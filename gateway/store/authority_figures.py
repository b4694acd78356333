"""The figures of calls to authorities, each process's own: written now and then, and read over all of them."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gateway.domain.authority_figures import AdapterFigures, Answering, CallSlot
from gateway.domain.calendar import in_utc
from gateway.store.database import Database


class FiguresOfProcesses:
    """The figures of calls to authorities, as each process reports them. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self._process = process

    async def note(self, figures: Sequence[AdapterFigures], *, forget: datetime) -> None:
        """Store slots of this process over what it stored of them before, and forget slots of all that began before a time."""
        found = [(one, slot) for one in figures for slot in one.slots]
        await self._database.run(
            "note_authority_figures",
            {
                "process": self._process,
                "forget": forget,
                "adapters": [one.name for one, _ in found],
                "slots": [slot.at for _, slot in found],
                "latencies": [f"{{{','.join(map(str, slot.latencies))}}}" for _, slot in found],
                "faults": [json.dumps(slot.faults) for _, slot in found],
                "last_ok_at": [one.answering.last_ok_at for one, _ in found],
                "down_since": [one.answering.down_since for one, _ in found],
                "away_at": [one.answering.away_at for one, _ in found],
            },
        )

    async def answering(self) -> Mapping[str, Sequence[Answering]]:
        """Return what other processes know of whether authorities answer, by adapter."""
        found: dict[str, list[Answering]] = defaultdict(list)
        for row in await self._database.rows("authorities_answering", {"process": self._process}):
            found[row["adapter"]].append(
                Answering(
                    last_ok_at=in_utc(row["last_ok_at"]),
                    down_since=in_utc(row["down_since"]),
                    away_at=in_utc(row["away_at"]),
                )
            )
        return found

    async def slots(self, since: datetime, adapter: str | None = None) -> Mapping[str, Sequence[CallSlot]]:
        """Return the slots of other processes from a time on, by adapter, or those of one adapter."""
        values = {"process": self._process, "since": since, "adapter": adapter}
        found: dict[str, list[CallSlot]] = defaultdict(list)
        for row in await self._database.rows("authority_slots", values):
            faults = json.loads(row["faults"])
            slot = CallSlot(at=row["slot"].astimezone(UTC), latencies=row["latencies"], faults=faults)
            found[row["adapter"]].append(slot)
        return found
