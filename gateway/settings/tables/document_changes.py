"""The differences of a set of tables from another one in what is asked about documents that goods need, with the chapters of these goods."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from msgspec import Struct
from msgspec.structs import replace

from gateway.domain.tables.change import TableChange
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes
from gateway.settings.tables.goods_changes import CHAPTER, ChangeWay
from gateway.settings.tables.loosenings import Rows, changed_rows

_KINDS = ("routes", "classes")
_SAID = ("authority", "system", "adapter", "name", "covered_by", "procedures")
"""Of a row that comes or goes this is said."""
_Place = tuple[str, str, str | None, date]
"""Table, key, field and first day of a change."""


class DocumentChange(Struct, frozen=True):
    """A change of which authority is asked about documents and how they are judged, or of their class."""

    documents: Codes
    """Document codes, with the movements or the data element for which it is so."""
    chapters: Codes
    """Those on goods of which some measure names them, before or after."""
    way: ChangeWay
    what: str
    valid_from: date
    valid_to: date | None


def changed_documents(before: Tables, after: Tables, day: date) -> tuple[DocumentChange, ...]:
    """Return what is asked otherwise, from a day on, about documents that some measure names."""
    old, new = ({into: tables.rows_of(into) for into in _KINDS} for tables in (before, after))
    chapters = _chapters(before, after, day)
    stricter = set(_loosening(new, old))
    found: dict[DocumentChange, list[tuple[str, str]]] = defaultdict(list)
    for one in changed_rows(old, new):
        if one.valid_to is not None and one.valid_to < day:
            continue
        for key in one.keys:
            kind = key.partition(", ")[0]
            tightens = (one.table, key, one.field, one.valid_from) in stricter
            if kind in chapters and (tightens or one.loosens):
                way = (
                    ChangeWay.OTHER
                    if tightens and one.loosens
                    else ChangeWay.LOOSENS
                    if one.loosens
                    else ChangeWay.TIGHTENS
                )
                what = f"{one.means} ({_values(one)})" if one.loosens else _values(one)
                found[DocumentChange((), (), way, what, one.valid_from, one.valid_to)].append((kind, key))
    return tuple(
        replace(
            change,
            documents=tuple(key for _, key in keys),
            chapters=tuple(sorted({chapter for kind, _ in keys for chapter in chapters[kind]})),
        )
        for change, keys in found.items()
    )


def _values(change: TableChange) -> str:
    if change.field is not None:
        return f"{change.field}: {change.before or 'none'} -> {change.after or 'none'}"
    said = "; ".join(one for one in (change.before or change.after).split("; ") if one.startswith(_SAID))
    return f"{'gone' if change.before else 'new'}: {said}"


def _loosening(before: Rows, after: Rows) -> Iterator[_Place]:
    for one in changed_rows(before, after):
        if one.loosens:
            yield from ((one.table, key, one.field, one.valid_from) for key in one.keys)


def _chapters(before: Tables, after: Tables, day: date) -> dict[str, set[str]]:
    """Return by document code the chapters of goods on which a measure names it."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in (*before.required, *after.required):
        if row.valid_to is None or row.valid_to >= day:
            chapters = {code[:CHAPTER] for code in row.commodities}
            for group in (*row.all_of, *(one.types for one in row.alternatives)):
                for kind in group:
                    found[kind] |= chapters
    return found
