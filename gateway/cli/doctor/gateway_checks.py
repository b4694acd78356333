"""Checks of a gateway that serves: its readiness, the clocks that it knows, and the certificates that it uses."""

from collections.abc import Iterator, Sequence

from gateway.cli.doctor.clock_check import clock_check
from gateway.cli.doctor.health_check import HealthCheck, attention, good, not_asked, unknown, wrong
from gateway.cli.status.gateway_status import GatewayStatus
from gateway.cli.status.scraped_figures import ScrapedFigures
from gateway.cli.status.status_table import whys
from gateway.domain.certificate_validity import CertificateValidity

_DATABASE_ATTENTION_S, _DATABASE_WRONG_S = 2.0, 30.0
_AUTHORITY_ATTENTION_S, _AUTHORITY_WRONG_S = 5.0, 60.0
"""Tokens in messages live for a minute or two; an answer's date has whole seconds."""
_SAME_END_S = 120.0
"""Between the moments at which the gateway's figure and the file are read."""


def gateway_checks(
    status: GatewayStatus, adapters: Sequence[str], certificates: Sequence[CertificateValidity]
) -> Iterator[HealthCheck]:
    """Judge what a gateway tells of itself."""
    if status.parts is None and status.figures is None:
        remedy = "start it, or name the gateway's address by GATEWAY_URL or --url"
        yield attention("gateway", "nobody answers where the gateway is to serve", remedy)
    else:
        yield _readiness(status)
    if status.figures is None:
        yield not_asked(
            "authorities' clocks", "they are read of answers to a gateway that serves and tells its figures"
        )
        return
    yield from _processes(status)
    yield from _authorities(status.figures, adapters)
    yield from _certificates(status, certificates)


def _readiness(status: GatewayStatus) -> HealthCheck:
    if status.parts is None:
        return unknown(
            "gateway",
            "its figures are told, and /readyz is not",
            "name the address of all else by GATEWAY_URL or --url",
        )
    lacking = [name for name, is_so in status.parts.items() if not is_so]
    if lacking:
        return wrong(
            "gateway",
            f"the process that answered is not ready: {whys(lacking)}",
            "see its log, and what is wrong below",
        )
    if status.figures is None:
        return attention(
            "gateway",
            f"it is ready; its figures are not known: {status.why_not}",
            "give a key with the right `metrics`",
        )
    return good("gateway", "the process that answered is ready")


def _processes(status: GatewayStatus) -> Iterator[HealthCheck]:
    for one in status.processes or ():
        name = f"process {one['pid']}"
        if one["not_ready"] is None:
            yield unknown(name, "whether it is ready: its gateway does not tell that", "is it an older version?")
        elif one["not_ready"]:
            yield wrong(
                name,
                f"not ready: {whys(one['not_ready'])}",
                "see its log; one that says nothing may stand still: restart the gateway",
            )
        ahead = one["clock_ahead_of_database_s"]
        if ahead is None:
            yield unknown(
                f"{name}: clock", "its clock could not be compared with the database's", "does the database answer?"
            )
        else:
            yield clock_check(
                f"{name}: clock",
                ahead,
                attention_s=_DATABASE_ATTENTION_S,
                wrong_s=_DATABASE_WRONG_S,
                whose="the database's",
            )


def _authorities(figures: ScrapedFigures, adapters: Sequence[str]) -> Iterator[HealthCheck]:
    for adapter in adapters:
        name = f"clock of {adapter}"
        ahead = figures.number("gateway_clock_ahead_of_authority_seconds", {"adapter": adapter})
        if ahead is None:
            yield not_asked(
                name,
                "no answer of this authority had a date since the gateway was started; it is not asked for that alone",
            )
        else:
            # The date was cut to the second: half of one is what it is early at the middle.
            yield clock_check(
                name,
                ahead - 0.5,
                attention_s=_AUTHORITY_ATTENTION_S,
                wrong_s=_AUTHORITY_WRONG_S,
                whose="the authority's",
            )


def _certificates(status: GatewayStatus, certificates: Sequence[CertificateValidity]) -> Iterator[HealthCheck]:
    assert status.figures is not None
    for one in certificates:
        used = status.figures.number("gateway_certificate_ends_seconds", {"certificate": one.name})
        if one.ends is None or used is None:
            continue
        if abs((one.ends - status.at).total_seconds() - used) > _SAME_END_S:
            yield attention(
                f"{one.name} in use", "the gateway uses another than stands in the file", "send SIGHUP to the gateway"
            )
