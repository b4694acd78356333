"""Checks of what wings keep in the database."""

from collections.abc import Sequence
from importlib import import_module

from gateway.cli.doctor.health_check import HealthCheck, good, unknown, wrong
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.store import Store
from gateway.wing_files import wing_files


async def wing_checks(database_url: str) -> Sequence[HealthCheck]:
    """Judge what each wing that is in use finds of its own."""
    found = [await _check(database_url, one.name, one.examined) for one in wing_files() if one.examined]
    return [one for one in found if one is not None]


async def _check(database_url: str, name: str, place: str) -> HealthCheck | None:
    module, _, function = place.partition(":")
    try:
        async with Store.opened(database_url) as store:
            found: Sequence[str] | None = await getattr(import_module(module), function)(store)
    except (ConfigurationError, StoreError):
        return unknown(name, "how it stands: the database does not tell", "see what is said of the database")
    if found is None:
        return None
    if not found:
        return good(name, "it is in order")
    return wrong(name, "; ".join(found), "where that does not say what to do, docs/operators-runbook.md does")
