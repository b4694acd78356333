"""One loaded adapter at work: its connections, its credentials and its limits, for one exchange at a time."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from gateway.contract import AccessRefused, Limits, Manifest, Occasion, Request, Response, Unavailable, UnexpectedAnswer
from gateway.contract.errors import ChangingRequest, Unasked
from gateway.dispatch.auth import Credentials
from gateway.dispatch.breaker import NotAsked
from gateway.dispatch.deadlines import Deadlines
from gateway.dispatch.evidence import MessageRecord
from gateway.dispatch.exchange import Stepper
from gateway.dispatch.exchange_time import ExchangeTime
from gateway.dispatch.http import MaySend
from gateway.dispatch.http_status import CredentialsRefused
from gateway.dispatch.own_time import own_time
from gateway.dispatch.target import CHANGING
from gateway.dispatch.transport import Transport
from gateway.sandbox.steps import AdapterCall, Returned, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An adapter with everything that its exchanges run on."""

    manifest: Manifest
    limits: Limits
    transport: Transport
    credentials: Credentials
    stepper: Stepper
    deadlines: Deadlines = field(default_factory=Deadlines)

    async def run(
        self,
        call: AdapterCall,
        occasion: Occasion,
        *,
        until: float,
        trail: MessageRecord,
        reads: bool = True,
        may_send: MaySend | None = None,
    ) -> Any:
        """Carry an exchange through and return its result, until it is over at the loop's time `until`.

        Args:
            call: the exchange to begin.
            occasion: its moment.
            until: when it is over.
            trail: where its messages are kept.
            reads: whether it may change nothing: then only a request of a question's method is sent.
            may_send: is asked before the bytes of each of its requests go; None: they go.

        Raises:
            AdapterError: it gave no answer. The exchange never learns of it: an adapter that could catch an outage could
                make an answer of it.
        """
        clock = ExchangeTime(until)
        exchange, step = await self._begun(call, occasion, clock)
        try:
            if isinstance(step, Returned):
                raise Unasked("the adapter answered without having asked")
            for _ in range(self.limits.round_trips):
                if isinstance(step, Returned):
                    break
                request = _readable(step.request) if reads else step.request
                sending = self._send(request, until, trail, may_send)
                waiting = clock.of_authority(sending, self.deadlines)
                own = own_time.get()
                response = await (waiting if own is None else own.waited(waiting))
                step = await self.stepper.resume(exchange, response, clock)
            if not isinstance(step, Returned):
                raise UnexpectedAnswer(f"the adapter asks for more than {self.limits.round_trips} requests")
        finally:
            await self.stepper.end(exchange)
        return step.value

    async def _begun(self, call: AdapterCall, occasion: Occasion, clock: ExchangeTime) -> tuple[Any, Step]:
        try:
            return await self.stepper.start(call, occasion, clock)
        except NotAsked:
            raise
        except (Unavailable, AccessRefused) as error:
            # Of an authority that nobody asked nobody knows that.
            fault = UnexpectedAnswer(f"the adapter raised {type(error).__name__} before it asked")
            raise fault from error.__cause__ or error

    async def _send(self, request: Request, until: float, trail: MessageRecord, may_send: MaySend | None) -> Response:
        headers = await self.credentials.headers()
        trail.used(headers)
        try:
            return await self.transport.send(
                request, until=until, credentials=headers, witness=trail, may_send=may_send
            )
        except CredentialsRefused:
            if not self.credentials.renewable(headers):
                raise
        # Once more, a movement too: by RFC 9110, section 15.5.2, what was answered with 401 has not been applied. Every
        # other answer leaves that open.
        headers = await self.credentials.headers()
        trail.used(headers)
        return await self.transport.send(request, until=until, credentials=headers, witness=trail, may_send=may_send)

    async def close(self) -> None:
        """Close the connections, and end a renewal of credentials and the processes of the adapter's code."""
        await asyncio.gather(self.credentials.close(), self.transport.close(), self.stepper.close())


def _readable(request: Request) -> Request:
    # What is no request at all is refused where it would be sent.
    if type(request) is not Request:
        return request
    if request.moves is True or (type(request.method) is str and request.method in CHANGING):
        raise ChangingRequest("the adapter wants to change something while it reads: GET, HEAD and POST are sent")
    return request
