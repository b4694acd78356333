"""The reading of a call's subject from a recording: the contract's own member names, texts for decimals and enumerations."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from gateway.contract import DocumentFilter, DocumentQuery, Intervention, MovementKind, QuantityOrder

Path = tuple[str | int, ...]
Fault = Callable[[Path, str], None]

INTERVENTIONS = frozenset({MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE})
SUBJECTS: Mapping[str, type[Any]] = {
    "verify": DocumentQuery,
    "position": DocumentQuery,
    "list": DocumentFilter,
    "reserve": QuantityOrder,
    "write_off": QuantityOrder,
    "cancel": QuantityOrder,
    **dict.fromkeys(("force", "amend", "delete"), QuantityOrder),
}
"""What each method is called with; an intervention by its kind, with the order that it is about."""


def read_subject(method: str, table: Any, fault: Fault) -> Any:
    """Return the subject of a method; every fault is reported with the path of its key."""
    value = _read(table, SUBJECTS[method], ("call", "subject"), fault)
    if method in INTERVENTIONS and value is not None:
        return Intervention(kind=MovementKind(method), order=value)
    return value


def _read(value: Any, kind: Any, path: Path, fault: Fault) -> Any:
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            return fault(path, "a list is needed")
        return tuple(_read(one, get_args(kind)[0], (*path, place), fault) for place, one in enumerate(value))
    if is_dataclass(kind):
        return _members(value, kind, path, fault)
    return _leaf(value, kind, path, fault)


def _members(table: Any, kind: Any, path: Path, fault: Fault) -> Any:
    if not isinstance(table, dict):
        return fault(path, f"a table with the members of {kind.__name__} is needed")
    hints = get_type_hints(kind)
    known = {one.name: one for one in fields(kind)}
    for key in table.keys() - known.keys():
        fault((*path, key), f"{kind.__name__} has no such member; it has {', '.join(known)}")
    missing = [
        name
        for name, one in known.items()
        if name not in table and one.default is MISSING and one.default_factory is MISSING
    ]
    for name in missing:
        fault((*path, name), f"{kind.__name__} needs it")
    values = {key: _read(one, hints[key], (*path, key), fault) for key, one in table.items() if key in known}
    return None if missing else kind(**values)


def _leaf(value: Any, kind: Any, path: Path, fault: Fault) -> Any:
    try:
        if kind is Decimal and isinstance(value, str):
            return Decimal(value)
        if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
            return kind(value)
        if kind is datetime and type(value) is datetime and value.tzinfo is not None:
            return value.astimezone(UTC)
        if kind is date and type(value) is date:
            return value
        if kind in (str, int, bool) and type(value) is kind:
            return value
    except (ValueError, InvalidOperation):
        pass
    return fault(path, _needed(kind))


def _needed(kind: Any) -> str:
    if issubclass(kind, Enum):
        return f"one of {', '.join(str(one.value) for one in kind)} is needed"
    return {
        Decimal: 'a decimal as a text is needed, "12.5"',
        datetime: "a time with its zone is needed, 2026-03-02T09:12:00Z",
        date: "a day is needed, 2026-03-02",
        str: "a text is needed",
        int: "a whole number is needed",
        bool: "true or false is needed",
    }.get(kind, f"a {kind.__name__} is needed")
