"""The figures that operators watch, counted where they happen; `gateway.observe.scrape` shows them over all processes.

Their help texts are what `docs/operators-watch.md` lists. Whether a process counts for itself or in a file that the others of its gateway read is
decided by the environment when this is imported (`gateway.observe.shared`).
"""

from functools import cache
from typing import TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

registry = CollectorRegistry()

_SECONDS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 1, 2, 5, 10, 20, 30)

_received = Counter("gateway_declarations_received_total", "Declarations taken", ["format"], registry=registry)
_decided = Counter("gateway_decisions_total", "Decisions made", ["effect"], registry=registry)
_failed = Counter(
    "gateway_rule_failures_total",
    "Rules that failed, so that a declaration was held: a fault of the gateway",
    ["rule"],
    registry=registry,
)
_decision_seconds = Histogram(
    "gateway_decision_seconds",
    "Seconds from taking up a declaration to its decision, with all that authorities were asked for it",
    buckets=_SECONDS,
    registry=registry,
)
_called = Counter("gateway_authority_calls_total", "Calls to authorities", ["adapter", "outcome"], registry=registry)
_called_seconds = Histogram(
    "gateway_authority_call_seconds",
    "Seconds of a call to an authority",
    ["adapter"],
    buckets=_SECONDS,
    registry=registry,
)
_calls = Histogram(
    "gateway_http_request_seconds",
    "Seconds from a call's first byte to its answer's",
    ["method", "route", "status"],
    buckets=_SECONDS,
    registry=registry,
)
backlog = Gauge(
    "gateway_backlog",
    "Declarations that wait for a decision, over all replicas, as the process that counted last found them",
    multiprocess_mode="livemostrecent",
    registry=registry,
)
leases = Gauge("gateway_leases", "Declarations that are worked on here", multiprocess_mode="livesum", registry=registry)

connections = Gauge(
    "gateway_connections", "Connections of callers that are open", multiprocess_mode="livesum", registry=registry
)
_refused = Counter(
    "gateway_refused_total",
    "Calls and connections that were not taken: there were too many, they took too long, or their key is not known",
    ["reason"],
    registry=registry,
)
statements_given_up = Counter(
    "gateway_statements_given_up_total",
    "Statements that the database did not answer in time: each connection was closed",
    registry=registry,
)

_commits = Counter("gateway_commits_total", "Commits of receipts, intents and decisions", ["kind"], registry=registry)
_commit_statements = Counter(
    "gateway_commit_statements_total", "Statements that commit what was gathered", ["kind"], registry=registry
)
_committed_alone = Counter(
    "gateway_commits_alone_total", "Commits by a statement for one declaration alone", ["kind"], registry=registry
)
_commits_skipped = Counter(
    "gateway_commits_skipped_total",
    "Commits that their common statement left out: somebody else held the declaration, or it was overtaken",
    ["kind"],
    registry=registry,
)
_commit_waited = Counter(
    "gateway_commit_wait_seconds_total", "Seconds for which commits waited to be sent", ["kind"], registry=registry
)
_fell_apart = Counter(
    "gateway_commits_fell_apart_total",
    "Common commits that failed because of what one client had sent: the others' were done alone",
    ["client"],
    registry=registry,
)

evidence_changed = Counter(
    "gateway_evidence_changed_total",
    "Readings of evidence that is not what the trail names any more: somebody changed the database",
    registry=registry,
)

ends_processes = Counter(
    "gateway_declarations_ending_processes_total",
    "Declarations held because process after process ended over them: a fault of the gateway",
    registry=registry,
)
not_sent = Counter(
    "gateway_orders_not_sent_total",
    "Orders that did not leave, because their lease had run out",
    ["adapter"],
    registry=registry,
)
doubts = Counter(
    "gateway_doubts_noted_total",
    "Declarations of which an order was sent under a lease that may have been over: it is read back",
    registry=registry,
)
_overruns = Counter(
    "gateway_adapter_overruns_total",
    "Steps of an adapter's code that took longer than they may",
    ["adapter"],
    registry=registry,
)
_sandboxes_started = Counter(
    "gateway_sandboxes_started_total", "Sandboxes of adapters' code that were started", ["adapter"], registry=registry
)
_sandboxes_killed = Counter(
    "gateway_sandboxes_killed_total",
    "Sandboxes that were ended for what the code in them did: it took too long (late), ended its process (ended) or wanted too much memory (memory)",
    ["adapter", "kind"],
    registry=registry,
)
adapters_disabled = Gauge(
    "gateway_adapters_disabled",
    "Adapters that are off or quarantined on all replicas until somebody enables them: what they are asked about is not determined",
    multiprocess_mode="livemax",
    registry=registry,
)

tables_refused = Gauge(
    "gateway_tables_refused",
    "Sets of tables, in force or to come, that a process cannot serve: it keeps to the one before",
    multiprocess_mode="livemax",
    registry=registry,
)


Metric = TypeVar("Metric", Counter, Histogram)


@cache
def _series(metric: Metric, *labels: str) -> Metric:
    """Return a metric under its labels; the library takes a lock to find it."""
    return metric.labels(*labels)


def received(format_name: str) -> None:
    """Count a declaration that was taken."""
    _series(_received, format_name).inc()


def decided(effect: str, seconds: float) -> None:
    """Count a decision, with the seconds that it took."""
    _series(_decided, str(effect)).inc()
    _decision_seconds.observe(seconds)


def rule_failed(rule: str) -> None:
    """Count a rule that failed."""
    _series(_failed, rule).inc()


def committing(kind: str) -> None:
    """Count a commit that is asked for."""
    _series(_commits, kind).inc()


def commits_sent(kind: str, waited_s: float) -> None:
    """Count a statement for gathered commits, with the seconds that all of them waited for it."""
    _series(_commit_statements, kind).inc()
    _series(_commit_waited, kind).inc(waited_s)


def committed_alone(kind: str) -> None:
    """Count a commit by a statement of its own."""
    _series(_committed_alone, kind).inc()


def commits_skipped(kind: str, number: int) -> None:
    """Count the commits that their common statement left out."""
    if number:
        _series(_commits_skipped, kind).inc(number)


def fell_apart(client: str | None) -> None:
    """Count a common commit that failed because of a client's; None: of nobody's in particular."""
    _series(_fell_apart, client or "-").inc()


def refused(reason: str) -> None:
    """Count a call or a connection that was not taken."""
    _series(_refused, reason).inc()


def authority_called(adapter: str, outcome: str, seconds: float) -> None:
    """Count a call to an authority: `outcome` is the document's status or the code of the fault."""
    _series(_called, adapter, str(outcome)).inc()
    _series(_called_seconds, adapter).observe(seconds)


def overran(adapter: str) -> None:
    """Count an overrun of an adapter's code."""
    _series(_overruns, adapter).inc()


def sandbox_started(adapter: str) -> None:
    """Count a sandbox that was started."""
    _series(_sandboxes_started, adapter).inc()


def sandbox_killed(adapter: str, kind: str) -> None:
    """Count a sandbox that was ended for what the code in it did."""
    _series(_sandboxes_killed, adapter, str(kind)).inc()


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
"""A caller may make methods up; figures do not grow with them."""


def answered(method: str, route: str, status: int, seconds: float) -> None:
    """Count an answer under its route's pattern, never under the path that was called."""
    _series(_calls, method if method in _METHODS else "other", route, str(status)).observe(seconds)
