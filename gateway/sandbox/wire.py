"""The messages between the gateway and a sandbox: a length of four bytes, and a value in MessagePack.

Values are read strictly as the contract's types; nothing is unpickled, and no name of a class comes from a sandbox.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import msgspec

from gateway.contract import (
    CONTRACT_VERSION,
    AccessRefused,
    AdapterError,
    Answer,
    Change,
    DocumentFilter,
    DocumentQuery,
    DocumentSummary,
    Intervention,
    Ledger,
    NoticeReceipt,
    Occasion,
    PartyAnswer,
    PartyQuery,
    QuantityOrder,
    Receipt,
    Reported,
    ReportOrder,
    Request,
    RequestRejected,
    Response,
    SuspensionEvent,
    SuspensionNotice,
    SuspensionQuery,
    Unavailable,
    UnexpectedAnswer,
)
from gateway.contract.errors import FOUND
from gateway.sandbox.noted_place import is_place, noted_place
from gateway.sandbox.steps import FaultInCode, RaisedFault

LONGEST = 64 * 1024 * 1024
"""Bytes of the longest message."""
LENGTH = 4
"""Bytes of the length before each message."""

SUBJECTS: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(("verify", "position", "reported"), DocumentQuery),
        **dict.fromkeys(("reserve", "write_off", "cancel"), QuantityOrder),
        "intervene": Intervention,
        "list": DocumentFilter,
        "report": ReportOrder,
        "tell": SuspensionNotice,
        "said": SuspensionQuery,
        "party": PartyQuery,
        "read_notification": Request,
    }
)
"""The type of what each method takes."""
RESULTS: Mapping[str, Any] = MappingProxyType(
    {
        "verify": Answer,
        "position": Ledger,
        **dict.fromkeys(("reserve", "write_off", "cancel", "intervene"), Receipt),
        "list": tuple[DocumentSummary, ...],
        "report": Reported,
        "reported": tuple[Reported, ...],
        "tell": NoticeReceipt,
        "said": tuple[SuspensionEvent, ...],
        "party": PartyAnswer,
        "read_notification": tuple[Change | SuspensionEvent, ...],
    }
)
"""The type of what each method gives."""
OPTIONAL = ("tell", "said")
"""The methods that an adapter's class may have or not, whatever its manifest claims."""

_KINDS: tuple[type[AdapterError], ...] = (*FOUND, Unavailable, AccessRefused, RequestRejected, UnexpectedAnswer)
_BY_NAME: Mapping[str, type[AdapterError]] = MappingProxyType({kind.__name__: kind for kind in _KINDS})


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The first message to a sandbox: what it runs, and within which limits."""

    path: tuple[str, ...]
    """The folders in which modules are looked for."""
    module: str
    cls: str
    values: dict[str, str]
    secrets: dict[str, str]
    methods: tuple[str, ...]
    identity: str | None
    """`module:function` of the rule of identity; None: it has none of its own."""
    types: tuple[str, ...]
    memory_mb: int
    contract: str = CONTRACT_VERSION
    """The version that the code was built for."""
    packages: tuple[str, ...] = ()
    """Packages beside that of the module whose code it may read."""
    package: str | None = None
    """Whether the lines of what it raises are reported to its author; None: the serving gateway is told the kind alone."""


class Begin(msgspec.Struct, frozen=True, tag="begin", kw_only=True):
    """Begin an exchange, and bring it to where these responses lead."""

    exchange: int
    method: str
    subject: msgspec.Raw
    occasion: Occasion
    requests: tuple[msgspec.Raw, ...] = ()
    """The requests that it made where it ran before: it has to ask for the same again."""
    responses: tuple[Response, ...] = ()
    """The answer to each."""


class Resume(msgspec.Struct, frozen=True, tag="resume", kw_only=True):
    """Send one more response into an exchange that was begun here."""

    exchange: int
    response: Response


class End(msgspec.Struct, frozen=True, tag="end", kw_only=True):
    """End an exchange that is not carried on."""

    exchange: int


class Notification(msgspec.Struct, frozen=True, tag="notification", kw_only=True):
    """Read what an authority pushed."""

    request: Request


class Identify(msgspec.Struct, frozen=True, tag="identify", kw_only=True):
    """Ask for the identity of a reference."""

    document_type: str
    reference: str


class IdentifyAll(msgspec.Struct, frozen=True, tag="identify_all", kw_only=True):
    """Ask for the identities of many documents, each as soon as it is known: so many replies come, in this order."""

    documents: tuple[tuple[str, str], ...]
    """Type and reference of each."""


AnsweredOnce = Begin | Resume | End | Notification | Identify
Order = AnsweredOnce | IdentifyAll


class Ready(msgspec.Struct, frozen=True, tag="ready", kw_only=True):
    """The code is constructed; or why it is not."""

    fault: str | None = None
    raised: RaisedFault | None = None
    """The exception, where there is a fault."""
    confined: bool = True
    """Whether the system keeps it from starting processes and from the network."""
    reads_code_only: bool = True
    """Whether the system keeps it from reading anything but code."""
    offers: tuple[str, ...] = ()
    """Which of `OPTIONAL` its class has."""


class Asked(msgspec.Struct, frozen=True, tag="asked", kw_only=True):
    """The adapter wants a request sent."""

    request: msgspec.Raw


class Gave(msgspec.Struct, frozen=True, tag="gave", kw_only=True):
    """The adapter is done, with this value."""

    value: msgspec.Raw


class AdapterRaised(msgspec.Struct, frozen=True, tag="raised", kw_only=True):
    """The adapter raised one of the contract's errors, or anything else."""

    kind: str
    text: str
    fault: RaisedFault | None = None
    """The exception itself, where the code was started to have it reported."""
    place: str = ""
    """The line of an authority's file that is noted on it; empty: none is."""

    def error(self) -> AdapterError:
        """Return the error as it is raised here."""
        error = _BY_NAME.get(self.kind, UnexpectedAnswer)(self.text)
        error.__cause__ = None if self.fault is None else FaultInCode(self.fault)
        if is_place(self.place):
            error.add_note(self.place)
        return error


