"""The contract's values as TOML has them, read and written by their own member names: texts for decimals and enumerations."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

Path = tuple[str | int, ...]
Fault = Callable[[Path, str], None]


def read_value(value: Any, kind: Any, path: Path, fault: Fault) -> Any:
    """Return the value of a type of the contract; every fault is reported with the path of its key, and None is returned then."""
    if get_origin(kind) in (Union, UnionType):
        (kind,) = (one for one in get_args(kind) if one is not NoneType)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            return fault(path, "a list is needed")
        return tuple(read_value(one, get_args(kind)[0], (*path, place), fault) for place, one in enumerate(value))
    if get_origin(kind) is Mapping:
        if not isinstance(value, dict) or not all(type(one) is str for one in value.values()):
            return fault(path, "a table of texts is needed")
        return {key: _leaf(one, get_args(kind)[1], (*path, key), fault) for key, one in value.items()}
    if is_dataclass(kind):
        return _members(value, kind, path, fault)
    return _leaf(value, kind, path, fault)


def _members(table: Any, kind: Any, path: Path, fault: Fault) -> Any:
    if not isinstance(table, dict):
        return fault(path, f"a table with the members of {kind.__name__} is needed")
    hints = _types(kind)
    known = {one.name: one for one in fields(kind)}
    for key in table.keys() - known.keys():
        fault((*path, key), f"{kind.__name__} has no such member; it has {', '.join(known)}")
    missing = [name for name, one in known.items() if name not in table and _is_needed(one)]
    for name in missing:
        fault((*path, name), f"{kind.__name__} needs it")
    values = {key: read_value(one, hints[key], (*path, key), fault) for key, one in table.items() if key in known}
    return None if missing else kind(**values)


@cache
def _types(kind: Any) -> Mapping[str, Any]:
    return get_type_hints(kind)


def _is_needed(member: Field[Any]) -> bool:
    return member.default is MISSING and member.default_factory is MISSING


def _leaf(value: Any, kind: Any, path: Path, fault: Fault) -> Any:
    try:
        if kind is Decimal and isinstance(value, str) and (number := Decimal(value)).is_finite():
            return number
        if isinstance(kind, type) and issubclass(kind, Enum) and isinstance(value, str):
            return kind(value)
        if kind in (datetime, date):
            return _time(value, kind, path, fault)
        if kind in (str, int, bool) and type(value) is kind:
            return value
    except (ValueError, InvalidOperation):
        pass
    return fault(path, _needed(kind))


def _time(value: Any, kind: Any, path: Path, fault: Fault) -> Any:
    """Read a day or an instant: as TOML has it, or as a text."""
    if kind is date:
        day = date.fromisoformat(value) if isinstance(value, str) and len(value) == len("2026-03-02") else value
        return day if type(day) is date else fault(path, _needed(kind))
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    if type(moment) is not datetime or moment.tzinfo is None:
        return fault(path, _needed(kind))
    return moment.astimezone(UTC)


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


def written_value(value: Any) -> Any:
    """Return a value of the contract as TOML has it, without the members that say nothing."""
    if is_dataclass(value) and not isinstance(value, type):
        members = [(one, getattr(value, one.name)) for one in fields(value)]
        return {one.name: written_value(member) for one, member in members if _is_needed(one) or says_something(member)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [written_value(one) for one in value]
    if isinstance(value, Mapping):
        return {key: written_value(one) for key, one in value.items()}
    # `str` would write a very small one with an exponent.
    return format(value, "f") if isinstance(value, Decimal) else value


def says_something(value: Any) -> bool:
    """Whether a member has more to say than that it is not there. Zero has."""
    return not (value is None or value is False or (isinstance(value, tuple | Mapping) and not value))
