"""The figures that operators watch, counted where they happen; `gateway.observe.scrape` shows them over all processes.

Their help texts are what `docs/operators-watch.md` lists. Whether a process counts for itself or in a file that the others of its gateway read is
decided by the environment when this is imported (`gateway.shared_figures`).
"""

import atexit
import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Literal, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric

from gateway import resources
from gateway.observe.gathered_counts import GatheredCounts
from gateway.shared_figures import Figure

_gathered = GatheredCounts()
count_gathered = _gathered.count
atexit.register(count_gathered)


class _Registry(CollectorRegistry):
    def collect(self) -> Iterator[Metric]:
        count_gathered()
        yield from super().collect()


registry = _Registry()


OverAll = Literal["livesum", "livemax", "livemostrecent", "liveall"]
"""The way in which a gauge of several living processes becomes one; `liveall`: each is shown, under its `pid`."""


FIGURES: list[Figure] = []
"""All that are counted here."""


_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20, 30)


def _counter(name: str, text: str, labels: Sequence[str] = ()) -> Counter:
    FIGURES.append(Figure(name, "counter", tuple(labels), text))
    return Counter(name, text, labels, registry=registry)


def _gauge(name: str, text: str, labels: Sequence[str] = (), *, over_all: OverAll) -> Gauge:
    FIGURES.append(Figure(name, "gauge", (*labels, *(("pid",) if over_all == "liveall" else ())), text))
    return Gauge(name, text, labels, multiprocess_mode=over_all, registry=registry)


def _histogram(name: str, text: str, labels: Sequence[str] = (), buckets: Sequence[float] = _SECONDS) -> Histogram:
    FIGURES.append(Figure(name, "histogram", tuple(labels), text))
    return Histogram(name, text, labels, buckets=buckets, registry=registry)


_received = _counter("gateway_declarations_received_total", "Declarations taken", ["format"])
_decided = _counter("gateway_decisions_total", "Decisions made", ["effect"])
_found = _counter("gateway_findings_total", "Decisions that have a finding, by its code", ["finding"])
_noticed = _counter(
    "gateway_notices_total",
    "Notices of assessments, by kind: an `alert` is for officers, `gave_up` says that something is not asked for again by itself",
    ["kind"],
)
_failed = _counter(
    "gateway_rule_failures_total", "Rules that failed, so that a declaration was held: a fault of the gateway", ["rule"]
)
_decision_seconds = _histogram(
    "gateway_decision_seconds",
    "Seconds from taking up a declaration to its decision, with all that authorities were asked for it",
)
_called = _counter("gateway_authority_calls_total", "Calls to authorities", ["adapter", "outcome"])
_called_seconds = _histogram("gateway_authority_call_seconds", "Seconds of a call to an authority", ["adapter"])
_calls = _histogram(
    "gateway_http_request_seconds", "Seconds from a call's first byte to its answer's", ["method", "route", "status"]
)
backlog = _gauge(
    "gateway_backlog",
    "Declarations that wait for a decision, over all replicas, as the process that counted last found them",
    over_all="livemostrecent",
)
pressure = _gauge(
    "gateway_pressure",
    "How near what waits for a decision is to the most that may, by `backlog` or `backlog_seconds`, over all replicas, as the process "
    "that counted last found it: a trader with most of it is refused from a sixth on, at 1 everybody",
    over_all="livemostrecent",
)
leases = _gauge("gateway_leases", "Declarations that are worked on here", over_all="livesum")

connections = _gauge("gateway_connections", "Connections of callers that are open", over_all="livesum")
_refused = _counter(
    "gateway_refused_total",
    "Calls and connections that were not taken: there were too many, they took too long, or their key is not known",
    ["reason"],
)
statements_given_up = _counter(
    "gateway_statements_given_up_total",
    "Statements that the database did not answer in time: each connection was closed",
)