class OutOfMemory(msgspec.Struct, frozen=True, tag="out_of_memory", kw_only=True):
    """The adapter's code wanted more memory than it may have; the sandbox ends."""


class Identified(msgspec.Struct, frozen=True, tag="identified", kw_only=True):
    """The identity of one of the documents that were asked for together."""

    identity: str | None
    """None: the rule does not say."""
    took_s: float
    """Seconds by the clock that the rule took for it."""


class Done(msgspec.Struct, frozen=True, tag="done", kw_only=True):
    """The order is carried out, and there is nothing to report."""


Reply = Ready | Asked | Gave | Identified | AdapterRaised | OutOfMemory | Done


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} does not cross")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain, decimal_format="string")


def packed(value: Any) -> msgspec.Raw:
    """Return a value as a part of a message.

    Raises:
        TypeError: it, or a part of it, is none that crosses.
        ValueError: a number or a text in it cannot be written.
        RecursionError: it is nested too deeply.
    """
    return msgspec.Raw(_ENCODER.encode(value))


class _Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """What was read in a notification, apart by its types: a list of several does not cross."""

    changes: tuple[Change, ...]
    events: tuple[SuspensionEvent, ...]


def packed_result(method: str, value: Any) -> msgspec.Raw:
    """Return the result of a method, which is of its type, as a part of a message. Raises as `packed` does."""
    if method == "read_notification":
        value = _Pushed(
            changes=tuple(one for one in value if type(one) is Change),
            events=tuple(one for one in value if type(one) is SuspensionEvent),
        )
    return packed(value)


def read_result(method: str, value: msgspec.Raw) -> Any:
    """Return the result of a method from a part of a message; None: it gave none.

    Raises:
        msgspec.ValidationError: it is of another type.
    """
    if method != "read_notification":
        return read(value, RESULTS[method] | None)
    pushed: _Pushed | None = read(value, _Pushed | None)
    return None if pushed is None else (*pushed.changes, *pushed.events)


def offered(adapter: Any) -> tuple[str, ...]:
    """Return which of `OPTIONAL` an adapter has."""
    return tuple(name for name in OPTIONAL if callable(getattr(adapter, name, None)))


def written(message: Any) -> bytes:
    """Return a message with its length before it.

    Raises:
        ValueError: it is longer than `LONGEST`.
    """
    body = _ENCODER.encode(message)
    if len(body) > LONGEST:
        raise ValueError("a message to or from a sandbox is too long")
    return len(body).to_bytes(LENGTH, "big") + body


@cache
def _decoder(kind: Any) -> "msgspec.msgpack.Decoder[Any]":
    return msgspec.msgpack.Decoder(kind)


def read(body: bytes | msgspec.Raw, kind: Any) -> Any:
    """Read a message, or a part of one, strictly as a type.

    Raises:
        msgspec.ValidationError: it is none. Of a value of another type, and of what is no MessagePack.
    """
    try:
        return _decoder(kind).decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise msgspec.ValidationError(type(error).__name__) from error


def raised(error: AdapterError, fault: RaisedFault | None = None) -> AdapterRaised:
    """Return the message of an error; of an adapter's own subclass the kind that it is of."""
    kind = next((kind for kind in _KINDS if isinstance(error, kind)), UnexpectedAnswer)
    return AdapterRaised(kind=kind.__name__, text=str(error)[:500], fault=fault, place=noted_place(error))
