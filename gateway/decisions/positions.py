"""The quantities that a declaration asks of a certificate, and those that the authority has left."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from gateway.contract import CertificateLine, HolderAccount, Money, Quantity
from gateway.decisions.case import Citation, Dossier, OpenedCase
from gateway.domain.declaration import GoodsItem
from gateway.domain.figures import figures_of
from gateway.domain.tables.figures import SHIPMENTS
from gateway.domain.tables.rows import DocumentRoute, QuantityMode

_MASS = "KGM"
_ONE = Decimal(1)
_KILOGRAM = Quantity(value=Decimal(1), unit=_MASS)


class QuantityFault(StrEnum):
    """The reason why a quantity could not be judged."""

    LEDGER_MISSING = "ledger_missing"
    """The authority gave no position for the line."""
    SEVERAL_LINES = "several_lines"
    LINE_UNKNOWN = "line_unknown"
    """No line of the certificate covers the item, or the declared line does not exist."""
    NOT_DECLARED = "not_declared"
    """Nothing is declared, or zero."""
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_MISSING = "unit_missing"
    UNIT_DIFFERS = "unit_differs"
    COMMODITY_UNIT_UNKNOWN = "commodity_unit_unknown"
    STANDS_BEHIND = "stands_behind"
    """Another document speaks for the goods, which are not those of this one any more."""
    NOT_DIVIDED = "not_divided"
    """The shipment states one quantity for several items."""
    FIGURE_MISSING = "figure_missing"
    """The goods item states no figure that is taken from the account."""
    VALUE_NOT_DECLARED = "value_not_declared"
    """The line is limited by value, and none above zero is declared in its currency."""


class Left(Struct, frozen=True, kw_only=True):
    """The quantity that an authority has left on a line for this declaration, its own allocations included."""

    quantity: Quantity
    """On a line by value alone the amount, with its currency in the unit's place."""
    amount: Money | None = None
    """On a line that is limited by quantity *and* value."""


class Stated(Struct, frozen=True, kw_only=True):
    """A quantity as the declaration states it, in its own unit."""

    quantity: Quantity
    """The unit is the declared one: `DTN`, where the certificate counts in `KGM`."""
    scale: Decimal | None
    """The amount of one such unit in the certificate's; None: the two do not convert."""


class LinePosition(Struct, frozen=True, kw_only=True):
    """A document's quantity on one goods item."""

    citation: Citation
    line: int | None
    declared: Quantity | None
    """The declared quantity, in the unit of the certificate's line where it converts; on a line by value alone the amount, in its currency."""
    left: Left | None
    """None: not known."""
    fault: QuantityFault | None
    counts: bool
    """Whether the quantity counts under the item's procedure."""
    amount: Money | None = None
    """The declared value, where the line is limited by value."""
    other: Quantity | None = None
    """The line's other measure, where it is certified by weight and by volume and the item states both."""
    currency: str | None = None
    """The currency in which the line is limited by value."""
    unit: str = ""
    """The unit of the certificate's line."""
    stated: Stated | None = None
    """None: nothing is, or the line is limited by value alone."""
    certified: Quantity | None = None
    """The quantity that the certificate's line certifies, in its unit; on a line by value alone the amount. None: it states nothing."""
    read: bool = False
    """Whether the authority stated its position of the line."""

    @property
    def available(self) -> Quantity | None:
        """The quantity that the authority has left for this declaration on the line; None: not known."""
        return self.left.quantity if self.left is not None else None

    @property
    def by_value_alone(self) -> bool:
        """Whether the line is limited by value, and not by quantity."""
        return self.amount is not None and self.declared is not None and self.declared.unit == self.amount.currency


def positions(file: OpenedCase, dossier: Dossier, route: DocumentRoute) -> tuple[LinePosition, ...]:
    """Compute a document's quantity on each goods item that it is for; once per case."""
    key = ("positions", id(dossier))
    found = file.worked_out.get(key)
    if not isinstance(found, tuple):
        if route.quantity is QuantityMode.ACCOUNT:
            found = _of_account(file, dossier, route)
        else:
            left = _left(file, dossier, route)
            found = tuple([_position(file, dossier, route, citation, left) for citation in dossier.citations])
        file.worked_out[key] = found
    return found


