"""A receiver of webhooks as the docs have it, which refuses some events at first, and what has to be true of all that it took."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from json import dumps
from pathlib import Path

import httpx
import psycopg
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from tests.builders.receiver import HOST, Received, Receiver, Reply, authority_file, receiving

REFUSED = 0.05
"""The share of attempts that it refuses."""
PATIENCE_S = 300.0
"""In this time everything has to be delivered once nothing fails any more."""


@dataclass(slots=True)
class TakenEvents:
    """The events that a receiver took, in the order in which they came."""

    receiver: Receiver
    dice: random.Random
    url: str = ""
    key: str = ""
    webhook: str = ""
    secret: str = ""
    taken: list[tuple[int, str]] = field(default_factory=list)
    """The number and the declaration of each; one may be there twice."""
    refused: int = 0
    forged: int = 0

    @property
    def environment(self) -> dict[str, str]:
        """What gateways are started with that may call it."""
        return {
            "GATEWAY_WEBHOOKS__ALLOWED_HOSTS": dumps([HOST]),
            "GATEWAY_WEBHOOKS__PORTS": dumps([443, self.receiver.port]),
        }

    def begin(self, url: str, key: str) -> None:
        """Makes the webhook."""
        self.url, self.key = url, key
        made = self._called("POST", "", json={"address": self.receiver.url}).json()
        self.webhook, self.secret = made["id"], made["secret"]

    def answer(self, received: Received) -> Reply:
        """Takes an event, or refuses it."""
        if not self.secret:
            return Reply(status=503)
        try:
            event = Verifier(self.secret).verify(received.body, dict(received.headers))
        except WebhookVerificationError:
            self.forged += 1
            return Reply(status=401)
        if self.dice.random() < REFUSED:
            self.refused += 1
            return Reply(status=500)
        data = event["data"]
        self.taken.append((data["number"], (data.get("notice") or {}).get("declaration", "")))
        return Reply()

    def faults(self, database: str) -> list[str]:
        """Says what is not as it has to be, once everything that waits has been sent."""
        end = time.monotonic() + PATIENCE_S
        while (now := self._called("GET", f"/{self.webhook}").json())["waiting"] and time.monotonic() < end:
            time.sleep(0.5)
        with psycopg.connect(database) as connection:
            (posted,) = connection.execute("SELECT count(*) FROM notice").fetchone() or (0,)
        found = (
            [f"webhook: {now['waiting']} events wait, {now['dead']} are dead"] if now["waiting"] + now["dead"] else []
        )
        missing = set(range(1, posted + 1)) - {number for number, _ in self.taken}
        if missing or now["last"] != posted:
            found.append(
                f"webhook: {posted} notices, {now['last']} events, {len(missing)} never came: {sorted(missing)[:9]}"
            )
        found += [f"webhook: {one} came before an earlier one of its declaration" for one in self._out_of_order()]
        return [*found, *([f"webhook: {self.forged} with a wrong signature"] if self.forged else [])]

    @property
    def figures(self) -> dict[str, int]:
        """What came."""
        numbers = [number for number, _ in self.taken]
        return {
            "events taken": len(set(numbers)),
            "events that came again": len(numbers) - len(set(numbers)),
            "events refused at first": self.refused,
        }

    def _out_of_order(self) -> Iterator[int]:
        last: dict[str, int] = {}
        seen: set[int] = set()
        for number, declaration in self.taken:
            if number not in seen and number < last.get(declaration, 0):
                yield number
            seen.add(number)
            last[declaration] = max(last.get(declaration, 0), number)

    def _called(self, method: str, path: str, json: object = None) -> httpx.Response:
        """Makes a call, again and again while nobody can answer."""
        end = time.monotonic() + PATIENCE_S
        while True:
            try:
                answer = httpx.request(
                    method,
                    f"{self.url}/v1/webhooks{path}",
                    headers={"X-API-Key": self.key},
                    json=json,
                    timeout=60,
                    trust_env=False,
                )
                if answer.status_code < 500:
                    return answer.raise_for_status()
            except httpx.TransportError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.5)


@contextmanager
def taking(folder: Path, dice: random.Random) -> Iterator[tuple[TakenEvents, dict[str, str]]]:
    """Runs a receiver until the context ends, with what gateways need to call it."""
    with receiving(folder) as receiver:
        taken = TakenEvents(receiver, dice)
        receiver.answer = taken.answer
        yield taken, {**taken.environment, "GATEWAY_WEBHOOKS__CA_FILE": str(authority_file(folder))}
