"""The named statements as the driver sends them, and how the server would execute them."""

import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

import psycopg

from gateway.store.statements import STATEMENTS

_PLACEHOLDER = re.compile(r"%\((\w+)\)[sb]")
SENT_AS = MappingProxyType(
    dict.fromkeys(
        ("age", "pause", "dead_after", "lease", "longest", "first", "old_for", "kept", "drafts_kept"), "interval"
    )
)
"""Types of values by name, where the driver's word is needed: the statement leaves it open."""


def numbered(statement: str, types: Mapping[str, str] = MappingProxyType({})) -> str:
    """Gives a statement as the driver sends it: each named value by a number, and of a type if that is said."""
    names = list(dict.fromkeys(_PLACEHOLDER.findall(statement)))

    def number(found: re.Match[str]) -> str:
        cast = f"::{types[found[1]]}" if found[1] in types else ""
        return f"${names.index(found[1]) + 1}{cast}"

    return _PLACEHOLDER.sub(number, statement).replace("%%", "%")


@cache
def named() -> Mapping[str, str]:
    """The names of all statements, by what is sent."""
    return {numbered(text.decode()): name for name, text in STATEMENTS.items()}


def plan_of_named(connection: "psycopg.Connection[Any]", name: str) -> Mapping[str, Any]:
    """How the server would execute one of the named statements, whatever its values are."""
    statement = numbered(STATEMENTS[name].decode(), SENT_AS)
    explained = f"EXPLAIN (GENERIC_PLAN, VERBOSE, COSTS OFF, FORMAT JSON) {statement}"
    # Without parameters the driver uses the simple protocol, which leaves `$1` to the server.
    row = connection.execute(explained.encode(), prepare=False).fetchone()
    assert row is not None
    plan: Mapping[str, Any] = row[0][0]["Plan"]
    return plan
