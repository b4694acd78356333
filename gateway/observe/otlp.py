"""The spans of this process, sent to a receiver of OTLP over HTTP; imported where one is configured, as its messages are an extra.

A declaration's trace has the declaration's id: whichever process works on it, and whenever, finds the trace without anything
being stored. What sends is a thread with a bounded queue: a receiver that is slow or away costs spans, and nobody waits.
"""

import random
import re
import threading
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterable, Mapping
from contextvars import ContextVar, Token
from functools import lru_cache
from hashlib import sha256
from http.client import HTTPException
from itertools import islice
from time import time_ns
from types import TracebackType
from uuid import UUID, uuid4

import structlog
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from gateway.observe.figures import spans_lost
from gateway.observe.log import correlation_id
from gateway.observe.traces import TOLD, Kind, OpenSpan, Value
from gateway.resources import Resource as UsedResource

log = structlog.get_logger(__name__)

MOST_SPANS = 4_096
"""Spans of one process that wait to be sent; beyond, they are counted and lost."""
_SENT_EVERY_S = 1.0
_AT_ONCE = 512
"""Spans in one message."""
_TIMEOUT_S = 5.0
"""The seconds that the receiver may take for one message."""
_ENDED_S = 2.0
"""The seconds that the end of a process waits for spans not sent yet."""
_LATER = frozenset({429, 502, 503, 504})
"""Answers after which a message is sent again (OTLP, "Failures"); so it is where nobody answers."""
_KINDS: Mapping[Kind, "Span.SpanKind.ValueType"] = {
    "internal": Span.SPAN_KIND_INTERNAL,
    "server": Span.SPAN_KIND_SERVER,
    "client": Span.SPAN_KIND_CLIENT,
}
_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
"""The header `traceparent` (W3C Trace Context)."""
_OF_NO_PERSON = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A correlation id that cannot be somebody's reference."""
_MOST_READ = 65_536
"""Bytes of an answer that are read: nothing of it is needed."""
_RANDOM = (1 << 56) - 1
"""The part of a trace's id that is random (W3C Trace Context, level 2)."""


class OtlpTraces:
    """The recorder of spans that sends a share of all traces, by their ids: all processes record the same ones."""

    def __init__(self, endpoint: str, share: float, version: str) -> None:
        """Take where spans go, the share of traces that is recorded, and which version runs."""
        self._below = round(share * (_RANDOM + 1))
        # Of this process alone: nobody who seeds the common one makes the ids of replicas alike.
        self._bits = random.Random().getrandbits
        self._sender = SpanSender(endpoint, version)

    def span(self, name: str, kind: Kind, declaration: str | None, told: Mapping[str, Value]) -> OpenSpan:
        """Return a span; of a declaration: in that one's trace."""
        current = _current.get()
        if declaration is not None:
            trace = trace_of(declaration)
            span = RecordedSpan(name, kind, trace, self._bits(64) or 1, _root_of(trace), self._sender_of(trace))
            if current is not None and current.trace != trace:
                span.link(current)
            span.tell(declaration=declaration, correlation_id=correlation_id.get(), **told)
            return span
        if current is not None:
            span = RecordedSpan(name, kind, current.trace, self._bits(64) or 1, current.id, current.sender)
        else:
            trace = self._bits(128)
            span = RecordedSpan(name, kind, trace, self._bits(64) or 1, None, self._sender_of(trace))
        span.tell(correlation_id=correlation_id.get(), **told)
        return span

    def call(self, traceparent: bytes | None) -> OpenSpan:
        """Return the span of a call, in its caller's trace if it names one; what the caller does not record is not recorded."""
        trace, parent, recorded = _caller(traceparent) or (self._bits(128), None, True)
        span = RecordedSpan(
            "call", "server", trace, self._bits(64) or 1, parent, self._sender_of(trace) if recorded else None
        )
        span.tell(correlation_id=correlation_id.get())
        return span

    def receipt(self, declaration: str, began_ns: int, told: Mapping[str, Value]) -> None:
        """Record that a declaration was received, since a moment: its trace begins with it."""
        trace, call = trace_of(declaration), _current.get()
        span = RecordedSpan(
            "receive declaration", "internal", trace, _root_of(trace), None, self._sender_of(trace), began_ns
        )
        if call is not None:
            span.link(call)
            call.link(span)
        span.tell(declaration=declaration, correlation_id=correlation_id.get(), **told)
        span.end()

    def close(self) -> None:
        """Send the waiting spans, for a moment, and end."""
        self._sender.close()

    def _sender_of(self, trace: int) -> "SpanSender | None":
        return self._sender if trace & _RANDOM < self._below else None


