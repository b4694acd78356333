"""The comparison of what is declared of goods with the bounds of a credibility check: exact, and never a division by nothing."""

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple, Protocol

from gateway.decisions.case import OpenedCase
from gateway.decisions.positions import plain
from gateway.decisions.requirements import is_enough
from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.tables.credibility import CheckCondition, CheckOutcome, CredibilityCheck, Judged
from gateway.domain.tables.in_force import InForce

NET_MASS = "net_mass"
GROSS_MASS = "gross_mass"
UNITS = "supplementary_units"
VALUE = "value"
INVOICE_CURRENCY = "invoice_currency"

_ELEMENTS = {NET_MASS: "mass", GROSS_MASS: "gross", UNITS: "units"}
_KILOGRAM = "KGM"
_GROSS = "G"
"""The qualifier of a mass that is gross; of any other qualifier a declaration has no figure."""
_UNQUALIFIED = 3
"""Characters of a unit without its qualifier."""
_PLACES = 10**6
"""The precision at which a figure that goes on is shown: six places."""


class Unjudged(Exception):
    """A comparison that cannot be made: not determined."""

    def __init__(self, why: str, currency: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.currency = currency


class NotDeclared(Exception):
    """A data element that a comparison needs, and that is not declared or is zero."""

    def __init__(self, element: str) -> None:
        super().__init__(element)
        self.element = element


class Valued(Protocol):
    """A declaration, and the rows by which what it states is converted."""

    @property
    def declaration(self) -> Declaration:
        """The declaration."""

    @property
    def tables(self) -> InForce:
        """The rows in force."""


class CheckResult(NamedTuple):
    """The result of one check on one goods item. Exactly one of outcome, missing, unjudged and by_officer says what it is."""

    check: CredibilityCheck
    outcome: CheckOutcome | None = None
    missing: str = ""
    """The element that is not declared."""
    unjudged: str = ""
    """A code word: why nothing could be compared."""
    by_officer: bool = False
    currency: str = ""
    """The currency that no rate is known of."""
    figure: Fraction | None = None
    """The figure that was compared with the bounds."""


class ComparedQuantity(NamedTuple):
    """A declared quantity in a unit of TARIC, with the data element that it was declared in."""

    value: Fraction
    element: str


def judge(file: OpenedCase, item: GoodsItem, check: CredibilityCheck) -> CheckResult:
    """Judge one check on one goods item."""
    if check.condition is None or not is_understood(file.tables, check):
        return CheckResult(check, by_officer=True)
    figure = None
    try:
        if check.documents and _document(file, item, check):
            return CheckResult(check, outcome=CheckOutcome.ALLOWED)
        figure = _figure(file, item, check)
        outcome = file.tables.credibility.outcome(_action(file, check, check.condition, figure))
        if outcome is None:
            raise Unjudged("action")
    except NotDeclared as missing:
        return CheckResult(check, missing=missing.element)
    except Unjudged as unjudged:
        return CheckResult(check, unjudged=unjudged.why, currency=unjudged.currency, figure=figure)
    return CheckResult(check, outcome=outcome, figure=figure)


def is_understood(tables: InForce, check: CredibilityCheck) -> bool:
    """Whether it is known what a check compares, and that its type is judged by its actions; else an officer judges."""
    judged = tables.credibility.judged(check.measure_type)
    undescribed = judged is Judged.WHEN_DESCRIBED and not check.description
    return check.condition is not None and judged is not None and not undescribed


def is_for_officers(tables: InForce, check: CredibilityCheck) -> bool:
    """Whether nothing that may follow from a check is for anybody but officers: of one that is not understood nobody knows that."""
    if not is_understood(tables, check):
        return False
    outcomes = {tables.credibility.outcome(action) for action in check.following}
    harmless = {CheckOutcome.ALLOWED, CheckOutcome.NOT_APPLICABLE, CheckOutcome.SUSPICIOUS}
    return CheckOutcome.SUSPICIOUS in outcomes and outcomes <= harmless


def _document(file: OpenedCase, item: GoodsItem, check: CredibilityCheck) -> bool:
    """Whether a document is declared that is enough at any figure; it is judged by findings of its own."""
    named = [dossier for dossier in file.declared[item.number] if dossier.document.type in check.documents]
    if named and not any(is_enough(file, item, dossier) for dossier in named):
        raise Unjudged("document")
    return bool(named)


def _action(file: OpenedCase, check: CredibilityCheck, condition: CheckCondition, figure: Fraction) -> str:
    """Return the action that follows: of the highest amount that is reached, or the lowest that is not exceeded."""
    ordered = sorted(check.thresholds, key=lambda one: one.amount, reverse=not condition.is_maximum)
    for one in ordered:
        if _is_met(file, condition, figure, Fraction(one.amount)):
            return one.action
    if check.otherwise is None:
        raise Unjudged("no_threshold")
    return check.otherwise


def _is_met(file: OpenedCase, condition: CheckCondition, figure: Fraction, amount: Fraction) -> bool:
    if condition.is_maximum:
        return figure <= amount
    if condition is CheckCondition.VALUE and figure == amount:
        counts = file.tables.credibility.equality(condition)
        if counts is None:
            raise Unjudged("equality")
        return counts
    return figure >= amount


def _figure(file: OpenedCase, item: GoodsItem, check: CredibilityCheck) -> Fraction:
    if check.condition is CheckCondition.MASS:
        mass = quantity_in(file, item, check.taric_unit)
        if mass.element == UNITS:
            raise Unjudged("unit")
        return mass.value / quantity_in(file, item, check.per).value
    if check.currency is None:
        return quantity_in(file, item, check.taric_unit).value
    if _is_of_value(check):
        return value_in(file, item, check.currency)
    return price_in(file, item, check.currency, check.taric_unit)


def _is_of_value(check: CredibilityCheck) -> bool:
    """Whether the value itself is compared: a maximum in a currency without a unit, as a limit is; U is by unit always."""
    maximum = check.condition is not None and check.condition.is_maximum
    return maximum and check.currency is not None and check.taric_unit is None


def price_in(file: OpenedCase, item: GoodsItem, currency: str, taric_unit: str | None) -> Fraction:
    """Return the declared value in a currency by unit of TARIC.

    Raises:
        NotDeclared: the quantity or the value is not declared, or is zero.
        Unjudged: a declaration has no figure in that unit, or a currency or rate is not known.
    """
    quantity = quantity_in(file, item, taric_unit).value
    return value_in(file, item, currency) / quantity


def quantity_in(file: OpenedCase, item: GoodsItem, taric_unit: str | None) -> ComparedQuantity:
    """Return what is declared in a unit of TARIC: always above zero.

    Raises:
        NotDeclared: it is not declared, or is zero.
        Unjudged: a declaration has no figure in that unit, or it is not known.
    """
    element = element_of(file.tables, taric_unit)
    if taric_unit is None:
        return ComparedQuantity(_declared(getattr(item, element), element), element)
    row = file.tables.unit(taric_unit)
    if row is None:
        raise Unjudged("unit")
    unit, factor = _KILOGRAM, Fraction(1)
    if element == UNITS:
        supplementary = file.tables.supplementary(item.commodity_code)
        if supplementary is None:
            raise Unjudged("unit_of_code")
        unit, factor = supplementary.unit, Fraction(supplementary.factor)
    scale = file.tables.scale(unit, row.unit)
    if scale is None:
        raise Unjudged("unit")
    # What nobody could declare in that unit is not asked for, so this comes last.
    declared = _declared(getattr(item, element), element)
    return ComparedQuantity(declared * factor * scale / Fraction(row.factor), element)


def element_of(tables: InForce, taric_unit: str | None) -> str:
    """Return the data element whose figure is in a unit of TARIC: a mass, or else the supplementary units.

    Raises:
        Unjudged: no element is, or the unit is not known.
    """
    if taric_unit is None:
        return UNITS
    row, qualifier = tables.unit(taric_unit), taric_unit[_UNQUALIFIED:]
    if row is None:
        raise Unjudged("unit")
    is_mass = tables.scale(_KILOGRAM, row.unit) is not None
    if qualifier and not (is_mass and qualifier == _GROSS):
        raise Unjudged("qualifier")
    if not is_mass:
        return UNITS
    return GROSS_MASS if qualifier else NET_MASS


def _declared(value: Decimal | None, element: str) -> Fraction:
    if value is None or value <= 0:
        raise NotDeclared(element)
    return Fraction(value)


def value_in(file: Valued, item: GoodsItem, currency: str) -> Fraction:
    """Return the declared value in a currency: 99 06, and where that is not declared 14 08.

    Raises:
        NotDeclared: there is none above zero, or 14 08 stands without its currency.
        Unjudged: its currency or a rate is not known.
    """
    declaration, rates = file.declaration, file.tables.credibility
    if item.statistical_value is not None:
        value, stated = item.statistical_value, item.statistical_currency or declaration.internal_currency
        stated = stated or rates.currency_of((declaration.customs_office or "")[:2])
        if stated is None:
            raise Unjudged("currency")
    else:
        value, stated = _invoiced(file, item)
    amount = _declared(value, VALUE)
    if stated == currency:
        return amount
    per_euro = {one: rates.per_euro(one) for one in (stated, currency)}
    for one, rate in per_euro.items():
        if rate is None:
            raise Unjudged("rate", one)
    return amount / (per_euro[stated] or 1) * (per_euro[currency] or 1)


def _invoiced(file: Valued, item: GoodsItem) -> tuple[Decimal, str]:
    if item.invoiced is None:
        raise NotDeclared(VALUE)
    currency = item.invoiced_currency or file.declaration.invoice_currency
    if currency is None:
        raise NotDeclared(INVOICE_CURRENCY)
    return item.invoiced, currency


def written(figure: Fraction) -> str:
    """Write a figure plainly: exactly, or cut after six places, with dots behind it, so that it lies on the side of a bound that it
    is on.
    """
    cut = figure.numerator * _PLACES // figure.denominator
    whole, places = divmod(cut, _PLACES)
    text = f"{whole}.{places:06}"
    return text.rstrip("0").rstrip(".") if Fraction(cut, _PLACES) == figure else f"{text}…"


def bands(tables: InForce, check: CredibilityCheck) -> str:
    """Write the bounds between which a figure is allowed: `320 ≤ x < 470.001`; several are divided by semicolons."""
    ordered = sorted(check.thresholds, key=lambda one: one.amount)
    maximum = check.condition is not None and check.condition.is_maximum
    strictly = check.condition is CheckCondition.VALUE and tables.credibility.equality(CheckCondition.VALUE) is False
    found = []
    for place, one in enumerate(ordered):
        if tables.credibility.outcome(one.action) is not CheckOutcome.ALLOWED:
            continue
        if maximum:
            below = f"{plain(ordered[place - 1].amount)} < " if place else ""
            found.append(f"{below}x ≤ {plain(one.amount)}")
            continue
        end = ordered[place + 1].amount if place + 1 < len(ordered) else None
        above = "" if end is None else f" {'≤' if strictly else '<'} {plain(end)}"
        found.append(f"{plain(one.amount)} {'<' if strictly else '≤'} x{above}")
    return "; ".join(found) or "-"


def compared_elements(tables: InForce, check: CredibilityCheck) -> str:
    """Return the word for the elements that are compared: the ratio's two, or the one that has a maximum.

    Raises:
        Unjudged: no element has a figure in the unit of the check.
    """
    if check.condition is CheckCondition.MASS:
        return f"{_ELEMENTS[element_of(tables, check.taric_unit)]}_and_units"
    if _is_of_value(check):
        return VALUE
    quantity = _ELEMENTS[element_of(tables, check.taric_unit)]
    return quantity if check.currency is None else f"value_and_{quantity}"


def measured(check: CredibilityCheck) -> str:
    """Write the unit of a figure: `KGM / 18 02`, `EUR / NAR`, `EUR`, `KGM`."""
    if check.condition is CheckCondition.MASS:
        return f"{check.taric_unit} / {check.per or '18 02'}"
    if check.currency is not None and _is_of_value(check):
        return check.currency
    quantity = check.taric_unit or "18 02"
    return quantity if check.currency is None else f"{check.currency} / {quantity}"


def thresholds(check: CredibilityCheck) -> str:
    """Write the amounts of a check, each with the action that follows."""
    said = [f"{plain(one.amount)}: {one.action}" for one in sorted(check.thresholds, key=lambda one: -one.amount)]
    return "; ".join(said if check.otherwise is None else [*said, f"-: {check.otherwise}"]) or "-"
