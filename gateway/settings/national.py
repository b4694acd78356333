"""Reading of national decision matrices from `config/profiles/<name>/`: every fault at once, with file and line.

`profile.toml` says which facts, codes and stages there are; the rows, and how the facts of a decision follow, stand in the
other files, however many.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from gateway.domain.decision import Effect
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.profile import (
    Column,
    Known,
    NationalCode,
    Profile,
    ProfileFact,
    ProfileOutcome,
    ProfileRow,
    ProfileStage,
    WordMeaning,
)
from gateway.domain.tables.rows import Row
from gateway.domain.verification import DocumentStatus
from gateway.settings.folders import profile_folders
from gateway.settings.toml.rows_file import Where, read_row, read_rows, read_toml


class _Part(NamedTuple):
    """A kind of row of `profile.toml`."""

    table: str
    type: type[Any]
    same: Callable[[Any], Any]


_PARTS = (
    _Part("column", Column, lambda row: row.name),
    _Part("outcome", NationalCode, lambda row: row.name),
    _Part("stage", ProfileStage, lambda row: row.name),
    _Part("reading", WordMeaning, lambda row: (row.column, row.says)),
)
_FACT = _Part("fact", ProfileFact, lambda row: row.place)
_ROW = _Part("row", ProfileRow, lambda row: row.place)


_TYPE = re.compile(r"[A-Z0-9]{4}")
_OF_TYPES = frozenset({Known.DOCUMENT_TYPE, Known.RECORD_TYPE})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """The keys of `profile.toml` beside its rows."""

    title: str
    otherwise: ProfileOutcome
    expected: str = "expected_code"
    expected_detail: str = "further_detail"
    aside: tuple[str, ...] = ()


def load_profile(name: str, *folders: Path) -> Profile:
    """Read a profile, all of it from the last of the configuration folders that has one of this name.

    Raises:
        ConfigurationError: with every fault of all its files at once.
    """
    there = profile_folders(*folders)
    if name not in there:
        named = ", ".join(sorted(there)) or "none"
        raise ConfigurationError((f"profiles/{name}: there is no such profile; there are: {named}",))
    return _Reader(
        there[name], f"profiles/{name}" if there[name].is_relative_to(folders[0]) else str(there[name])
    ).read(name)


class _Reader:
    """The reader of one profile's files, which gathers their faults."""

    def __init__(self, folder: Path, label: str) -> None:
        self._folder = folder
        self._label = label
        self._faults: list[str] = []

    def read(self, name: str) -> Profile:
        parsed, where = self._file("profile.toml")
        parts = {part.table: self._part(parsed.pop(part.table, []), part, where) for part in _PARTS}
        head = read_row(parsed, (), _Head, where, self._faults)
        rows: list[ProfileRow] = []
        facts: list[ProfileFact] = []
        for path in sorted(self._folder.glob("*.toml")):
            if path.name == "profile.toml":
                continue
            content, where = self._file(path.name)
            rows += self._part(content.pop(_ROW.table, []), _ROW, where).values()
            facts += self._part(content.pop(_FACT.table, []), _FACT, where).values()
            self._faults += [f"{where.at(key)}: unknown table or key {key!r}" for key in content]
        if head is None or self._faults:
            raise ConfigurationError(tuple(self._faults))
        profile = Profile(
            name=name,
            title=head.title,
            otherwise=head.otherwise,
            expected=head.expected,
            expected_detail=head.expected_detail,
            aside=head.aside,
            columns=parts["column"],
            codes=parts["outcome"],
            stages=tuple(parts["stage"].values()),
            rows=tuple(rows),
            readings=parts["reading"],
            facts=tuple(facts),
        )
        self._faults += _judge(profile, f"{self._label}/profile.toml:1")
        if self._faults:
            raise ConfigurationError(tuple(self._faults))
        return profile

    def _file(self, name: str) -> tuple[dict[str, Any], Where]:
        return read_toml(self._folder / name, f"{self._label}/{name}", self._faults)

    def _part(self, tables: Any, part: _Part, where: Where) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for row in read_rows(tables, part.table, part.type, where, self._faults):
            if part.same(row) in found:
                self._faults.append(f"{where.at(part.table)}: {part.table} {part.same(row)} stands twice")
            found[part.same(row)] = row
        return found


def _judge(profile: Profile, at: str) -> Iterator[str]:
    """Find the faults of a profile that the types cannot exclude."""
    severities = [code.severity for code in profile.codes.values()]
    if len(set(severities)) != len(severities):
        yield f"{at}: two codes have one severity; nobody could say which counts"
    for column in profile.columns.values():
        if not column.values or len(set(column.values)) != len(column.values):
            yield f"{at}: column {column.name}: needs values, each of them once"
    otherwise = profile.codes.get(profile.otherwise.code)
    if otherwise is None or otherwise.effect.gravity < Effect.HOLD.gravity:
        yield f"{at}: otherwise: has to be a code that holds or refuses"
    for stage in profile.stages:
        for code in stage.over:
            if code not in profile.codes:
                yield f"{at}: stage {stage.name!r}: {code!r} is no code of this profile"
    for reading in profile.readings.values():
        for fact in reading.means:
            if fact not in profile.columns:
                yield f"{reading.place}: {fact!r} is no column"
    for known in profile.facts:
        yield from _judge_fact(profile, known)
    yield from _judge_dated((*profile.rows, *profile.facts))


def _judge_dated(rows: Iterable[Row]) -> Iterator[str]:
    for row in rows:
        if not row.source.strip():
            yield f"{row.place}: source: a text is needed"
        if row.valid_to is not None and row.valid_to < row.valid_from:
            yield f"{row.place}: valid_to: lies before valid_from"


def _judge_fact(profile: Profile, fact: ProfileFact) -> Iterator[str]:
    for value in fact.says:
        if fact.known is Known.STATUS and value not in set(DocumentStatus):
            yield f"{fact.place}: says: {value!r} is no status of a document"
        if fact.known in _OF_TYPES and not _TYPE.fullmatch(value):
            yield f"{fact.place}: says: {value!r} is no document code (an4)"
    for value in fact.types:
        if not _TYPE.fullmatch(value):
            yield f"{fact.place}: types: {value!r} is no document code (an4)"
    if not fact.says or not fact.means:
        yield f"{fact.place}: says and means: at least one of each is needed"
    for fault in profile.misnamed(fact.means):
        yield f"{fact.place}: means: {fault}"
