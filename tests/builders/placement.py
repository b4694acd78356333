"""How the tables would be placed on several nodes, and which statements reach their rows by the declaration's id."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any

import psycopg

from gateway.store.statements import STATEMENTS
from tests.builders.places import ROOT

FILE = ROOT / "gateway" / "store" / "placement.toml"
_PLACEHOLDER = re.compile(r"%\((\w+)\)[sb]")
_EQUAL = re.compile(r"(?:\w+\.)?(\w+) = (.+)")
_COLUMN = re.compile(r"(\w+)\.(\w+)")
_WITHOUT_PLAN = ("BEGIN", "COMMIT", "LISTEN", "LOCK", "ROLLBACK", "SET")
_AND = " AND "
_SCANS = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan", "Tid Scan", "Sample Scan"})
SENT_AS = MappingProxyType(
    dict.fromkeys(
        ("age", "pause", "dead_after", "lease", "longest", "first", "old_for", "kept", "drafts_kept"), "interval"
    )
)
"""Types of values by name, where the driver's word is needed: the statement leaves it open."""
Plan = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where each table stands, and why."""

    distributed: Mapping[str, Mapping[str, str]]
    """By the column that is named `by`."""
    reference: Mapping[str, str]
    local: Mapping[str, str]
    unique: Mapping[str, Mapping[str, str]]
    """Unique keys that no node sees whole, each with how it would be kept."""
    by_id: Sequence[str]
    """Statements that reach all rows of distributed tables by the declaration's id, or touch none."""
    crossing: Mapping[str, str]
    """Statements that do not, each with its reason."""
    at_times: Sequence[str]
    """Those of both that a process sends at its own times, whatever is lodged, or where things go wrong."""
    composed: Mapping[str, str]
    """Statements without a name that read distributed tables, each with its reason."""

    def key(self, table: str) -> str | None:
        """Gives the column by which a table is distributed; None: it is not. A partition is placed as its parent."""
        found = self.distributed.get(table) or self.distributed.get(re.sub(r"_(default|\d{8})$", "", table))
        return found["by"] if found else None

    def tables_in(self, statement: str) -> set[str]:
        """Gives the distributed tables that a statement names."""
        return set(re.findall(r"\w+", statement)) & self.distributed.keys()


@cache
def placement() -> Placement:
    """Reads the placement."""
    read = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return Placement(
        **{name: read[name] for name in ("distributed", "reference", "local", "unique")}, **read["statements"]
    )


def numbered(statement: str, types: Mapping[str, str] = MappingProxyType({})) -> str:
    """Gives a statement as the driver sends it: each named value by a number, and of a type if that is said."""
    names = list(dict.fromkeys(_PLACEHOLDER.findall(statement)))

    def number(found: re.Match[str]) -> str:
        cast = f"::{types[found[1]]}" if found[1] in types else ""
        return f"${names.index(found[1]) + 1}{cast}"

    return _PLACEHOLDER.sub(number, statement).replace("%%", "%")


def plan_of_named(connection: "psycopg.Connection[Any]", name: str) -> "Plan":
    """How the server would execute one of the named statements."""
    return plan_of(connection, numbered(STATEMENTS[name].decode(), SENT_AS))


@cache
def named() -> Mapping[str, str]:
    """The names of all statements, by what is sent."""
    return {numbered(text.decode()): name for name, text in STATEMENTS.items()}


def plan_of(connection: "psycopg.Connection[Any]", statement: str) -> Plan:
    """How the server would execute a statement whatever its values are; nothing: it is one without a plan."""
    if statement.startswith(_WITHOUT_PLAN):
        return {"Node Type": statement}
    explained = f"EXPLAIN (GENERIC_PLAN, VERBOSE, COSTS OFF, FORMAT JSON) {statement}"
    # Without parameters the driver uses the simple protocol, which leaves `$1` to the server.
    row = connection.execute(explained.encode(), prepare=False).fetchone()
    assert row is not None
    plan: Plan = row[0][0]["Plan"]
    return plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Indexed:
    """The columns that indexes begin with, and those indexes that hold some rows of their table only."""

    first: Mapping[str, str]
    partial: frozenset[str]

    @classmethod
    def read(cls, connection: "psycopg.Connection[Any]") -> "Indexed":
        """Reads those of a database."""
        rows = connection.execute(
            "SELECT i.relname, a.attname, x.indpred IS NOT NULL FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid"
            " LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[0]"
        ).fetchall()
        return cls(
            first={index: column for index, column, _ in rows if column},
            partial=frozenset(index for index, _, partial in rows if partial),
        )


