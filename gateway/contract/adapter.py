"""The shape of an adapter: generators that yield requests, are sent responses and return an answer."""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Protocol, TypeAlias, TypeVar

from gateway.contract.party import PartyAnswer, PartyQuery
from gateway.contract.suspension import NoticeReceipt, SuspensionEvent, SuspensionNotice, SuspensionQuery
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
    Reported,
    ReportOrder,
)

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request, relative to the adapter's base URL."""

    path: str
    """Relative path with its query, percent-encoded by the adapter; `..`, `//`, `#` and control characters are refused."""
    method: str = "GET"
    """GET, HEAD, POST, PUT, PATCH or DELETE. What only reads (`verify`, `position`, `list`) sends none of the last three."""
    headers: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Visible ASCII; those of the connection, of cookies and of the gateway's authentication are the gateway's own."""
    body: bytes = b""
    """Sent as it stands; empty: none."""
    expect: frozenset[int] = frozenset({200})
    """The HTTP statuses that the adapter reads itself; every other one is made an `AdapterError` by the gateway."""
    moves: bool | None = None
    """Whether the request changes something at the authority (contract 1.6). None: in a movement it is taken to, whatever
    it is. False: it only looks something up, so an order of which nothing else was sent is not sent at all, and may be
    tried again; never with PUT, PATCH or DELETE. True: it does; never in an exchange that only reads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """The authority's answer to one request: its status is one of the request's `expect`, its body is complete."""

    status: int
    """The HTTP status."""
    body: bytes
    """As it came, neither packed nor cut."""
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
    """Which request of the exchange it is for, from 0."""

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
    """By key: each of the manifest's `settings`, and each of its `optional_settings`, with its default where none is given."""
    secrets: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """By name: each of the manifest's `secrets`. What the gateway authenticates with is not among them."""


class Adapter(Protocol):
    """An authority's adapter: constructed once as `EntryPoint(settings)`, then asked from many tasks at once."""

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Asks about one document. Never changes anything at the authority.

        Raises:
            UnexpectedAnswer: the answer is not recognised, contradicts itself or is about another document.
            Unavailable: the authority says, in its own protocol, that it cannot answer now.
            AccessRefused: it does not accept the gateway's credentials.
            RequestRejected: it cannot be asked so.
        """
        ...


class QuantityAdapter(Adapter, Protocol):
    """An adapter whose authority keeps a ledger with reservations (manifest capability `quantity`).

    A movement returns a `Receipt` only for an answer that says clearly what became of it. Whatever else comes back is
    raised: the gateway then takes the movement for *in doubt* and reads the position back; it never repeats it blindly.
    Whatever is raised before a request was sent that moves something (`Request.moves`), the order counts as not sent.
    """

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Reads the document's quantity position. Never changes anything at the authority. Raises as `verify` does."""
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
        """Reads the document's quantity position. Never changes anything at the authority. Raises as `verify` does."""
        ...

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reports what the released goods used: the lines of the order, once."""
        ...

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Forces, amends or deletes a reported usage."""
        ...


class ReportingAdapter(Adapter, Protocol):
    """An adapter whose authority wants to know of released goods (manifest capability `report`, contract 1.7).

    A report comes after the release and holds nothing back. Whatever is no clear answer is raised; the gateway then reads back
    what the authority has before it reports again.
    """

    def report(self, order: ReportOrder, occasion: Occasion) -> Exchange[Reported]:
        """Reports a release, once by its key: the same key again changes nothing."""
        ...

    def reported(self, query: DocumentQuery, occasion: Occasion) -> Exchange[tuple[Reported, ...]]:
        """Reads which reports of the asking declaration the authority has. Never changes anything. Raises as `verify` does."""
        ...


class PartyAdapter(Protocol):
    """An adapter whose authority knows operators by their numbers (manifest capability `party`, contract 1.11).

    It needs no `verify` where its manifest names no document types. That an authority shows nothing, and that it could not say, are two
    things: the latter is raised.
    """

    def party(self, query: PartyQuery, occasion: Occasion) -> Exchange[PartyAnswer]:
        """Asks what is known of the holder of a number. Never changes anything. Raises as `verify` does."""
        ...


class SubscribingAdapter(Adapter, Protocol):
    """An adapter whose authority lists its documents (manifest capabilities `list`, `subscribe`)."""

    def list(self, filter: DocumentFilter, occasion: Occasion) -> Exchange[tuple[DocumentSummary, ...]]:
        """Lists documents, each once; with `filter.subscribe` the authority pushes later changes. Raises as `verify` does."""
        ...


class NotifyingAdapter(Adapter, Protocol):
    """An adapter whose authority pushes changes (manifest capability `notifications`)."""

    def read_notification(self, request: Request) -> tuple[Change, ...]:
        """Reads what the authority pushed; `request.path` is empty. Raises `UnexpectedAnswer` if it is nothing it knows."""
        ...


class SuspendingAdapter(Protocol):
    """An adapter whose authority says what becomes of suspended goods (manifest capability `suspensions`, contract 1.9).

    It needs no `verify` where its manifest names no document types. `tell` and `said` it may have or not: without `tell` an officer
    sends what the authority is owed; without `said` nobody but an officer knows that it was silent.
    """

    def read_notification(self, request: Request) -> tuple[Change | SuspensionEvent, ...]:
        """Reads what the authority pushed; `request.path` is empty. Raises `UnexpectedAnswer` if it is nothing it knows."""
        ...


class CorrespondingAdapter(SuspendingAdapter, Protocol):
    """An adapter whose authority takes notices about suspended goods, and shows what it said about them (contract 1.9)."""

    def tell(self, notice: SuspensionNotice, occasion: Occasion) -> Exchange[NoticeReceipt]:
        """Tells the authority, once by the notice's key: the same key again changes nothing. Whatever is no clear receipt is raised."""
        ...

    def said(self, query: SuspensionQuery, occasion: Occasion) -> Exchange[tuple[SuspensionEvent, ...]]:
        """Reads all that the authority said about a suspension, each version once. Never changes anything. Raises as `verify` does."""
        ...
