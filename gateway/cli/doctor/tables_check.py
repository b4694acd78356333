"""Check of whether the tables of the configuration count."""

from gateway.cli.doctor.health_check import HealthCheck, attention, good, unknown
from gateway.configured_rules import read_rules
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.domain.tables.set_state import SetPublication, SetState, set_name
from gateway.settings import Settings
from gateway.store import Store
from gateway.terminal.moments import printed

_NAME = "tables"


async def tables_check(settings: Settings, database_url: str) -> HealthCheck:
    """Judge how the set of the configuration's files stands in the database."""
    try:
        tables = read_rules(settings).tables
    except ConfigurationError:
        return unknown(_NAME, "whether they count: they cannot be read", "`gateway check` names each fault")
    try:
        async with Store.opened(database_url) as store:
            publication = await store.table_sets.publication(tables.digest)
    except (ConfigurationError, StoreError):
        return unknown(_NAME, "whether they count: the database does not tell", "see what is said of the database")
    return _judged(set_name(tables.version, tables.digest), publication)


def _judged(name: str, publication: SetPublication) -> HealthCheck:
    since = printed(publication.since) if publication.since is not None else ""
    if publication.state is SetState.WAITING:
        return attention(
            _NAME,
            f"{name} do not count: they loosen those in force, and wait for a second person since {since}",
            f"see what they loosen (`gateway approvals list`, the console's Approvals), then `gateway approvals approve {publication.approval_id}` or `reject`",
        )
    if publication.state is SetState.REJECTED:
        return attention(
            _NAME,
            f"{name} do not count: a person rejected them at {since} (approval {publication.approval_id})",
            "put other tables into the configuration, or ask again: `gateway tables publish --reason TEXT`",
        )
    if publication.state is SetState.UNDECIDED:
        return attention(
            _NAME,
            f"{name} do not count, and nobody is asked about them",
            "start a gateway with this configuration, which asks; its log says why if it cannot",
        )
    if publication.state is SetState.REPLACED:
        return good(_NAME, f"{name} counted from {since}, and others were put into force since")
    return good(_NAME, f"{name} count from {since}")
