"""The output for operators: log lines as JSON, figures for Prometheus, and one id that joins the lines of a call.

Logs hold ids, codes and counts, never what was sent or received. Figures are those of one process: where several
processes share a port, each has figures of its own, and a scrape reaches one of them.
"""

import io
import json
import logging
import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from typing import Any, TextIO, TypeVar, cast

import structlog
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)

from gateway.domain.searched_secret import LEAST

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"

declaration_id: ContextVar[str | None] = ContextVar("declaration_id", default=None)
"""The id of the declaration that is being worked on; None where none is, or none that is stored."""
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""The id of the call that is being answered; the caller's own `X-Correlation-ID` if it sent one."""

registry = CollectorRegistry()
ProcessCollector(registry=registry)
PlatformCollector(registry=registry)
GCCollector(registry=registry)

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
    "Seconds from taking up a declaration to its decision",
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
backlog = Gauge("gateway_backlog", "Declarations that wait for a decision, over all replicas", registry=registry)
leases = Gauge("gateway_leases", "Declarations that this process works on", registry=registry)

connections = Gauge("gateway_connections", "Connections of callers to this process", registry=registry)
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
    registry=registry,
)

tables_refused = Gauge(
    "gateway_tables_refused",
    "Sets of tables, in force or to come, that this process cannot serve: it keeps to the one before",
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


def decided(effect: str, seconds: float | None = None) -> None:
    """Count a decision, with the seconds that it took if they are known."""
    _series(_decided, str(effect)).inc()
    if seconds is not None:
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


def figures() -> bytes:
    """Return this process's figures as Prometheus reads them."""
    own = f"# The figures of process {os.getpid()} alone.\n".encode()
    return own + generate_latest(registry)


_hidden: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Have none of these printed from now on, whoever logs or prints them."""
    for secret in secrets:
        if len(secret) >= LEAST:
            _hidden.update({secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]})


class SecretFilter(io.TextIOBase):
    """A stream in which secrets are replaced; what is written past Python, to the descriptor itself, is not seen here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, whole: a secret that is written in pieces is not found."""
        for secret in _hidden:
            if secret in text:
                text = text.replace(secret, "[redacted]")
        return self._stream.write(text)

    def flush(self) -> None:
        """Write what is left."""
        self._stream.flush()

    def fileno(self) -> int:
        """Return the descriptor behind it."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the texts."""
        return self._stream.encoding


def hide_secrets_in_output() -> None:
    """Have secrets replaced in all that this process prints and logs."""
    if not isinstance(sys.stdout, SecretFilter):
        sys.stdout, sys.stderr = cast(TextIO, SecretFilter(sys.stdout)), cast(TextIO, SecretFilter(sys.stderr))


def configure_logging(level: str = "info") -> None:
    """Make every log line of this process, the libraries' too, one JSON object on standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_correlation,
        _without_exception_text,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for talkative in ("uvicorn.access", "httpx", "httpcore", "procrastinate"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _with_correlation(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if (current := correlation_id.get()) is not None:
        event.setdefault("correlation_id", current)
    return event


def _without_exception_text(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Keep only an exception's type and where it was raised: its text may quote what was sent."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if info in (None, False) and record is not None and record.exc_info:
        info, record.exc_info, record.exc_text = record.exc_info, None, None
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"] = type(error).__name__
        event["raised_at"] = raised_at(error)
    return event


def raised_at(error: BaseException) -> str:
    """Return the module and line where an exception was raised, without its text."""
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
