"""The spans of this process, sent to a receiver of OTLP over HTTP; imported where one is configured, as its packages are an extra.

A declaration's trace has the declaration's id: whichever process works on it, and whenever, finds the trace without anything
being stored. What sends is a thread with a bounded queue: a receiver that is slow or away costs spans, and nobody waits.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from hashlib import sha256
from types import TracebackType
from uuid import UUID, uuid4

import requests
from opentelemetry import context as contexts
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import Decision, Sampler, SamplingResult
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.trace.span import TraceState
from opentelemetry.util.types import Attributes, AttributeValue

from gateway.observe.figures import spans_lost
from gateway.observe.log import correlation_id
from gateway.observe.traces import TOLD, Kind, OpenSpan, Value

MOST_SPANS = 4_096
"""Spans of one process that wait to be sent; beyond, they are counted and lost."""
SENT_EVERY_MS = 1_000
TIMEOUT_S = 5.0
"""How long the receiver may take for one message."""
_ENDED_S = 2.0
"""How long the end of a process waits for what is not sent yet."""
_KINDS: Mapping[Kind, SpanKind] = {"internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT}
_PARENT = re.compile(rb"(?!ff)[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?")
"""The header `traceparent` (W3C Trace Context)."""
_OF_NO_PERSON = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
"""A correlation id that cannot be somebody's reference."""


class OtlpTraces:
    """The recorder of spans that sends a share of all traces."""

    def __init__(self, endpoint: str, share: float, version: str) -> None:
        """Take where spans go, the share of traces that is recorded, and which version runs."""
        session = requests.Session()
        # What the environment says of proxies and passwords is not meant for this.
        session.trust_env = False
        exporter = _CountedExporter(OTLPSpanExporter(endpoint=endpoint, timeout=TIMEOUT_S, session=session))
        self._ids = _Ids()
        self._provider = TracerProvider(
            sampler=_ShareOfTraces(share),
            resource=Resource(
                {
                    "service.name": "eu-single-window-gateway",
                    "service.version": version,
                    "service.instance.id": str(uuid4()),
                }
            ),
            shutdown_on_exit=False,
            id_generator=self._ids,
        )
        self._provider.add_span_processor(_Bounded(exporter))
        self._tracer = self._provider.get_tracer("gateway", version)

    def span(self, name: str, kind: Kind, declaration: str | None, told: Mapping[str, Value]) -> OpenSpan:
        """Return a span; of a declaration: in that one's trace."""
        if declaration is None:
            return _Open(self._tracer.start_span(name, kind=_KINDS[kind], attributes=_attributes(told)))
        root, began_by = _root_of(declaration), trace.get_current_span().get_span_context()
        linked = began_by.is_valid and began_by.trace_id != root.trace_id
        return _Open(
            self._tracer.start_span(
                name,
                context=trace.set_span_in_context(NonRecordingSpan(root), Context()),
                kind=_KINDS[kind],
                attributes=_attributes({"declaration": declaration, **told}),
                links=(Link(began_by),) if linked else (),
            )
        )

    def call(self, traceparent: bytes | None) -> OpenSpan:
        """Return the span of a call, in its caller's trace if it names one."""
        context = Context()
        if (caller := _caller(traceparent)) is not None:
            context = trace.set_span_in_context(NonRecordingSpan(caller), context)
        return _Open(self._tracer.start_span("call", context=context, kind=SpanKind.SERVER, attributes=_attributes({})))

    def receipt(self, declaration: str, began_ns: int, told: Mapping[str, Value]) -> None:
        """Record that a declaration was received, since a moment: its trace begins with it."""
        root, call = _root_of(declaration), trace.get_current_span()
        began_by = call.get_span_context()
        with self._ids.given(root):
            received = self._tracer.start_span(
                "receive declaration",
                context=Context(),
                attributes=_attributes({"declaration": declaration, **told}),
                links=(Link(began_by),) if began_by.is_valid else (),
                start_time=began_ns,
            )
        call.add_link(root)
        received.end()

    def close(self) -> None:
        """Send what waits, for a moment, and end."""
        ending = threading.Thread(target=self._provider.shutdown, name="spans sent", daemon=True)
        ending.start()
        ending.join(_ENDED_S)


class _Open:
    def __init__(self, span: Span) -> None:
        self._span = span
        self._token: object = None

    @property
    def trace_id(self) -> str | None:
        """The id of its trace, if that is recorded."""
        return f"{self._span.get_span_context().trace_id:032x}" if self._span.is_recording() else None

    def tell(self, **told: Value) -> None:
        """Add what has become known, as far as spans may tell it."""
        for name, value in _attributes(told, correlated=False).items():
            self._span.set_attribute(name, value)
        if told.get("route") is not None:
            self._span.update_name(f"{told.get('method')} {told.get('route')}")

    def __enter__(self) -> "_Open":
        self._token = contexts.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        contexts.detach(self._token)  # type: ignore[arg-type]
        if kind is not None:
            # Of an error its kind alone: its text may quote what was sent.
            self._span.set_attribute("gateway.error", kind.__name__)
            self._span.set_status(Status(StatusCode.ERROR))
        self._span.end()


