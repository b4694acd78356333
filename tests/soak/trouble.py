"""What goes wrong meanwhile: serving processes and the database are killed, and authorities fail in every way."""

import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.simulation import Fault
from gateway.embedded import watcher
from gateway.embedded.server import EmbeddedServer
from tests.builders.running import Authorities, Served
from tests.soak.lives import EMPTIED, HOT

_EVERYWHERE = (
    Fault.DROP_AFTER, Fault.REFUSE_CONNECTION, Fault.ERROR, Fault.ERROR_AFTER, Fault.LATE, Fault.LATE_ANSWER, Fault.DOWN,
    Fault.HANG, Fault.HTML, Fault.EMPTY, Fault.HALF, Fault.TRUNCATED, Fault.GARBAGE,
)  # fmt: skip
_AT_TRACES = (
    *_EVERYWHERE, Fault.SOAP_FAULT, Fault.SOAP_FAULT_AFTER, Fault.SUMMARY_MISSING, Fault.UNKNOWN_CODE, Fault.CONTRADICTION,
    Fault.CONTRADICTION_ALLOCATION, Fault.CONTRADICTION_REASON,
)  # fmt: skip
_OPERATIONS = (
    "QuantityManagementIndication>0<", "QuantityManagementIndication>1<", "QuantityManagementIndication>1<",
    "GoodsClearanceInformation>01<", "GoodsClearanceInformation>01<", "GoodsClearanceInformation>02<",
    "InterventionType>02<", "InterventionType>03<",
)  # fmt: skip
_DATABASE_SHARE = 0.15


@dataclass(slots=True)
class Kills:
    """Kills at random moments of the load."""

    dice: random.Random
    gateways: Sequence[Served]
    server: EmbeddedServer
    data: Path
    moments: list[float]
    """Shares of the load after which somebody is killed, ascending."""
    database: threading.Lock = field(default_factory=threading.Lock)
    """Held by whoever has the database as it is not: it is left alone meanwhile."""
    done: Counter[str] = field(default_factory=Counter)

    @classmethod
    def drawn(
        cls, dice: random.Random, count: int, gateways: Sequence[Served], server: EmbeddedServer, data: Path
    ) -> "Kills":
        """Draws the moments."""
        return cls(dice, gateways, server, data, sorted(dice.random() for _ in range(count)))

    def run(self, progress: Callable[[], float], stop: threading.Event) -> None:
        """Kills whenever the load has come so far; a database that died is started again."""
        while not stop.wait(0.05):
            if self.database.acquire(blocking=False):
                try:
                    self.server.ensure_alive()
                finally:
                    self.database.release()
            if self.moments and progress() >= self.moments[0] and self._kill():
                del self.moments[0]

    def _kill(self) -> bool:
        database = self.dice.random() < _DATABASE_SHARE
        serving = [pid for gateway in self.gateways for pid in gateway.replicas]
        victim = watcher.postmaster(self.data / "pg") if database else self.dice.choice(serving or [None])
        if victim is None or (database and self.database.locked()):
            return False
        os.kill(victim, signal.SIGKILL)
        self.done["database" if database else "gateway"] += 1
        return True


@dataclass(slots=True)
class Faults:
    """Faults of the authorities: some at any time, each for a short while, on some certificates."""

    dice: random.Random
    simulated: Authorities
    planned: Counter[str] = field(default_factory=Counter)

    def run(self, stop: threading.Event) -> None:
        """Plans and lifts faults until told to stop; then all are lifted."""
        standing: list[tuple[str, dict[str, object]]] = []
        while not stop.wait(self.dice.uniform(0.1, 0.6)):
            while len(standing) >= 5 or (standing and self.dice.random() < 0.4):
                self._lift(*standing.pop(0))
            standing.append(self._plan())
        for name, aim in standing:
            self._lift(name, aim)

    def _plan(self) -> tuple[str, dict[str, object]]:
        (name,) = self.dice.choices(("traces", "catch", "fgas"), (80, 12, 8))
        fault = self.dice.choice(_AT_TRACES if name == "traces" else _EVERYWHERE)
        aim: dict[str, object] = {"reference": self._reference(name)}
        if name == "traces" and self.dice.random() < 0.8:
            aim["containing"] = self.dice.choice(_OPERATIONS)
        # Not every answer that is late is too late.
        seconds = self.dice.uniform(0.5, 8)
        count = self.dice.choice((1, 1, 2, 5, 20))
        self.simulated.control(name, "POST", "/faults", fault=fault.value, seconds=seconds, count=count, **aim)
        self.planned[fault.value] += 1
        return name, aim

    def _reference(self, name: str) -> str:
        """A hot certificate or account, or a hundred others by the beginning of their numbers."""
        if name == "fgas":
            return self.dice.choice((*EMPTIED, "FG.XX.10000", "FG.XX.10001", "FG.XX.10002", "FG.XX.10003"))
        if name == "traces" and self.dice.random() < 0.3:
            return self.dice.choice(HOT)
        return f"{'CHEDP' if name == 'traces' else 'CATCH'}.XX.2026.100{self.dice.randrange(40):02d}"

    def _lift(self, name: str, aim: dict[str, object]) -> None:
        self.simulated.control(name, "POST", "/faults", fault=None, **aim)