def crossings(plan: Plan, placement: Placement, indexed: Indexed) -> list[str]:
    """What of a plan does not reach rows of distributed tables by the declaration's id; nothing: all of it does."""
    nodes = list(_nodes(plan))
    tables = {node["Alias"]: node["Relation Name"] for node in nodes if "Alias" in node and "Relation Name" in node}
    found = [
        f"{node['Node Type']} on {node['Relation Name']}: {_conditions(node)}"
        for node in nodes
        if node["Node Type"] in _SCANS
        and (key := placement.key(node["Relation Name"])) is not None
        and not _is_reached(node, key, lambda value: _is_id(value, tables, placement), indexed)
    ]
    return found + [
        f"{node['Relation Name']}: a conflict over {', '.join(arbiters) or 'any unique key'}"
        for node in nodes
        if "Conflict Resolution" in node
        and placement.key(node["Relation Name"]) is not None
        and (apart := {name for name, key in placement.unique.items() if key["of"] == node["Relation Name"]})
        and (not (arbiters := node.get("Conflict Arbiter Indexes", [])) or apart & set(arbiters))
    ]


def _nodes(plan: Plan) -> Iterator[Plan]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


def _conditions(node: Plan) -> str:
    return (
        " ".join(str(node[name]) for name in ("Index Cond", "Recheck Cond", "Filter") if name in node) or "no condition"
    )


def _is_reached(node: Plan, key: str, is_id: Callable[[str], bool], indexed: Indexed) -> bool:
    """Whether a scan finds its rows in an index by a declaration's id that was given, or that another such scan found."""
    match node["Node Type"]:
        case "Bitmap Heap Scan" | "BitmapAnd":
            return any(_is_reached(one, key, is_id, indexed) for one in node["Plans"])
        case "BitmapOr":
            return all(_is_reached(one, key, is_id, indexed) for one in node["Plans"])
    index, parts = node.get("Index Name", ""), _conjuncts(str(node.get("Index Cond", "")))
    # An index of few rows may be gone through for one declaration; a whole table, or all of its index, may not.
    if index in indexed.partial:
        parts += _conjuncts(str(node.get("Filter", "")))
    elif not any(re.match(rf"(?:\w+\.)?{indexed.first.get(index)}\b", part) for part in parts):
        return False
    return any((found := _EQUAL.match(part)) is not None and found[1] == key and is_id(found[2]) for part in parts)


def _conjuncts(condition: str) -> list[str]:
    """The parts of a condition all of which hold, without the parentheses around each."""
    condition = _bare(condition)
    depth, began, parts = 0, 0, []
    for place, sign in enumerate(condition):
        depth += (sign == "(") - (sign == ")")
        if depth == 0 and condition.startswith(_AND, place):
            parts.append(condition[began:place])
            began = place + len(_AND)
    return [inner for one in (*parts, condition[began:]) for inner in _conjuncts(one)] if parts else [condition]


def _bare(condition: str) -> str:
    """Takes away parentheses that stand around all of a condition."""
    depth = 0
    for place, sign in enumerate(condition):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return _bare(condition[1:-1]) if sign == ")" and place == len(condition) - 1 else condition
    return condition


def _is_id(value: str, tables: Mapping[str, str], placement: Placement) -> bool:
    """Whether a value is given with the statement, or the declaration's id in a distributed table."""
    return all(
        alias not in tables or placement.key(tables[alias]) == column for alias, column in _COLUMN.findall(value)
    )


def functions(connection: "psycopg.Connection[Any]") -> Mapping[str, str]:
    """The bodies of the functions in SQL that name a distributed table, each with its parameters by number."""
    rows = connection.execute(
        "SELECT proname, proargnames[:pronargs], prosrc, string_to_array(oidvectortypes(proargtypes), ', ')"
        " FROM pg_proc JOIN pg_language l ON l.oid = prolang WHERE pronamespace = 'public'::regnamespace AND lanname = 'sql'"
    ).fetchall()
    tables = re.compile(rf"\b(FROM|JOIN) ({'|'.join(placement().distributed)})\b")
    found = {}
    for name, arguments, body, types in rows:
        if not tables.search(body):
            continue
        for place, (argument, kind) in enumerate(zip(arguments, types, strict=True), start=1):
            # By its name alone a parameter stands behind neither FROM nor a dot, and in no text.
            alone = rf"\b{name}\.{argument}\b|(?<!FROM )(?<!JOIN )(?<![.'\w]){argument}\b(?![.'])"
            body = re.sub(alone, f"${place}::{kind}", body)
        found[name] = body
    return found
