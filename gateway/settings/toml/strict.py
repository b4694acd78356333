"""Types that refuse what they do not know: a dataclass passes an unknown key over."""

from collections.abc import Collection
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, get_args, get_origin, get_type_hints

import msgspec

_MADE: dict[type[Any], type[msgspec.Struct]] = {}


def strict(kind: type[Any]) -> type[msgspec.Struct]:
    """Return the type read in place of a dataclass and of those inside of it; `msgspec.convert` makes the dataclass of it."""
    if kind not in _MADE:
        _MADE[kind] = _made(kind)
    return _MADE[kind]


def unfinished(kind: type[Any], left_out: Collection[str]) -> type[msgspec.Struct]:
    """Return the type read in place of a dataclass of which some fields may be left out: those are `msgspec.UNSET` then."""
    hints = get_type_hints(kind)
    known: list[tuple[str, Any, Any]] = []
    for one in fields(kind):
        if one.name in left_out:
            known.append((one.name, _inside(hints[one.name]) | msgspec.UnsetType, msgspec.UNSET))
        else:
            known.append(
                (one.name, _inside(hints[one.name]), msgspec.NODEFAULT if one.default is MISSING else one.default)
            )
    return msgspec.defstruct(f"{kind.__name__}Unfinished", known, kw_only=True, forbid_unknown_fields=True, gc=False)


def _made(kind: type[Any]) -> type[msgspec.Struct]:
    hints = get_type_hints(kind)
    known: list[tuple[str, Any, Any]] = []
    for one in fields(kind):
        default = one.default
        if one.default_factory is not MISSING:
            default = msgspec.field(default_factory=one.default_factory)
        known.append((one.name, _inside(hints[one.name]), msgspec.NODEFAULT if default is MISSING else default))
    return msgspec.defstruct(kind.__name__, known, kw_only=True, forbid_unknown_fields=True, gc=False)


def _inside(hint: Any) -> Any:
    if is_dataclass(hint) and isinstance(hint, type):
        return strict(hint)
    if get_origin(hint) is tuple:
        return tuple[tuple(_inside(one) for one in get_args(hint))]  # type: ignore[misc]  # made at run time
    return hint
