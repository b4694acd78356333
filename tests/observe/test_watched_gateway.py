"""What a serving gateway tells of a declaration's way: a line for each call, decision and order, and the spans of a trace.

One gateway for all of it, with its log in the smallest pipe there is, a receiver of spans, and a database that may go away.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest
from lxml import etree

from tests.builders.databases import Databases, administer
from tests.builders.log_reader import LogReader, reading_log
from tests.builders.processes import PATIENCE_S
from tests.builders.running import Authorities, Served, authorities, declaration, served, settled, stepped, until
from tests.builders.spans import ReceivedSpan, SpanReceiver, receiving_spans

pytestmark = pytest.mark.whole

WHICH = ("logger", "adapter", "error", "code", "loop", "kind", "sqlstate")
"""What tells faults of one event apart."""
CALLER = "0af7651916cd43dd8448eb211c80319c"
"""The trace of a customs system."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """The gateway, and who watches it."""

    gateway: Served
    authorities: Authorities
    log: LogReader
    receiver: SpanReceiver
    cluster: str
    database: str

    def lodged(self, body: bytes, **headers: str) -> str:
        """Lodges a declaration and waits for its decision; gives its id."""
        answer = httpx.post(
            f"{self.gateway.url}/v1/declarations",
            content=body,
            headers={"content-type": "application/xml", "prefer": "wait=30", **headers},
            timeout=PATIENCE_S,
            trust_env=False,
        )
        return str(answer.raise_for_status().json()["id"])

    def spans(self, record_id: str, *wanted: str) -> list[ReceivedSpan]:
        """The spans of a declaration's trace, once those of these names have come."""
        trace = record_id.replace("-", "")

        def came() -> list[ReceivedSpan] | None:
            found = [one for one in self.receiver.spans() if one.trace == trace]
            return found if {one.name for one in found} >= set(wanted) else None

        return until(came, f"spans {wanted} of {record_id}")


@pytest.fixture(scope="module")
def watched(database_cluster: str, databases: Databases) -> Iterator[Watched]:
    with ExitStack() as stack:
        url = stack.enter_context(databases.one())
        simulated = stack.enter_context(authorities())
        receiver = stack.enter_context(receiving_spans())
        log = stack.enter_context(reading_log())
        environment = {
            **simulated.environment,
            "GATEWAY_DATABASE_URL": url,
            "GATEWAY_LOG_LEVEL": "info",
            "GATEWAY_TRACES__ENDPOINT": receiver.url,
            "GATEWAY_RETRY_UNDETERMINED_SECONDS": "0.2",
        }
        gateway = stack.enter_context(served(environment, stderr=log.stream))
        yield Watched(
            gateway=gateway,
            authorities=simulated,
            log=log,
            receiver=receiver,
            cluster=database_cluster,
            database=urlsplit(url).path.removeprefix("/"),
        )


def values_of(body: bytes) -> set[str]:
    """What stands in a message and could be somebody's: references, identifiers, names."""
    texts = {(node.text or "").strip() for node in etree.fromstring(body).iter()}
    return {
        text for text in texts if len(text) >= 6 and re.search(r"[A-Za-z]", text) and not re.match(r"\d{4}-\d\d-", text)
    }


def told_once(log: LogReader, event: str) -> bool:
    """Whether each fault of an event has one line but for sums; where the machine is slow it may have been over and come again."""
    first = [tuple(one.get(name) for name in WHICH) for one in log.lines(event) if "repeated" not in one]
    over = [tuple(one.get(name) for name in WHICH) for one in log.lines("fault_over", fault=event)]
    return all(first.count(one) <= 1 + over.count(one) for one in first)


@pytest.fixture(scope="module")
def bodies() -> tuple[bytes, bytes]:
    """One that reserves, and one whose document is not decided yet."""
    return declaration("01", "OBSERVED-01"), declaration("02", "OBSERVED-02")


@pytest.fixture(scope="module")
def reserved(watched: Watched, bodies: tuple[bytes, bytes]) -> str:
    return watched.lodged(
        bodies[0],
        traceparent=f"00-{CALLER}-b7ad6b7169203331-01",
        **{"x-correlation-id": "1b4e28ba-2fa1-41d2-883f-0016d3cca427"},
    )


@pytest.fixture(scope="module")
def pending(watched: Watched, bodies: tuple[bytes, bytes]) -> str:
    # All attempts of its first question find nobody: it is asked about again by itself.
    watched.authorities.control("traces", "POST", "/faults", fault="down", count=3)
    # Its caller names its own reference as the correlation id: that is no id for spans.
    return watched.lodged(bodies[1], **{"x-correlation-id": "OBSERVED-02"})