_in_use = _gauge(
    "gateway_resource_in_use",
    "How much is in use of what can be used up (docs/operators-size.md), every few seconds",
    ["resource"],
    over_all="livesum",
)
_bound = _gauge(
    "gateway_resource_bound",
    "How much there is of what can be used up, every few seconds",
    ["resource"],
    over_all="livesum",
)
_waiting = _gauge(
    "gateway_resource_waiting",
    "How many wait for some of what can be used up, every few seconds",
    ["resource"],
    over_all="livesum",
)
_short = _counter(
    "gateway_resource_refused_total", "How often nothing was to be had of what can be used up", ["resource"]
)

log_lines_lost = _counter(
    "gateway_log_lines_lost_total",
    "Log lines that nobody took from standard error in time, so that they were not written",
)
spans_lost = _counter(
    "gateway_spans_lost_total",
    "Spans of traces that were not sent: their receiver did not take them, or there were too many",
)

_commits = _counter("gateway_commits_total", "Commits of receipts, intents and decisions", ["kind"])
_commit_statements = _counter("gateway_commit_statements_total", "Statements that commit what was gathered", ["kind"])
_committed_alone = _counter("gateway_commits_alone_total", "Commits by a statement for one declaration alone", ["kind"])
_commits_skipped = _counter(
    "gateway_commits_skipped_total",
    "Commits that their common statement left out: somebody else held the declaration, or it was overtaken",
    ["kind"],
)
_commit_waited = _counter("gateway_commit_wait_seconds_total", "Seconds for which commits waited to be sent", ["kind"])
_fell_apart = _counter(
    "gateway_commits_fell_apart_total",
    "Common commits that failed because of what one client had sent: the others' were done alone",
    ["client"],
)

evidence_changed = _counter(
    "gateway_evidence_changed_total",
    "Readings of evidence that is not what the trail names any more: somebody changed the database",
)

ends_processes = _counter(
    "gateway_declarations_ending_processes_total",
    "Declarations held because process after process ended over them: a fault of the gateway",
)
not_sent = _counter(
    "gateway_orders_not_sent_total", "Orders that did not leave, because their lease had run out", ["adapter"]
)
doubts = _counter(
    "gateway_doubts_noted_total",
    "Declarations of which an order was sent under a lease that may have been over: it is read back",
)
_overruns = _counter(
    "gateway_adapter_overruns_total", "Steps of an adapter's code that took longer than they may", ["adapter"]
)
_sandboxes_started = _counter(
    "gateway_sandboxes_started_total", "Sandboxes of adapters' code that were started", ["adapter"]
)
_sandboxes_killed = _counter(
    "gateway_sandboxes_killed_total",
    "Sandboxes that were ended for what the code in them did: it took too long (late), ended its process (ended), wanted too much memory (memory) or said something else when it was asked again (changed)",
    ["adapter", "kind"],
)
_identity_seconds = _histogram(
    "gateway_identity_seconds",
    "Seconds that the rule of identity of an adapter in sandboxes took for a reference, on average over each order",
    ["adapter"],
    (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1),
)
adapters_disabled = _gauge(
    "gateway_adapters_disabled",
    "Adapters that are off or quarantined on all replicas until somebody enables them: what they are asked about is not determined",
    over_all="livemax",
)

tables_refused = _gauge(
    "gateway_tables_refused",
    "Sets of tables, in force or to come, that a process cannot serve: it keeps to the one before",
    over_all="livemax",
)

ahead_of_database = _gauge(
    "gateway_clock_ahead_of_database_seconds",
    "Seconds by which the clock of a process is ahead of the database's, below zero behind it; NaN: the database does not answer",
    over_all="liveall",
)
_ahead_of_authority = _gauge(
    "gateway_clock_ahead_of_authority_seconds",
    "Seconds by which the clock here is ahead of the one by which an authority dated its latest answers, below zero behind it",
    ["adapter"],
    over_all="livemostrecent",
)


Counted = TypeVar("Counted", Counter, Histogram)


