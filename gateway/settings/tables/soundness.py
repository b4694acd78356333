"""A search for unsound tables: questions left open between days, codes that nobody knows, rows that never count."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from typing import Any

from gateway.domain.row_kind import Key
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import DocumentRoute, Row, Statement
from gateway.settings.tables import bounds, code_places, contradictions, formalities
from gateway.settings.tables.days import Period, gaps, meet, period, without
from gateway.settings.tables.kinds import KINDS, Removed
from gateway.wing_files import wing_files


def unsound(tables: Tables, removed: Mapping[str, Sequence[Removed]]) -> list[str]:
    """Return the faults of a set, each with the place of a row. `removed` are the days taken out on purpose."""
    return [
        *_gaps(tables, removed),
        *_ended(tables),
        *_unclassed(tables),
        *_unknown_types(tables),
        *_unknown_units(tables),
        *contradictions.found(tables),
        *formalities.found(tables),
        *code_places.found(tables),
        *bounds.found(tables),
        *_of_wings(tables),
    ]


def _of_wings(tables: Tables) -> Iterator[str]:
    """Have wings search the rows of the kinds that they declare."""
    for wing in wing_files():
        if wing.sound:
            module, function = wing.sound.split(":")
            yield from getattr(import_module(module), function)(tables)


def _gaps(tables: Tables, removed: Mapping[str, Sequence[Removed]]) -> Iterator[str]:
    """Find questions that are answered, then not, then answered again: they were forgotten in between."""
    for into, kind in KINDS.items():
        if not kind.dated or kind.may_pause:
            continue
        rows: dict[Key, list[Row]] = defaultdict(list)
        for row in tables.rows_of(into):
            for key in kind.keys(row):
                rows[key].append(row)
        meant: dict[Key, list[Period]] = defaultdict(list)
        for one in removed.get(into, ()):
            for key in one.keys:
                meant[key].append(period(one))
        for key, same in rows.items():
            if len(same) == 1:
                continue
            for gap in gaps(period(row) for row in same):
                for begins, ends in without(gap, meant[key]):
                    after = min((row for row in same if row.valid_from > begins), key=lambda row: row.valid_from)
                    before = max((row for row in same if row.valid_from < begins), key=lambda row: row.valid_from)
                    yield (
                        f"{after.place}: {kind.title_of(key)}: no row holds from {begins} to {ends}; "
                        f"the one before, {before.place}, ends too early or this one begins too late"
                    )


_WITHOUT_END = ("rules", "statuses", "causes", "refusals")
"""Kinds of rows of which one is needed on every day: whatever an authority answers gives a finding, and every finding means something."""


def _ended(tables: Tables) -> Iterator[str]:
    for into in _WITHOUT_END:
        last: dict[Key, Row] = {}
        for row in tables.rows_of(into):
            for key in KINDS[into].keys(row):
                last[key] = max(row, last.get(key, row), key=lambda one: one.valid_to or date.max)
        for key, row in last.items():
            if row.valid_to is not None:
                yield f"{row.place}: {KINDS[into].title_of(key)} ends on {row.valid_to} without a successor"


def _unclassed(tables: Tables) -> Iterator[str]:
    """Find a set without any class that still holds, or without any place of a code: it decides as sets did before; a new one never may."""
    if not any(row.valid_to is None and "document_classes.toml" in row.place for row in tables.classes):
        yield "document_classes.toml: no [[class]] row: what is cited and asked of nobody would hold nothing; put the shipped file back"
    if not tables.code_elements:
        yield "document_elements.toml: no [[code_element]] row: no code would be found in a wrong data element; put the shipped file back"


_NAMING: Mapping[str, Callable[[Any], tuple[str, ...]]] = {
    "required": lambda row: (
        *(kind for group in row.all_of for kind in group),
        *(kind for one in row.alternatives for kind in (one.to, *one.types)),
        *(kind for one in row.limits for kind in one.types),
    ),
    "decisions": lambda row: row.types,
    "authority_statuses": lambda row: row.types,
    "accompanied": lambda row: (row.type,),
    "validated": lambda row: row.types,
    "processed": lambda row: row.types,
    "statements": lambda row: row.waives,
    "classes": lambda row: row.covered_by,
    "credibility_checks": lambda row: row.documents,
    "routes": lambda row: row.waivers,
    "second_officers": lambda row: row.types,
    "modes": lambda row: row.types,
    "windows": lambda row: row.types,
    "foreign_forms": lambda row: row.types,
    "old_codes": lambda row: row.instead,
    "general_authorisations": lambda row: row.types,
    "time_limits": lambda row: row.types,
    "holders": lambda row: row.types,
    "together": lambda row: (*row.types, *row.beside),
    "designated_offices": lambda row: row.types,
    "once": lambda row: row.types,
    "deviations": lambda row: row.types,
    "figures": lambda row: (*row.types, *row.beside),
    "account_kinds": lambda row: (*row.types, *filter(None, [row.figure])),
}
"""Which document types and statements a row refers to."""


def _unknown_types(tables: Tables) -> Iterator[str]:
    """Find types that some row refers to and that are not known on its days, as a document or a waiver code."""
    known: dict[str, list[Row]] = defaultdict(list)
    documents: tuple[DocumentRoute | Statement, ...] = (*tables.routes, *tables.statements)
    for one in documents:
        for kind in one.types:
            known[kind].append(one)
    for into, named in _NAMING.items():
        for row in tables.rows_of(into):
            for kind in dict.fromkeys(named(row)):
                if kind not in known:
                    yield f"{row.place}: {KINDS[into].table} names {kind}, which no [[document]] or [[statement]] row knows"
                    continue
                last = max(known[kind], key=lambda one: one.valid_to or date.max)
                if last.valid_to is not None and (row.valid_to is None or row.valid_to > last.valid_to):
                    yield (
                        f"{last.place}: {kind} ends on {last.valid_to} without a successor, "
                        f"and {KINDS[into].table} at {row.place} still refers to it"
                    )


def _unknown_units(tables: Tables) -> Iterator[str]:
    known = {row.unit for row in tables.units}
    for row in tables.supplementary:
        if row.unit not in known:
            yield f"{row.place}: unit {row.unit!r} is given by no [[unit]] row"
    for conversion in tables.conversions:
        if conversion.base not in known:
            yield f"{conversion.place}: base {conversion.base!r} is given by no [[unit]] row"
        for other in tables.conversions:
            if other.unit == conversion.base and meet(period(other), period(conversion)):
                yield f"{conversion.place}: base {conversion.base!r} is itself given in {other.base!r} at {other.place}"
