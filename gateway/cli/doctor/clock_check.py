"""Checks of clocks against each other."""

from gateway.cli.doctor.health_check import HealthCheck, attention, good, wrong

_REMEDY = "have the machines' clocks kept by NTP (`timedatectl`, `chronyc tracking`) and compare again"


def clock_check(name: str, ahead_s: float, *, attention_s: float, wrong_s: float, whose: str) -> HealthCheck:
    """Judge by how much the clock here is ahead of another one."""
    seen = f"{abs(ahead_s):.1f} s {'ahead of' if ahead_s >= 0 else 'behind'} {whose}"
    if abs(ahead_s) >= wrong_s:
        return wrong(name, seen, _REMEDY)
    return attention(name, seen, _REMEDY) if abs(ahead_s) >= attention_s else good(name, seen)
