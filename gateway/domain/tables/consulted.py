"""The rows of the tables that gave an answer, for explanations of decisions."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol, Self, TypeVar

from gateway.domain.tables.rows import Row

R = TypeVar("R", bound=Row)
K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """A row that answered a question."""

    row: Row
    keys: tuple[tuple[str, ...], ...]
    """The keys that were looked up, each once: a document type and a direction, a code, a unit, ..."""


class Recorder:
    """The recorder of rows that answered, with the keys that were looked up."""

    def __init__(self) -> None:
        self._noted: dict[int, tuple[Row, dict[tuple[str, ...], None]]] = {}

    def note(self, row: Row, key: Any) -> None:
        """Note a row that answered to a key."""
        _, keys = self._noted.setdefault(id(row), (row, {}))
        keys[_parts(key)] = None

    @property
    def consulted(self) -> tuple[Consulted, ...]:
        """The rows that answered, in the order of files and lines."""
        rows = [Consulted(row=row, keys=tuple(sorted(keys))) for row, keys in self._noted.values()]
        return tuple(sorted(rows, key=lambda one: (_place(one.row.place), type(one.row).__name__, one.keys)))


class _RowOfKey(Protocol):
    def __call__(self, index: Mapping[K, R], key: K, /) -> R | None: ...


class AnsweringRows:
    """Rows of one day that answer questions; a recorder, if given, notes those that do."""

    _recorder: Recorder | None = None
    _row: _RowOfKey = staticmethod(dict.get)  # type: ignore[assignment]  # as good as always nothing is recorded

    def recorded(self, recorder: Recorder) -> Self:
        """Return the same rows, with a recorder that notes those that answer a question."""
        same = copy(self)
        same._recorder = recorder
        same._row = same._recorded_row
        return same

    def _recorded_row(self, index: Mapping[K, R], key: K) -> R | None:
        row = index.get(key)
        if row is not None and self._recorder is not None:
            self._recorder.note(row, key)
        return row

    def _noted(self, rows: tuple[R, ...], key: object) -> tuple[R, ...]:
        if self._recorder is not None:
            for row in rows:
                self._recorder.note(row, key)
        return rows


def _parts(key: Any) -> tuple[str, ...]:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(str(part.value if isinstance(part, Enum) else part) for part in parts if part not in (None, ""))


def _place(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (place, 0)
