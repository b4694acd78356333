"""How much of a certificate a declaration asks for, and how much the authority has left."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.contract import CertificateLine, Quantity, Reference, ReferenceKind
from gateway.decisions.case import CaseFile, Citation, Dossier
from gateway.domain.declaration import GoodsItem
from gateway.domain.tables import DocumentRoute, QuantityMode

_MASS = "KGM"


class QuantityFault(StrEnum):
    """Why a quantity could not be judged."""

    LEDGER_MISSING = "ledger_missing"
    """The authority gave no position for the line."""
    SEVERAL_LINES = "several_lines"
    LINE_UNKNOWN = "line_unknown"
    """No line of the certificate covers the item, or the declared line does not exist."""
    NOT_DECLARED = "not_declared"
    UNIT_UNKNOWN = "unit_unknown"
    UNIT_MISSING = "unit_missing"
    UNIT_DIFFERS = "unit_differs"
    COMMODITY_UNIT_UNKNOWN = "commodity_unit_unknown"
    NOT_DIVIDED = "not_divided"
    """The shipment states one quantity for several items."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A document's quantity on one goods item."""

    citation: Citation
    line: int | None
    declared: Quantity | None
    """In the unit of the certificate's line where it converts."""
    available: Quantity | None
    """What the authority has left for this declaration on the line, its own allocations included; None: not known."""
    fault: QuantityFault | None
    counts: bool
    """Whether the quantity counts under the item's procedure."""


def positions(file: CaseFile, dossier: Dossier, route: DocumentRoute) -> tuple[Position, ...]:
    """Works out a document's quantity on each goods item that it is for; once per case."""
    key = ("positions", id(dossier))
    found = file.worked_out.get(key)
    if not isinstance(found, tuple):
        available = _available(file, dossier, route)
        found = tuple(_position(file, dossier, route, citation, available) for citation in dossier.citations)
        file.worked_out[key] = found
    return found


def choose_line(dossier: Dossier, citation: Citation) -> CertificateLine | QuantityFault:
    """Gives the certificate line that an item draws on: the declared one, else the only one that fits."""
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


def _available(file: CaseFile, dossier: Dossier, route: DocumentRoute) -> dict[int, Quantity]:
    if route.quantity is QuantityMode.OWN:
        lines = dossier.lines.lines if dossier.lines is not None else ()
        return {line.number: line.quantity for line in lines if line.quantity is not None}
    if dossier.ledger is None:
        return {}
    left = {line.number: line.available for line in dossier.ledger.lines}
    ours = _ours(file)
    for allocation in dossier.ledger.allocations:
        line_left = left.get(allocation.certificate_line)
        if allocation.declaration in ours and line_left is not None:
            own = file.tables.convert(allocation.quantity, line_left.unit)
            if own is not None:
                total = Quantity(value=line_left.value + own.value, unit=line_left.unit)
                left[allocation.certificate_line] = total
    return left


def _ours(file: CaseFile) -> frozenset[Reference]:
    """The MRNs of this declaration. An LRN is not unique among declarants: what is held under one is not taken for ours."""
    named = {r.query.declaration for r in file.case.plan.requirements if r.query.declaration is not None}
    if file.declaration.mrn is not None:
        named.add(Reference(kind=ReferenceKind.MRN, value=file.declaration.mrn))
    return frozenset(reference for reference in named if reference.kind is ReferenceKind.MRN)


def _position(
    file: CaseFile, dossier: Dossier, route: DocumentRoute, citation: Citation, available: dict[int, Quantity]
) -> Position:
    counts = file.counts_quantity(route, citation.item)
    chosen = choose_line(dossier, citation)
    if isinstance(chosen, QuantityFault):
        stated = citation.cited.quantity if not citation.by_shipment else None
        declared = stated or _net_mass(citation.item)
        return Position(citation=citation, line=None, declared=declared, available=None, fault=chosen, counts=counts)
    left = available.get(chosen.number)
    unit = left.unit if left is not None else chosen.quantity.unit if chosen.quantity is not None else _MASS
    declared, fault = _declared(file, dossier, citation, unit)
    if left is None and fault is None:
        fault = QuantityFault.LEDGER_MISSING
    return Position(
        citation=citation, line=chosen.number, declared=declared, available=left, fault=fault, counts=counts
    )


def _declared(
    file: CaseFile, dossier: Dossier, citation: Citation, unit: str
) -> tuple[Quantity | None, QuantityFault | None]:
    """The quantity that counts, in this order: 12 03 006 (or 014), 18 02 where the line counts otherwise, 18 01."""
    cited, item = citation.cited, citation.item
    if cited.quantity_fault is not None:
        return None, QuantityFault(cited.quantity_fault)
    if citation.by_shipment and (cited.stated or cited.amount is not None) and len(dossier.citations) > 1:
        return None, QuantityFault.NOT_DIVIDED
    if cited.amount is not None and cited.amount.currency == unit:
        return Quantity(value=cited.amount.value, unit=unit), None
    if cited.quantity is not None:
        converted = file.tables.convert(cited.quantity, unit)
        return (converted, None) if converted is not None else (cited.quantity, QuantityFault.UNIT_DIFFERS)
    mass = Quantity(value=item.net_mass if item.net_mass is not None else Decimal(0), unit=_MASS)
    converted = file.tables.convert(mass, unit)
    if converted is not None:
        return (converted, None) if item.net_mass is not None else (None, QuantityFault.NOT_DECLARED)
    row = file.tables.supplementary(item.commodity_code)
    if row is None:
        return None, QuantityFault.COMMODITY_UNIT_UNKNOWN
    if item.supplementary_units is None:
        return None, QuantityFault.NOT_DECLARED
    counted = Quantity(value=item.supplementary_units * row.factor, unit=row.unit)
    converted = file.tables.convert(counted, unit)
    return (converted, None) if converted is not None else (counted, QuantityFault.UNIT_DIFFERS)


def _net_mass(item: GoodsItem) -> Quantity | None:
    return Quantity(value=item.net_mass, unit=_MASS) if item.net_mass is not None else None


def shown(value: Decimal) -> str:
    """Writes an amount plainly: no exponent, no zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