def test_each_call_decision_and_order_has_a_line_with_the_declaration(watched: Watched, reserved: str) -> None:
    log = watched.log
    (call,) = until(lambda: log.lines("call_answered", declaration=reserved, method="POST"), "the call's line")
    assert (call["route"], call["status"], call["client"]) == ("/v1/declarations", 200, "anybody")
    assert call["trace_id"] == CALLER
    (decided,) = log.lines("declaration_decided", declaration=reserved)
    assert (decided["number"], decided["effect"], decided["findings"]) == (1, "release", [])
    (order,) = log.lines("order_ended", declaration=reserved)
    assert (order["adapter"], order["movement"], order["outcome"], order["sent"]) == ("traces", "reserve", "done", True)
    asked = log.lines("authority_asked", declaration=reserved)
    assert [(one["operation"], one["outcome"], one["attempt"]) for one in asked] == [
        ("verify", "valid", 1), ("reserve", "reserve_done", 1)
    ]  # fmt: skip
    told = [call, decided, order, *asked]
    assert {one["correlation_id"] for one in told} == {"1b4e28ba-2fa1-41d2-883f-0016d3cca427"}
    assert all(0 <= one["seconds"] < PATIENCE_S and one["level"] == "info" and one["timestamp"] for one in told)


def test_receipt_calls_to_authorities_order_and_decision_are_one_trace(watched: Watched, reserved: str) -> None:
    spans = watched.spans(reserved, "receive declaration", "work on declaration", "order", "ask authority")
    by_id = {one.id: one for one in spans}
    (receipt,) = (one for one in spans if one.name == "receive declaration")
    (work,) = (one for one in spans if one.name == "work on declaration")
    (order,) = (one for one in spans if one.name == "order")
    verify, reserve = (one for one in spans if one.name == "ask authority")
    assert receipt.parent == ""
    assert (by_id[work.parent], by_id[order.parent]) == (receipt, work)
    assert (by_id[verify.parent], by_id[reserve.parent]) == (work, order)
    assert (work.told["effect"], work.told["number"], order.told["outcome"]) == ("release", 1, "done")
    (line,) = watched.log.lines("declaration_decided", declaration=reserved)
    assert {one.told["correlation_id"] for one in spans} == {line["correlation_id"]}
    # The call is in its caller's trace, and each leads to the other.
    (call,) = (one for one in watched.receiver.spans() if one.trace == CALLER)
    assert (call.name, call.parent, call.told["status"]) == ("POST /v1/declarations", "b7ad6b7169203331", 200)
    assert call.links == (receipt.trace,)
    assert receipt.links == (CALLER,)


def test_what_is_assessed_again_by_itself_is_of_the_receipts_trace(watched: Watched, pending: str) -> None:
    again = until(
        lambda: [
            one for one in watched.log.lines("authority_asked", declaration=pending) if one["correlation_id"] == pending
        ],
        "an assessment that no call began",
    )
    assert again[0]["outcome"] == "pending"
    assert [one["outcome"] for one in watched.log.lines("authority_asked", declaration=pending)][:3] == [
        "SW-ADP-01"
    ] * 3

    def came() -> list[ReceivedSpan] | None:
        works = [one for one in watched.spans(pending, "work on declaration") if one.name == "work on declaration"]
        return works if len(works) > 1 else None

    first, *later = until(came, "the span of a second assessment")
    assert {one.parent for one in later} == {first.parent} == {pending.replace("-", "")[:16]}
    assert "correlation_id" not in first.told
    assert {one.told["correlation_id"] for one in later} == {pending}
    # Jobs are traces of their own.
    until(lambda: any(one.name == "job" for one in watched.receiver.spans()), "the span of a job")


def test_what_a_later_call_begins_leads_to_that_call(watched: Watched, reserved: str) -> None:
    answer = stepped(watched.gateway.url, reserved, "invalidation", wait_s=30, reason="withdrawn")
    assert answer.status_code in {200, 202}, answer.text

    def cancelled() -> ReceivedSpan | None:
        orders = [one for one in watched.spans(reserved, "order") if one.told.get("movement") == "cancel"]
        return orders[0] if orders else None

    order = until(cancelled, "the order that cancels the reservation")
    (call,) = until(
        lambda: [one for one in watched.receiver.spans() if one.told.get("route", "").endswith("/invalidation")],
        "the call",
    )
    spans = {one.id: one for one in watched.spans(reserved)}
    assert spans[order.parent].links == (call.trace,)
    (line,) = watched.log.lines("order_ended", declaration=reserved, movement="cancel")
    assert line["correlation_id"] == order.told["correlation_id"] == call.told["correlation_id"]


