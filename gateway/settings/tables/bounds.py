"""A search for figures, days and codes that cannot be meant, although they are written as they should be."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.domain.contingency import NEVER_RELEASED, OUTAGES, WindowMode
from gateway.domain.tables.credibility import CredibilityCheck
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import DocumentRoute, GeneralAuthorisation, Row, Statement
from gateway.settings.tables.days import meet, period
from gateway.settings.tables.kinds import KINDS

MOST_TOLERATED = Decimal(10)
"""Percent: the widest tolerance that Union law knows for a document of these (timber under FLEGT licensing: Reg. (EC)
No 1024/2008, Art. 10(2)). Whoever wants more takes it up with the authority, not with a table."""

OLDEST = date(1958, 1, 1)
"""No row of customs law holds from an earlier day: the day on which the Treaty of Rome came into force."""

SOON_DAYS = 3_660
"""A row that begins or ends later than in ten years is reported: more often than not a digit is wrong."""

_FACTORS = (Decimal("0.000000001"), Decimal(1_000_000_000))
_NO_CHAPTERS = ("00", "77")
"""Chapters that the Harmonized System does not have, or keeps for later."""


def found(tables: Tables) -> Iterator[str]:
    """Return a fault for each such row, with its place."""
    for row in _dated(tables):
        if row.valid_from < OLDEST:
            yield f"{row.place}: valid_from: {row.valid_from} lies before {OLDEST}, when there was no such law"
    yield from _countries(tables)
    yield from _chapters(tables)
    for tolerance in tables.tolerances:
        if tolerance.percent > MOST_TOLERATED:
            yield (
                f"{tolerance.place}: percent: {tolerance.percent:f} is more than {MOST_TOLERATED:f}, the widest tolerance that is known "
                "(Reg. (EC) No 1024/2008, Art. 10(2))"
            )
    for cause in tables.causes:
        if cause.outage and cause.cause not in OUTAGES:
            yield f"{cause.place}: outage: {cause.cause} is no outage: the authority was reached; only {', '.join(OUTAGES)} is one"
    for window in tables.windows:
        never = [kind for kind in window.types if kind in NEVER_RELEASED]
        if WindowMode.RELEASE in window.modes and never:
            yield f"{window.place}: modes: {', '.join(never)}: goods are never released without this document, outage or not"
    yield from _holidays(tables)
    yield from _factors(tables)
    for route in tables.routes:
        yield from _form(route)


def far(tables: Tables, today: date) -> Iterator[str]:
    """Return the rows that begin so far ahead that it may be a slip; it is no fault."""
    for row in _dated(tables):
        if (row.valid_from - today).days > SOON_DAYS:
            yield f"{row.place}: valid_from: {row.valid_from} is more than ten years ahead; is that the year that is meant?"


def _dated(tables: Tables) -> Iterator[Row]:
    for into, kind in KINDS.items():
        if kind.dated:
            yield from tables.rows_of(into)


def _countries(tables: Tables) -> Iterator[str]:
    known = {code: row for row in tables.countries for code in row.countries}
    rows: tuple[RequiredDocuments | CredibilityCheck | GeneralAuthorisation | Statement, ...] = (
        *tables.required,
        *tables.credibility_checks,
        *tables.general_authorisations,
        *tables.statements,
    )
    for row in rows:
        for name in ("origins", "excepted_origins", "destinations", "excepted_destinations", "excluded"):
            for code in getattr(row, name, ()):
                if code not in known or not _at_once(row, code, tables):
                    yield f"{row.place}: {name}: {code} is no country of customs' list (countries.toml){_meant(code)}"
    for row in tables.required:
        for name in ("origins", "destinations"):
            if both := sorted(set(getattr(row, name)) & set(getattr(row, f"excepted_{name}"))):
                yield f"{row.place}: {name}: {', '.join(both)} are left out again by excepted_{name}, so they never count"


def _at_once(row: Row, code: str, tables: Tables) -> bool:
    return any(code in one.countries and meet(period(one), period(row)) for one in tables.countries)


def _meant(code: str) -> str:
    meant = {"UK": "GB", "EL": "GR"}.get(code)
    return f"; did you mean {meant!r}?" if meant else ""


def _chapters(tables: Tables) -> Iterator[str]:
    rows: Iterable[Any] = (*tables.required, *tables.credibility_checks, *tables.supplementary)
    for row in rows:
        for prefix in (*row.commodities, *getattr(row, "excepted", ())):
            if prefix[:2] in _NO_CHAPTERS:
                yield f"{row.place}: commodities: {prefix}: there is no chapter {prefix[:2]}"


def _holidays(tables: Tables) -> Iterator[str]:
    known = {one.state for one in tables.state_calendars}
    for row in tables.public_holidays:
        if row.state not in known:
            yield f"{row.place}: state: {row.state} has no [[calendar]] row, so its holidays count nowhere{_meant(row.state)}"


def _factors(tables: Tables) -> Iterator[str]:
    rows: Iterable[Any] = (*tables.units, *tables.conversions, *tables.supplementary)
    for row in rows:
        if not _FACTORS[0] <= row.factor <= _FACTORS[1]:
            yield f"{row.place}: factor: {row.factor} is no factor between units of measurement"
    for row in tables.conversions:
        if row.unit == row.base:
            yield f"{row.place}: conversion {row.unit}: is given in itself"


def _form(route: DocumentRoute) -> Iterator[str]:
    if route.form is None:
        return
    if re.fullmatch(route.form, "") is not None:
        yield f"{route.place}: form: takes an empty reference"
    if route.example is None:
        yield f"{route.place}: form: needs an example, by which it is tried and which is shown"