class RecordedSpan:
    """A span that has begun, and is sent once it has ended; one of a trace that is not recorded only holds the place of its trace."""

    __slots__ = (
        "_token",
        "began_ns",
        "ended_ns",
        "failed",
        "id",
        "kind",
        "links",
        "name",
        "parent",
        "sender",
        "told",
        "trace",
    )

    def __init__(
        self,
        name: str,
        kind: Kind,
        trace: int,
        id: int,
        parent: int | None,
        sender: "SpanSender | None",
        began_ns: int | None = None,
    ) -> None:
        self.name = name
        self.kind = kind
        self.trace = trace
        self.id = id
        self.parent = parent
        self.sender = sender
        """None: its trace is not recorded."""
        self.began_ns = began_ns or time_ns()
        self.ended_ns = 0
        self.told: dict[str, Value] = {}
        self.links: list[tuple[int, int]] = []
        self.failed = False
        self._token: Token[RecordedSpan | None] | None = None

    @property
    def trace_id(self) -> str | None:
        """The id of its trace, if that is recorded."""
        return f"{self.trace:032x}" if self.sender is not None else None

    def tell(self, **told: Value) -> None:
        """Add what has become known, as far as spans may carry it."""
        if self.sender is not None:
            self.told.update(told)

    def link(self, other: "RecordedSpan") -> None:
        """Lead from it to a span of another trace."""
        self.links.append((other.trace, other.id))

    def end(self) -> None:
        """Have it sent."""
        if self.sender is not None:
            self.ended_ns = time_ns()
            self.sender.send(self)

    def __enter__(self) -> "RecordedSpan":
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._token is not None
        _current.reset(self._token)
        if kind is not None:
            # Of an error its kind alone: its text may quote what was sent.
            self.failed = True
            self.tell(error=kind.__name__)
        self.end()


_current: ContextVar[RecordedSpan | None] = ContextVar("current_span", default=None)


def trace_of(declaration: str) -> int:
    """Return the id of a declaration's trace: the declaration's own."""
    try:
        return UUID(declaration).int or 1
    except ValueError:
        return int.from_bytes(sha256(declaration.encode()).digest()[:16]) or 1


def _root_of(trace: int) -> int:
    """Return the id of the span with which a declaration's trace begins, whether or not this process recorded it."""
    return (trace >> 64) or 1


def _caller(traceparent: bytes | None) -> tuple[int, int, bool] | None:
    """Return the caller's trace, span, and whether it records them."""
    found = _PARENT.fullmatch(traceparent) if traceparent is not None else None
    if found is None:
        return None
    trace, span, flags = (int(one, 16) for one in found.groups())
    return (trace, span, bool(flags & 1)) if trace and span else None


