"""A search for rows that contradict themselves or others, and rows that can never match."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from gateway.contract import Direction
from gateway.domain.tables.credibility import CredibilityCheck
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import AuthorityStatus, Codes, DecisionFit, DocumentRoute, QuantityMode, Statement, Use
from gateway.settings.tables.days import meet, period

T = TypeVar("T", bound=DocumentRoute | Statement)
ByType = Mapping[str, Sequence[T]]
"""Rows by the document types or statements that they are for."""

_FIRST_DIGITS = {Direction.IMPORT: "04567", Direction.EXPORT: "123", Direction.TRANSIT: ""}
"""Of the requested procedure, by direction (Delegated Reg. (EU) 2015/2446, Annex B, 11 09); in transit there is none."""


def found(tables: Tables) -> Iterator[str]:
    """Return a fault for each such row, with its place."""
    either: tuple[DocumentRoute | Statement, ...] = (*tables.routes, *tables.statements)
    documents, known = _by_type(tables.routes), _by_type(either)
    accounts = {kind for row in tables.account_kinds for kind in row.types}
    for route in tables.routes:
        yield from _route(route, documents)
        if route.quantity is QuantityMode.ACCOUNT and (without := sorted(set(route.types) - accounts)):
            yield f"{route.place}: quantity: no [[account]] row says on which account {', '.join(without)} draws"
    statements = _by_type(tables.statements)
    for route in tables.routes:
        if strange := sorted(one for one in route.waivers if one in documents and one not in statements):
            yield f"{route.place}: waivers: {', '.join(strange)} is a document itself, and no statement that none is needed: name codes of [[statement]] rows here"
    for requirement in tables.required:
        yield from _requirement(requirement, known)
        yield from _groups(requirement)
    for decision in tables.decisions:
        yield from _decision(decision)
        yield from _judged(decision, (("procedures", decision.procedures),), documents)
    for status in tables.authority_statuses:
        yield from _status(status)
        yield from _judged(status, (("procedures", status.procedures), ("pending", status.pending)), documents)
    for check in tables.credibility_checks:
        yield from _excepted(check)
    yield from _classes(tables, documents)
    yield from _statements(tables, documents)
    yield from _codes(tables, known)


def _by_type(rows: Iterable[T]) -> ByType[T]:
    found: dict[str, list[T]] = defaultdict(list)
    for row in rows:
        for kind in row.types:
            found[kind].append(row)
    return found


def _route(row: DocumentRoute, documents: ByType[DocumentRoute]) -> Iterator[str]:
    asks = (
        row.decided
        or row.quantity is not QuantityMode.NONE
        or {row.commodity, row.holder, row.destination, row.dispatch} != {Use.NO}
    )
    if row.adapter is None and asks:
        yield f"{row.place}: document {', '.join(row.types)}: says what of a record counts, but has no adapter that is asked"
    if row.adapter is None and row.report:
        yield f"{row.place}: report: document {', '.join(row.types)} has no adapter that could tell its authority of a release"
    if row.form is not None and row.example is not None and not re.fullmatch(row.form, row.example.upper()):
        yield f"{row.place}: example: {row.example!r} has not the form that the row asks for"
    # A later folder may have taken one of the row's directions over: what it says of that one is left behind, and harmless.
    directions = sorted({way for kind in row.types for one in documents.get(kind, ()) for way in one.directions})
    yield from outside(row.place, "reserves", row.reserves, directions)
    yield from outside(row.place, "verifies", row.verifies, directions)
    if both := sorted(set(row.reserves) & set(row.verifies)):
        yield f"{row.place}: {', '.join(both)}: the quantity counts under it (reserves) and does not (verifies)"
    yield from outside(row.place, "procedures", row.procedures, row.directions)
    for name, procedures in (("reserves", row.reserves), ("verifies", row.verifies)) if row.procedures else ():
        if unjudged := sorted(set(procedures) - set(row.procedures)):
            yield f"{row.place}: {name}: {', '.join(unjudged)} lie outside of procedures, under which alone the document is judged"
    if row.verifies and row.quantity is QuantityMode.NONE:
        yield f"{row.place}: verifies: without a quantity nothing is compared, so it never counts"


def _excepted(row: RequiredDocuments | CredibilityCheck) -> Iterator[str]:
    for prefix in row.excepted:
        if not any(prefix.startswith(whole) for whole in row.commodities):
            yield f"{row.place}: excepted: {prefix} lies outside of the commodities, so it excepts nothing"
    for prefix in row.commodities:
        if any(prefix.startswith(whole) for whole in row.excepted):
            yield f"{row.place}: commodities: {prefix} is excepted as a whole, so it never counts"


def _requirement(row: RequiredDocuments, known: ByType[DocumentRoute | Statement]) -> Iterator[str]:
    yield from _excepted(row)
    for one in row.alternatives:
        if not any(one.to in group for group in row.all_of):
            yield f"{row.place}: alternatives: {one.to} is in no group of all_of, so nothing stands in for it"
        for prefix in one.commodities:
            if not any(prefix.startswith(whole) or whole.startswith(prefix) for whole in row.commodities):
                yield f"{row.place}: alternatives: {prefix} lies outside of the commodities, so it never counts"
    admitted = {kind for group in row.all_of for kind in group} | {
        kind for one in row.alternatives for kind in one.types
    }
    if stray := sorted({kind for one in row.limits for kind in one.types} - admitted):
        yield f"{row.place}: limits: {', '.join(stray)} meets no group of the measure, so its limit never counts"
    yield from outside(row.place, "procedures", row.procedures, row.directions)
    if row.procedures and (without := [one for one in row.directions if not within(row.procedures, (one,))]):
        yield f"{row.place}: procedures: none of them is of the direction {without[0]}, which therefore never counts"
    for direction in row.directions:
        for group in row.all_of:
            if not any(
                direction in one.directions and meet(period(one), period(row))
                for kind in group
                for one in known.get(kind, ())
            ):
                yield f"{row.place}: all_of: nothing of {', '.join(group)} is a document or statement in {direction}"


def _groups(row: RequiredDocuments) -> Iterator[str]:
    for number, group in enumerate(row.all_of):
        for other in (*row.all_of[:number], *row.all_of[number + 1 :]):
            if set(other) < set(group) or (set(other) == set(group) and other is not group):
                yield f"{row.place}: all_of: what meets {' or '.join(other)} meets {' or '.join(group)} too, which never counts"
        if len(set(group)) != len(group):
            yield f"{row.place}: all_of: {' or '.join(group)} names one code twice"
    for one in row.alternatives:
        if one.to in one.types:
            yield f"{row.place}: alternatives: {one.to} stands in for itself"


def _decision(row: DecisionFit) -> Iterator[str]:
    if row.refused and (row.procedures or row.transit or row.monitored):
        yield f"{row.place}: decision {', '.join(row.decisions)}: is a refusal, and fits procedures or transit all the same"
    if row.monitored and not row.procedures and not row.transit:
        yield f"{row.place}: decision {', '.join(row.decisions)}: is monitored, but fits nothing"


def _status(row: AuthorityStatus) -> Iterator[str]:
    if row.opens and (row.procedures or row.pending or row.transit):
        yield f"{row.place}: authority_status {row.status}: leaves it to the decision, and names procedures or transit itself"
    if both := sorted(set(row.procedures) & set(row.pending)):
        yield f"{row.place}: authority_status {row.status}: {', '.join(both)} are fit and pending at once"


def _judged(
    row: DecisionFit | AuthorityStatus, fields: tuple[tuple[str, Codes], ...], documents: ByType[DocumentRoute]
) -> Iterator[str]:
    """Find rows of documents of which no authority decides, or with procedures of other directions than theirs."""
    directions: set[Direction] = set()
    for kind in row.types:
        routes = [one for one in documents.get(kind, ()) if meet(period(one), period(row))]
        if routes and not any(one.decided and one.adapter is not None for one in routes):
            yield f"{row.place}: {kind} is routed to no authority whose decision counts, so the row never matches"
        directions.update(way for one in routes for way in one.directions)
    if not directions:
        return
    for name, procedures in fields:
        yield from outside(row.place, name, procedures, directions)
    if row.transit and Direction.TRANSIT not in directions:
        yield f"{row.place}: transit: {', '.join(row.types)} are routed in no transit, so it never matches"


def _classes(tables: Tables, documents: ByType[DocumentRoute]) -> Iterator[str]:
    for row in tables.classes:
        for kind in row.types:
            routed = next((one for one in documents.get(kind, ()) if one.adapter is not None), None)
            if routed is not None and not row.name.needs_officer:
                yield (
                    f"{row.place}: class {row.name}: an authority is asked about {kind} at {routed.place}, "
                    "so where nobody is, it is verified or by_officer"
                )
        if row.covered_by and not row.name.needs_officer:
            yield f"{row.place}: covered_by: a document of class {row.name} holds nothing, so nothing has to cover it"
        for kind in row.covered_by:
            if all(one.adapter is None for one in documents.get(kind, ())):
                yield f"{row.place}: covered_by: no authority is asked about {kind}, so nothing shows what it has checked"
            if kind in row.types:
                yield f"{row.place}: covered_by: {kind} cannot cover itself"


def _statements(tables: Tables, documents: ByType[DocumentRoute]) -> Iterator[str]:
    stated = {kind for row in tables.statements for kind in row.types}
    asked = {kind for row in tables.required for group in row.all_of for kind in group}
    for row in tables.statements:
        types = ", ".join(row.types)
        if not row.waives and (idle := [kind for kind in row.types if kind not in asked]):
            yield f"{row.place}: statement {types}: waives: at least one is needed, since no requirement names {', '.join(idle)}"
        for kind in row.waives:
            if kind in stated and kind not in documents:
                yield f"{row.place}: statement {types}: {kind} is a statement itself, and no document that one could stand in for: name codes of [[document]] rows in waives"
            routes = [one for one in documents.get(kind, ()) if meet(period(one), period(row))]
            if routes and not any(set(one.directions) & set(row.directions) for one in routes):
                yield f"{row.place}: statement {types}: {kind} is a document in other directions only, so it never stands in for it"
        for kind in row.types:
            for other in documents.get(kind, ()):
                if meet(period(row), period(other)):
                    yield (
                        f"{row.place}: {kind} is a statement here and a document at {other.place}: take it out of the types of one of both (of a row that is "
                        "delivered by a row of yours with the types that stay, or `removed = true`), or let their days not meet"
                    )


def _codes(tables: Tables, known: ByType[DocumentRoute | Statement]) -> Iterator[str]:
    for old in tables.old_codes:
        if old.type in old.instead:
            yield f"{old.place}: {old.type} is replaced by itself"
        for one in known.get(old.type, ()):
            if meet(period(old), period(one)):
                yield f"{old.place}: {old.type} is replaced here, and still in use at {one.place}"
    for dataset in tables.datasets:
        if any(other.dataset == dataset.instead and meet(period(other), period(dataset)) for other in tables.datasets):
            yield f"{dataset.place}: dataset {dataset.dataset}: {dataset.instead}, which is to be lodged instead, is none either"
    for mark in tables.marks:
        yield from outside(mark.place, "refused", mark.refused, mark.directions)
    yield from _adapters(tables)


def _adapters(tables: Tables) -> Iterator[str]:
    """Find rows about an authority that no document's row leads to."""
    routed = tables.adapters()
    for again in tables.ask_again:
        if again.adapter not in routed:
            yield f"{again.place}: ask_again: nothing is routed to the adapter {again.adapter!r}, so it never counts"
    for age in tables.before_release:
        if age.adapter is not None and age.adapter not in routed:
            yield f"{age.place}: before_release: nothing is routed to the adapter {age.adapter!r}, so it never counts"
    for tolerance in tables.tolerances:
        if tolerance.adapter not in routed:
            yield f"{tolerance.place}: tolerance: nothing is routed to the adapter {tolerance.adapter!r}, so it never counts"
            continue
        asked = {kind for one in tables.routes if one.adapter == tolerance.adapter for kind in one.types}
        if strange := sorted(set(tolerance.types) - asked):
            yield f"{tolerance.place}: tolerance: {tolerance.adapter!r} is not asked about {', '.join(strange)}, so it never counts for that"


def outside(place: str, name: str, procedures: Codes, directions: Collection[Direction]) -> Iterator[str]:
    """Find procedures that goods never have in these directions."""
    inside = within(procedures, directions)
    if strange := [one for one in procedures if one not in inside]:
        yield f"{place}: {name}: {', '.join(strange)} are no procedures in {', '.join(directions)}, so they never match"


def within(procedures: Codes, directions: Collection[Direction]) -> Codes:
    """Return those of some procedures that goods can have in these directions."""
    digits = "".join(_FIRST_DIGITS[direction] for direction in directions)
    return tuple(one for one in procedures if one[0] in digits)
