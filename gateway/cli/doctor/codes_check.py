"""Check of whether document codes are cited that no table knows."""

from datetime import date

from gateway.cli.doctor.health_check import HealthCheck, attention, good, unknown
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.domain.unknown_codes import ready_rows
from gateway.store import Store

_NAME = "document codes"


async def codes_check(database_url: str, today: date) -> HealthCheck:
    """Judge what goods are held for that were decided in the last day: codes that nobody knows, with rows that class them."""
    try:
        async with Store.opened(database_url) as store:
            found = await store.work_lists.unknown_codes(eoris=None, offices=None)
    except (ConfigurationError, StoreError):
        return unknown(_NAME, "whether all are known: the database does not tell", "see what is said of the database")
    if not found:
        return good(_NAME, "goods are held for none that no table knows")
    cited = ", ".join(f"{one.code} ({one.declarations})" for one in found)
    return attention(
        _NAME,
        f"no table knows these, by the declarations that are held for them since the last day: {cited}",
        "put the rows below into document_classes.toml of your own folder, each with the class of what the code stands for; "
        "by_officer leaves the goods held",
        ready_rows(found, today),
    )