class SpanSender:
    """The thread that sends spans."""

    def __init__(self, endpoint: str, version: str) -> None:
        """Take where they go, and which version runs."""
        self._endpoint = endpoint
        # What the environment says of proxies is not meant for this.
        self._open = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect()).open
        about = {
            "service.name": "eu-single-window-gateway",
            "service.version": version,
            "service.instance.id": str(uuid4()),
        }
        self._resource = Resource(attributes=[KeyValue(key=key, value=_value(value)) for key, value in about.items()])
        self._scope = InstrumentationScope(name="gateway", version=version)
        self._waiting: deque[RecordedSpan] = deque()
        self.resource = UsedResource("spans", MOST_SPANS, measured=lambda: len(self._waiting))
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spans", daemon=True)
        self._thread.start()

    def send(self, span: RecordedSpan) -> None:
        """Take a span; it is sent soon, unless too many wait."""
        if len(self._waiting) < MOST_SPANS:
            self._waiting.append(span)
        else:
            spans_lost.inc()

    def close(self) -> None:
        """Send the waiting spans, for a moment, and end."""
        self._ending.set()
        self._thread.join(_ENDED_S)

    def _run(self) -> None:
        while not self._ending.wait(_SENT_EVERY_S):
            self._send_waiting()
        self._send_waiting()

    def _send_waiting(self) -> None:
        while spans := tuple(islice(self._waiting, _AT_ONCE)):
            if not self._are_taken(spans):
                return
            for _ in spans:
                self._waiting.popleft()

    def _are_taken(self, spans: tuple[RecordedSpan, ...]) -> bool:
        """Send some; False: nobody takes them now, but may later."""
        request = urllib.request.Request(
            self._endpoint, data=self._message(spans), headers={"content-type": "application/x-protobuf"}
        )
        try:
            with self._open(request, timeout=_TIMEOUT_S) as answer:
                answer.read(_MOST_READ)
        except urllib.error.HTTPError as error:
            error.close()
            log.warning("spans_not_taken", status=error.code)
            if error.code in _LATER:
                return False
            spans_lost.inc(len(spans))
        except (OSError, HTTPException) as error:
            reason = error.reason if isinstance(error, urllib.error.URLError) else error
            log.warning("spans_not_taken", error=type(reason).__name__)
            return False
        return True

    def _message(self, spans: Iterable[RecordedSpan]) -> bytes:
        scope = ScopeSpans(scope=self._scope, spans=map(_encoded, spans))
        whole = ExportTraceServiceRequest(resource_spans=[ResourceSpans(resource=self._resource, scope_spans=[scope])])
        return bytes(whole.SerializeToString())


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A refusal of redirects: spans go to the configured address alone."""

    def redirect_request(self, *_: object, **__: object) -> None:
        return None


def _encoded(span: RecordedSpan) -> Span:
    told = span.told
    name = f"{told.get('method')} {told.get('route')}" if told.get("route") is not None else span.name
    current = told.get("correlation_id")
    if current is not None and not _OF_NO_PERSON.fullmatch(str(current)):
        told["correlation_id"] = None
    return Span(
        trace_id=span.trace.to_bytes(16),
        span_id=span.id.to_bytes(8),
        parent_span_id=b"" if span.parent is None else span.parent.to_bytes(8),
        name=name,
        kind=_KINDS[span.kind],
        start_time_unix_nano=span.began_ns,
        end_time_unix_nano=max(span.ended_ns, span.began_ns),
        attributes=[
            _known(name, value) if name in _FEW and isinstance(value, str | int) else _attribute(name, value)
            for name, value in told.items()
            if value is not None and name in _KEYS
        ],
        links=[Span.Link(trace_id=trace.to_bytes(16), span_id=id.to_bytes(8)) for trace, id in span.links],
        status=_FAILED if span.failed else None,
    )


def _attribute(name: str, value: Value) -> KeyValue:
    return KeyValue(key=_KEYS[name], value=_value(value))


_known = lru_cache(maxsize=4_096, typed=True)(_attribute)
_FEW = frozenset(
    {"method", "route", "status", "format", "adapter", "operation", "movement", "outcome", "attempt", "effect", "job"}
)
"""Attributes of which there are few values: each is made once."""
_KEYS: Mapping[str, str] = {name: f"gateway.{name}" for name in TOLD}
_FAILED = Status(code=Status.STATUS_CODE_ERROR)


def _value(value: Value) -> AnyValue:
    if isinstance(value, str):
        return AnyValue(string_value=value)
    if isinstance(value, bool):
        return AnyValue(bool_value=value)
    if isinstance(value, int):
        return AnyValue(int_value=value)
    if isinstance(value, float):
        return AnyValue(double_value=value)
    return AnyValue(array_value=ArrayValue(values=[AnyValue(string_value=str(one)) for one in value or ()]))
