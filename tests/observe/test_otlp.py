"""Spans as they are sent: whose trace, what they may tell, and what becomes of them where nobody takes them."""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from gateway import observe
from gateway.observe.figures import registry
from gateway.observe.otlp import MOST_SPANS, OtlpTraces, trace_of
from tests.builders.processes import ran
from tests.builders.running import until
from tests.builders.spans import ReceivedSpan, SpanReceiver, receiving_spans

DECLARATION = "6cdf3a96-b2d7-48f8-a4ae-5bdc47e1869b"
OTHER = "20f99d74-3bd5-474b-9eb5-edcb42aa369f"
PARENT = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def receiver() -> Iterator[SpanReceiver]:
    with receiving_spans() as found:
        yield found


@contextmanager
def recorded(receiver: SpanReceiver, *, share: float = 1.0) -> Iterator[None]:
    """Records spans; they are sent when the context ends."""
    traces = OtlpTraces(receiver.url + "/v1/traces", share, "0")
    observe.record_spans(traces)
    try:
        yield
    finally:
        observe.record_spans(None)
        traces.close()


def by_name(receiver: SpanReceiver) -> dict[str, ReceivedSpan]:
    return {one.name: one for one in receiver.spans()}


def lost() -> float:
    return registry.get_sample_value("gateway_spans_lost_total") or 0.0


@pytest.mark.whole
def test_without_a_receiver_nothing_is_made_and_nothing_imported() -> None:
    assert observe.span("ask authority", adapter="toy") is observe.span("job", job="seal")
    assert observe.call_span([(b"traceparent", PARENT)]) is observe.span("job")
    script = "import sys, gateway.app; print(sorted({'google.protobuf', 'opentelemetry.proto', 'gateway.observe.otlp'} & sys.modules.keys()))"
    assert ran([sys.executable, "-c", script]).stdout == "[]\n"


async def test_work_is_of_the_declarations_trace_whoever_began_it(receiver: SpanReceiver) -> None:
    async def worked() -> None:
        with observe.span("work on declaration", declaration=DECLARATION), observe.span("ask authority", "client"):
            pass

    with recorded(receiver):
        with observe.call_span([(b"accept", b"*/*"), (b"traceparent", PARENT)]) as call:
            assert call.trace_id == "0af7651916cd43dd8448eb211c80319c"
            await asyncio.create_task(worked())
            with observe.span("seek"):
                pass
        # Whoever comes later knows the receipt's span by the declaration's id alone.
        with observe.span("send webhook", "client", declaration=DECLARATION):
            pass
    found = by_name(receiver)
    work, asked, call_span, webhook = (
        found[name] for name in ("work on declaration", "ask authority", "call", "send webhook")
    )
    assert {one.trace for one in (work, asked, webhook)} == {DECLARATION.replace("-", "")}
    assert (asked.parent, work.parent, webhook.parent) == (work.id, webhook.parent, DECLARATION.replace("-", "")[:16])
    assert (work.links, asked.links, webhook.links) == ((call_span.trace,), (), ())
    assert (found["seek"].trace, found["seek"].parent) == (call_span.trace, call_span.id)
    assert call_span.parent == "b7ad6b7169203331"


NO_TRACES = (
    b"", b"00", b"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", b"\xff" * 55,
    b"00-00000000000000000000000000000000-b7ad6b7169203331-01", b"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
    b"00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", b"00-26FR001260000001R6-b7ad6b7169203331-01",
)  # fmt: skip


def test_what_is_no_trace_of_a_caller_begins_one(receiver: SpanReceiver) -> None:
    with recorded(receiver):
        for header in NO_TRACES:
            with observe.call_span([(b"traceparent", header)]):
                pass
    calls = receiver.spans()
    assert [one.parent for one in calls] == [""] * len(NO_TRACES)
    assert len({one.trace for one in calls}) == len(NO_TRACES)


def test_a_share_of_declarations_is_recorded_and_all_of_it_or_nothing(receiver: SpanReceiver) -> None:
    def all_of(declaration: str) -> None:
        observe.receipt_span(declaration, 1, format="native")
        with observe.span("work on declaration", declaration=declaration), observe.span("order"):
            pass

    # What decides are the last digits of the id, alike in every process.
    low, high = (f"6cdf3a96-b2d7-48f8-a4{tail}-5bdc47e1869b" for tail in ("10", "f0"))
    with recorded(receiver, share=0.5):
        all_of(low)
        all_of(high)
        with observe.call_span([(b"traceparent", PARENT[:-1] + b"0")]) as unrecorded:
            assert unrecorded.trace_id is None
    assert sorted((one.trace, one.name) for one in receiver.spans()) == [
        (low.replace("-", ""), name) for name in ("order", "receive declaration", "work on declaration")
    ]


def test_a_span_tells_what_is_listed_and_of_an_error_its_kind_alone(receiver: SpanReceiver) -> None:
    observe.correlation_id.set("26FR001260000001R6")
    with recorded(receiver):
        with suppress(ValueError), observe.span("order", adapter="toy") as span:
            span.tell(reference="CHEDP.FR.2026.0000001", findings=["SW-DEC-020"], attempt=2, outcome=None)
            raise ValueError("26FR001260000001R6")
        observe.correlation_id.set(DECLARATION)
        with observe.span("job", job="seal"):
            pass
    observe.correlation_id.set(None)
    found = by_name(receiver)
    assert found["order"].told == {"adapter": "toy", "findings": ["SW-DEC-020"], "attempt": 2, "error": "ValueError"}
    assert found["job"].told == {"job": "seal", "correlation_id": DECLARATION}
    assert not any(b"26FR" in body or b"CHEDP" in body for body in receiver.bodies)


def test_an_id_that_is_no_uuid_has_a_trace_too() -> None:
    assert trace_of("d-1") == trace_of("d-1") != trace_of("d-2")


def test_spans_that_are_refused_are_counted_and_those_that_may_be_taken_later_wait(receiver: SpanReceiver) -> None:
    before = lost()
    receiver.status = 503
    with recorded(receiver):
        with observe.span("first"):
            pass
        until(lambda: receiver.bodies, "a message that is not taken")
        receiver.status = 200
    assert [one.name for one in receiver.spans()][-1] == "first"
    assert lost() == before
    receiver.status = 400
    with recorded(receiver), observe.span("second"):
        pass
    until(lambda: lost() == before + 1, "the loss is counted")


def test_where_nobody_answers_so_many_spans_wait_and_no_more(receiver: SpanReceiver) -> None:
    before = lost()
    receiver.release.clear()
    with recorded(receiver):
        for _ in range(MOST_SPANS + 10):
            with observe.span("kept or lost"):
                pass
        assert lost() >= before + 10
        receiver.release.set()


def test_no_receiver_at_all_delays_nobody_who_ends() -> None:
    script = (
        "from gateway import observe\n"
        "from gateway.observe.otlp import OtlpTraces\n"
        "traces = OtlpTraces('http://127.0.0.1:9/v1/traces', 1.0, '0')\n"
        "observe.record_spans(traces)\n"
        "with observe.span('unsent'): pass\n"
        "traces.close()\n"
    )
    assert ran([sys.executable, "-c", script]).returncode == 0
