"""The check that every routed document type has an adapter that knows it, and can do what its quantities need."""

from collections.abc import Mapping

from gateway.dispatch.registry import LoadedAdapter
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import QuantityMode

_CAPABILITY = {QuantityMode.LEDGER: "quantity", QuantityMode.USAGE: "usage"}
"""What an adapter has to be capable of, by how the quantity of its documents counts."""


def require_adapters(tables: Tables, loaded: Mapping[str, LoadedAdapter]) -> None:
    """Refuse to start when a document type is routed to an adapter that is not loaded, or that does not know the type.

    Raises:
        ConfigurationError: with file and line of each such route.
    """
    faults = []
    for route in tables.routes:
        if route.adapter is None:
            continue
        types, adapter = ", ".join(route.types), loaded.get(route.adapter)
        if adapter is None:
            faults.append(
                f"{route.place}: {types} is routed to the adapter {route.adapter!r}, which is not loaded; "
                f"configure [adapters.{route.adapter}] and leave it enabled, or take the route out"
            )
        elif unknown := sorted(set(route.types) - set(adapter.manifest.document_types)):
            faults.append(f"{route.place}: the adapter {route.adapter!r} does not know {', '.join(unknown)}")
        if (
            adapter is not None
            and (needed := _CAPABILITY.get(route.quantity, "verify")) not in adapter.manifest.capabilities
        ):
            faults.append(
                f"{route.place}: {types} counts quantities by {route.quantity}, for which the adapter {route.adapter!r} needs "
                f"the capability {needed!r}; name another quantity mode, or take an adapter that has it"
            )
    if faults:
        raise ConfigurationError(tuple(faults))
