"""Admission of calls: the limits of one process and of each client, counted in memory and checked before a body is read."""

from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from gateway import observe
from gateway.access import Budget, Caller
from gateway.api.problems import Later
from gateway.domain.errors import GatewayError, Overloaded
from gateway.domain.permission import Role
from gateway.lifecycle.processes.pressure import Pressure
from gateway.resources import Resource, Shortage, UsedUp
from gateway.resources import client as client_at_work

E = TypeVar("E", bound=GatewayError)

PARSED = 5
"""The multiple of its own size that a message takes while it is read, parsed and stored: 6 MB of XML took 32 MB."""
_SMALL = 200_000
"""Bytes of a message whose time until it is durable shows how busy the process is; a larger one takes long by itself."""
_OF_LARGE = 0.75
"""The part of the bytes that larger ones may have: what is left lets the others pass beside them."""
_FEW = 16
"""Messages in hand that are always taken, however slow the database is."""
_NEXT_TO_NONE = 3
"""A client with fewer messages in hand finds room, however slow the database is, while all have not all there is."""
_GUESSING = 20
"""The number of addresses that may guess as much as one may, before those of all are looked up together."""
_PROCESSES = 4
"""The number of shares that a system of customs took up here counts for: its calls go to several processes, and one that was just started has few."""
_SOON_S = 2.0
_TRIMMED_EVERY_S = 1.0
_REMEMBERED = 10_000
"""Clients that are remembered."""

_READS_AT_ONCE = 16
_READS_OF_ONE = 4
_WHOLE = 800
"""Declarations on pages of whole ones that are read at the same time: four pages of as many as one may have."""
_WHOLE_OF_ONE = 50
"""The declarations of one client: a larger page is read while no other one of it is."""
_REFUSED_PER_MINUTE = 300
"""Calls of one client that are refused at once."""
_HELD_BACK_S = 5.0
"""The seconds for which each further refusal is held back: whoever calls again at once would take from the others by being refused."""
_TURN_WITHIN_S = 10.0
"""The seconds that a call waits for its client's turn to read."""

OWN_SHARE = "This client has its share in hand already."
ALL = "Too much is waiting already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """The limits of what a process takes in, and each client's share of them."""

    calls: int = 500
    """Calls of one client that are not answered yet."""
    all_calls: int = 2_000
    """The calls of all clients: each has a connection."""
    messages: int = 128
    """Declarations and amendments of all clients that are not durable yet."""
    of_traders: float = 0.75
    """The part of these, and of the calls, that all traders together may have."""
    of_one: float = 0.5
    """The part of these, and of the bytes, that one client may have; of a trader it is half of that."""
    bytes: int = 64 * 1024 * 1024
    """The bytes that all bodies take while they are read, parsed and stored."""
    durable_s: float = 1.0
    """The time that a message may take until it is durable."""
    waiting: float = 0.25
    """The part of the waiting declarations above which a client is refused first."""
    little: float = 0.02
    """The part of the waiting declarations up to which a trader is refused no sooner than one who has none."""
    calls_per_minute: int = 6_000
    """The calls a minute of a trader."""
    references_per_minute: int = 20_000
    """Documents that authorities are asked about for one trader."""
    failures_per_minute: int = 60
    """Keys that are not known, from one address."""


@dataclass(slots=True, eq=False)
class Client:
    """The calls, messages and bytes that one client has in hand."""

    calls: int = 0
    messages: int = 0
    bytes: int = 0
    waiting: deque[float] = field(default_factory=deque)
    """The times at which messages were taken that are not known to be decided."""

    @property
    def is_at_rest(self) -> bool:
        """Whether the client has nothing in hand."""
        return not (self.calls or self.waiting)


