"""The credibility checks on goods as data, for questions before anything is declared."""

from collections.abc import Iterator

from msgspec import Struct

from gateway.decisions.credibility import (
    Unjudged,
    bands,
    compared_elements,
    is_for_officers,
    is_understood,
    measured,
    thresholds,
)
from gateway.domain.tables.credibility import CredibilityCheck, TaricCheck
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.in_force import InForce


class AskedCheck(Struct, frozen=True, kw_only=True):
    """A check that goods come under, or may."""

    row: CredibilityCheck
    whole: bool
    """Whether all goods of the stated code come under it; else digits decide."""
    with_code: bool
    """Whether its additional code, where it has one, is stated."""
    for_officers: bool
    """Whether only officers see it, and it holds no goods."""
    elements: str
    """The data elements that are compared, as a word of the catalogue; empty: an officer judges."""
    measured: str
    """The unit of the figure."""
    bounds: str
    """Between which a figure is allowed: for traders only where the row is published."""
    thresholds: str
    """The amounts with what follows, for officers."""


def checks_on(tables: InForce, goods: Goods) -> Iterator[AskedCheck]:
    """Yield the checks that goods come under, and those that they may."""
    for row in (*tables.credibility.checks(goods), *tables.credibility.finer(goods)):
        try:
            elements = compared_elements(tables, row) if is_understood(tables, row) else ""
        except Unjudged:  # a unit that nobody knows: the check holds, and an officer judges
            elements = ""
        yield AskedCheck(
            row=row,
            whole=goods.commodity_code.startswith(row.commodities),
            with_code=not isinstance(row, TaricCheck) or row.additional_code in ("", *goods.additional_codes),
            for_officers=is_for_officers(tables, row),
            elements=elements,
            measured=measured(row),
            bounds=bands(tables, row) if elements else "",
            thresholds=thresholds(row),
        )
