"""The rows of one day whose kinds wings declare, which answer questions by their keys."""

from collections.abc import Mapping
from typing import Any, TypeVar

from gateway.domain.row_kind import DECLARED, Key
from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.rows import Row

R = TypeVar("R", bound=Row)


class FurtherRows(AnsweringRows):
    """The rows of wings on one day."""

    def __init__(self, rows: Mapping[str, tuple[Any, ...]]) -> None:
        """Take the rows by their table."""
        self._rows = rows
        self._by_key: dict[type[Any], dict[Key, Any]] = {}
        for of_kind in rows.values():
            for row in of_kind:
                index = self._by_key.setdefault(type(row), {})
                index.update((key, row) for key in DECLARED[type(row)].keys(row))

    def find(self, kind: type[R], *key: object) -> R | None:
        """Return the row of a key, or else the one that is for all; None: on this day there is none.

        Args:
            kind: the class of the row.
            key: the value of each field of its key, in their order.
        """
        index, declared = self._by_key.get(kind, {}), DECLARED[kind]
        found: R | None = self._row(index, key)
        if found is None and declared.for_all:
            otherwise = tuple(
                "" if name == declared.for_all else one for name, one in zip(declared.key, key, strict=True)
            )
            found = self._row(index, otherwise)
        return found

    def all(self, kind: type[R]) -> tuple[R, ...]:
        """Return the rows of a kind."""
        return self._rows.get(DECLARED[kind].table, ())