class Admitted:
    """One call that was let in, with the share of the limits that it takes until it is over."""

    __slots__ = ("_admission", "_began", "_bytes", "_client", "_judged", "_message", "_name", "_reading", "_trader")

    def __init__(self, admission: "Admission", name: str, client: Client, trader: bool, message: bool) -> None:
        self._admission, self._name, self._client = admission, name, client
        self._trader, self._message = trader, message
        self._bytes = 0
        self._judged = self._reading = False
        self._began = 0.0

    async def reads(self) -> None:
        """Wait for the client's turn to read, which lasts until it `rests`, or is over.

        Raises:
            Later: the client's own other calls kept it waiting for too long.
            Overloaded: everybody's did.
        """
        await turn_at(self._admission.reads, self._name)
        self._reading = True

    def rests(self) -> None:
        """Give the turn to read to others, as this call waits for something, or has read everything."""
        if self._reading:
            self._reading = False
            self._admission.reads.put_back(self._name)

    @asynccontextmanager
    async def whole_page(self, declarations: int) -> AsyncIterator[None]:
        """Wait for the client's turn at a page of so many whole declarations, and have it for as long as the context lasts; raise as `reads` does."""
        await turn_at(self._admission.whole_pages, self._name, declarations)
        try:
            yield
        finally:
            self._admission.whole_pages.put_back(self._name, declarations)

    def read(self, length: int) -> None:
        """Take the share of `length` more bytes of a body.

        Raises:
            Later: the client has its share in hand.
            Overloaded: all clients together have all there is.
        """
        self._admission.bytes_taken(self._client, length * PARSED, already=self._bytes, trader=self._trader)
        self._bytes += length * PARSED

    def whole(self) -> None:
        """Note that the body is complete: from now on its time counts."""
        self._began = self._admission.clock()

    def cites(self, documents: int) -> None:
        """Take a number of documents that authorities are asked about off the client's budget: a trader's, others have none.

        Raises:
            Later: the client has used up its own for now.
        """
        if self._trader:
            self._admission.take_references(self._name, documents)

    def durable(self, *, waits: bool) -> bool:
        """Note that the message is stored, and whether it `waits` for its decision; return True if it is so large that judging it
        takes as much: its bytes stay taken until it is `decided`.
        """
        now = self._admission.clock()
        if self._began and self._bytes <= _SMALL * PARSED:
            self._admission.took(now - self._began)
        if waits:
            self._admission.waits(self._client, now)
        self._judged = waits and self._bytes > _SMALL * PARSED
        self._returned()
        return self._judged

    def decided(self) -> None:
        """Free the bytes that were kept for judging the message."""
        self._judged = False
        self._returned()

    def over(self) -> None:
        """Free all that the call has taken."""
        self.rests()
        self._returned()
        self._admission.left(self._client, trader=self._trader)

    def _returned(self) -> None:
        if self._message:
            self._message = False
            self._admission.message_left(self._client, trader=self._trader)
        if self._bytes and not self._judged:
            self._admission.bytes_returned(self._client, self._bytes)
            self._bytes = 0


def share_of(caller: Caller, address: str) -> str:
    """Return whose share a call takes, by nothing that anybody may edit; of who proves nothing each address has its own."""
    return caller.share if caller.proven else f"{caller.name} {address}"


def own_share_of(caller: Caller, address: str) -> str:
    """Return whose share takes what stays open for each that looks: the credential's, of however many a company has."""
    return caller.own_share if caller.proven else f"{caller.name} {address}"


