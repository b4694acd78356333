"""What a row measures of a goods item: figures exactly, and whether something holds; what is not declared is neither."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, partial
from types import MappingProxyType
from unicodedata import normalize

import re2

from gateway.decisions.credibility import NotDeclared, Unjudged, value_in
from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.tables.in_force import InForce
from gateway.domain.transport import compact_number
from gateway.wings.controls.parties.facts import ROLES
from gateway.wings.controls.risk.pack import Measure

_EXPRESSION_BYTES = 1 << 20
"""The memory that a regular expression may need."""


def _party(role: str, one: "MeasuredItem") -> tuple[str | None, ...]:
    return (getattr(one.declaration, role),)


def _containers(one: "MeasuredItem") -> tuple[str | None, ...]:
    transport, number = one.declaration.transport, one.item.number
    containers = transport.containers if transport is not None else ()
    return tuple(
        compact_number(each.number)
        for each in containers
        if each.number and (not each.goods_items or number in each.goods_items)
    )


def _transport_documents(one: "MeasuredItem") -> tuple[str, ...]:
    transport, more = one.declaration.transport, one.item.more
    whole, own = transport.documents if transport is not None else (), more.documents if more is not None else ()
    return tuple(each.reference for each in (*whole, *own))


def _marks(one: "MeasuredItem") -> tuple[str, ...]:
    more = one.item.more
    return tuple(each.marks for each in more.packages if each.marks) if more is not None else ()


FIGURE_ELEMENTS = ("net_mass", "gross_mass", "supplementary_units", "statistical_value", "invoiced")
COUNTED: Mapping[str, Callable[["MeasuredItem"], int]] = MappingProxyType(
    {
        "items": lambda one: len(one.declaration.items),
        "documents": lambda one: len(one.declaration.documents) + len(one.item.documents),
        "previous_documents": lambda one: len(one.declaration.previous_documents) + len(one.item.previous_documents),
        "additional_codes": lambda one: len(one.item.additional_codes),
    }
)
LISTED: Mapping[str, Callable[["MeasuredItem"], tuple[str | None, ...]]] = MappingProxyType(
    {
        **{role: partial(_party, role) for role in ROLES},
        "previous_document": lambda one: tuple(
            each.reference for each in (*one.declaration.previous_documents, *one.item.previous_documents)
        ),
        "document": lambda one: tuple(each.reference for each in (*one.declaration.documents, *one.item.documents)),
        "origin": lambda one: (one.item.origin,),
        "mrn": lambda one: (one.declaration.mrn,),
        "container": _containers,
        "transport_document": _transport_documents,
        "mark": _marks,
    }
)
"""The elements that lists are held against."""
SPELT: Mapping[str, Callable[[str], str]] = MappingProxyType({"container": compact_number})
"""How values of an element are written that may be spelt in several ways."""


@cache
def expression(text: str) -> re2._Regexp:
    """Return a regular expression, to which upper and lower case are one.

    Raises:
        re2.error: it is none, or is too large.
    """
    options = re2.Options()
    options.log_errors, options.max_mem, options.case_sensitive = False, _EXPRESSION_BYTES, False
    return re2.compile(text, options)


class NotMeasurable(Exception):
    """What is measured is not declared, or is not known here, as a rate."""

    def __init__(self, element: str) -> None:
        super().__init__()
        self.element = element


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredItem:
    """A goods item with what a measure reads beside it."""

    declaration: Declaration
    item: GoodsItem
    tables: InForce
    findings: frozenset[str]
    """The codes of the decision on it."""

    @property
    def office(self) -> str | None:
        """Where it is presented, or else declared."""
        return self.declaration.presentation_office or self.declaration.customs_office


def figure(measure: Measure, one: MeasuredItem) -> Fraction:
    """Return the figure of a measure.

    Raises:
        NotMeasurable: it is not declared.
    """
    if measure.compare is not None:
        return _declared(one, measure.compare)
    if measure.ratio is not None:
        above, below = measure.ratio
        return _declared(one, above) / _divisor(one, below)
    if measure.price is not None:
        try:
            value = value_in(one, one.item, measure.price)
        except (NotDeclared, Unjudged) as error:
            raise NotMeasurable("value") from error
        return value / _divisor(one, measure.per or "net_mass")
    assert measure.count is not None, "a figure is one of these"
    return Fraction(COUNTED[measure.count](one))


def holds(measure: Measure, one: MeasuredItem, listed: frozenset[str]) -> bool:
    """Whether a measure holds, `listed` being its values; a figure without bounds does, wherever it lies.

    Raises:
        NotMeasurable: what it measures is not declared.
    """
    if measure.always:
        return True
    if measure.list is not None:
        declared = [each for each in LISTED[measure.list](one) if each]
        if not declared:
            raise NotMeasurable(measure.list)
        return not listed.isdisjoint(declared)
    if measure.text is not None:
        texts = [each for each in (one.item.description, *_marks(one)) if each]
        if not texts:
            raise NotMeasurable("description")
        return any(expression(measure.text).search(normalize("NFKC", each)) for each in texts)
    if measure.finding is not None:
        return measure.finding in one.findings
    return lies(figure(measure, one), measure.at_least, measure.below)


def lies(value: Fraction, start: Decimal | None, to: Decimal | None) -> bool:
    """Whether a figure lies from a bound on and below another."""
    return (start is None or value >= Fraction(start)) and (to is None or value < Fraction(to))


def _declared(one: MeasuredItem, element: str) -> Fraction:
    value = getattr(one.item, element)
    if value is None:
        raise NotMeasurable(element)
    return Fraction(value)


def _divisor(one: MeasuredItem, element: str) -> Fraction:
    value = _declared(one, element)
    if value <= 0:
        raise NotMeasurable(element)
    return value
