"""The shape of an adapter: generators that yield requests, are sent responses and return an answer."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol, TypeAlias, TypeVar

from gateway.contract.vocabulary import (
    Answer,
    Change,
    DocumentFilter,
    DocumentQuery,
    DocumentSummary,
    Intervention,
    Ledger,
    QuantityOrder,
    Receipt,
)

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
    """An adapter whose authority keeps a ledger with reservations (manifest capability `quantity`).

    A movement returns a `Receipt` only for an answer that says clearly what became of it. Whatever else comes back is
    raised: the gateway then takes the movement for *in doubt* and reads the position back; it never repeats it blindly.
    """

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads the document's quantity position. Never changes anything at the authority."""
        ...

    def reserve(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reserves all lines of the order for its declaration, in place of what that held before."""
        ...

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Turns the declaration's whole reservation into a write-off; `lines` say what that is."""
        ...

    def cancel(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Gives the declaration's reservation back."""
        ...

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Forces, amends or deletes a write-off."""
        ...


class UsageAdapter(Adapter, Protocol):
    """An adapter whose authority takes no reservations, but is told what was used (manifest capability `usage`)."""

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads the document's quantity position. Never changes anything at the authority."""
        ...

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reports what the released goods used: the lines of the order, once."""
        ...

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Forces, amends or deletes a reported usage."""
        ...


class SubscribingAdapter(Adapter, Protocol):
    """An adapter whose authority lists its documents (manifest capabilities `list`, `subscribe`)."""

    def list(self, filter: DocumentFilter, occasion: Occasion) -> Exchange[tuple[DocumentSummary, ...]]:
        """Lists documents; with `filter.subscribe` the authority pushes later changes."""
        ...


class NotifyingAdapter(Adapter, Protocol):
    """An adapter whose authority pushes changes (manifest capability `notifications`)."""

    def read_notification(self, request: Request) -> tuple[Change, ...]:
        """Reads what the authority pushed; `request.path` is empty. Raises `UnexpectedAnswer` if it is nothing it knows."""
        ...
