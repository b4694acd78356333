"""The trace of one exchange for the author of an adapter: its steps, its messages, and the time of each.

It stands around what the serving gateway asks with, and changes nothing of it.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.contract import AdapterError, Occasion, Request, Response
from gateway.dispatch.authority_client import AuthorityClient
from gateway.dispatch.evidence import MessageRecord, Redaction
from gateway.dispatch.exchange import Stepper
from gateway.dispatch.exchange_time import ExchangeTime
from gateway.sandbox.steps import AdapterCall, Step, Yielded

_OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(slots=True, kw_only=True)
class TracedStep:
    """One step of the adapter's code, and what came of it."""

    seconds: float = 0.0
    step: Step | None = None
    """The step that it asked for or returned; None: it raised."""


@dataclass(slots=True, kw_only=True)
class TracedMessage:
    """One request that went out, and what came back, as far as anything did."""

    sent: str
    """The request without what identifies the gateway, like all that is shown here."""
    began: float
    received: str | None = None
    seconds: float | None = None


class TracedRecord(MessageRecord):
    """The record of messages, which also keeps each of them with its time, and why there was no answer."""

    def __init__(self, redaction: Redaction) -> None:
        super().__init__(redaction)
        self.events: list[TracedStep | TracedMessage] = []
        self.answers: list[tuple[Request, Response]] = []
        """The adapter's requests and their answers, as they came."""
        self.error: AdapterError | None = None
        self.occasion: Occasion | None = None
        self.identifying: set[str] = set()
        """The values of the moment that identified the gateway: a token."""

    def used(self, credentials: Mapping[str, str]) -> None:
        """Take note of headers that identified us."""
        super().used(credentials)
        self.identifying |= {value.partition(" ")[2] or value for value in credentials.values()}

    def sent(self, request: Request, target: str) -> None:
        """Keep a request with the time at which it went."""
        super().sent(request, target)
        head = "".join(f"\n{name}: {self._redaction.header(name, value)}" for name, value in request.headers.items())
        text = f"{request.method} {target}{head}\n\n" + request.body.decode("utf-8", "replace")
        self.events.append(TracedMessage(sent=self.shown(text), began=time.perf_counter()))

    def received(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep an answer with the time that it took."""
        super().received(status, headers, body)
        message = self._latest()
        message.seconds = time.perf_counter() - message.began
        head = "".join(f"\n{name}: {headers[name]}" for name in ("content-type", "location") if name in headers)
        message.received = self.shown(f"HTTP {status}{head}\n\n" + body.decode("utf-8", "replace"))

    def failed(self, error: AdapterError) -> None:
        """Record why there was no answer."""
        super().failed(error)
        self.error = error

    def shown(self, text: str) -> str:
        """Return a text as it may be shown: what a terminal would obey is made visible."""
        return _OBEYED.sub("\N{REPLACEMENT CHARACTER}", self._redaction.text(text, self.identifying)).rstrip()

    def _latest(self) -> TracedMessage:
        return next(one for one in reversed(self.events) if isinstance(one, TracedMessage))


@dataclass(slots=True, kw_only=True)
class TracedStepper:
    """A driver of exchanges that notes each step that another one makes."""

    inner: Stepper
    record: TracedRecord
    enabled: bool = True
    overruns: int = 0
    _asked: Request | None = field(default=None)

    async def start(self, call: AdapterCall, occasion: Occasion, clock: ExchangeTime) -> tuple[Any, Step]:
        """Begin an exchange and run it to its first step."""
        self.record.occasion = occasion
        with self._timed() as noted:
            exchange, noted.step = await self.inner.start(call, occasion, clock)
        return exchange, noted.step

    async def resume(self, exchange: Any, response: Response, clock: ExchangeTime) -> Step:
        """Send the response into the exchange and run it to its next step."""
        if self._asked is not None:
            self.record.answers.append((self._asked, response))
        with self._timed() as noted:
            noted.step = await self.inner.resume(exchange, response, clock)
        return noted.step

    async def end(self, exchange: Any) -> None:
        """End an exchange that is not carried on."""
        await self.inner.end(exchange)

    async def read_notification(self, request: Request) -> Any:
        """Return what the adapter reads in what its authority pushed."""
        return await self.inner.read_notification(request)

    async def close(self) -> None:
        """End the process or thread that runs the adapter's code."""
        await self.inner.close()

    @contextmanager
    def _timed(self) -> Iterator[TracedStep]:
        noted = TracedStep()
        self.record.events.append(noted)
        began = time.perf_counter()
        try:
            yield noted
        finally:
            noted.seconds = time.perf_counter() - began
            self._asked = noted.step.request if isinstance(noted.step, Yielded) else None


def traced(client: AuthorityClient) -> tuple[AuthorityClient, TracedRecord]:
    """Return a client whose next call is traced, and the record to make that call with."""
    record = TracedRecord(client.redaction)
    stepper = TracedStepper(inner=client.authority.stepper, record=record)
    return replace(client, authority=replace(client.authority, stepper=stepper)), record
