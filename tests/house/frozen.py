"""What the outside relies on, as one text: names of the contract, codes, calls and their JSON, settings, commands, stored forms.

A change of names or of the tree changes none of it: `tests/data/frozen.txt` holds it as it was, a test compares.
`python -m tests.house.frozen` writes it anew, where something is meant to be added.
"""

import inspect
import re
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import msgspec
import typer

import gateway.contract
from gateway.cli.command_line import app as commands
from gateway.contract import reading, ws_security, xml, xml_text
from gateway.domain.application import Application
from gateway.domain.approval import ApprovalEnding, AskedOrder
from gateway.domain.contingency import DecidedInside, WindowStatement
from gateway.domain.control import Examination
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration import Declaration
from gateway.domain.events import EventKind
from gateway.domain.facts import Facts
from gateway.domain.movement import Movement
from gateway.domain.notice import NoticeKind
from gateway.domain.record import OfficerVerification
from gateway.domain.release import Released, StepReceived
from gateway.domain.verification import Plan
from gateway.settings.tables.kinds import KINDS
from gateway.store.coverage import COVERAGE, WORKING
from tests.builders.description import documentation
from tests.builders.places import ROOT
from tests.house.generated import settings_table

FROZEN = ROOT / "tests" / "data" / "frozen.txt"

_STORED = {
    "declaration.model": Declaration,
    "declaration.plan": Plan,
    "declaration.released": Released,
    "declaration.examination": Examination,
    "decision.body": NumberedDecision,
    "facts": Facts,
    "movement.body": Movement,
    "verification.body": OfficerVerification,
    "step.body": StepReceived,
    "decided_inside.body": DecidedInside,
    "contingency_window.opening": WindowStatement,
    "approval.body": AskedOrder,
    "approval.ending": ApprovalEnding,
    "application": Application,
}
"""By where they are stored: values whose JSON must be read by every later version."""


def frozen() -> str:
    """Return the whole text, a section for each kind of name."""
    sections: Mapping[str, Iterator[str]] = {
        "gateway.contract": contract(),
        "codes": codes(),
        "calls and their JSON": calls(),
        "settings": settings_keys(),
        "tables": tables(),
        "commands": command_lines(),
        "kinds of events": (kind.value for kind in EventKind),
        "kinds of notices": (kind.value for kind in NoticeKind),
        "stored values": stored(),
        "columns": columns(),
    }
    return "\n".join(f"# {title}\n" + "".join(f"{line}\n" for line in lines) for title, lines in sections.items())


def contract() -> Iterator[str]:
    """The public names of `gateway.contract`: values of enumerations, fields with types and defaults, parameters of methods."""
    for name in sorted(gateway.contract.__all__):
        yield from _public(name, getattr(gateway.contract, name))
    for module in (reading, ws_security, xml, xml_text):
        own = {name for name, thing in vars(module).items() if getattr(thing, "__module__", "") == module.__name__}
        for name in sorted(name for name in own if not name.startswith("_") and name != "T"):
            thing = getattr(module, name)
            prefix = module.__name__.removeprefix("gateway.contract.")
            if inspect.isfunction(thing):
                yield f"{prefix}.{name}{inspect.signature(thing)}"
            else:
                yield from (f"{prefix}.{line}" for line in _public(name, thing))


def _public(name: str, thing: Any) -> Iterator[str]:
    if not isinstance(thing, type):
        yield f"{name} = {thing if isinstance(thing, str) else type(thing).__name__}"
        return
    parents = " ".join(one.__name__ for one in thing.__mro__[1:-1] if one.__module__.startswith("gateway.contract"))
    yield f"{name} ({parents})" if parents else name
    if issubclass(thing, Enum):
        yield from (f"{name}.{one.name} = {one.value}" for one in thing)
    elif is_dataclass(thing):
        yield from (f"{name}.{one.name}: {one.type} = {_default(one)}" for one in fields(thing))
    for of, member in sorted(vars(thing).items()):
        if not of.startswith("_") and inspect.isfunction(member):
            yield f"{name}.{of}{inspect.signature(member)}"
        elif of == "code" and isinstance(member, str):
            yield f"{name}.code = {member}"


def _default(field: Any) -> str:
    if field.default is not MISSING:
        return repr(field.default)
    return "required" if field.default_factory is MISSING else "made"


