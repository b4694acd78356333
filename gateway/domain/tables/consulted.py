"""The rows in force on one day, beside a note of which of them gave an answer: for whoever has to say what a decision stands on."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import Any

from gateway.contract import Direction
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import ForeignForm, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Consulted:
    """A row that answered a question."""

    row: Row
    keys: tuple[tuple[str, ...], ...]
    """What was asked for, each once: a document type and a direction, a code, a unit, ..."""


class Consulting(InForce):
    """Answers as the rows of that day do, and notes those that it answers with."""

    def __init__(self, view: InForce) -> None:
        self._noted: dict[int, tuple[Row, dict[tuple[str, ...], None]]] = {}
        for name, held in vars(view).items():
            setattr(self, name, _Noting(held, self._note) if isinstance(held, dict) else held)
        self._measures, self._finer = {}, {}
        self._required = view._required  # what only begins with the same digits is no answer yet

    @classmethod
    def of(cls, tables: Tables, day: date) -> tuple[Tables, "Consulting"]:
        """Gives the tables once more, with a view of that day that notes what it answers with."""
        view, same = cls(tables.at(day)), replace(tables)
        same._views[day] = view  # the tables' own memory of views: a new one, that nobody else looks into
        return same, view

    @property
    def consulted(self) -> tuple[Consulted, ...]:
        """The rows that answered, in the order of files and lines."""
        rows = [Consulted(row=row, keys=tuple(sorted(keys))) for row, keys in self._noted.values()]
        return tuple(sorted(rows, key=lambda one: (_place(one.row.place), type(one.row).__name__, one.keys)))

    def measures(
        self, commodity_code: str, direction: Direction, procedure: str | None, origin: str | None
    ) -> tuple[RequiredDocuments, ...]:
        """Gives the measures that goods of a commodity code come under, which their description may still exclude."""
        return self._noted_of(super().measures(commodity_code, direction, procedure, origin), commodity_code)

    def finer_measures(
        self, commodity_code: str, direction: Direction, procedure: str | None, origin: str | None
    ) -> tuple[RequiredDocuments, ...]:
        """Gives further measures that only some of the goods come under whose codes start with this one."""
        return self._noted_of(super().finer_measures(commodity_code, direction, procedure, origin), commodity_code)

    def _noted_of(self, rows: tuple[RequiredDocuments, ...], code: str) -> tuple[RequiredDocuments, ...]:
        for row in rows:
            self._note(row, code)
        return rows

    def foreign_form(self, kind: str, reference: str) -> ForeignForm | None:
        """Names the other administration whose form a reference has."""
        row = super().foreign_form(kind, reference)
        if row is not None:
            self._note(row, (kind, reference))
        return row

    def _note(self, row: Row, key: Any) -> None:
        _, keys = self._noted.setdefault(id(row), (row, {}))
        keys[_told(key)] = None


class _Noting(dict[Any, Any]):
    """An index that says which of its rows were looked up."""

    def __init__(self, held: Mapping[Any, Any], note: Any) -> None:
        super().__init__(held)
        self._note = note

    def get(self, key: Any, default: Any = None) -> Any:
        found = super().get(key, default)
        for row in found if isinstance(found, tuple) else (found,):
            if isinstance(row, Row):
                self._note(row, key)
        return found

    def __getitem__(self, key: Any) -> Any:
        found = super().__getitem__(key)
        self.get(key)
        return found


def _told(key: Any) -> tuple[str, ...]:
    parts = key if isinstance(key, tuple) else (key,)
    return tuple(str(part.value if isinstance(part, Enum) else part) for part in parts if part not in (None, ""))


def _place(place: str) -> tuple[str, int]:
    file, _, line = place.rpartition(":")
    return (file, int(line)) if line.isdigit() else (place, 0)
