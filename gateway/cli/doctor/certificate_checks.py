"""Checks of the configured certificates."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from gateway.cli.doctor.health_check import HealthCheck, attention, good, wrong
from gateway.domain.certificate_validity import CertificateValidity
from gateway.terminal.moments import printed
from gateway.terminal.spans import span

_SOON, _VERY_SOON = timedelta(days=30), timedelta(days=3)
_RENEW = "have it renewed, put the new one in its place and send SIGHUP to the gateway"


def certificate_checks(found: Sequence[CertificateValidity], now: datetime) -> Iterator[HealthCheck]:
    """Judge each file of certificates at a moment."""
    if not found:
        yield good("certificates", "no file of certificates is configured")
    for one in found:
        yield _check(one, now)


def _check(one: CertificateValidity, now: datetime) -> HealthCheck:
    if one.begins is None or one.ends is None:
        return wrong(one.name, one.fault or "it cannot be read", "name a PEM file that the gateway's user may read")
    left = one.ends - now
    ends = f"ends in {span(left.total_seconds())}, {printed(one.ends)}"
    if left <= timedelta(0):
        return wrong(one.name, f"ended {span(-left.total_seconds())} ago, {printed(one.ends)}", _RENEW)
    if one.begins > now:
        return wrong(
            one.name,
            f"is valid only from {printed(one.begins)}",
            "put one in its place that is valid already; compare the clock",
        )
    if one.fault is not None:
        return wrong(one.name, one.fault, "put certificate and key in place that belong together")
    if left <= _VERY_SOON:
        return wrong(one.name, ends, _RENEW)
    return attention(one.name, ends, _RENEW) if left <= _SOON else good(one.name, ends)
