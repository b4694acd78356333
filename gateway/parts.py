"""The parts of a process as the settings want them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from importlib.metadata import version
from importlib.util import find_spec

import structlog

from gateway import observe
from gateway.api.connections import Bounds
from gateway.dispatch import LoadedAdapter, drafts_by_the_key_of_all
from gateway.domain.errors import ConfigurationError
from gateway.intake import IntakeLimits
from gateway.lifecycle import Capacity, Pauses, Pulses, Retries
from gateway.settings import Settings
from gateway.store import Waits

log = structlog.get_logger(__name__)

_LEAST_SILENCE_S = 30.0


def waits(settings: Settings) -> Waits:
    """Return how long statements are waited for."""
    return Waits(
        call_s=settings.statement_seconds,
        loop_s=settings.loop_statement_seconds,
        whole_s=settings.whole_statement_seconds,
    )


def pulses(settings: Settings) -> Pulses:
    """Return the watch over the loops of a process."""
    within_s = settings.loop_silence_seconds or max(3 * settings.lease_seconds, _LEAST_SILENCE_S)
    return Pulses(within_s=within_s, every_s=min(settings.lease_seconds / 3, within_s / 6))


def intake_limits(settings: Settings) -> IntakeLimits:
    """Return the limits on how much of a message is read, by the settings."""
    return IntakeLimits(
        max_bytes=settings.limits.body_bytes,
        max_violations=settings.limits.violations,
        max_depth=settings.limits.depth,
        max_goods_items=settings.limits.goods_items,
        max_documents=settings.limits.documents,
        max_references=settings.limits.references,
    )


def bounds(settings: Settings) -> Bounds:
    """Return how long and how much callers may send."""
    limits = settings.limits
    return Bounds(
        connections=limits.connections,
        head_bytes=limits.head_bytes,
        head_s=limits.head_seconds,
        body_s=limits.body_seconds,
        unread_s=limits.unread_seconds,
        unread_bytes=limits.unread_bytes,
    )


def capacity(settings: Settings) -> Capacity:
    """Return how much a process works on."""
    return Capacity(
        at_once=settings.max_in_flight,
        backlog=settings.backlog,
        backlog_s=settings.backlog_seconds,
        lease_s=settings.lease_seconds,
        sweep_s=settings.sweep_seconds,
        drain_s=settings.stop_seconds,
        exchange_s=settings.deadline_seconds,
    )


def retries(settings: Settings) -> Retries:
    """Return when open answers are asked for again."""
    return Retries(
        undetermined=timedelta(seconds=settings.retry_undetermined_seconds),
        pending=timedelta(seconds=settings.retry_pending_seconds),
        give_up_after=timedelta(days=settings.give_up_after_days),
        soonest=timedelta(seconds=settings.ask_again_soonest_seconds),
        latest=timedelta(seconds=settings.ask_again_latest_seconds),
        doubts=pauses(settings),
    )


def pauses(settings: Settings) -> Pauses:
    """Return when movements in doubt are looked up again."""
    return Pauses(
        first=timedelta(seconds=settings.settle_first_seconds),
        longest=timedelta(seconds=settings.settle_longest_seconds),
        late=tuple(sorted(timedelta(seconds=after) for after in settings.read_again_after_seconds)),
    )


def is_installed(module: str) -> bool:
    """Whether a module is installed, without importing it."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


def traces_fault(settings: Settings) -> str | None:
    """Return why the traces that are configured cannot be sent; None: they can, or there are none."""
    if settings.traces.endpoint is None or is_installed("opentelemetry.proto.collector.trace.v1"):
        return None
    return "traces.endpoint: spans are sent by an extra that is not installed: pip install 'eu-single-window-gateway[traces]'"


@contextmanager
def traces(settings: Settings) -> Iterator[None]:
    """Have spans recorded and sent while the context lasts, if that is configured.

    Raises:
        ConfigurationError: what sends them is not installed.
    """
    if (fault := traces_fault(settings)) is not None:
        raise ConfigurationError((fault,))
    if settings.traces.endpoint is None:
        yield
        return
    from gateway.observe.otlp import OtlpTraces

    recorder = OtlpTraces(settings.traces.endpoint, settings.traces.share, version("eu-single-window-gateway"))
    observe.record_spans(recorder)
    try:
        yield
    finally:
        observe.record_spans(None)
        recorder.close()


def warn_of_drafts(settings: Settings, adapters: Mapping[str, LoadedAdapter]) -> None:
    """Write a line where the key for all adapters allows drafts: each adapter has its own."""
    if settings.allow_draft:
        log.warning("drafts_allowed_for_all", adapters=drafts_by_the_key_of_all(settings.adapters.values(), adapters))
