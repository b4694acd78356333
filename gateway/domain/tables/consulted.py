"""The rows of the tables that gave an answer, for explanations of decisions."""

from dataclasses import dataclass
from enum import Enum
from typing import Any

from gateway.domain.tables.rows import Row


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


def _parts(key: Any) -> tuple[str, ...]:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(str(part.value if isinstance(part, Enum) else part) for part in parts if part not in (None, ""))


def _place(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (place, 0)