@cache
def _series(metric: Counted, *labels: str) -> Counted:
    """Return a metric under its labels; the library takes a lock to find it."""
    return metric.labels(*labels)


def received(format_name: str) -> None:
    """Count a declaration that was taken."""
    _gathered.add(_series(_received, format_name))


def decided(effect: str, findings: Iterable[str], seconds: float) -> None:
    """Count a decision, the codes of its findings, each once, and the seconds that it took."""
    _gathered.add(_series(_decided, str(effect)))
    for code in set(findings):
        _gathered.add(_series(_found, code))
    _gathered.time(_decision_seconds, seconds)


def noticed(kind: str) -> None:
    """Count a notice that was committed."""
    _gathered.add(_series(_noticed, str(kind)))


def rule_failed(rule: str) -> None:
    """Count a rule that failed."""
    _series(_failed, rule).inc()


def committing(kind: str) -> None:
    """Count a commit that is asked for."""
    _gathered.add(_series(_commits, kind))


def commits_sent(kind: str, waited_s: float) -> None:
    """Count a statement for gathered commits, with the seconds that all of them waited for it."""
    _gathered.add(_series(_commit_statements, kind))
    _gathered.add(_series(_commit_waited, kind), waited_s)


def committed_alone(kind: str) -> None:
    """Count a commit by a statement of its own."""
    _series(_committed_alone, kind).inc()


def commits_skipped(kind: str, number: int) -> None:
    """Count the commits that their common statement left out."""
    if number:
        _series(_commits_skipped, kind).inc(number)


def fell_apart(client: str | None) -> None:
    """Count a common commit that failed because of one client's part of it; None: of no single client's."""
    _series(_fell_apart, client or "-").inc()


def refused(reason: str) -> None:
    """Count a call or a connection that was not taken."""
    _series(_refused, reason).inc()


def measure_resources() -> None:
    """Set the gauges of how much this process uses of each resource."""
    now: dict[str, tuple[float, float, int]] = {}
    for one in resources.live():
        if one.bound == math.inf:
            # It is the database that has them; what a process has is its clients' share.
            continue
        in_use, bound, waiting = now.get(one.name, (0.0, 0.0, 0))
        now[one.name] = in_use + one.in_use, bound + one.bound, waiting + one.waiting
    for name, (in_use, bound, waiting) in now.items():
        _series(_in_use, name).set(in_use)
        _series(_bound, name).set(bound)
        _series(_waiting, name).set(waiting)
    for name, times in resources.refused.items():
        _series(_short, name).inc(times)
    resources.refused.clear()


def authority_called(adapter: str, outcome: str, seconds: float) -> None:
    """Count a call to an authority: `outcome` is the document's status or the code of the fault."""
    _gathered.add(_series(_called, adapter, str(outcome)))
    _gathered.time(_series(_called_seconds, adapter), seconds)


def ahead_of_authority(adapter: str, seconds: float) -> None:
    """Note by how much the clock here is ahead of an authority's."""
    _ahead_of_authority.labels(adapter).set(seconds)


def overran(adapter: str) -> None:
    """Count an overrun of an adapter's code."""
    _series(_overruns, adapter).inc()


def sandbox_started(adapter: str) -> None:
    """Count a sandbox that was started."""
    _series(_sandboxes_started, adapter).inc()


def sandbox_killed(adapter: str, kind: str) -> None:
    """Count a sandbox that was ended for what the code in it did."""
    _series(_sandboxes_killed, adapter, str(kind)).inc()


def identified(adapter: str, seconds: float) -> None:
    """Count an order to a rule of identity, by what it took for a reference."""
    _series(_identity_seconds, adapter).observe(seconds)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A caller may make methods up; figures do not grow with them."""


def method_name(method: str) -> str:
    """Return a call's method as the figures name it."""
    return method if method in _METHODS else "other"


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer under its route's pattern, never under the path that was called."""
    _gathered.time(_series(_calls, method_name(method), route, str(status)), seconds)
