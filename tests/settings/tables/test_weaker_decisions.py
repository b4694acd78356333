"""Whatever row of the delivered tables is taken out or changed: where a golden case ends milder for it, that is named as loosening."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any

import pytest

from gateway.decisions.explanation import grounds
from gateway.domain.decision import Decision
from gateway.domain.tables.in_force import Tables
from gateway.golden.case import CaseFiles, decided, folders, opened, read_files
from gateway.settings.tables import loosened
from gateway.settings.tables.kinds import DECIDE_NOTHING, KINDS
from tests.builders.extent import part
from tests.builders.places import CASES
from tests.builders.story import shipped

PLAYED = [one for one in folders(CASES) if not (one / "tables").is_dir()]
SHARES = 16
SAYS_NOTHING = {"valid_from", "valid_to", "source", "loosens", "place", "legal_basis"}
FURTHER = {"procedures", "pending", "reserves", "verifies", "refused"}
"""Fields of procedures."""


def others(value: Any, name: str) -> Iterator[Any]:
    """Other values that a field may have."""
    match value:
        case bool():
            yield not value
        case Enum():
            yield from (one for one in type(value) if one is not value)
        case tuple():
            yield from (value[:place] + value[place + 1 :] for place in range(min(len(value), 3)))
            yield from ((),) if len(value) > 1 else ()
            yield from ((*value, "40", "51", "71", "10"),) if name in FURTHER else ()
        case Decimal():
            yield from (value * 2, value / 2)
        case int():
            yield value * 10


def altered(into: str, row: Any) -> Iterator[tuple[str, Tables]]:
    """Tables without the row, and with each of its fields changed."""
    tables = shipped()
    rows = tables.rows_of(into)
    changed: dict[str, Any] = {into: tuple(one for one in rows if one is not row)}
    yield "removed", replace(tables, **changed)
    for name in {one.name for one in fields(row)} - SAYS_NOTHING - set(KINDS[into].key):
        for value in others(getattr(row, name), name):
            other = replace(row, **{name: value})
            changed = {into: tuple(other if one is row else one for one in rows)}
            yield f"{name}: {value}", replace(tables, **changed)


def is_milder(before: Decision, after: Decision) -> bool:
    """Whether anything of a decision is less than it was: of the declaration, a goods item or a document."""
    items = {one.goods_item: one.effect.gravity for one in after.items}
    documents = {(one.type, one.reference): one.effect.gravity for one in after.documents}
    return (
        after.effect.gravity < before.effect.gravity
        or any(items[one.goods_item] < one.effect.gravity for one in before.items)
        or any(documents.get((one.type, one.reference), 9) < one.effect.gravity for one in before.documents)
    )


@dataclass(frozen=True, slots=True)
class Played:
    """A golden case as the delivered tables decide it."""

    name: str
    facts: CaseFiles
    decision: Decision


@cache
def consulted_rows() -> tuple[tuple[str, Any, tuple[Played, ...]], ...]:
    """Every row that a golden case goes by, with the name of its table and those cases."""
    tables = shipped()
    where = {id(row): into for into in KINDS if into not in DECIDE_NOTHING for row in tables.rows_of(into)}
    found: dict[int, tuple[str, Any, dict[str, Played]]] = {}
    for folder in PLAYED:
        facts = read_files(folder)
        played = Played(folder.name, facts, decided(facts, tables))
        for consulted in grounds(opened(facts, tables)).consulted:
            if (into := where.get(id(consulted.row))) is not None:
                found.setdefault(id(consulted.row), (into, consulted.row, {}))[2][folder.name] = played
    return tuple((into, row, tuple(cases.values())) for into, row, cases in found.values())


@pytest.mark.parametrize("share", part(range(SHARES), SHARES))
@pytest.mark.whole
def test_what_makes_a_golden_case_milder_is_named(share: int) -> None:
    tables = shipped()
    milder, silent = 0, []
    for into, row, cases in consulted_rows()[share::SHARES]:
        for what, other in altered(into, row):
            case = next((one for one in cases if is_milder(one.decision, decided(one.facts, other))), None)
            if case is None:
                continue
            milder += 1
            if not loosened(tables, other):
                silent.append(f"{case.name}: {row.place}: {what}")
    assert silent == []
    assert milder > 10
