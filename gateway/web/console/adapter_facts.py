"""The facts about an adapter that operators want, in words: its tier, where its code runs, and its health in each process."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.dispatch import AdapterHealth
from gateway.domain.adapter_processes import AdapterProcesses, LastExchange
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times

FAULTS = frozenset(f"SW-ADP-{number:02}" for number in range(10))
"""The codes that there are words for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessRow:
    """An adapter in one process."""

    process: str
    code: str
    breaker: str
    in_flight: int
    last: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterFacts:
    """The same over all of them; what is not known is empty."""

    code: str
    """Its tier, and where its code runs in this process."""
    why: str
    breakers: str
    is_open: bool
    """Whether somewhere nobody is asked."""
    in_flight: str
    last: str
    processes: Sequence[ProcessRow]


def adapter_facts(
    health: AdapterHealth, processes: AdapterProcesses, times: Times, templates: Templates
) -> AdapterFacts:
    """Return what a page says of an adapter."""
    opened, living = processes.breakers_open, processes.living
    return AdapterFacts(
        code=_code(health.tier, health.runs_in, templates),
        why=templates.text(f"adapter.why_{health.reason}"),
        breakers="" if opened is None else templates.text("adapter.breakers", open=opened, all=len(living)),
        is_open=bool(opened),
        in_flight="" if processes.in_flight is None else str(processes.in_flight),
        last=_last(processes.last_exchange, times, templates),
        processes=[
            ProcessRow(
                process=one.process.rpartition("/")[0] or one.process,
                code=_code(one.here.tier, one.here.runs_in, templates),
                breaker=templates.text(f"adapter.breaker_{one.here.breaker}"),
                in_flight=one.here.in_flight,
                last=_last(one.here.last_exchange, times, templates),
            )
            for one in living
        ],
    )


def _code(tier: str, runs_in: str, templates: Templates) -> str:
    return templates.text(f"adapter.in_{runs_in}", tier=templates.text(f"adapter.tier_{tier}"))


def _last(last: LastExchange | None, times: Times, templates: Templates) -> str:
    if last is None:
        return ""
    at, milliseconds = times.moment(last.at).text, last.milliseconds
    if last.outcome not in FAULTS:
        return templates.text("adapter.last_answered", time=at, milliseconds=milliseconds)
    return templates.text(
        "adapter.last_failed", time=at, milliseconds=milliseconds, why=templates.text(f"fault.{last.outcome}")
    )
