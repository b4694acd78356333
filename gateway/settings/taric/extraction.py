"""The records of TARIC that are known here: a full extraction with all daily files that followed, kept in an SQLite file.

A file of any size passes through in bounded memory. Each file is applied whole or not at all.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gateway.domain.errors import ConfigurationError
from gateway.settings.taric.records import KINDS, RecordKind, TaricRecord, Update, read_values

MOST_FAULTS = 100
"""So many faults of a file are named; how many more there are, is counted."""
_LAYOUT = 4
"""The version of the tables and columns below: raised whenever one is added, since what was passed over cannot be had any more."""
OTHER_GOODS = "other_goods"
"""The table of measures as earlier files have them on other goods: each answer of a tariff service says that one is on its own."""
_MEASURE = KINDS["measure"]
_OF_MEASURE = ("condition", "exclusion")
"""Tables of what belongs to a measure, and may not be there without it."""
_BATCH = 10_000
_NUMBERS = frozenset({"sid", "member", "measure", "goods_sid"})


@dataclass(slots=True, kw_only=True)
class TaricFile:
    """A file of records: what it is called, and which records it holds."""

    name: str
    digest: str
    envelope: str = ""
    """The envelope's identifier; empty: the format has none."""
    goods: str = ""
    """The goods code of which it holds all measures; empty: of none by itself."""
    asked: str = ""
    """The day on which that was so, of an answer of a tariff service; empty: of other formats."""
    whole: bool = False
    """Whether it holds all measures of TARIC."""
    records: int = 0
    passed_over: Counter[str] = field(default_factory=Counter)
    """How many records of kinds that are not kept, by kind."""