def _of_account(file: OpenedCase, dossier: Dossier, route: DocumentRoute) -> tuple[LinePosition, ...]:
    """Compute what each goods item takes from the account that the document draws on: its figure, however often it cites it.

    Of an account that counts shipments the declaration takes one, whatever goods items it has: the first whose quantity counts does.
    """
    tables = file.tables.figures
    row, known = tables.account(dossier.document.type), dossier.verification
    account = known.drawn_on(row.kind) if known is not None and row is not None else None
    told = account or (known.account if known is not None else None)
    figure, counts_shipments = (row.figure, row.figure is None) if row is not None else (None, False)
    code = tables.code(figure) if figure is not None else None
    unit = SHIPMENTS if counts_shipments else code.counts_in.value if code is not None else ""
    left = _left_for_us(file, account) if account is not None and account.available.unit == unit else None
    found = []
    for citation in {one.item.number: one for one in reversed(dossier.citations)}.values():
        value = _ONE if counts_shipments else figures_of(citation.item, tables).get(figure or "")
        taken = Quantity(value=value, unit=unit) if value is not None else None
        fault = (
            QuantityFault.LEDGER_MISSING if left is None else QuantityFault.FIGURE_MISSING if taken is None else None
        )
        found.append(
            LinePosition(
                citation=citation,
                line=told.year if told is not None else None,
                declared=taken,
                left=left,
                fault=fault,
                counts=file.counts_quantity(dossier, route, citation.item),
                unit=unit,
                stated=Stated(quantity=taken, scale=_ONE) if taken is not None and not counts_shipments else None,
                read=left is not None,
            )
        )
    found.sort(key=lambda one: (counts_shipments and not one.counts, one.citation.item.number))
    return tuple(found[:1] if counts_shipments else found)


def masses_of_account(
    file: OpenedCase, dossier: Dossier, route: DocumentRoute, account: HolderAccount | None
) -> tuple[LinePosition, ...]:
    """Compute what each goods item weighs that is not out yet, beside what is left of an account that counts mass.

    A quantity that is stated for the document (12 03 006) counts in the place of the net mass, where it is one of mass.
    """
    left = _left_for_us(file, account) if account is not None else None
    unit = left.quantity.unit if left is not None else _MASS
    found = []
    for citation in {one.item.number: one for one in reversed(dossier.citations)}.values():
        if citation.item.number in file.items_out or not file.counts_quantity(dossier, route, citation.item):
            continue
        mass = _net_mass(citation.item)
        declared, fault = _declared(file, dossier, citation, unit, mass)
        stated = _stated(file, citation, unit, mass)
        if fault is QuantityFault.UNIT_DIFFERS and mass is not None:
            declared, fault = _counted(file, mass, unit)
            stated = None
        found.append(
            LinePosition(
                citation=citation,
                line=account.year if account is not None else None,
                declared=declared,
                left=left,
                fault=fault if left is not None else QuantityFault.LEDGER_MISSING,
                counts=True,
                unit=unit,
                stated=stated,
                read=left is not None,
            )
        )
    found.sort(key=lambda one: one.citation.item.number)
    return tuple(found)


def _left_for_us(file: OpenedCase, account: HolderAccount) -> Left:
    """Return what is left of an account for this declaration, with all that it has taken: of whatever year, that is taken already."""
    ours = [one.quantity for one in account.taken if one.declaration in file.own_mrns]
    total = sum((one.value for one in ours if one.unit == account.available.unit), account.available.value)
    return Left(quantity=Quantity(value=total, unit=account.available.unit))


def choose_line(dossier: Dossier, citation: Citation) -> CertificateLine | QuantityFault:
    """Return the certificate line that an item draws on: the declared one, else the only one that fits."""
    if dossier.lines is None:
        return QuantityFault.LEDGER_MISSING
    code = citation.item.commodity_code
    declared = citation.cited.certificate_line
    if declared is not None:
        line = dossier.lines.numbered(declared)
        return line if line is not None and dossier.lines.covers(line, code) else QuantityFault.LINE_UNKNOWN
    fitting = dossier.lines.fitting(code)
    if not fitting:
        return QuantityFault.LINE_UNKNOWN
    return fitting[0] if len(fitting) == 1 else QuantityFault.SEVERAL_LINES