def test_probes_that_go_well_are_no_lines(watched: Watched, reserved: str) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert httpx.get(watched.gateway.url + path, trust_env=False, timeout=PATIENCE_S).status_code == 200
    # Who has not signed in is led there; the call was about this declaration all the same.
    httpx.get(f"{watched.gateway.url}/console/declarations/{reserved}", trust_env=False, timeout=PATIENCE_S)
    (line,) = until(lambda: watched.log.lines("call_answered", route="/console/declarations/{id}"), "the page's line")
    assert line["declaration"] == reserved
    httpx.get(f"{watched.gateway.url}/v1/declarations/{reserved}/versions/26FR000?x=26FR0001", trust_env=False)
    until(lambda: watched.log.lines("call_answered", status=404), "the line of a call that found nothing")
    assert not watched.log.lines("call_answered", status=200, route="/readyz")
    assert not any("26FR000" in line for line in watched.log.text)


def test_nothing_of_a_declaration_is_in_a_line_or_a_span(
    watched: Watched, bodies: tuple[bytes, bytes], reserved: str, pending: str
) -> None:
    watched.spans(reserved, "work on declaration")
    watched.spans(pending, "work on declaration")
    said = "\n".join(watched.log.text)
    sent = b"".join(watched.receiver.bodies)
    for body in bodies:
        own = values_of(body)
        assert {"OBSERVED-01", "OBSERVED-02"} & own, own
        # That one chose it as the name of its call.
        assert not [value for value in own - {"OBSERVED-02"} if value in said]
        assert not [value for value in own if value.encode() in sent]
    assert b"/v1/declarations/" + reserved.encode() not in sent


def test_decisions_go_on_while_nobody_reads_the_log(watched: Watched, pending: str) -> None:
    log = watched.log
    log.going.clear()
    try:
        # Far more lines than the pipe takes.
        ids = [watched.lodged(declaration("01", f"UNREAD-{number}")) for number in range(12)]
    finally:
        log.going.set()
    last = until(lambda: log.lines("declaration_decided", declaration=ids[-1]), "the last one's line")
    assert last[0]["effect"] == "release"
    assert {one["declaration"] for one in log.lines("declaration_decided")} >= set(ids)


def test_a_receiver_of_spans_that_does_not_answer_keeps_no_decision_waiting(watched: Watched, pending: str) -> None:
    watched.receiver.release.clear()
    try:
        record = watched.lodged(declaration("01", "UNSENT-1"))
    finally:
        watched.receiver.release.set()
    (line,) = until(lambda: watched.log.lines("declaration_decided", declaration=record), "its line")
    assert line["effect"] == "release"


def test_an_authority_that_is_down_is_told_of_once_and_each_declaration_is(watched: Watched) -> None:
    watched.authorities.control("traces", "POST", "/faults", fault="down")
    try:
        ids = {watched.lodged(declaration("03", f"DOWN-{number}")) for number in range(3)}
    finally:
        watched.authorities.control("traces", "POST", "/faults", fault=None)
    decided = until(
        lambda: (
            [found]
            if len(found := [o for o in watched.log.lines("declaration_decided") if o["declaration"] in ids]) >= 3
            else None
        ),
        "their decisions",
    )
    assert {one["effect"] for one in decided[0]} == {"hold"}
    assert told_once(watched.log, "authority_gave_no_answer")


def test_a_database_that_is_away_is_told_of_once_by_each_who_misses_it(watched: Watched) -> None:
    log = watched.log
    administer(watched.cluster, f'ALTER DATABASE "{watched.database}" ALLOW_CONNECTIONS false')
    administer(
        watched.cluster, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{watched.database}'"
    )
    try:
        # A sweep fails five times a second, and taking what is due once.
        for event in ("sweep_failed", "not_polled", "due_work_not_taken"):
            until(lambda wanted=event: log.lines(wanted), event)  # type: ignore[misc]
    finally:
        administer(watched.cluster, f'ALTER DATABASE "{watched.database}" ALLOW_CONNECTIONS true')
    until(
        lambda: httpx.get(f"{watched.gateway.url}/readyz", trust_env=False, timeout=PATIENCE_S).status_code == 200,
        "the database is back",
    )
    with watched.gateway.client() as client:
        assert settled(client, watched.lodged(declaration("01", "BACK-1"))).taken
    faults = {one["event"] for one in log.lines() if one["level"] in {"warning", "error"} and "fault" not in one}
    assert faults >= {"sweep_failed", "not_polled", "due_work_not_taken"}
    assert [event for event in sorted(faults) if not told_once(log, event)] == []
