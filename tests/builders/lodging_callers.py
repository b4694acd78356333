"""Callers that lodge one declaration after the other at a gateway, and keep every answer with its time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Thread

import httpx

from tests.builders.processes import PATIENCE_S
from tests.builders.running import declaration


@dataclass(frozen=True, kw_only=True)
class KeptAnswer:
    """An answer to a lodging, or its absence."""

    at: float
    seconds: float
    status: int
    """0: there was none."""
    id: str | None = None
    retry_after: str | None = None
    code: str | None = None


@dataclass(kw_only=True)
class LodgingCallers:
    """What some callers were answered so far."""

    url: str
    name: str
    answers: list[KeptAnswer] = field(default_factory=list)

    @property
    def acknowledged(self) -> list[str]:
        """The ids of what was taken."""
        return [one.id for one in tuple(self.answers) if one.status in {200, 202} and one.id is not None]

    @property
    def refused(self) -> list[KeptAnswer]:
        """What was not taken."""
        return [one for one in tuple(self.answers) if one.status not in {200, 202}]

    def lodge(self, number: int, client: httpx.Client) -> None:
        """Lodges one declaration and keeps the answer."""
        began = time.monotonic()
        try:
            answer = client.post(
                f"{self.url}/v1/declarations",
                content=declaration("01", f"{self.name}-{number:06d}"),
                headers={"content-type": "application/xml", "prefer": "wait=0"},
            )
        except httpx.TransportError:
            kept = KeptAnswer(at=began, seconds=time.monotonic() - began, status=0)
        else:
            body = answer.json()
            kept = KeptAnswer(
                at=began, seconds=time.monotonic() - began, status=answer.status_code, id=body.get("id"),
                retry_after=answer.headers.get("retry-after"), code=body.get("code"),
            )  # fmt: skip
        self.answers.append(kept)


@contextmanager
def lodging_callers(url: str, name: str, *, at_once: int) -> Iterator[LodgingCallers]:
    """Runs callers until the context ends; each waits for its answer before it lodges again."""
    callers, over, numbers = LodgingCallers(url=url, name=name), Event(), count(1)

    def call() -> None:
        with httpx.Client(timeout=PATIENCE_S, trust_env=False) as client:
            while not over.is_set():
                callers.lodge(next(numbers), client)

    threads = [Thread(target=call, daemon=True) for _ in range(at_once)]
    for one in threads:
        one.start()
    try:
        yield callers
    finally:
        over.set()
        for one in threads:
            one.join(PATIENCE_S)
