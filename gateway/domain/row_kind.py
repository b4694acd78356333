"""A kind of row, declared on the class of its rows: where they are written, what they are for, and what loosens them."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from itertools import product
from typing import Any, TypeVar, dataclass_transform

from gateway.domain.laxer import NEUTRAL, KindDirections, LooseningDirection

_Class = TypeVar("_Class")
Key = tuple[Any, ...]
"""One value for each field of a kind's key."""
OF_EVERY_ROW = frozenset({"valid_from", "valid_to", "source", "loosens", "place"})
"""The fields of `Row`."""


@dataclass(frozen=True, kw_only=True, eq=False)
class RowKind:
    """A kind of row."""

    table: str
    """Its name in the file: `[[table]]`."""
    type: type[Any]
    into: str = ""
    """The field of `Tables` that takes its rows."""
    files: tuple[str, ...] = ()
    """The files in which it may stand; `*` in a name stands for any further files."""
    key: tuple[str, ...]
    """Fields that together ask one question. A field that is a list counts value by value."""
    for_all: str = ""
    """The field of the key that may be empty: the row is then for whatever no other row names."""
    may_pause: bool = False
    """Whether what a key stands for may end and begin again: no row was forgotten in between."""
    of_another: tuple[tuple[str, str], ...] = ()
    """Fields, each with the one that names what it is said of: where that is another one it is not taken over."""
    own_only: bool = False
    """Whether only an administration's own folder may have such rows, and the delivered one none."""
    later: bool = False
    """Whether earlier sets have no row of it at all, although what it says held: a set without any is not compared by it."""
    decides_nothing: bool = False
    """Whether it is a text, or only displayed: no row of it makes a decision another one."""
    directions: KindDirections = field(default_factory=KindDirections)

    @cached_property
    def dated(self) -> bool:
        """Whether its rows hold on some days only."""
        return hasattr(self.type, "valid_from")

    @cached_property
    def inherited(self) -> tuple[str, ...]:
        """The fields that a row of a further folder takes over, where it does not mention them, from the rows that it replaces."""
        own = {*self.key, *OF_EVERY_ROW}
        return tuple(one.name for one in fields(self.type) if one.name not in own) if self.dated else ()

    def keys(self, row: Any) -> tuple[Key, ...]:
        """Return the keys that a row, or the bare fields of one, is for."""
        return tuple(product(*[self._values(row, name) for name in self.key]))

    def _values(self, row: Any, name: str) -> tuple[Any, ...]:
        value = row[name] if isinstance(row, dict) else getattr(row, name)
        if not isinstance(value, tuple | list):
            return (value,)
        return tuple(value) or (("",) if name == self.for_all else ())

    def narrowed(self, row: Any, keys: tuple[Key, ...]) -> Iterator[Any]:
        """Return rows that are for these keys of a row and otherwise the same."""
        columns = [tuple(dict.fromkeys(column)) for column in zip(*keys, strict=True)]
        together = sorted(product(*columns), key=repr) == sorted(keys, key=repr)
        for values in [columns] if together else [[(value,) for value in key] for key in keys]:
            changed = {}
            for name, value in zip(self.key, values, strict=True):
                if isinstance(getattr(row, name), tuple):
                    changed[name] = () if value == ("",) else value
            yield replace(row, **changed)

    def title_of(self, key: Key) -> str:
        """Return a key as people read it."""
        return f"{self.table} {', '.join(str(part) for part in key if part not in (None, ''))}"


DECLARED: dict[type[Any], RowKind] = {}
"""By the class of their rows; `into` is not known here."""


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def row_kind(
    table: str,
    files: str,
    *,
    key: str,
    added: LooseningDirection = NEUTRAL,
    removed: LooseningDirection = NEUTRAL,
    **more: Any,
) -> Callable[[type[_Class]], type[_Class]]:
    """Declare the rows `[[table]]`: makes the class a frozen dataclass with slots and keywords.

    `files` and `key` are names with spaces between them; `more` are further fields of `RowKind`. Each field that is not of the key
    has its direction of loosening in its type, `Annotated[Codes, fewer("...")]`.
    """

    def declared(cls: type[_Class]) -> type[_Class]:
        made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
        kind = RowKind(table=table, type=made, files=tuple(files.split()), key=tuple(key.split()), **more)
        ways = {} if kind.decides_nothing else dict(_directions(made, {*kind.key, *OF_EVERY_ROW}))
        DECLARED[made] = replace(kind, directions=KindDirections(fields=ways, added=added, removed=removed))
        return made

    return declared


def _directions(row: type[Any], others: Collection[str]) -> Iterator[tuple[str, LooseningDirection]]:
    for one in fields(row):
        ways = [way for way in getattr(one.type, "__metadata__", ()) if isinstance(way, LooseningDirection)]
        if len(ways) != (one.name not in others):
            raise TypeError(
                f"{row.__name__}.{one.name}: a field has one direction of loosening, one of the key has none"
            )
        if ways:
            yield one.name, ways[0]
