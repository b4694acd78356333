"""A certificate's quantity position, as the customs port tells it."""

import re

from lxml import etree

from adapters.traces.elements import at_most_one, count_of, decimal, moment, one, optional_text_of, text, text_of
from adapters.traces.port import Names
from gateway.contract import (
    Allocation,
    AllocationState,
    Ledger,
    LedgerLine,
    Quantity,
    Reference,
    ReferenceKind,
    UnexpectedAnswer,
)

UNIT = re.compile(r"[A-Z0-9]{2,3}", re.ASCII)
CODE = re.compile(r"[0-9]{2,10}", re.ASCII)

# From the most to the least exact: which of them stand is the authority's choice.
_CODES = ("TARICCode", "CombinedNomenclatureCode", "HarmonizedSystemSubheadingcode")
_STATES = {"ReservedQuantity": AllocationState.RESERVED, "ConsumedQuantity": AllocationState.CONSUMED}


def read_ledger(summary: etree._Element | None, names: Names, of: Reference | None = None) -> Ledger | None:
    """Reads a `QuantityManagementSummary`; none given is a position that is not known.

    With `of` it gives only that declaration's allocations: a certificate that many declarations draw on has thousands.

    Raises:
        UnexpectedAnswer: it is not as expected, or contradicts itself.
    """
    if summary is None:
        return None
    lines = tuple(_line(element, names) for element in summary.iterfind(names.base("AvailableQuantity")))
    if len({line.number for line in lines}) != len(lines):
        raise UnexpectedAnswer("QuantityManagementSummary: a line stands twice")
    told = [(element, state) for name, state in _STATES.items() for element in summary.iterfind(names.base(name))]
    if len(lines) + len(told) != len(summary):
        raise UnexpectedAnswer("QuantityManagementSummary: holds what is not known")
    if of is not None:
        ours = _of_declaration(summary, names, of, {element for element, _ in told})
        told = [(element, state) for element, state in told if element in ours] if ours else []
    return Ledger(lines=lines, allocations=tuple(_allocation(element, state, names) for element, state in told))


def _of_declaration(
    summary: etree._Element, names: Names, declaration: Reference, allocations: set[etree._Element]
) -> set[etree._Element]:
    """Gives the allocations that name a declaration, after making sure that each of them names one."""
    references = list(summary.iter(*(names.base(kind) for kind in ReferenceKind)))
    named = [reference.getparent() for reference in references]
    # An allocation of nobody, or of two, could be ours.
    if len(named) != len(allocations) or set(named) != allocations:
        raise UnexpectedAnswer("an allocation does not name one declaration")
    own, value = names.base(declaration.kind), declaration.value
    return {
        holder
        for reference, holder in zip(references, named, strict=True)
        if holder is not None and (reference.text or "").strip() == value and reference.tag == own
    }


def _line(element: etree._Element, names: Names) -> LedgerLine:
    # A forced write-off can take more than there is.
    number, quantity = _quantity(element, names, signed=True)
    return LedgerLine(number=number, available=quantity, commodity_code=_code(element, names))


def _allocation(element: etree._Element, state: AllocationState, names: Names) -> Allocation:
    number, quantity = _quantity(element, names)
    office = at_most_one(element, names.base("CompetentCustomsOffice"))
    at = at_most_one(element, names.base("EventDateTime"))
    return Allocation(
        declaration=_declaration(element, names),
        state=state,
        goods_item=count_of(element, names.base("GoodsItemNumber")),
        certificate_line=number,
        quantity=quantity,
        commodity_code=_code(element, names),
        customs_office=None if office is None else text_of(office, names.base("ReferenceNumber")),
        at=None if at is None else moment(at),
    )


def _quantity(element: etree._Element, names: Names, *, signed: bool = False) -> tuple[int, Quantity]:
    document = one(element, names.base("SwSupportingDocument"))
    quantity = Quantity(
        value=decimal(one(document, names.base("Quantity")), signed=signed),
        unit=text_of(document, names.base("UnitOfMeasure"), UNIT),
    )
    return count_of(document, names.base("CertificateLineNumber")), quantity


def _code(element: etree._Element, names: Names) -> str | None:
    codes = at_most_one(element, names.base("CommodityCode"))
    if codes is None:
        return None
    found = (at_most_one(codes, names.base(name)) for name in _CODES)
    return next((text(code, CODE) for code in found if code is not None), None)


def _declaration(element: etree._Element, names: Names) -> Reference:
    found = [
        Reference(kind=kind, value=value)
        for kind in ReferenceKind
        if (value := optional_text_of(element, names.base(kind))) is not None
    ]
    if len(found) != 1:
        raise UnexpectedAnswer("an allocation does not name one declaration")
    return found[0]
