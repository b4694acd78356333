"""The health of adapters in each process: written now and then, and read over all of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gateway.domain.adapter_processes import AdapterHere, AdapterProcesses, AdapterThere, LastExchange
from gateway.store.database import Database


class ProcessesOfAdapters:
    """The adapters' health, as each process reports it. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database, process: str) -> None:
        self._database = database
        self.process = process

    async def note(self, adapters: Sequence[AdapterHere], *, lasts: timedelta, forget: datetime) -> None:
        """Store the health of this process's adapters, which is noted again before that time is over; forget what is older than a time."""
        last = [one.last_exchange for one in adapters]
        await self._database.run(
            "note_adapter_processes",
            {
                "process": self.process,
                "lasts": lasts,
                "forget": forget,
                "adapters": [one.name for one in adapters],
                "tiers": [one.tier for one in adapters],
                "why": [one.why for one in adapters],
                "runs_in": [one.runs_in for one in adapters],
                "breakers": [one.breaker for one in adapters],
                "in_flight": [one.in_flight for one in adapters],
                "last_at": [None if one is None else one.at for one in last],
                "last_outcome": [None if one is None else one.outcome for one in last],
                "last_ms": [None if one is None else one.milliseconds for one in last],
            },
        )

    async def end(self) -> None:
        """Store that this process says nothing more."""
        await self._database.run("end_adapter_process", {"process": self.process})

    async def all(self) -> Mapping[str, AdapterProcesses]:
        """Return what all processes said last, by adapter."""
        found: dict[str, list[AdapterThere]] = defaultdict(list)
        for row in await self._database.rows("adapter_processes", {}):
            found[row["adapter"]].append(_there(row))
        return {name: AdapterProcesses(tuple(known)) for name, known in found.items()}


def _there(row: Mapping[str, Any]) -> AdapterThere:
    last = None
    if row["last_at"] is not None:
        last = LastExchange(at=row["last_at"].astimezone(UTC), outcome=row["last_outcome"], milliseconds=row["last_ms"])
    return AdapterThere(
        process=row["process"],
        at=row["at"].astimezone(UTC),
        lives=row["lives"],
        here=AdapterHere(
            name=row["adapter"],
            tier=row["tier"],
            why=row["why"],
            runs_in=row["runs_in"],
            breaker=row["breaker"],
            in_flight=row["in_flight"],
            last_exchange=last,
        ),
    )
