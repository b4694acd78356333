"""The table of the keys of `documents.toml`, from the rows that the gateway reads."""

import ast
import inspect
import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, Field, fields
from datetime import date
from enum import Enum
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from gateway.domain.row_kind import RowKind
from gateway.settings.model import OfWings
from gateway.settings.tables.kinds import FILES

FILE = "documents.toml"
_PLAIN = {str: "text", bool: "true or false", date: "day", int: "number"}


def keys_table() -> str:
    """Every key of every row that may stand in `documents.toml`."""
    kinds = FILES[FILE]
    shared = {*_fields_of(kinds[0].type.__mro__[1])}
    parts = [_part(kind, shared) for kind in kinds]
    row = kinds[0].type.__mro__[1]
    everywhere = "".join(_line(name, field, row) for name, field in _fields_of(row).items())
    return "".join(parts) + f"### Every row\n\n{_HEAD}{everywhere}"


_HEAD = "| key | value | default | meaning |\n|---|---|---|---|\n"


def _part(kind: RowKind, shared: set[str]) -> str:
    about = (kind.type.__doc__ or "").partition("\n")[0]
    by = " and ".join(f"`{one}`" for one in kind.key)
    lines = "".join(_line(name, one, kind.type) for name, one in _fields_of(kind.type).items() if name not in shared)
    return f"### `[[{kind.table}]]`\n\n{about} One row a day for each of its {by}.\n\n{_HEAD}{lines}\n"


def _fields_of(row: type[Any]) -> Mapping[str, "Field[Any]"]:
    return {one.name: one for one in fields(row) if one.name != "place"}


def _line(name: str, field: "Field[Any]", row: type[Any]) -> str:
    meaning = texts_below(row).get(name, "").replace("None: ", "Without it: ")
    assert meaning, f"say in the source, below the field, what {row.__name__}.{name} means"
    value = _value(get_type_hints(row)[name])
    return f"| `{name}` | {value} | {_default(field)} | {meaning} |\n"


def _default(field: "Field[Any]") -> str:
    if field.default is MISSING:
        return "**needed**"
    if field.default in (None, ()):
        return ""
    if isinstance(field.default, bool):
        return f"`{str(field.default).lower()}`"
    return f"`{field.default.value if isinstance(field.default, Enum) else field.default}`"


def _value(hint: Any) -> str:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return ", ".join(f"`{one.value}`" for one in hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if get_origin(hint) is Literal:
        return ", ".join(f"`{one}`" for one in get_args(hint))
    if get_origin(hint) is tuple:
        inner = _value(get_args(hint)[0])
        return f"list of {'texts' if inner == 'text' else inner}"
    assert get_origin(hint) in (Union, types.UnionType), hint
    return " or ".join(_value(one) for one in get_args(hint) if one is not type(None))


def texts_below(row: type[Any]) -> Mapping[str, str]:
    """The texts that stand below the fields in the source, of a row and of what it is made from."""
    found: dict[str, str] = {}
    for one in reversed(row.__mro__[:-1]):
        # Made, of the settings that wings have: it stands nowhere.
        found |= {} if one is OfWings else _said_here(one)
    return found


def _said_here(row: type[Any]) -> dict[str, str]:
    body = ast.parse(inspect.getsource(row)).body[0]
    assert isinstance(body, ast.ClassDef)
    return dict(_texts(body))


def _texts(body: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, text in zip(body.body, body.body[1:], strict=False):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            yield field.target.id, re.sub(r"\s+", " ", str(text.value.value)).replace("|", r"\|")
