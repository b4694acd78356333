"""The shape of an adapter: generators that yield requests, are sent responses and return an answer."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol, TypeAlias, TypeVar

from gateway.contract.vocabulary import Answer, DocumentQuery, Ledger

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, relative to the adapter's base URL."""

    path: str
    """Relative path with its query, percent-encoded by the adapter; `..`, `//`, `#` and control characters are refused."""
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    body: bytes = b""
    expect: frozenset[int] = frozenset({200})
    """The HTTP statuses that the adapter reads itself; every other one is made an `AdapterError` by the gateway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The authority's answer to one request: its status is one of the request's `expect`, its body is complete."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Names in lower case."""


Exchange: TypeAlias = Generator[Request, Response, T]
"""What an adapter's method is: it yields requests, is sent their responses and returns a `T`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """The moment and the randomness of one attempt: an adapter has no clock and no dice of its own."""

    at: datetime
    """Now, in UTC."""
    nonce: bytes
    """16 random bytes, never the same twice."""
    message_id: str
    """32 hexadecimal digits, the handle that the authority's operators ask for; never the same twice."""
    number: int = 0

    def nth(self, number: int) -> "Occasion":
        """Gives the occasion of the exchange's further request `number` (1 for the second): own nonce, own message id."""
        if number == 0:
            return self
        digest = sha256(self.nonce + self.message_id.encode() + number.to_bytes(4, "big")).digest()
        return replace(self, nonce=digest[:16], message_id=digest[16:].hex(), number=number)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the configuration gives an adapter: its keys as text, and its secrets, resolved by the gateway."""

    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)


class Adapter(Protocol):
    """An authority's adapter: constructed once as `EntryPoint(settings)`, then asked from many tasks at once."""

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks about one document. Never changes anything at the authority."""
        ...


class QuantityAdapter(Adapter, Protocol):
    """An adapter whose authority keeps a ledger (manifest capability `quantity`)."""

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads the document's quantity position. Never changes anything at the authority."""
        ...
