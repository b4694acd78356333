"""The plain form in which values cross to and from the process of an adapter's code: JSON that keeps every type.

What is no value of the contract stays what it is not: its type's name crosses, and nothing of it. Only the standard
library and the contract are imported, since the adapter's process imports this too.
"""

from base64 import b64decode, b64encode
from dataclasses import fields
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from types import MappingProxyType
from typing import Any

from gateway.contract import adapter, vocabulary

KINDS: dict[str, type[Any]] = {
    name: kind
    for module in (vocabulary, adapter)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and (hasattr(kind, "__dataclass_fields__") or issubclass(kind, Enum))
}
"""The contract's own types, by name."""


class Stranger:
    """A value of no type of the contract, of which the name of the type is all that is known."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"<{self.name}>"


def to_plain(value: Any) -> Any:
    """Return a value as JSON has it; of what the contract does not know, the type's name alone."""
    kind = type(value)
    if value is None or kind in (bool, int, str):
        return value
    if kind in _WRITTEN:
        return {_WRITTEN[kind][0]: _WRITTEN[kind][1](value)}
    if kind is list:
        return [to_plain(one) for one in value]
    if kind in (tuple, frozenset, set):
        return {kind.__name__: [to_plain(one) for one in value]}
    if kind in (dict, MappingProxyType):
        return {"mapping": [[to_plain(key), to_plain(one)] for key, one in value.items()]}
    if KINDS.get(kind.__name__) is kind:
        if issubclass(kind, Enum):
            return {"enum": [kind.__name__, value.value]}
        return {"value": [kind.__name__, {one.name: to_plain(getattr(value, one.name)) for one in fields(value)}]}
    return {"stranger": kind.__name__}


def from_plain(plain: Any) -> Any:
    """Return the value of a plain form; the inverse of `to_plain` for all but strangers."""
    if isinstance(plain, list):
        return [from_plain(one) for one in plain]
    if not isinstance(plain, dict):
        return plain
    ((tag, what),) = plain.items()
    return _READ[tag](what)


def _moment(value: datetime) -> Any:
    # A time in a zone of its own making is not asked for its text.
    return value.isoformat()


def _value(what: list[Any]) -> Any:
    name, members = what
    return KINDS[name](**{key: from_plain(one) for key, one in members.items()})


_WRITTEN: dict[type[Any], tuple[str, Any]] = {
    float: ("float", repr),
    bytes: ("bytes", lambda value: b64encode(value).decode("ascii")),
    Decimal: ("decimal", str),
    datetime: ("moment", _moment),
    date: ("day", date.isoformat),
}
_READ: dict[str, Any] = {
    "float": float,
    "bytes": b64decode,
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "tuple": lambda what: tuple(from_plain(one) for one in what),
    "frozenset": lambda what: frozenset(from_plain(one) for one in what),
    "set": lambda what: {from_plain(one) for one in what},
    "mapping": lambda what: {from_plain(key): from_plain(one) for key, one in what},
    "enum": lambda what: KINDS[what[0]](what[1]),
    "value": _value,
    "stranger": Stranger,
}
