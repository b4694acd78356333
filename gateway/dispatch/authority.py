"""One loaded adapter at work: its connections, its credentials and its limits, for one exchange at a time."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TypeVar

from gateway.contract import (
    Adapter,
    Answer,
    Certificate,
    Exchange,
    Limits,
    Manifest,
    Request,
    Response,
    Status,
    UnexpectedAnswer,
)
from gateway.dispatch.auth import Credentials
from gateway.dispatch.evidence import Trail
from gateway.dispatch.stepping import Returned, Stepper
from gateway.dispatch.transport import NotAuthenticated, Transport
from gateway.domain.codec import decode, encode

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """An adapter with everything that its exchanges run on."""

    manifest: Manifest
    limits: Limits
    adapter: Adapter = field(repr=False)
    transport: Transport
    credentials: Credentials
    stepper: Stepper

    async def run(self, make: Callable[[], Exchange[T]], *, until: float, trail: Trail) -> T:
        """Carries an exchange through and gives what it returns; the caller ends it at the loop's time `until`.

        Raises:
            AdapterError: it gave no answer. The exchange is never told: an adapter that could catch an outage could
                make an answer of it.
        """
        exchange, step = await self.stepper.start(make)
        try:
            for _ in range(self.limits.round_trips):
                if isinstance(step, Returned):
                    break
                response = await self._send(step.request, until, trail)
                step = await self.stepper.resume(exchange, response)
            if not isinstance(step, Returned):
                raise UnexpectedAnswer(f"the adapter asks for more than {self.limits.round_trips} requests")
        finally:
            await self.stepper.end(exchange)
        value: T = step.value
        return value

    async def _send(self, request: Request, until: float, trail: Trail) -> Response:
        headers = await self.credentials.headers()
        trail.used(headers)
        try:
            return await self.transport.send(request, until=until, credentials=headers, witness=trail)
        except NotAuthenticated:
            if not self.credentials.renewable(headers):
                raise
        headers = await self.credentials.headers()
        trail.used(headers)
        return await self.transport.send(request, until=until, credentials=headers, witness=trail)

    async def close(self) -> None:
        """Closes what is open."""
        await asyncio.gather(self.credentials.close(), self.transport.close())


def judged(answer: object) -> Answer:
    """Makes sure that what an adapter returned is an answer, down to the last value.

    Raises:
        UnexpectedAnswer: it is none, or contradicts itself.
    """
    if not isinstance(answer, Answer) or not isinstance(answer.status, Status):
        raise UnexpectedAnswer("the adapter returned no answer")
    certificate = answer.certificate
    if certificate is not None and not isinstance(certificate, Certificate):
        raise UnexpectedAnswer("the adapter's certificate is none")
    if (answer.status is Status.NOT_FOUND) != (certificate is None):
        raise UnexpectedAnswer("an answer has a certificate, unless the document was not found")
    if answer.status is Status.NOT_FOUND and answer.ledger is not None:
        raise UnexpectedAnswer("a document that was not found has no quantity position")
    try:
        # Written and read: whatever is not of the contract's types comes out here, before a rule or the store meets it.
        read = decode(encode(answer), Answer)
    except Exception as error:
        raise UnexpectedAnswer(f"the adapter's answer holds a value of another type: {type(error).__name__}") from error
    if not all(amount.is_finite() for amount in _amounts(read)):
        raise UnexpectedAnswer("the adapter's answer holds a quantity that is no number")
    return read


def _amounts(answer: Answer) -> Iterator[Decimal]:
    for line in answer.certificate.lines if answer.certificate is not None else ():
        if line.quantity is not None:
            yield line.quantity.value
    if answer.ledger is not None:
        yield from (line.available.value for line in answer.ledger.lines)
        yield from (allocation.quantity.value for allocation in answer.ledger.allocations)
