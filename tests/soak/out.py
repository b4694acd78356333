"""Whether never more is out than is certified, at any moment: looked at again and again while lives are led."""

import random
import threading
from dataclasses import dataclass, field
from decimal import Decimal

import httpx

from tests.builders.running import Authorities
from tests.soak.lives import UNKNOWN, Life, Load, least_out
from tests.soak.verdict import keeper_of


@dataclass(slots=True)
class Watch:
    """Whoever looks at certificates of goods that are out."""

    load: Load
    simulated: Authorities
    dice: random.Random
    looks: int = 0
    faults: list[str] = field(default_factory=list)

    def run(self, over: threading.Event) -> None:
        """Looks at one declaration after the other until it is over."""
        with httpx.Client(trust_env=False, timeout=60) as http:
            while not over.is_set():
                with self.load.lock:
                    lives = self.load.lives[-400:]
                out = [life for life in lives if life.out]
                if not out:
                    over.wait(0.2)
                    continue
                self._look(http, self.dice.choice(out))
                over.wait(0.02)

    def _look(self, http: httpx.Client, life: Life) -> None:
        # In the order in which they were cited: what is given back of one is written off on the next before.
        cited = dict.fromkeys(one.reference for goods in life.versions for one in goods if not one.fish)
        taken = sum((self._consumed(http, one, life.mrn) for one in cited if not one.startswith(UNKNOWN)), Decimal(0))
        least, is_out = least_out(life), life.out
        self.looks += 1
        if is_out and taken < least:
            self.faults.append(f"{life.lrn} ({life.path}): {least} kg are out at least, and {taken} are written off")

    def _consumed(self, http: httpx.Client, reference: str, mrn: str) -> Decimal:
        answer = http.get(
            f"{self.simulated.urls[keeper_of(reference)]}/_simulator/ledger/{reference}"
        ).raise_for_status()
        return sum(
            (
                Decimal(one["quantity"])
                for one in answer.json()["allocations"]
                if one["value"] == mrn and one["state"] == "consumed"
            ),
            Decimal(0),
        )