class Admission:
    """The counts by which calls are let in or refused. Each is this process's own; what waits is that of all replicas."""

    def __init__(self, shares: Shares, *, clock: Callable[[], float], pressure: Callable[[], Pressure]) -> None:
        """Take the shares, a clock in seconds that never goes back, and a function for the pressure of the waiting declarations."""
        self.clock = clock
        self._shares = shares
        self._pressure = pressure
        self._clients: OrderedDict[str, Client] = OrderedDict()
        self._calls = 0
        self._calls_of_traders = 0
        self._messages = 0
        self._messages_of_traders = 0
        self._bytes = 0
        self._waiting = 0
        self._trimmed_at = clock()
        self._at_once = float(shares.messages)
        """The number of messages taken at once now: fewer while they take long until they are durable."""
        self._per_minute = Budget(shares.calls_per_minute, clock)
        self._references = Budget(shares.references_per_minute, clock)
        self._failures = Budget(shares.failures_per_minute, clock)
        self.resources = (
            Resource("calls", shares.all_calls, share=shares.calls, measured=lambda: self._calls),
            Resource(
                "messages", shares.messages, share=shares.messages * shares.of_one, measured=lambda: self._messages
            ),
            Resource("message_bytes", shares.bytes, share=shares.bytes * shares.of_one, measured=lambda: self._bytes),
        )
        self.reads = Resource("reads", _READS_AT_ONCE, share=_READS_OF_ONE)
        self.whole_pages = Resource("whole_pages", _WHOLE, share=_WHOLE_OF_ONE)
        self._refusals = Budget(_REFUSED_PER_MINUTE, clock)
        self._failures_of_all = Budget(_GUESSING * shares.failures_per_minute, clock)

    @property
    def remembered(self) -> int:
        """The number of clients that are remembered."""
        return len(self._clients)

    def enter(self, name: str, caller: Caller, *, message: bool) -> Admitted:
        """Let a call in.

        Args:
            name: whose share it takes.
            caller: who calls.
            message: whether it brings a declaration or an amendment.

        Raises:
            Later: the client has its share already.
            Overloaded: all clients together have all there is.
        """
        if refusal := self.refusal(name, caller, message=message):
            raise refusal
        trader = caller.eoris is not None
        client = self._clients.get(name)
        if client is None:
            client = self._clients[name] = Client()
            self._forget()
        if trader:
            self._per_minute.take(name)
        if message:
            client.messages += 1
            self._messages += 1
            self._messages_of_traders += trader
        client.calls += 1
        self._calls += 1
        self._calls_of_traders += trader
        client_at_work.set(name)
        return Admitted(self, name, client, trader, message)

    def refusal(self, name: str, caller: Caller, *, message: bool) -> Later | Overloaded | None:
        """Return the error that refuses a call now, counted as refused; None: it may enter. Nothing is taken.

        Args:
            name: whose share it would take.
            caller: who calls.
            message: whether it brings a declaration or an amendment.
        """
        trader = caller.eoris is not None
        client = self._clients.get(name, _AT_REST)
        own = self._shares.calls
        if trader:
            # Each has a connection: those of traders leave some to customs, and no trader has more than is left.
            left = int(self._shares.all_calls * self._shares.of_traders) - self._calls_of_traders
            if left <= 0:
                return _refused("all", Overloaded(ALL))
            own = min(own, left)
        if client.calls >= own:
            return _refused("share", Later(_SOON_S, OWN_SHARE))
        if trader and (wait := self._per_minute.wait(name)):
            return _refused("budget", Later(wait))
        if not message:
            return None
        return self._without_room(client, trader=trader) or self._under_pressure(client, caller)

    def held_back_s(self, name: str) -> float:
        """Count a refusal of a client; return the seconds for which it is held back, as it was refused so often."""
        return _HELD_BACK_S if self._refusals.take(name) else 0.0

    def take_references(self, name: str, documents: int) -> None:
        """Take documents off a client's budget; a declaration with more than the budget ever holds takes all of it.

        Raises:
            Later: there is not that much left.
        """
        if wait := self._references.take(name, min(documents, self._references.size)):
            raise _refused("budget", Later(wait))

    def failing(self, address: str) -> float:
        """Return 0 if an address may try a key that is not known, else the seconds until then; nothing is counted."""
        return max(self._failures.wait(address), self._failures_of_all.wait(_ALL))

    def failed(self, address: str) -> float:
        """Count a key that is not known; return 0, or the seconds until the address may try another one."""
        return max(self._failures.take(address), self._failures_of_all.take(_ALL))

    def _without_room(self, client: Client, *, trader: bool) -> Later | Overloaded | None:
        # While storing is slow those who have some in hand wait; who has next to none must not wait for theirs.
        at_once = self._at_once if client.messages >= _NEXT_TO_NONE else float(self._shares.messages)
        own = at_once * self._shares.of_one
        left = at_once - self._messages
        if trader:
            left = min(left, at_once * self._shares.of_traders - self._messages_of_traders)
            # No trader has more than is left: however many want much, who wants little finds something.
            own = min(own / 2, left)
        if client.messages and client.messages >= max(1.0, own):
            return _refused("share", Later(_SOON_S, OWN_SHARE))
        return _refused("all", Overloaded(ALL)) if left <= 0 else None

    def _under_pressure(self, client: Client, caller: Caller) -> Later | Overloaded | None:
        """Refuse first the trader with most of the waiting declarations, the sooner the more it has, then customs with most; then the other traders,
        and customs last.

        A trader's part is what waits of its declarants, whoever lodged it and at which replica. Customs lodges for everybody: a system
        of its own has its part of what this process took, and not more than some times that of all that waits, wherever it was taken.
        """
        waiting, now = self._pressure(), self.clock()
        if now - self._trimmed_at > _TRIMMED_EVERY_S:
            self._trim(waiting.oldest_s, now)
        pressure = waiting.now()
        if pressure < 1 / 6:
            return None
        few, most = self._shares.little, self._shares.waiting
        if Role.CUSTOMS in caller.roles:
            part = len(client.waiting) / self._waiting if client.waiting else 0.0
            much = part > most and _PROCESSES * len(client.waiting) > waiting.number * most
            refused_from = 2 / 3 if much else 1.0
        else:
            part = waiting.part_of(caller.eoris or ())
            much = part > few
            refused_from = max(1 / 6, 5 / 6 - 4 / 6 * max(0.0, part - few) / (most - few))
        if pressure < refused_from:
            return None
        return _refused("share", Later(_SOON_S, OWN_SHARE)) if much and part < 1 else _refused("all", Overloaded(ALL))

    def _trim(self, oldest: float, now: float) -> None:
        """Forget what was taken before the oldest that still waits: it is decided."""
        self._trimmed_at = now
        for client in self._clients.values():
            while client.waiting and client.waiting[0] <= now - oldest:
                client.waiting.popleft()
                self._waiting -= 1

    def took(self, seconds: float) -> None:
        """Adapt how many messages are taken to how long one took until it was durable."""
        if seconds > self._shares.durable_s / 2:
            self._at_once = max(float(min(_FEW, self._shares.messages)), self._at_once * 0.9)
        elif self._at_once < self._shares.messages:
            self._at_once = min(float(self._shares.messages), self._at_once + 0.5)

    def waits(self, client: Client, now: float) -> None:
        """Count a message of a client that waits for its decision."""
        client.waiting.append(now)
        self._waiting += 1

    def message_left(self, client: Client, *, trader: bool) -> None:
        """Stop counting a message that is durable, or refused."""
        client.messages -= 1
        self._messages -= 1
        self._messages_of_traders -= trader

    def bytes_taken(self, client: Client, size: int, *, already: int, trader: bool) -> None:
        """Take `size` more bytes for a message that has `already` so many; one whose client has next to nothing else in hand may
        be larger than the share.

        Raises:
            Later: the client has its share in hand.
            Overloaded: all clients together have all there is.
        """
        most = self._shares.bytes
        own = most * self._shares.of_one * (0.5 if trader else 1.0)
        if client.bytes + size > own and client.bytes - already > own / 8:
            raise _refused("bytes", Later(_SOON_S, OWN_SHARE))
        everybody = most if already + size <= _SMALL * PARSED else most * _OF_LARGE
        if self._bytes + size > everybody and self._bytes - already > most / 8:
            raise _refused("bytes", Overloaded(ALL))
        client.bytes += size
        self._bytes += size

    def bytes_returned(self, client: Client, size: int) -> None:
        """Free bytes that a client has taken."""
        client.bytes -= size
        self._bytes -= size

    def left(self, client: Client, *, trader: bool) -> None:
        """Stop counting a call that is answered."""
        client.calls -= 1
        self._calls -= 1
        self._calls_of_traders -= trader

    def _forget(self) -> None:
        """Forget clients that have nothing in hand, the first ones first, beyond the number that is remembered."""
        if len(self._clients) <= _REMEMBERED:
            return
        for name, client in tuple(self._clients.items()):
            if client.is_at_rest:
                del self._clients[name]


_ALL = ""
"""The key in the place of an address."""
_AT_REST = Client()
"""The record of a client who is not known yet."""


async def turn_at(resource: Resource, name: str, amount: float = 1.0) -> None:
    """Wait for a client's turn at so much of a resource, to be put back.

    Raises:
        Later: the client's own other calls kept it waiting for too long.
        Overloaded: everybody's did.
    """
    try:
        await resource.acquire(name, amount, within_s=_TURN_WITHIN_S)
    except UsedUp as error:
        if error.shortage is Shortage.OWN:
            raise _refused("share", Later(_SOON_S, OWN_SHARE)) from None
        raise _refused("all", Overloaded(ALL)) from None


def _refused(reason: str, error: E) -> E:
    observe.refused(reason)
    return error