def _attributes(told: Mapping[str, Value], *, correlated: bool = True) -> dict[str, AttributeValue]:
    found: dict[str, AttributeValue] = {}
    for name, value in told.items():
        if value is None or name not in TOLD:
            continue
        found[f"gateway.{name}"] = value if isinstance(value, str | int | float) else tuple(value)
    current = correlation_id.get() if correlated else None
    if current is not None and _OF_NO_PERSON.fullmatch(current):
        found["gateway.correlation_id"] = current
    return found


def _root_of(declaration: str) -> SpanContext:
    """Return where a declaration's trace begins, whether or not that was recorded."""
    try:
        trace_id = UUID(declaration).int
    except ValueError:
        trace_id = int.from_bytes(sha256(declaration.encode()).digest()[:16])
    return SpanContext(trace_id or 1, (trace_id >> 64) or 1, is_remote=True, trace_flags=TraceFlags(1))


def _caller(traceparent: bytes | None) -> SpanContext | None:
    found = _PARENT.fullmatch(traceparent) if traceparent is not None else None
    if found is None:
        return None
    trace_id, span_id, flags = (int(one, 16) for one in found.groups())
    named = SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags & 1))
    return named if named.is_valid else None


class _Ids(RandomIdGenerator):
    """The ids of new spans: made up, but for those of a receipt."""

    def __init__(self) -> None:
        self._given: SpanContext | None = None

    def given(self, of: SpanContext) -> "_Given":
        """Have the span that is made in this context get these ids."""
        return _Given(self, of)

    def give(self, of: SpanContext | None) -> None:
        """Have the next span get these ids; None: ids that are made up."""
        self._given = of

    def generate_trace_id(self) -> int:
        return super().generate_trace_id() if self._given is None else self._given.trace_id

    def generate_span_id(self) -> int:
        return super().generate_span_id() if self._given is None else self._given.span_id


class _Given:
    def __init__(self, ids: _Ids, of: SpanContext) -> None:
        self._ids = ids
        self._of = of

    def __enter__(self) -> None:
        self._ids.give(self._of)

    def __exit__(self, *_: object) -> None:
        self._ids.give(None)


class _ShareOfTraces(Sampler):
    """A share of traces by their ids, so that all processes record the same ones; none that its caller does not record."""

    _RANDOM = (1 << 56) - 1
    """The part of a trace's id that is random (W3C Trace Context, level 2)."""

    def __init__(self, share: float) -> None:
        self._below = round(share * (self._RANDOM + 1))
        self._share = share

    def should_sample(
        self,
        parent_context: Context | None,
        trace_id: int,
        name: str,
        kind: SpanKind | None = None,
        attributes: Attributes = None,
        links: Sequence[Link] | None = None,
        trace_state: TraceState | None = None,
    ) -> SamplingResult:
        parent = trace.get_current_span(parent_context).get_span_context()
        recorded = not parent.is_valid or parent.trace_flags.sampled
        if recorded and trace_id & self._RANDOM < self._below:
            return SamplingResult(Decision.RECORD_AND_SAMPLE, attributes)
        return SamplingResult(Decision.DROP)

    def get_description(self) -> str:
        return f"share of traces {self._share}"


class _CountedExporter(SpanExporter):
    """The exporter, which counts what it could not send, and what is no longer waiting."""

    def __init__(self, exporter: SpanExporter) -> None:
        self._exporter = exporter
        self._waiting = 0
        self._lock = threading.Lock()

    def admit(self) -> bool:
        """Take one more span among those that wait; False: there are too many."""
        with self._lock:
            if self._waiting >= MOST_SPANS:
                return False
            self._waiting += 1
            return True

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        result = SpanExportResult.FAILURE
        try:
            result = self._exporter.export(spans)
        finally:
            with self._lock:
                self._waiting -= len(spans)
            if result is not SpanExportResult.SUCCESS:
                spans_lost.inc(len(spans))
        return result

    def shutdown(self) -> None:
        self._exporter.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._exporter.force_flush(timeout_millis)


class _Bounded(SpanProcessor):
    """The queue of spans, which counts what it does not take."""

    def __init__(self, exporter: _CountedExporter) -> None:
        self._exporter = exporter
        # Twice as many: what is on its way has left the queue, and still counts among those that wait.
        self._queue = BatchSpanProcessor(
            exporter, max_queue_size=2 * MOST_SPANS, schedule_delay_millis=SENT_EVERY_MS, max_export_batch_size=512
        )

    def on_end(self, span: ReadableSpan) -> None:
        if self._exporter.admit():
            self._queue.on_end(span)
        else:
            spans_lost.inc()

    def shutdown(self) -> None:
        self._queue.shutdown()  # type: ignore[no-untyped-call]

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._queue.force_flush(timeout_millis)
