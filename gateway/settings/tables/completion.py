"""A stored set of tables, completed by rows for what its gateway did not know yet."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

from gateway.domain.decision import Disclosure
from gateway.domain.row_kind import Key, RowKind
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import RuleRow
from gateway.domain.texts.messages import Word
from gateway.domain.texts.sentences import OPEN
from gateway.settings.tables.kinds import KINDS

_VOCABULARY = ("rules", "messages", "words", "names", "causes")
"""The texts that the gateway writes and the codes that it reads: a later gateway has more. A key of these that a set lacks was not known to it."""
_KINDS_SINCE = ("classes", "windows", "countries", "grounds", "acceptance_periods")
"""Kinds of rows that earlier stored sets do not have at all."""
_MANUAL = "SW-DEC-132"
"""What a contingency window says of a document that it may not release: rows of windows decide on that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A stored set with the rows that it lacked."""

    tables: Tables
    """Under the digest that it is stored by: what was completed follows from this gateway's version."""
    later: Mapping[str, str] = field(default_factory=dict)
    """The findings that its gateway did not know or did not raise for want of a row, each with the place of that row."""


def completed(stored: Tables, delivered: Tables) -> Completed:
    """Complete a stored set by rows of the delivered one, so that no check of this gateway is lost with an older set.

    Only what its gateway cannot have known is added: keys of the gateway's own vocabulary, and kinds of rows that came
    since. A row that the set has, or a document type that it leaves out, stays as its administration wanted it. A set with
    classes comes from a gateway that knew the rest: but for findings that came since, and the texts of them, what it lacks was
    left out on purpose. Kinds of rows that come with such findings stay empty: nothing is checked by them, as before.
    """
    if not stored.before_release:
        stored = replace(stored, before_release=delivered.before_release)
    if not stored.state_calendars:
        stored = replace(stored, state_calendars=delivered.state_calendars, public_holidays=delivered.public_holidays)
    stored = _with_kinds_of_wings(stored, delivered)
    if not stored.time_limits:
        stored = replace(stored, time_limits=delivered.time_limits)
    if not any(row.told for row in stored.rules):
        stored = replace(stored, rules=tuple(_with_told(stored.rules, delivered.rules)))
    known = {code for row in stored.rules for code in row.codes}
    if stored.classes:
        return _with_findings(stored, delivered, known)
    added: dict[str, Any] = {}
    for into in _VOCABULARY:
        missing = tuple(_missing(KINDS[into], stored.rows_of(into), delivered.rows_of(into)))
        if into == "causes":
            # A fault that gives a finding which the set knows was left out on purpose.
            missing = tuple(row for row in missing if row.rule not in known)
        if missing:
            added[into] = (*stored.rows_of(into), *missing)
    for into in _KINDS_SINCE:
        if not stored.rows_of(into):
            added[into] = delivered.rows_of(into)
    tables = replace(stored, **added) if added else stored
    later = {code: row.place for row in tables.rules for code in row.codes if code not in known}
    if added.get("windows"):
        later[_MANUAL] = added["windows"][0].place
    return Completed(tables=tables, later=later)


def _with_kinds_of_wings(stored: Tables, delivered: Tables) -> Tables:
    """Return a set that has the delivered rows of each kind of a wing's that sets did not have at all before."""
    since = {
        into: rows for into, rows in delivered.further.items() if KINDS[into].later and not stored.further.get(into)
    }
    return replace(stored, further={**stored.further, **since}) if since else stored


def _with_told(stored: Iterable[RuleRow], delivered: Iterable[RuleRow]) -> Iterator[RuleRow]:
    """Return the rows of a set that says of no finding when it is told, with what the delivered rows say now."""
    told = {code: row.told for row in delivered if row.valid_to is None for code in row.codes}
    for row in stored:
        alike: dict[Disclosure | None, list[Key]] = {}
        for code in row.codes:
            alike.setdefault(told.get(code), []).append((code,))
        for one, keys in alike.items():
            yield from KINDS["rules"].narrowed(replace(row, told=one), tuple(keys))


_FINDINGS = ("rules", "messages", "words")
"""What every finding needs; no set can lack it of one that its gateway knew."""


def _with_findings(stored: Tables, delivered: Tables, known: Collection[str]) -> Completed:
    if all(code in known for row in delivered.rules for code in row.codes):
        return Completed(tables=stored)
    added: dict[str, Any] = {
        into: (*stored.rows_of(into), *_missing(KINDS[into], stored.rows_of(into), delivered.rows_of(into)))
        for into in _FINDINGS
    }
    tables = replace(stored, **added)
    later = {code: row.place for row in tables.rules for code in row.codes if code not in known}
    return Completed(tables=tables, later=later)


def _missing(kind: RowKind, stored: tuple[Any, ...], delivered: tuple[Any, ...]) -> Iterator[Any]:
    """Return the delivered rows, each for those of its keys that no stored row has on any day."""
    known: set[Key] = set(chain.from_iterable(map(kind.keys, stored)))
    for row in delivered:
        if isinstance(row, Word) and row.param in OPEN:
            continue  # a name of what tables have: no finding needs it, and with it stored sentences would come out otherwise
        keys = kind.keys(row)
        left = tuple(key for key in keys if key not in known)
        if len(left) == len(keys):
            yield row
        elif left:
            yield from kind.narrowed(row, left)
