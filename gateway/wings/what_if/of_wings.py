"""What wings keep of declarations, made again beside their decisions: what differs is a fault."""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from gateway.configured_rules import Rules
from gateway.domain.tables.in_force import Tables
from gateway.history.recall import completed_under
from gateway.store import Store
from gateway.wing_files import wing_files
from gateway.wings.what_if.recomputation import Span


async def wings_differ(store: Store, record_ids: Sequence[str], ours: Rules) -> list[str]:
    """Return what differs of what wings keep of declarations."""
    return [line for module in _modules() for line in await _differences(module, store, record_ids, ours)]


async def wings_of_span_differ(store: Store, span: Span, ours: Rules) -> tuple[int, list[str]]:
    """Return of how many declarations wings keep something that began in a span, and what differs of it."""
    found, number = list[str](), 0
    for module in _modules():
        record_ids = await module.declarations(store, span.since, span.until)
        number += len(record_ids)
        found += await _differences(module, store, record_ids, ours)
    return number, found


def _modules() -> list[ModuleType]:
    return [import_module(one.replays) for one in wing_files() if one.replays]


async def _differences(module: ModuleType, store: Store, record_ids: Sequence[str], ours: Rules) -> list[str]:
    known: dict[str, Tables] = {}

    async def under(digest: str) -> Tables:
        if digest not in known:
            known[digest] = (await completed_under(store, digest, ours.tables, ours.delivered)).tables
        return known[digest]

    return [line for one in record_ids for line in await module.differences(store, one, under)]
