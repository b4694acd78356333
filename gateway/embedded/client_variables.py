"""The variables by which libpq learns of a connection what its URL does not say, and which of them count for a database.

For the embedded server none does: whatever they name, it is another one. Where a URL says all of host, port, user and database, none leads
elsewhere; one that names a host is not led to another address. How values are written is the gateway's own affair everywhere.
"""

from collections.abc import Mapping, MutableMapping

_BESIDE = frozenset({"PGSERVICEFILE", "PGSYSCONFDIR", "PGDATA"})
"""The variables that libpq and the server's programs read beside those of the connection's options."""
_WRITING = frozenset({"PGCLIENTENCODING", "PGDATESTYLE", "PGGEQO", "PGTZ"})
_SERVICE = frozenset({"PGSERVICE", "PGSERVICEFILE"})
_WHERE = frozenset({"host", "port", "user", "dbname"})


def uncounted(url: str | None) -> frozenset[str]:
    """Return the variables that do not count for the database of a URL; for None, the embedded one, all of them."""
    # Here: a supervisor whose environment has none of them needs no driver.
    from psycopg.conninfo import conninfo_to_dict
    from psycopg.pq import Conninfo

    if url is None:
        options = {option.envvar.decode() for option in Conninfo.get_defaults() if option.envvar}
        return frozenset(options | _BESIDE | _WRITING)
    said = conninfo_to_dict(url).keys()
    return frozenset(
        {
            *_WRITING,
            *(("PGHOSTADDR",) if "host" in said else ()),
            *(_SERVICE if said >= _WHERE and "service" not in said else ()),
        }
    )


def counted(environment: Mapping[str, str], url: str | None) -> dict[str, str]:
    """Return an environment for a process that uses the database of a URL; None: the embedded one."""
    left_out = uncounted(url) if _has_any(environment) else frozenset()
    return {name: value for name, value in environment.items() if name not in left_out}


def leave_out(environment: MutableMapping[str, str], url: str | None) -> None:
    """Take the variables out of an environment that do not count for the database of a URL; None: the embedded one."""
    if _has_any(environment):
        for name in uncounted(url) & environment.keys():
            del environment[name]


def _has_any(environment: Mapping[str, str]) -> bool:
    return any(name.startswith("PG") for name in environment)
