"""The rows of one day about credibility, which answer questions."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from copy import copy
from datetime import date
from fractions import Fraction
from itertools import takewhile
from typing import TypeVar

from gateway.domain.tables.consulted import Recorder
from gateway.domain.tables.credibility import (
    EURO,
    CheckCondition,
    CheckOutcome,
    CountryCurrency,
    CredibilityAction,
    CredibilityCheck,
    CredibilityType,
    DeferredType,
    Equality,
    ExchangeRate,
    Judged,
    TaricCheck,
)
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.rows import Row
from gateway.domain.tables.taric import Taric

R = TypeVar("R", bound=Row)

_REMEMBERED = 20_000
"""For how many kinds of goods their checks are kept at hand."""


class CredibilityInForce:
    """The checks of one day, and what they are judged by."""

    def __init__(
        self,
        day: date,
        *,
        checks: Iterable[CredibilityCheck],
        taric: Taric | None,
        types: Iterable[CredibilityType],
        actions: Iterable[CredibilityAction],
        equalities: Iterable[Equality],
        rates: Iterable[ExchangeRate],
        currencies: Iterable[CountryCurrency],
        deferred: Iterable[DeferredType],
    ) -> None:
        self._day = day
        self._taric = taric
        index: dict[str, list[CredibilityCheck]] = {}
        for check in checks:
            for prefix in check.commodities:
                index.setdefault(prefix, []).append(check)
        self._checks = {prefix: tuple(found) for prefix, found in index.items()}
        self._prefixes = sorted(self._checks)
        self._types = {kind: row for row in types for kind in row.measure_types}
        self._actions = {action: row for row in actions for action in row.actions}
        self._equalities = {row.condition: row for row in equalities}
        self._rates = {row.currency: row for row in rates}
        self._currencies = {country: row for row in currencies for country in row.countries}
        self._deferred = {kind: row for row in deferred for kind in row.additional_types}
        self._recorder: Recorder | None = None
        self._whole: dict[Goods, tuple[CredibilityCheck, ...]] = {}
        self._finer: dict[Goods, tuple[CredibilityCheck, ...]] = {}

    def recorded(self, recorder: Recorder) -> "CredibilityInForce":
        """Return the same rows, with a recorder that notes those that answer a question."""
        same = copy(self)
        same._recorder = recorder
        return same

    def checks(self, goods: Goods) -> tuple[CredibilityCheck, ...]:
        """Return the checks that goods come under."""
        found = self._whole.get(goods)
        if found is None:
            code = goods.commodity_code
            rows = self._of(code[:length] for length in range(1, len(code) + 1))
            if self._taric is not None:
                rows += (one for one in self._taric.checks(code, self._day) if self._taric.has_code(goods, one))
            found = self._keep(self._whole, goods, rows)
        return self._noted(found, goods.commodity_code)

    def finer(self, goods: Goods) -> tuple[CredibilityCheck, ...]:
        """Return further checks that goods may come under.

        Only some of the goods do whose codes start with this one, or those of an additional code that is not declared.
        """
        found = self._finer.get(goods)
        if found is None:
            code = goods.commodity_code
            begins = bisect_right(self._prefixes, code)
            whole = {id(row) for row in self.checks(goods)}
            longer = takewhile(lambda prefix: prefix.startswith(code), self._prefixes[begins:])
            rows = [row for row in self._of(longer) if id(row) not in whole]
            if self._taric is not None:
                taric, day = self._taric, self._day
                rows += (one for one in taric.checks(code, day) if taric.has_code(goods, one) is None)
                rows += (one for one in taric.finer_checks(code, day) if taric.has_code(goods, one) is not False)
            found = self._keep(self._finer, goods, rows)
        return self._noted(found, goods.commodity_code)

    def _of(self, prefixes: Iterable[str]) -> list[CredibilityCheck]:
        return list({id(row): row for prefix in prefixes for row in self._checks.get(prefix, ())}.values())

    def _keep(
        self, kept: dict[Goods, tuple[CredibilityCheck, ...]], goods: Goods, rows: Iterable[CredibilityCheck]
    ) -> tuple[CredibilityCheck, ...]:
        if len(kept) >= _REMEMBERED:
            kept.clear()
        found = kept[goods] = tuple(
            row
            for row in rows
            if row.concerns(goods.commodity_code, goods.direction, goods.origin) and self._applies(row, goods)
        )
        return found

    def _applies(self, row: CredibilityCheck, goods: Goods) -> bool:
        if self._taric is None or not isinstance(row, TaricCheck):
            return True
        return self._taric.applies(row, goods.country, self._day)

    def judged(self, measure_type: str) -> Judged | None:
        """Return the ground on which checks of a measure type are judged; None: an officer judges them."""
        row = self._row(self._types, measure_type)
        return row.judged if row is not None else None

    def outcome(self, action: str) -> CheckOutcome | None:
        """Return the outcome that an action code stands for; None: the tables do not know it."""
        row = self._row(self._actions, action)
        return row.outcome if row is not None else None

    def equality(self, condition: CheckCondition) -> bool | None:
        """Whether the amount itself counts as reached; None: no row says so for this condition."""
        row = self._row(self._equalities, condition)
        return row.counts if row is not None else None

    def per_euro(self, currency: str) -> Fraction | None:
        """Return as much of a currency as one euro; None: no row has its rate."""
        if currency == EURO:
            return Fraction(1)
        row = self._row(self._rates, currency)
        return Fraction(row.per_euro) if row is not None and row.per_euro > 0 else None

    def currency_of(self, country: str) -> str | None:
        """Return the currency of a country; None: no row has it."""
        row = self._row(self._currencies, country)
        return row.currency if row is not None else None

    def is_deferred(self, additional_type: str | None) -> bool:
        """Whether goods of a declaration of this type (11 02) are judged at its supplementary declaration."""
        return self._row(self._deferred, additional_type or "") is not None

    def _row(self, index: Mapping[str, R] | Mapping[CheckCondition, R], key: str) -> R | None:
        row = index.get(key)  # type: ignore[call-overload]  # a condition is a text
        if row is not None:
            self._note(row, key)
        return row

    def _noted(self, rows: tuple[R, ...], key: object) -> tuple[R, ...]:
        for row in rows:
            self._note(row, key)
        return rows

    def _note(self, row: Row, key: object) -> None:
        if self._recorder is not None:
            self._recorder.note(row, key)
