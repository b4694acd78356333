"""The rows of one day about credibility, which answer questions."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from gateway.domain.tables.consulted import AnsweringRows
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
)
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.rows_by_goods import RowsByGoods
from gateway.domain.tables.taric import Taric


class CredibilityInForce(AnsweringRows):
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
        self._checks = RowsByGoods(
            day, checks, taric=taric, whole=Taric.checks, finer=Taric.finer_checks, concerns=_concerns
        )
        self._types = {kind: row for row in types for kind in row.measure_types}
        self._actions = {action: row for row in actions for action in row.actions}
        self._equalities = {row.condition: row for row in equalities}
        self._rates = {row.currency: row for row in rates}
        self._currencies = {country: row for row in currencies for country in row.countries}
        self._deferred = {kind: row for row in deferred for kind in row.additional_types}

    def checks(self, goods: Goods) -> tuple[CredibilityCheck, ...]:
        """Return the checks that goods come under."""
        return self._noted(self._checks.whole(goods), goods.commodity_code)

    def finer(self, goods: Goods) -> tuple[CredibilityCheck, ...]:
        """Return further checks that goods may come under, by further digits or an additional code."""
        return self._noted(self._checks.finer(goods), goods.commodity_code)

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


def _concerns(row: CredibilityCheck, goods: Goods) -> bool:
    return row.concerns(goods.commodity_code, goods.direction, goods.origin)
