"""Check of whether authorities are told of releases of which they have to be."""

from gateway.cli.doctor.health_check import HealthCheck, attention, good, unknown
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.store import Store

_NAME = "reports of releases"
_FIGURE = "gateway_reports_due"
_LATE_S = 3600.0


async def reports_check(database_url: str) -> HealthCheck:
    """Judge how long reports of releases have been due."""
    try:
        async with Store.opened(database_url) as store:
            due = [one for one in await store.installation_figures.now() if one.figure == _FIGURE]
    except (ConfigurationError, StoreError):
        return unknown(_NAME, "whether any is late: the database does not tell", "see what is said of the database")
    late = [one for one in due if one.oldest_s is not None and one.oldest_s > _LATE_S]
    if not late:
        return good(_NAME, f"{sum(int(one.number) for one in due)} are due, none for longer than an hour")
    named = ", ".join(f"{one.labels[0]} ({int(one.number)})" for one in late)
    return attention(
        _NAME,
        f"these authorities have not been told for more than an hour, by the reports that are due: {named}",
        "see why the authority does not take them (`gateway status`, the console's page of authorities); they are sent by themselves",
    )