def codes() -> Iterator[str]:
    """Every code that the gateway gives out."""
    files = [*(ROOT / "gateway").rglob("*.py"), *(ROOT / "config").rglob("*.toml")]
    found = {code for file in files for code in re.findall(r"\bSW-[A-Z]+-\d+\b", file.read_text())}
    yield from sorted(found)


def calls() -> Iterator[str]:
    """Every call with its parameters, bodies and answers, and every member of the JSON of these."""
    described = documentation()
    for path, methods in sorted(described["paths"].items()):
        for method, call in sorted(methods.items()):
            yield f"{method.upper()} {path}"
            for one in call.get("parameters", ()):
                yield f"{method.upper()} {path} {one['in']} {one['name']}{' required' if one.get('required') else ''}"
            for kind, content in sorted(call.get("requestBody", {}).get("content", {}).items()):
                yield f"{method.upper()} {path} < {kind} {_schema(content.get('schema', {}))}"
            for status, answer in sorted(call["responses"].items()):
                for kind, content in sorted(answer.get("content", {}).items()):
                    yield f"{method.upper()} {path} > {status} {kind} {_schema(content.get('schema', {}))}"
    for name, schema in sorted(described["components"]["schemas"].items()):
        required = set(schema.get("required", ()))
        if "enum" in schema:
            yield f"{name} = {' | '.join(map(str, schema['enum']))}"
        for member, one in sorted(schema.get("properties", {}).items()):
            yield f"{name}.{member}: {_schema(one)}{' required' if member in required else ''}"


def _schema(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    for union in ("anyOf", "oneOf", "allOf"):
        if union in schema:
            return " | ".join(_schema(one) for one in schema[union])
    if schema.get("type") == "array":
        return f"[{_schema(schema.get('items', {}))}]"
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    return str(schema.get("type", "anything"))


def settings_keys() -> Iterator[str]:
    """Every key of `gateway.toml` with its default."""
    for row in settings_table().splitlines()[2:]:
        _, key, default, *_ = row.split("|")
        yield f"{key.strip().strip('`')} = {default.strip().strip('`')}".rstrip()


def tables() -> Iterator[str]:
    """Every field of the rows of tables, as files and stored sets have them."""
    for into, kind in sorted(KINDS.items()):
        yield from (f"{into}.{one.name}" for one in fields(kind.type) if one.name != "place")


def command_lines() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield from _command("gateway", commands, typer.Context(commands))


def _command(name: str, command: Any, context: typer.Context) -> Iterator[str]:
    for one in command.params:
        yield f"{name} {' '.join(one.opts)}{' required' if one.required else ''}"
    if not hasattr(command, "list_commands"):
        yield name
        return
    for of in sorted(command.list_commands(context)):
        yield from _command(f"{name} {of}", command.get_command(context, of), context)


def stored() -> Iterator[str]:
    """Every member of the values that are stored as JSON, by the path to it."""
    for place, kind in _STORED.items():
        yield from sorted(set(_members(place, kind, ())))


def _members(path: str, kind: Any, above: tuple[Any, ...]) -> Iterator[str]:
    parts = get_args(kind)
    if get_origin(kind) in (tuple, list, frozenset):
        yield from _members(f"{path}[]", parts[0], above) if parts else ()
    elif parts and not isinstance(kind, type):
        for one in parts:
            yield from _members(path, one, above)
    elif isinstance(kind, type) and issubclass(kind, Enum):
        yield f"{path}: {' | '.join(str(one.value) for one in kind)}"
    elif isinstance(kind, type) and (is_dataclass(kind) or issubclass(kind, msgspec.Struct)):
        if kind in above:
            yield f"{path}: as above"
            return
        for name, hint in get_type_hints(kind).items():
            yield from _members(f"{path}.{name}", hint, (*above, kind))
    else:
        yield f"{path}: {getattr(kind, '__name__', kind)}"


def columns() -> Iterator[str]:
    """Every column that the audit knows, and the tables that it leaves out; a test compares them with the database."""
    for name, table in sorted(COVERAGE.items()):
        yield from sorted({f"{name}.{column}" for column in table.columns()})
    yield from sorted(WORKING)


if __name__ == "__main__":
    FROZEN.write_text(frozen())
