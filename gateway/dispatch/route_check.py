"""The check that every routed document type has an adapter that knows it, and can do what its quantities need."""

from collections.abc import Iterator, Mapping, Sequence

from gateway.dispatch.delivered import listed
from gateway.dispatch.registry import LoadedAdapter
from gateway.dispatch.reports import is_told
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import DocumentRoute, QuantityMode
from gateway.settings.adapters import AdapterConfig

_CAPABILITY = {QuantityMode.LEDGER: "quantity", QuantityMode.USAGE: "usage", QuantityMode.ACCOUNT: "usage"}
"""The capability that an adapter needs, by how the quantity of its documents counts."""
_NAMED = 3
"""Places of routes that a fault names."""


def require_adapters(
    tables: Tables, loaded: Mapping[str, LoadedAdapter], configured: Mapping[str, AdapterConfig]
) -> None:
    """Refuse to start when a document type is routed to an adapter that is not loaded, or that does not know the type.

    Raises:
        ConfigurationError: with file and line of each such route, and with the lines of configuration that mend it.
    """
    faults: list[str] = []
    missing: dict[str, list[DocumentRoute]] = {}
    for route in tables.routes:
        if route.adapter is None:
            continue
        adapter = loaded.get(route.adapter)
        if adapter is None:
            missing.setdefault(route.adapter, []).append(route)
        else:
            faults += _unfit(route, route.adapter, adapter)
    faults += [_not_loaded(name, routes, configured.get(name)) for name, routes in missing.items()]
    if faults:
        raise ConfigurationError(tuple(faults))


def _unfit(route: DocumentRoute, name: str, adapter: LoadedAdapter) -> Iterator[str]:
    if unknown := sorted(set(route.types) - set(adapter.manifest.document_types)):
        yield f"{route.place}: the adapter {name!r} does not know {', '.join(unknown)}"
    if (needed := _CAPABILITY.get(route.quantity, "verify")) not in adapter.manifest.capabilities:
        yield (
            f"{route.place}: {', '.join(route.types)} counts quantities by {route.quantity}, for which the adapter {name!r} needs "
            f"the capability {needed!r}; name another quantity mode, or take an adapter that has it"
        )
    if route.report and not is_told(adapter.manifest):
        yield (
            f"{route.place}: {', '.join(route.types)} says report = true, for which the adapter {name!r} needs the capability "
            "'report'; leave report out, or take an adapter that has it"
        )


def _not_loaded(name: str, routes: Sequence[DocumentRoute], config: AdapterConfig | None) -> str:
    """Say what is routed to an adapter that is not there, and what is to be written so that it is, or so that nobody is asked."""
    first, *others = routes
    also = [route.place for route in others[: _NAMED - 1]] + [f"{len(routes) - _NAMED} more"] * (len(routes) > _NAMED)
    places = f" (and {', '.join(also)})" if also else ""
    types = ", ".join(dict.fromkeys(one for route in routes for one in route.types))
    if config is not None:
        place = config.places.get("enabled", config.place)
        what = f"is disabled ({place})"
        mend = f"enable it there, or by the environment:\n  GATEWAY_ADAPTERS__{name.upper()}__ENABLED=true"
    else:
        package = next((one for one in sorted(listed()) if one.rpartition(".")[2] == name), f"adapters.{name}")
        what = "is not configured"
        mend = (
            f"write into gateway.toml, and `gateway check` names what else it needs:\n  [adapters.{name}]\n"
            f'  package = "{package}"\n  base_url = "https://..."'
        )
    return (
        f"{first.place}{places}: {types}: routed to the adapter {name!r}, which {what}; {mend}\n"
        "or let a second person approve the tables of this installation while it is still asked (`gateway tables list`): in them an officer "
        "verifies its documents"
    )