class Extraction:
    """The records in one SQLite file."""

    def __init__(self, path: Path) -> None:
        """Open the file, or make it.

        Raises:
            ConfigurationError: it was made by a version of the gateway that kept other records.
        """
        self._connection = sqlite3.connect(path, isolation_level=None)
        ((layout,),) = self._connection.execute("PRAGMA user_version")
        ((tables,),) = self._connection.execute("SELECT count(*) FROM sqlite_schema")
        if tables and layout != _LAYOUT:
            self._connection.close()
            raise ConfigurationError(
                (f"{path.name}: was made by another version of the gateway; load the full extraction again",)
            )
        self._connection.execute("PRAGMA journal_mode = MEMORY")
        self._connection.execute("PRAGMA synchronous = OFF")
        for kind in KINDS.values():
            columns = ", ".join(
                f"{column} {'INTEGER' if column in _NUMBERS else 'TEXT'}" for column in (*kind.columns, "place")
            )
            self._connection.execute(
                f"CREATE TABLE IF NOT EXISTS {kind.table} ({columns}, PRIMARY KEY ({', '.join(kind.key)})) WITHOUT ROWID"
            )
        self._connection.execute(f"CREATE TABLE IF NOT EXISTS {OTHER_GOODS} AS SELECT * FROM measure WHERE 0")
        for index in (
            f"measure_of ON {OTHER_GOODS} (sid)",
            "condition_of ON condition (measure)",
            "line_of ON goods (item)",
            "indent_of ON indent (goods_sid)",
        ):
            self._connection.execute(f"CREATE INDEX IF NOT EXISTS {index}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS file (number INTEGER PRIMARY KEY, name TEXT, digest TEXT, envelope TEXT, goods TEXT, asked TEXT, whole INTEGER)"
        )
        self._connection.execute(f"PRAGMA user_version = {_LAYOUT}")

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @property
    def files(self) -> tuple[TaricFile, ...]:
        """The files that were applied, in their order."""
        found = self._connection.execute("SELECT name, digest, envelope, goods, asked, whole FROM file ORDER BY number")
        return tuple(
            TaricFile(name=name, digest=digest, envelope=envelope, goods=goods, asked=asked, whole=bool(whole))
            for name, digest, envelope, goods, asked, whole in found
        )

    @contextmanager
    def applying(self) -> Iterator[None]:
        """Apply all files within the context, or none if it ends with an error."""
        self._connection.execute("BEGIN")
        try:
            yield
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def apply(self, file: TaricFile, records: Iterable[TaricRecord]) -> None:
        """Apply the records of a file, which becomes the newest.

        Raises:
            ConfigurationError: with the faults of its records, each by its number.
        """
        faults = _Faults(file.name)
        pending: dict[str, list[tuple[Any, ...]]] = {}
        for record in records:
            file.records += 1
            kind = KINDS.get(record.kind)
            if kind is None or not kind.keeps(record.values):
                file.passed_over[record.kind] += 1
                continue
            row, wrong = read_values(kind, record.values)
            named = " ".join(str(row[column]) for column in kind.key if row[column])
            for fault in wrong:
                faults.add(record.number, f"{record.kind} {named}: {fault}" if named else f"{record.kind}: {fault}")
            if wrong:
                continue
            place = f"{file.name}:{record.number}"
            if record.update is Update.PUT:
                self._put(kind, row, place)
            elif record.update is Update.INSERT:
                waiting = pending.setdefault(record.kind, [])
                waiting.append((*row.values(), place))
                if len(waiting) >= _BATCH:
                    self._insert(kind, record.kind, waiting, faults)
                    waiting.clear()
            elif record.update is Update.UPDATE and not kind.strict:
                self._flush(pending, faults)
                self._put(kind, row, place)
            else:
                self._flush(pending, faults)
                self._change(kind, record, row, place, faults)
        self._flush(pending, faults)
        faults.end()
        self._connection.execute(
            "INSERT INTO file (name, digest, envelope, goods, asked, whole) VALUES (?, ?, ?, ?, ?, ?)",
            (file.name, file.digest, file.envelope, file.goods, file.asked, file.whole),
        )

    def check(self) -> None:
        """Check that every record belongs to something.

        Raises:
            ConfigurationError: with each condition and exclusion that has no measure, by its place.
        """
        faults = _Faults("")
        for table in _OF_MEASURE:
            for place, measure in self._connection.execute(
                f"SELECT place, measure FROM {table} WHERE measure NOT IN (SELECT sid FROM measure) LIMIT {MOST_FAULTS}"
            ):
                faults.texts.append(f"{place}: the measure {measure} of this {table} is in no file")
        faults.end()

    def rows(self, query: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of a query."""
        yield from self._connection.execute(query, values)

    def _put(self, kind: RecordKind, row: dict[str, str | None], place: str) -> None:
        if kind is _MEASURE:
            self._keep_on_other_goods(row)
            for table in (*_OF_MEASURE, "component"):  # the file says again what still is so
                self._connection.execute(f"DELETE FROM {table} WHERE measure = ?", (row["sid"],))
        marks = ", ".join("?" * (len(row) + 1))
        self._connection.execute(f"INSERT OR REPLACE INTO {kind.table} VALUES ({marks})", (*row.values(), place))

    def _keep_on_other_goods(self, measure: dict[str, str | None]) -> None:
        """Keep a measure on the goods on which it is before another file puts it on its own: it is on both."""
        goods = (measure["sid"], measure["goods"], measure["goods_sid"])
        same = "goods IS ? AND goods_sid IS ?"
        self._connection.execute(
            f"INSERT INTO {OTHER_GOODS} SELECT * FROM measure WHERE sid = ? AND NOT ({same})", goods
        )
        self._connection.execute(f"DELETE FROM {OTHER_GOODS} WHERE sid = ? AND {same}", goods)

    def _flush(self, pending: dict[str, list[tuple[Any, ...]]], faults: "_Faults") -> None:
        for name, waiting in pending.items():
            self._insert(KINDS[name], name, waiting, faults)
            waiting.clear()

    def _insert(self, kind: RecordKind, name: str, rows: Sequence[tuple[Any, ...]], faults: "_Faults") -> None:
        marks = ", ".join("?" * (len(kind.columns) + 1))
        verb = "INSERT" if kind.strict else "INSERT OR REPLACE"
        statement = f"{verb} INTO {kind.table} VALUES ({marks})"
        self._connection.execute("SAVEPOINT batch")
        try:
            self._connection.executemany(statement, rows)
        except sqlite3.IntegrityError:
            self._connection.execute("ROLLBACK TO batch")
            self._insert_singly(kind, name, statement, rows, faults)
        self._connection.execute("RELEASE batch")

    def _insert_singly(
        self, kind: RecordKind, name: str, statement: str, rows: Sequence[tuple[Any, ...]], faults: "_Faults"
    ) -> None:
        """Insert rows one by one, and name those whose key is there already."""
        at = [list(kind.columns).index(column) for column in kind.key]
        where = " AND ".join(f"{column} = ?" for column in kind.key)
        for row in rows:
            try:
                self._connection.execute(statement, row)
            except sqlite3.IntegrityError:
                key = [row[index] for index in at]
                ((place,),) = self._connection.execute(f"SELECT place FROM {kind.table} WHERE {where}", key)
                name_of_key = ", ".join(map(str, key))
                faults.texts.append(f"{row[-1]}: {name} {name_of_key} is inserted, and there is one already ({place})")

    def _change(
        self, kind: RecordKind, record: TaricRecord, row: dict[str, str | None], place: str, faults: "_Faults"
    ) -> None:
        key = [row[column] for column in kind.key]
        where = " AND ".join(f"{column} = ?" for column in kind.key)
        if record.update is Update.DELETE:
            done = self._connection.execute(f"DELETE FROM {kind.table} WHERE {where}", key)
        else:
            changed = ", ".join(f"{column} = ?" for column in (*row, "place"))
            done = self._connection.execute(
                f"UPDATE {kind.table} SET {changed} WHERE {where}", [*row.values(), place, *key]
            )
        if kind is _MEASURE:
            # Who changes or deletes a measure speaks of all its goods.
            self._connection.execute(f"DELETE FROM {OTHER_GOODS} WHERE sid = ?", key)
        if kind.strict and done.rowcount != 1:
            verb = "deleted" if record.update is Update.DELETE else "updated"
            name_of_key = ", ".join(map(str, key))
            faults.add(
                record.number, f"{record.kind} {name_of_key} is {verb}, and there is none: is a file missing before?"
            )


class _Faults:
    """The faults of one file: the first of them, and how many there are."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.texts: list[str] = []

    def add(self, number: int, text: str) -> None:
        self.texts.append(f"{self._name}:{number}: {text}")
        if len(self.texts) >= 10 * MOST_FAULTS:
            self.end()

    def end(self) -> None:
        if not self.texts:
            return
        more = len(self.texts) - MOST_FAULTS
        named = (*self.texts[:MOST_FAULTS], f"{more} more faults") if more > 0 else tuple(self.texts)
        raise ConfigurationError(named)
