"""A set of tables as an installation uses it: an officer verifies the documents of authorities that it does not connect."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes, DocumentRoute, QuantityMode, Use
from gateway.settings.adapters import AdapterConfig
from gateway.settings.tables.content import with_routes


def unconnected(tables: Tables, delivered: Tables, configured: Mapping[str, AdapterConfig]) -> dict[str, Codes]:
    """Return the adapters that the installation has disabled, or does not configure although they are delivered, with their documents.

    One that nobody delivers, and that stands in no `[adapters.NAME]`, is not among them: a row that names it is a fault.
    """
    disabled = {name for name, config in configured.items() if not config.enabled}
    without = disabled | (delivered.adapters().keys() - configured.keys())
    return {
        name: tuple(dict.fromkeys(kind for route in tables.routes if route.adapter == name for kind in route.types))
        for name in sorted(without & tables.adapters().keys())
    }


def connected(tables: Tables, without: Collection[str]) -> Tables:
    """Return a set in which nobody is asked about the documents of some adapters: they hold until an officer has verified them."""
    routes = tuple(_unasked(route) if route.adapter in without else route for route in tables.routes)
    return tables if routes == tables.routes else with_routes(tables, routes)


def _unasked(route: DocumentRoute) -> DocumentRoute:
    return replace(
        route,
        adapter=None,
        quantity=QuantityMode.NONE,
        reserves=(),
        verifies=(),
        report=False,
        decided=False,
        commodity=Use.NO,
        holder=Use.NO,
        party=None,
        destination=Use.NO,
        dispatch=Use.NO,
    )
