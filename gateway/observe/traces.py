"""The spans of what the gateway does, off unless somebody receives them: who calls these pays one look at a name then.

A span has ids of the gateway's own, names of adapters, codes and times. What it may tell is listed here: nothing else is taken.
"""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import MappingProxyType, TracebackType
from typing import Literal, Protocol

from gateway.wing_files import wing_files

Kind = Literal["internal", "server", "client"]

TOLD: Mapping[str, str] = MappingProxyType(
    {
        "declaration": "The declaration's id, which without its hyphens is the id of its trace",
        "correlation_id": "What the log lines of the same work have; a caller's own only where it is 32 hexadecimal digits or a UUID",
        "method": "The method of a call",
        "route": "The pattern of a call's path, never the path",
        "status": "The status of a call's answer",
        "format": "The format in which a declaration came",
        "adapter": "The adapter of an authority",
        "operation": "What an authority is asked or ordered: `verify`, `position`, `reserve`, `write_off`, `cancel`, `intervene`",
        "movement": "What an order moves: `reserve`, `write_off`, `cancel`, `force`, `amend`, `delete`",
        "outcome": "The status of a document, the outcome of an order, or the code of a fault",
        "attempt": "Which attempt it was",
        "message_id": "The id under which a message to an authority is found in the record of messages",
        "number": "The number of a decision",
        "effect": "The effect of a decision",
        "findings": "The codes of a decision's findings",
        "job": "The name of a job",
        "error": "The kind of error with which it ended, never its text",
    }
    | {name: means for wing in wing_files() for name, means in wing.span_values.items()}
)
"""The attributes that a span may have, under `gateway.` and its name, and what each is."""

Value = str | int | float | bool | None | Iterable[str]


class OpenSpan(Protocol):
    """A span that has begun; a context that it lasts."""

    @property
    def trace_id(self) -> str | None:
        """The id of its trace, if that is recorded."""
        ...

    def tell(self, **told: Value) -> None:
        """Add what has become known, as far as spans may carry it."""
        ...

    def __enter__(self) -> "OpenSpan": ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class SpanRecorder(Protocol):
    """The recorder of spans."""

    def span(self, name: str, kind: Kind, declaration: str | None, told: Mapping[str, Value]) -> OpenSpan:
        """Return a span; of a declaration: in that one's trace."""
        ...

    def call(self, traceparent: bytes | None) -> OpenSpan:
        """Return the span of a call, in its caller's trace if it names one."""
        ...

    def receipt(self, declaration: str, began_ns: int, told: Mapping[str, Value]) -> None:
        """Record that a declaration was received, since a moment: its trace begins with it."""
        ...


class _NoSpan(AbstractContextManager["_NoSpan"]):
    trace_id = None

    def tell(self, **told: Value) -> None:
        """Forget it."""

    def __enter__(self) -> "_NoSpan":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


NO_SPAN: OpenSpan = _NoSpan()
_recorder: SpanRecorder | None = None


def record_spans(recorder: SpanRecorder | None) -> None:
    """Have all spans of this process recorded; None: none."""
    global _recorder
    _recorder = recorder


def span(name: str, kind: Kind = "internal", *, declaration: str | None = None, **told: Value) -> OpenSpan:
    """Begin a span below the work under way; of a declaration: in that one's trace, linked to what began it."""
    return NO_SPAN if _recorder is None else _recorder.span(name, kind, declaration, told)


def call_span(headers: Iterable[tuple[bytes, bytes]]) -> OpenSpan:
    """Begin the span of a call with these headers."""
    if _recorder is None:
        return NO_SPAN
    return _recorder.call(next((value for name, value in headers if name == b"traceparent"), None))


def receipt_span(declaration: str, began_ns: int, **told: Value) -> None:
    """Record the receipt of a declaration, which began at a time of the system's clock in nanoseconds."""
    if _recorder is not None:
        _recorder.receipt(declaration, began_ns, told)
