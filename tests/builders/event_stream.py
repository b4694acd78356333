"""A reader of server-sent events, as far as tests need one."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.builders.processes import PATIENCE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class SentEvent:
    """One event; without a name it is a sign of life."""

    name: str
    id: str
    text: str

    @property
    def data(self) -> Any:
        """What it says, where that is JSON."""
        return json.loads(self.text)


@contextmanager
def following(
    client: httpx.Client, address: str, *, last: str = "", headers: Mapping[str, str] | None = None
) -> Iterator[Iterator[SentEvent]]:
    """Open a stream, behind the last event; what refuses it fails."""
    sent = {**(headers or {}), **({"Last-Event-ID": last} if last else {})}
    with client.stream("GET", address, headers=sent, timeout=PATIENCE_S) as response:
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        assert response.headers["cache-control"] == "no-store"
        yield _events(response.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[SentEvent]:
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields[name] = f"{fields[name]}\n{value}" if name in fields else value
        elif fields.keys() <= {"retry"}:
            fields = {}
        else:
            yield SentEvent(name=fields.get("event", ""), id=fields.get("id", ""), text=fields.get("data", ""))
            fields = {}