def _left(file: OpenedCase, dossier: Dossier, route: DocumentRoute) -> dict[int, Left]:
    if route.quantity is QuantityMode.OWN:
        lines = dossier.lines.lines if dossier.lines is not None else ()
        return {line.number: whole for line in lines if (whole := _certified(line)) is not None}
    if dossier.ledger is None:
        return {}
    left = {line.number: Left(quantity=line.available, amount=line.amount) for line in dossier.ledger.lines}
    if not dossier.ledger.allocations:
        return left
    ours = file.own_mrns
    for allocation in dossier.ledger.allocations:
        there = left.get(allocation.certificate_line)
        if allocation.declaration in ours and there is not None:
            left[allocation.certificate_line] = Left(
                quantity=_and(there.quantity, file.tables.convert(allocation.quantity, there.quantity.unit)),
                amount=_and_value(there.amount, allocation.amount),
            )
    return left


def _certified(line: CertificateLine) -> Left | None:
    if line.quantity is not None:
        return Left(quantity=line.quantity, amount=line.amount)
    if line.amount is not None:
        return Left(quantity=Quantity(value=line.amount.value, unit=line.amount.currency))
    return None


def _certified_in(file: OpenedCase, line: CertificateLine, unit: str) -> Quantity | None:
    certified = line.quantity
    if certified is None:
        if line.amount is None:
            return None
        certified = Quantity(value=line.amount.value, unit=line.amount.currency)
    return certified if certified.unit == unit else file.tables.convert(certified, unit)


def _and(there: Quantity, own: Quantity | None) -> Quantity:
    return there if own is None else Quantity(value=there.value + own.value, unit=there.unit)


def _and_value(there: Money | None, own: Money | None) -> Money | None:
    if there is None or own is None or there.currency != own.currency:
        return there
    return Money(value=there.value + own.value, currency=there.currency)


def _position(
    file: OpenedCase, dossier: Dossier, route: DocumentRoute, citation: Citation, lefts: Mapping[int, Left]
) -> LinePosition:
    behind = file.stands_behind(dossier, citation.item)
    counts = not behind and citation.item.requested_procedure in route.reserves
    chosen = QuantityFault.STANDS_BEHIND if behind else choose_line(dossier, citation)
    mass = _net_mass(citation.item)
    if isinstance(chosen, QuantityFault):
        stated = citation.cited.quantity if not citation.by_shipment else None
        declared = stated or mass
        return LinePosition(citation=citation, line=None, declared=declared, left=None, fault=chosen, counts=counts)
    left = lefts.get(chosen.number)
    unit = _unit(left, chosen)
    currency = _currency(left, chosen, citation)
    if currency is not None and currency == unit:
        amount, fault = _value(dossier, citation, currency)
        declared = Quantity(value=amount.value, unit=unit) if amount is not None else None
    else:
        amount = None
        declared, fault = _declared(file, dossier, citation, unit, mass)
        if currency is not None and fault is None:
            amount, fault = _value(dossier, citation, currency)
    if fault is None and (left is None or (currency is not None and not _states_limits(left, chosen, currency))):
        fault = QuantityFault.LEDGER_MISSING
    other = _other(file, citation, chosen, unit) if chosen.volume is not None and fault is None else None
    return LinePosition(
        citation=citation,
        line=chosen.number,
        declared=declared,
        left=left,
        fault=fault,
        counts=counts,
        amount=amount,
        other=other,
        currency=currency,
        unit=unit,
        stated=_stated(file, citation, unit, mass) if currency != unit else None,
        certified=_certified_in(file, chosen, unit),
        read=left is not None and route.quantity is not QuantityMode.OWN,
    )


def _unit(left: Left | None, line: CertificateLine) -> str:
    if left is not None:
        return left.quantity.unit
    if line.quantity is not None:
        return line.quantity.unit
    return line.amount.currency if line.amount is not None else _MASS


def _currency(left: Left | None, line: CertificateLine, citation: Citation) -> str | None:
    """Return the currency in which the line is limited by value; None: it is not."""
    if left is not None and left.amount is not None:
        return left.amount.currency
    if line.amount is not None:
        return line.amount.currency
    stated = citation.cited.amount
    if left is not None and stated is not None and stated.currency == left.quantity.unit:
        return stated.currency
    return None


def _states_limits(left: Left, line: CertificateLine, currency: str) -> bool:
    """Whether the position states what is left of each thing that limits a line by value."""
    return line.quantity is None if currency == left.quantity.unit else left.amount is not None


