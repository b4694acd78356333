"""The examination of an installation, all checks in their order."""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.doctor.certificate_checks import certificate_checks
from gateway.cli.doctor.codes_check import codes_check
from gateway.cli.doctor.database_checks import database_checks, wal_room
from gateway.cli.doctor.gateway_checks import gateway_checks
from gateway.cli.doctor.health_check import HealthCheck, attention, good, unknown, wrong
from gateway.cli.doctor.holidays_check import holidays_check
from gateway.cli.doctor.machine_checks import MachineFacts, machine_checks, permission_checks, port_checks
from gateway.cli.doctor.person_checks import person_checks
from gateway.cli.doctor.reports_check import reports_check
from gateway.cli.doctor.tables_check import tables_check
from gateway.cli.doctor.wing_checks import wing_checks
from gateway.cli.status.gateway_status import GatewayPlace, GatewayStatus, read_status
from gateway.domain.certificate_validity import CertificateValidity
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.settings import Settings, folder_in_force, load, sound_part
from gateway.settings.certificate_files import certificate_files, validity
from gateway.store.server_state import read_server
from gateway.terminal.database import database_as_it_is


def examine(
    environment: Mapping[str, str],
    place: GatewayPlace,
    status: GatewayStatus | None = None,
    *,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    facts: MachineFacts | None = None,
) -> tuple[HealthCheck, ...]:
    """Examine the installation that an environment configures, and the gateway that serves at a place, whose status is read if it was not."""
    checks: list[HealthCheck] = []
    settings = None
    try:
        settings = load(environment)
        checks.append(good("configuration", "it can be read"))
    except ConfigurationError as error:
        checks.append(
            wrong("configuration", f"{len(error.faults)} faults", "`gateway check` names each, with file and line")
        )
        sound = sound_part(environment)
        settings = sound[0] if sound is not None else None
    if settings is None:
        return (*checks, unknown("everything else", "nothing of the configuration can be read"))
    status, facts = status or read_status(place), facts or MachineFacts.here()
    certificates = tuple(validity(file) for file in certificate_files(settings))
    parts: Mapping[str, Callable[[], Iterable[HealthCheck]]] = {
        "gateway": lambda: _of_gateway(status, settings, certificates),
        "database": lambda: _of_database(settings, clock, facts.free),
        "certificates": lambda: certificate_checks(certificates, clock()),
        "holidays": lambda: holidays_check(settings, clock().date()),
        "machine": lambda: machine_checks(facts, settings, clock().year),
        "ports": lambda: port_checks(settings, served=status.parts is not None or status.figures is not None),
        "persons": lambda: person_checks(settings),
        "permissions": lambda: permission_checks(settings, folder_in_force(environment)),
    }
    for name, part in parts.items():
        checks += _sound(name, part)
    return tuple(checks)


def _sound(name: str, part: Callable[[], Iterable[HealthCheck]]) -> Iterator[HealthCheck]:
    """Yield the checks of a part; one that fails by a fault of ours says so, and the others go on."""
    try:
        yield from part()
    except Exception as error:
        yield unknown(name, f"the check itself failed ({type(error).__name__})", "report it")


def _of_gateway(
    status: GatewayStatus, settings: Settings, certificates: tuple[CertificateValidity, ...]
) -> Iterable[HealthCheck]:
    return gateway_checks(status, [one.name for one in settings.enabled_adapters()], certificates)


def _of_database(
    settings: Settings, clock: Callable[[], datetime], free: Callable[[Path], int]
) -> Iterator[HealthCheck]:
    if settings.database_url is None and not settings.data_dir.is_dir():
        yield attention(
            "database",
            "there is none yet where data_dir leads",
            "`gateway serve` makes one there; database_url names another",
        )
        return
    try:
        with database_as_it_is(settings) as url:
            state = asyncio.run(read_server(url))
            now = clock().timestamp()
            tables = asyncio.run(tables_check(settings, url))
            codes = asyncio.run(codes_check(url, clock().date()))
            reports = asyncio.run(reports_check(url))
            wings = asyncio.run(wing_checks(url))
    except (StoreError, ConfigurationError) as error:
        seen = error.detail if isinstance(error, StoreError) else "the embedded one cannot be used here"
        yield wrong(
            "database",
            seen,
            "is the server up, and does its pg_hba.conf let this role in? `gateway check` for the settings",
        )
        return
    yield good("database", "it answers")
    yield from database_checks(state, settings, now)
    yield tables
    yield codes
    yield reports
    yield from wings
    if settings.database_url is None:
        yield wal_room(state, free(settings.data_dir))
