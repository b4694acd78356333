"""The view of an authority: its health in one process, and what is known of it over all of them."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from gateway.dispatch import AdapterHealth
from gateway.domain.adapter_processes import AdapterThere
from gateway.domain.adapter_switch import AdapterState, Quarantine, SwitchedOff
from gateway.domain.authority_figures import CallSlot
from gateway.domain.contingency import Window
from gateway.lifecycle.authorities.authority_figures import AuthorityFigures
from gateway.store import WaitedFor

SPAN = timedelta(hours=24)
"""Over so long the figures of one authority are shown."""


def own(health: AdapterHealth, off: SwitchedOff | None) -> dict[str, Any]:
    """Return an adapter's health in one process, with what it is switched to on all of them."""
    quarantine = off.quarantine if off is not None else None
    shown = asdict(health)
    # Which declarations got no answer is for the gateway itself.
    del shown["unanswered"]
    return {
        **shown,
        "state": off.state if off is not None else AdapterState.ENABLED,
        "quarantine": None if off is None or quarantine is None else quarantined(quarantine, off.since),
    }


def quarantined(quarantine: Quarantine, since: datetime) -> dict[str, Any]:
    """Return why and since when an adapter is quarantined."""
    return {
        "since": since,
        "why": quarantine.why,
        "declarations": quarantine.declarations,
        "kinds": [{"kind": kind, "count": count} for kind, count in quarantine.kinds.items()],
    }


def adapter(
    own: Mapping[str, Any], waited: WaitedFor | None, window: Window | None, figures: AuthorityFigures | None
) -> dict[str, Any]:
    """Return what `own` does, with the declarations that wait for its authority, and the contingency window that is open for it."""
    return {
        **own,
        "waiting": waited.declarations if waited is not None else 0,
        "waiting_since": waited.since if waited is not None else None,
        "back_at": waited.back_at if waited is not None else None,
        "window": None
        if window is None
        else {"number": window.number, "mode": window.mode, "link": f"/v1/contingency/{window.number}"},
        "over_all": None if figures is None else over_all(figures),
    }


def over_all(figures: AuthorityFigures) -> dict[str, Any]:
    """Return how calls to an authority went over all replicas."""
    answering, processes = figures.answering, figures.processes
    return {
        "since": figures.since,
        "last_ok_at": answering.last_ok_at,
        "down_since": answering.down_since,
        "breakers_open": processes.breakers_open,
        "in_flight": processes.in_flight,
        "last_exchange": processes.last_exchange,
        "processes": [_process(one) for one in processes.living],
        **_calls(figures.whole),
    }


def _process(one: AdapterThere) -> Mapping[str, Any]:
    here = one.here
    return {
        "process": one.process,
        "at": one.at,
        "tier": here.tier,
        "why": here.why,
        "runs_in": here.runs_in,
        "breaker": here.breaker,
        "in_flight": here.in_flight,
        "last_exchange": here.last_exchange,
    }


def series(figures: AuthorityFigures) -> list[dict[str, Any]]:
    """Return the same by slots of time, those without calls left out."""
    return [{"at": slot.at, **_calls(slot)} for slot in figures.slots]


def _calls(slot: CallSlot) -> Mapping[str, Any]:
    return {
        "calls": slot.calls,
        "failures": slot.failures,
        "latency_p50_ms": slot.latency_ms(0.5),
        "latency_p95_ms": slot.latency_ms(0.95),
        "faults": [{"code": code, "count": count} for code, count in sorted(slot.faults.items())],
    }