def _value(dossier: Dossier, citation: Citation, currency: str) -> tuple[Money | None, QuantityFault | None]:
    """Return the value that counts: 12 03 014 with 012, in the line's own currency and above zero."""
    amount = citation.cited.amount
    if amount is None or amount.currency != currency or amount.value <= 0:
        return None, QuantityFault.VALUE_NOT_DECLARED
    if citation.by_shipment and len(dossier.citations) > 1:
        return None, QuantityFault.NOT_DIVIDED
    return amount, None


def _declared(
    file: OpenedCase, dossier: Dossier, citation: Citation, unit: str, mass: Quantity | None
) -> tuple[Quantity | None, QuantityFault | None]:
    """Return the counting quantity, in this order: 12 03 006, 18 02 where the line counts otherwise, 18 01. Zero is none."""
    cited, item = citation.cited, citation.item
    if cited.quantity_fault is not None:
        return None, QuantityFault(cited.quantity_fault)
    if citation.by_shipment and (cited.stated or cited.amount is not None) and len(dossier.citations) > 1:
        return None, QuantityFault.NOT_DIVIDED
    if cited.quantity is not None:
        return _counted(file, cited.quantity, unit)
    if unit == _MASS or file.tables.convert(_KILOGRAM, unit) is not None:
        return _counted(file, mass, unit) if mass is not None else (None, QuantityFault.NOT_DECLARED)
    row = file.tables.supplementary(item.commodity_code)
    if row is None:
        return None, QuantityFault.COMMODITY_UNIT_UNKNOWN
    if item.supplementary_units is None:
        return None, QuantityFault.NOT_DECLARED
    return _counted(file, Quantity(value=item.supplementary_units * row.factor, unit=row.unit), unit)


def _stated(file: OpenedCase, citation: Citation, unit: str, mass: Quantity | None) -> Stated | None:
    """Return what is declared before it is converted, from the same data element as `_declared`."""
    cited, item = citation.cited, citation.item
    if cited.quantity is not None:
        one = Quantity(value=cited.factor, unit=cited.quantity.unit)
        quantity = Quantity(value=cited.quantity.value / cited.factor, unit=cited.unit or cited.quantity.unit)
    elif unit == _MASS or file.tables.convert(_KILOGRAM, unit) is not None:
        if mass is None:
            return None
        one, quantity = _KILOGRAM, mass
    elif item.supplementary_units is not None and (row := file.tables.supplementary(item.commodity_code)) is not None:
        one = Quantity(value=Decimal(1), unit=row.unit)
        quantity = Quantity(value=item.supplementary_units * row.factor, unit=row.unit)
    else:
        return None
    scale = one if one.unit == unit else file.tables.convert(one, unit)
    return Stated(quantity=quantity, scale=scale.value if scale is not None else None)


def _counted(file: OpenedCase, quantity: Quantity, unit: str) -> tuple[Quantity, QuantityFault | None]:
    converted = quantity if quantity.unit == unit else file.tables.convert(quantity, unit)
    if converted is None:
        return quantity, QuantityFault.UNIT_DIFFERS
    return converted, None if converted.value > 0 else QuantityFault.NOT_DECLARED


def _other(file: OpenedCase, citation: Citation, line: CertificateLine, unit: str) -> Quantity | None:
    """Return the measure in which a weight-and-volume line is not counted, if the item states it for all of its goods."""
    if citation.cited.stated:
        return None
    item = citation.item
    row = file.tables.supplementary(item.commodity_code)
    stated = [_net_mass(item)]
    if row is not None and item.supplementary_units is not None:
        stated.append(Quantity(value=item.supplementary_units * row.factor, unit=row.unit))
    for measure in (line.volume, line.quantity):
        if measure is None or file.tables.convert(measure, unit) is not None:
            continue
        for one in stated:
            converted = file.tables.convert(one, measure.unit) if one is not None else None
            if converted is not None and converted.value > 0:
                return converted
    return None


def _net_mass(item: GoodsItem) -> Quantity | None:
    return Quantity(value=item.net_mass, unit=_MASS) if item.net_mass is not None else None


def plain(value: Decimal) -> str:
    """Write an amount plainly: no exponent, no zeros at the end."""
    text = str(value)
    if "E" in text:
        text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
