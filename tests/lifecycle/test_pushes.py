"""An authority's push reaches the types about which it is asked, not those about which its adapter could be."""

from dataclasses import replace
from datetime import date

from gateway.configured_rules import Rules
from gateway.dispatch import LoadedAdapter
from tests.builders.authority import Authority
from tests.builders.goods import KIND
from tests.builders.offices import authority, loaded, rules
from tests.builders.replicas import Office

__all__ = ["authority", "loaded", "rules"]  # fixtures


async def test_only_who_is_asked_on_some_day_pushes_about_a_type(
    authority: Authority, database_url: str, rules: Rules, loaded: LoadedAdapter
) -> None:
    (route,) = [one for one in rules.tables.routes if KIND in one.types]
    ended = replace(route, adapter="before", valid_to=date(2026, 1, 31))
    tables = replace(rules.tables, routes=(*rules.tables.routes, ended))
    office = Office(authority, database_url, replace(rules, tables=tables), loaded)
    await office.open(sweeps=False)
    steps = office.lifecycle.steps
    asked = {name: steps.is_asked(name, KIND) for name in ("traces", "before", "catch", "partner")}
    await office.close()
    assert asked == {"traces": True, "before": True, "catch": False, "partner": False}
