"""A receiver of spans (OTLP over HTTP), and what came to it."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedSpan:
    """A span that came."""

    name: str
    kind: int
    trace: str
    id: str
    parent: str
    links: tuple[str, ...]
    """The traces that it is linked to."""
    told: Mapping[str, Any]


@dataclass(slots=True, kw_only=True)
class SpanReceiver:
    """A running receiver, which answers as it is told."""

    url: str
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200
    release: threading.Event = field(default_factory=threading.Event)
    """While it is not set nothing is answered."""

    def spans(self) -> list[ReceivedSpan]:
        """All that came, in order."""
        return [
            ReceivedSpan(
                name=span.name,
                kind=int(span.kind),
                trace=span.trace_id.hex(),
                id=span.span_id.hex(),
                parent=span.parent_span_id.hex(),
                links=tuple(link.trace_id.hex() for link in span.links),
                told={one.key.removeprefix("gateway."): _value(one.value) for one in span.attributes},
            )
            for body in tuple(self.bodies)
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    return [_value(one) for one in value.array_value.values] if kind == "array_value" else getattr(value, kind)


@contextmanager
def receiving_spans() -> Iterator[SpanReceiver]:
    """Runs a receiver until the context ends."""
    receiver = SpanReceiver(url="")
    receiver.release.set()

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = (
            True  # head and body go in two writes: the second would wait for the first to be acknowledged
        )
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            receiver.bodies.append(self.rfile.read(int(self.headers["content-length"])))
            receiver.release.wait()
            self.send_response(receiver.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        receiver.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        serving.start()
        try:
            yield receiver
        finally:
            receiver.release.set()
            server.shutdown()
            serving.join()
