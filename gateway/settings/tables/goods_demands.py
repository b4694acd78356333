"""The demands that the measures of a set of tables make on goods: one for each group of documents, and on which goods it is made."""

from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from msgspec import Struct

from gateway.contract import Direction
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.required import RequiredDocuments
from gateway.domain.tables.rows import Codes
from gateway.domain.tables.rows_by_goods import by_prefix

Ended = Callable[[str, Direction], bool]
"""Says of goods of a prefix, in a direction, whether rows that were made for want of TARIC have ended."""


class Demand(Struct, frozen=True, kw_only=True, order=True):
    """A group of documents of which goods need one, or a ban, and for which of the goods."""

    documents: Codes
    """Any of them meets it; none: nothing does."""
    banned: bool
    only_told: bool
    described: Codes
    limits: tuple[tuple[str, Decimal], ...]
    """Documents that meet it for a small quantity only, each with the net mass in kilograms."""
    at_entry: bool
    excepted_additional_procedures: Codes
    declared_country: bool

    def is_implied_by(self, other: "Demand") -> bool:
        """Whether it asks no more than another one: goods that are in order by that one are so by this."""
        limits, others = dict(self.limits), dict(other.limits)
        return (
            set(other.documents) <= set(self.documents)
            and all(kind in others and others[kind] <= limits[kind] for kind in limits if kind in other.documents)
            and self.banned <= other.banned
            and self.only_told >= other.only_told
            and (not other.described or (bool(self.described) and set(self.described) <= set(other.described)))
            and self.at_entry >= other.at_entry
            and set(other.excepted_additional_procedures) <= set(self.excepted_additional_procedures)
            and self.declared_country >= other.declared_country
        )


class GoodsClaim(NamedTuple):
    """A demand of a measure, with the days, movements and countries for which it is made."""

    measure: str
    demand: Demand
    directions: tuple[Direction, ...]
    procedures: Codes
    origins: Codes
    excepted_origins: Codes
    destinations: Codes
    excepted_destinations: Codes
    valid_from: date
    valid_to: date | None

    def in_force(self, day: date) -> bool:
        """Whether the demand is made on a day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def is_of_origin(self, country: str) -> bool:
        """Whether it is made on goods of an origin; an empty one stands for all that nobody names."""
        return country not in self.excepted_origins and (not self.origins or country in self.origins)

    def is_for_destination(self, country: str) -> bool:
        """Whether it is made on goods for a destination."""
        return country not in self.excepted_destinations and (not self.destinations or country in self.destinations)

    def is_under(self, procedure: str) -> bool:
        """Whether it is made under a requested procedure."""
        return not self.procedures or procedure in self.procedures


class GoodsDemands:
    """The claims of a set of tables from a day on, found by the prefix of a commodity code."""

    def __init__(self, tables: Tables, day: date, known: dict[GoodsClaim, GoodsClaim], ended: Ended) -> None:
        """Index the rows of a set. `known` has the claims of other sets too: equal ones are the same object."""
        self._ended = ended
        self._known = known
        self._rows = by_prefix(
            (row for row in tables.required if row.valid_to is None or row.valid_to >= day), lambda row: row.commodities
        )
        self._made: dict[tuple[int, Codes, tuple[Direction, ...]], tuple[GoodsClaim, ...]] = {}

    @property
    def prefixes(self) -> Iterator[str]:
        """The prefixes that its rows name: between two of them all goods are alike to it."""
        for row in {id(row): row for rows in self._rows.values() for row in rows}.values():
            yield from (*row.commodities, *row.excepted)
            yield from (code for one in row.alternatives for code in one.commodities)

    def on(self, prefix: str) -> frozenset[GoodsClaim]:
        """Return the claims on goods whose commodity code begins so, and with no longer prefix that a row names."""
        rows = {id(row): row for end in range(1, len(prefix) + 1) for row in self._rows.get(prefix[:end], ())}
        return frozenset(
            claim
            for row in rows.values()
            if not (row.excepted and prefix.startswith(row.excepted))
            for claim in self._claims(row, prefix)
        )

    def _claims(self, row: RequiredDocuments, prefix: str) -> tuple[GoodsClaim, ...]:
        directions = tuple(one for one in row.directions if not (row.is_derived and self._ended(prefix, one)))
        more = tuple(one.to for one in row.alternatives if prefix.startswith(one.commodities))
        key = id(row), more, directions
        if key not in self._made:
            groups = row.all_of or (((),) if row.banned else ())
            made = (_claim(row, row.accepted(group, prefix), directions) for group in groups)
            self._made[key] = tuple(self._known.setdefault(one, one) for one in made) if directions else ()
        return self._made[key]


def _claim(row: RequiredDocuments, documents: Codes, directions: tuple[Direction, ...]) -> GoodsClaim:
    limits = ((kind, row.limit(kind)) for kind in sorted(set(documents)))
    return GoodsClaim(
        measure=row.measure,
        demand=Demand(
            documents=_ordered(documents),
            banned=row.banned,
            only_told=row.only_told,
            described=_ordered(row.described),
            limits=tuple((kind, limit) for kind, limit in limits if limit is not None),
            at_entry=row.at_entry,
            excepted_additional_procedures=_ordered(row.excepted_additional_procedures),
            declared_country=row.declared_country,
        ),
        directions=tuple(sorted(directions)),
        procedures=_ordered(row.procedures),
        origins=_ordered(row.origins),
        excepted_origins=_ordered(row.excepted_origins),
        destinations=_ordered(row.destinations),
        excepted_destinations=_ordered(row.excepted_destinations),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def _ordered(values: Codes) -> Codes:
    return tuple(sorted(set(values)))
