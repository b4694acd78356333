"""Credibility checks, and goods that come under them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from gateway.contract import Direction
from gateway.decisions import decide
from gateway.domain.decision import Decision
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables.credibility import CheckCondition, CredibilityCheck, ExchangeRate, Threshold
from gateway.domain.tables.in_force import Tables
from tests.builders.small_cases import case, declared
from tests.builders.story import ordinary

FROM = date(2014, 9, 6)
DENSITY = (("470.001", "10"), ("320.000", "28"), ("0.000", "10"))
SUSPICIONS = (("470.001", "30"), ("320.000", "28"), ("0.000", "30"))


def check(*thresholds: tuple[str, str], **more: Any) -> CredibilityCheck:
    """A check of net mass by supplementary unit on wheat, unless `more` makes another one of it."""
    facts: dict[str, Any] = {
        "measure": "M1",
        "measure_type": "482",
        "condition": CheckCondition.MASS,
        "commodities": ("10",),
        "directions": (Direction.IMPORT,),
        "taric_unit": "KGM",
        "thresholds": tuple(
            Threshold(amount=Decimal(amount), action=action) for amount, action in thresholds or DENSITY
        ),
        "legal_basis": "R1206720",
        "valid_from": FROM,
        "source": "a test",
    }
    return CredibilityCheck(**(facts | more))


def value_check(*thresholds: tuple[str, str], **more: Any) -> CredibilityCheck:
    """A check of the value by kilogram."""
    facts: dict[str, Any] = {"condition": CheckCondition.VALUE, "measure_type": "483", "currency": "EUR"}
    return check(*thresholds or (("2", "28"), ("0", "10")), **(facts | more))


def maximum(*thresholds: tuple[str, str], **more: Any) -> CredibilityCheck:
    """A maximum of net mass, or a document."""
    facts: dict[str, Any] = {"condition": CheckCondition.MAXIMUM, "measure_type": "485", "otherwise": "09"}
    return check(*thresholds or (("20", "29"),), **(facts | more))


def rate(currency: str, per_euro: str, **more: Any) -> ExchangeRate:
    facts: dict[str, Any] = {"valid_from": date(2026, 11, 1), "valid_to": date(2026, 11, 30), "source": "a test"}
    return ExchangeRate(currency=currency, per_euro=Decimal(per_euro), **(facts | more))


def under(*checks: CredibilityCheck, rates: Iterable[ExchangeRate] = (), **rows: Any) -> Tables:
    """The shipped tables, of ordinary goods, with these checks."""
    return replace(ordinary(), credibility_checks=checks, exchange_rates=tuple(rates), **rows)


def wheat(number: int = 1, *, net: str | None = "320", units: str | None = "1", **more: Any) -> GoodsItem:
    """Goods that come under the checks and need no document."""
    return GoodsItem(
        number=number,
        requested_procedure="40",
        previous_procedure="00",
        net_mass=None if net is None else Decimal(net),
        supplementary_units=None if units is None else Decimal(units),
        **({"commodity_code": "1001190000", "origin": "UA"} | more),
    )


def judged(tables: Tables, *items: GoodsItem, accepted: bool = True, day: date | None = None, **more: Any) -> Decision:
    """The decision on these goods."""
    declaration = declared(*(items or (wheat(),)), **more)
    dates: dict[str, Any] = {} if day is None else {"on": day, "day": day}
    return decide(case(declaration, tables=tables, accepted=accepted, **dates))


def codes_of(tables: Tables, *items: GoodsItem, day: date = date(2026, 11, 25)) -> set[str]:
    """The findings about checks and measures of TARIC on these goods."""
    found = {one.code for one in judged(tables, *items, day=day).findings}
    return {one for one in found if "SW-DEC-180" <= one <= "SW-DEC-199" or "SW-DEC-240" <= one <= "SW-DEC-249"}
