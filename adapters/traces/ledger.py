"""A certificate's quantity position, as the customs port tells it."""

import re
from datetime import UTC, datetime

from lxml import etree

from adapters.traces.certex_v06 import BASE
from adapters.traces.elements import at_most_one, count_of, decimal, one, optional_text_of, text, text_of
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
_STATES = {
    f"{{{BASE}}}ReservedQuantity": AllocationState.RESERVED,
    f"{{{BASE}}}ConsumedQuantity": AllocationState.CONSUMED,
}
_AVAILABLE = f"{{{BASE}}}AvailableQuantity"


def read_ledger(summary: etree._Element | None) -> Ledger | None:
    """Reads a `QuantityManagementSummary`; none given is a position that is not known.

    Raises:
        UnexpectedAnswer: it is not as expected, or contradicts itself.
    """
    if summary is None:
        return None
    lines = tuple(_line(element) for element in summary.iterfind(_AVAILABLE))
    if len({line.number for line in lines}) != len(lines):
        raise UnexpectedAnswer("QuantityManagementSummary: a line stands twice")
    allocations = tuple(
        _allocation(element, state) for tag, state in _STATES.items() for element in summary.iterfind(tag)
    )
    if len(lines) + len(allocations) != len(summary):
        raise UnexpectedAnswer("QuantityManagementSummary: holds what is not known")
    return Ledger(lines=lines, allocations=allocations)


def _line(element: etree._Element) -> LedgerLine:
    number, quantity = _quantity(element)
    return LedgerLine(number=number, available=quantity, commodity_code=_code(element))


def _allocation(element: etree._Element, state: AllocationState) -> Allocation:
    number, quantity = _quantity(element)
    office = at_most_one(element, f"{{{BASE}}}CompetentCustomsOffice")
    moment = optional_text_of(element, f"{{{BASE}}}EventDateTime")
    return Allocation(
        declaration=_declaration(element),
        state=state,
        goods_item=count_of(element, f"{{{BASE}}}GoodsItemNumber"),
        certificate_line=number,
        quantity=quantity,
        commodity_code=_code(element),
        customs_office=None if office is None else text_of(office, f"{{{BASE}}}ReferenceNumber"),
        at=None if moment is None else _moment(moment),
    )


def _quantity(element: etree._Element) -> tuple[int, Quantity]:
    document = one(element, f"{{{BASE}}}SwSupportingDocument")
    quantity = Quantity(
        value=decimal(one(document, f"{{{BASE}}}Quantity")), unit=text_of(document, f"{{{BASE}}}UnitOfMeasure", UNIT)
    )
    return count_of(document, f"{{{BASE}}}CertificateLineNumber"), quantity


def _code(element: etree._Element) -> str | None:
    codes = at_most_one(element, f"{{{BASE}}}CommodityCode")
    if codes is None:
        return None
    found = (at_most_one(codes, f"{{{BASE}}}{name}") for name in _CODES)
    return next((text(code, CODE) for code in found if code is not None), None)


def _declaration(element: etree._Element) -> Reference:
    names = [
        Reference(kind=kind, value=value)
        for kind in ReferenceKind
        if (value := optional_text_of(element, f"{{{BASE}}}{kind.value}")) is not None
    ]
    if len(names) != 1:
        raise UnexpectedAnswer("an allocation does not name one declaration")
    return names[0]


def _moment(value: str) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
        if moment.tzinfo is None:
            raise UnexpectedAnswer("EventDateTime: a moment with its offset is expected")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UnexpectedAnswer("EventDateTime: a moment is expected") from error
