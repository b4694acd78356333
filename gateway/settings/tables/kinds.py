"""The kinds of rows that a set of tables has, as their classes declare them, and the files of a folder in which they may stand."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import get_args

from gateway.domain.laxer import KindDirections
from gateway.domain.row_kind import DECLARED, Key, RowKind
from gateway.domain.tables.in_force import Tables
from gateway.wing_files import wing_files


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """A row of a further folder by which rows of earlier folders do not hold on its days."""

    keys: tuple[Key, ...]
    valid_from: date
    valid_to: date | None
    place: str
    loosens: str | None = None


def _of_wings() -> Iterator[RowKind]:
    """Yield the kinds of rows that wings declare, each taken by `Tables.further` under the name of its table."""
    for wing in wing_files():
        if wing.rows:
            own = import_module(wing.rows).__name__
            yield from (replace(one, into=one.table) for row, one in DECLARED.items() if row.__module__ == own)


_WINGS = tuple(_of_wings())
KINDS: Mapping[str, RowKind] = {
    one.name: replace(DECLARED[row], into=one.name)
    for one in fields(Tables)
    for row in get_args(one.type)
    if row in DECLARED
} | {one.into: one for one in _WINGS}
"""By the field of `Tables` that takes the rows, in the order of these fields; those of wings by their table."""
DIRECTIONS: Mapping[str, KindDirections] = {
    into: kind.directions for into, kind in KINDS.items() if not kind.decides_nothing
}
"""Of each kind that decides something, what loosens it."""
DECIDE_NOTHING = frozenset(KINDS) - DIRECTIONS.keys()
"""Texts, and what is shown: no row of theirs makes a decision another one."""

_NAMES = """
    documents.toml document_classes.toml document_elements.toml code_lists.toml requirements.toml credibility.toml exchange_rates.toml
    findings.toml advice.toml contingency.toml applications.toml changes.toml answers.toml decisions.toml units.toml countries.toml
    holidays.toml time_limits.toml identifiers.toml messages/decisions.en.toml messages/measures.en.toml messages/records.en.toml
    messages/movements.en.toml messages/words.en.toml messages/units.en.toml messages/codes.en.toml messages/statements.en.toml
"""
"""The files of a folder, in the order in which they are read."""
_PATTERNS = """
    requirements/**/*.toml findings.*.toml document_classes.*.toml documents.*.toml supplementary_units/**/*.toml
    messages/measures.*.en.toml messages/words.*.en.toml messages/codes.*.en.toml messages/statements.*.en.toml
"""
"""Further files in a folder of tables: requirements with their documents and statements, a folder a domain and a file an act; rows of
single formalities, and of the findings about them; supplementary units, a file a year of the Combined Nomenclature; parts of the classes
of codes, of their names, of words, and of what findings say."""


def _kinds_in(names: str) -> dict[str, tuple[RowKind, ...]]:
    return {name: tuple(kind for kind in KINDS.values() if name in kind.files) for name in names.split()}


FILES = _kinds_in(_NAMES)
"""What stands in which file of a folder."""
FURTHER = _kinds_in(" ".join([_PATTERNS, *(name for one in _WINGS for name in one.files)]))
"""What stands in further files; those of wings are among them, as no folder has to have them."""


def files_in(folder: Path) -> Mapping[str, tuple[RowKind, ...]]:
    """Return what stands in which file of a folder: those that each folder may have, and its further ones."""
    further = {
        str(path.relative_to(folder)): kinds
        for pattern, kinds in FURTHER.items()
        for path in sorted(folder.glob(pattern))
    }
    return FILES | further
