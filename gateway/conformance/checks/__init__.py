"""The checks of conformance, a module an idea: each yields what an adapter breaks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import ModuleType

from gateway.conformance.checks import (
    absences,
    authority,
    chains,
    contents,
    cost,
    disclosure,
    documents,
    facts,
    fields,
    imports,
    lists,
    meanings,
    movements,
    notation,
    notices,
    notifications,
    orders,
    outages,
    pages,
    parties,
    patterns,
    references,
    repeats,
    reports,
    restrictions,
    rows,
    statuses,
)
from gateway.conformance.inspection import Inspection
from gateway.conformance.rule import ConformanceRule, Nonconformity


@dataclass(frozen=True, slots=True, kw_only=True)
class ConformanceCheck:
    """One check: its name, what it looks at, and what it finds."""

    name: str
    about: str
    find: Callable[[Inspection], Iterable[Nonconformity]]
    rules: tuple[ConformanceRule, ...]


def _check(module: ModuleType, find: Callable[[Inspection], Iterable[Nonconformity]]) -> ConformanceCheck:
    name = module.__name__.rpartition(".")[2]
    rules = (one for one in vars(module).values() if isinstance(one, ConformanceRule))
    return ConformanceCheck(
        name=name,
        about=(module.__doc__ or "").partition("\n")[0],
        find=find,
        rules=tuple(one for one in rules if one.name.startswith(f"{name}.")),
    )


CHECKS: tuple[ConformanceCheck, ...] = (
    _check(imports, imports.check_imports),
    _check(patterns, patterns.check_patterns),
    _check(statuses, statuses.check_statuses),
    _check(rows, rows.check_rows),
    _check(facts, facts.check_facts),
    _check(contents, contents.check_contents),
    _check(restrictions, restrictions.check_restrictions),
    _check(parties, parties.check_parties),
    _check(lists, lists.check_lists),
    _check(meanings, meanings.check_meanings),
    _check(repeats, repeats.check_repeats),
    _check(references, references.check_references),
    _check(fields, fields.check_fields),
    _check(notation, notation.check_notation),
    _check(documents, documents.check_documents),
    _check(pages, pages.check_pages),
    _check(chains, chains.check_chains),
    _check(absences, absences.check_absences),
    _check(outages, outages.check_outages),
    _check(authority, authority.check_authority),
    _check(orders, orders.check_orders),
    _check(movements, movements.check_movements),
    _check(reports, reports.check_reports),
    _check(notices, notices.check_notices),
    _check(notifications, notifications.check_notifications),
    _check(cost, cost.check_cost),
    _check(disclosure, disclosure.check_disclosure),
)
NEEDS_AUTHORITY = frozenset({"authority", "movements", "reports", "notices"})
"""The checks that ask the authority over HTTP."""
