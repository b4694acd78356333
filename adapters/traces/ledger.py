"""A certificate's quantity position, as the customs port states it."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import cast

from lxml import etree

from adapters.traces.codes import Codes
from adapters.traces.elements import Children, decimal, local, moment, text, text_of
from adapters.traces.port import Names
from gateway.contract import (
    Allocation,
    AllocationState,
    Certificate,
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
STATES = {"ReservedQuantity": AllocationState.RESERVED, "ConsumedQuantity": AllocationState.CONSUMED}
"""The elements that tell what a declaration holds, or has used up."""
_KINDS = tuple(ReferenceKind)


def read_ledger(summary: etree._Element | None, names: Names, of: Reference | None = None) -> Ledger | None:
    """Read a `QuantityManagementSummary`; none given is a position that is not known.

    With `of` it gives only that declaration's allocations: a certificate that many declarations draw on has thousands.

    Raises:
        UnexpectedAnswer: it is not as expected, or contradicts itself.
    """
    if summary is None:
        return None
    lines = tuple([_line(element, names) for element in summary.iterchildren(names.base("AvailableQuantity"))])
    if len({line.number for line in lines}) != len(lines):
        raise UnexpectedAnswer("QuantityManagementSummary: a line stands twice")
    counted = _counted(names.base_namespace)
    told = _number(counted.allocations, summary)
    if len(lines) + told != len(summary) or _number(counted.within, summary) != told:
        raise UnexpectedAnswer("QuantityManagementSummary: holds what is not known")
    if of is None:
        found = [element for name in STATES for element in summary.iterchildren(names.base(name))]
    elif _number(counted.attributed, summary) != told:
        raise UnexpectedAnswer("an allocation names no declaration")
    else:
        found = _of_declaration(summary, names, of, told)
    return Ledger(lines=lines, allocations=tuple([_allocation(element, names) for element in found]))


def make_sure_it_is_whole(ledger: Ledger, certificate: Certificate, codes: Codes, on: date) -> None:
    """Make sure that a position states everything that was taken of the certificate's lines.

    Raises:
        UnexpectedAnswer: less is told as taken than is missing of a line, or that cannot be told.
    """
    certified = {line.number: line for line in certificate.lines}
    if certified.keys() - {line.number for line in ledger.lines}:
        raise UnexpectedAnswer("the quantity position leaves lines of the certificate out")
    for line in ledger.lines:
        unit = line.available.unit
        stated = certified.get(line.number)
        whole = next((one for one in (stated.quantity, stated.volume) if one and _in(one, unit, codes, on) is not None), None) if stated else None  # fmt: skip
        if whole is None:
            raise UnexpectedAnswer("a line of the position is counted otherwise than it was certified")
        parts = [
            _in(one.quantity, unit, codes, on) for one in ledger.allocations if one.certificate_line == line.number
        ]
        missing = (_in(whole, unit, codes, on) or Decimal(0)) - line.available.value
        if None in parts or sum(filter(None, parts), Decimal(0)) < missing:
            raise UnexpectedAnswer("the quantity position tells less as taken than is missing")


def _in(quantity: Quantity, unit: str, codes: Codes, on: date) -> Decimal | None:
    """Return a quantity in another unit, exactly where both are of mass; None: it does not convert."""
    if quantity.unit == unit:
        return quantity.value
    kilograms, one = codes.kilograms(quantity, on), codes.kilograms(Quantity(value=Decimal(1), unit=unit), on)
    return None if kilograms is None or one is None else kilograms / one


@dataclass(frozen=True, slots=True)
class _Counted:
    """The counts of parts of a summary, without a Python object for each of its thousands of elements."""

    allocations: etree.XPath
    within: etree.XPath
    """Those at any depth: one inside another is none that is known."""
    attributed: etree.XPath
    """Those that name a declaration in the place where it belongs."""


@cache
def _counted(namespace: str) -> _Counted:
    named = " or ".join(f"base:{kind}" for kind in _KINDS)
    return _Counted(
        *(
            etree.XPath(" + ".join(f"count({which % name})" for name in STATES), namespaces={"base": namespace})
            for which in ("base:%s", "descendant::base:%s", f"base:%s[{named}]")
        )
    )


def _number(counting: etree.XPath, summary: etree._Element) -> int:
    return int(cast(float, counting(summary)))


def _of_declaration(
    summary: etree._Element, names: Names, declaration: Reference, allocations: int
) -> list[etree._Element]:
    """Return the allocations that name a declaration, after making sure that none names two."""
    own, value = names.base(declaration.kind), declaration.value
    references, ours = 0, []
    for reference in summary.iter(*map(names.base, _KINDS)):
        references += 1
        if (reference.text or "").strip() == value and reference.tag == own:
            ours.append(reference.getparent())
    # Each allocation names at least one: as many references as allocations are one for each, in its place.
    if references != allocations:
        raise UnexpectedAnswer("an allocation does not name one declaration")
    return [holder for holder in ours if holder is not None]


def _line(element: etree._Element, names: Names) -> LedgerLine:
    parts = Children(element)
    # A forced write-off can take more than there is.
    number, quantity = _quantity(parts, names, signed=True)
    return LedgerLine(number=number, available=quantity, commodity_code=_code(parts, names))


def _allocation(element: etree._Element, names: Names) -> Allocation:
    parts = Children(element)
    number, quantity = _quantity(parts, names)
    office = parts.at_most_one(names.base("CompetentCustomsOffice"))
    at = parts.at_most_one(names.base("EventDateTime"))
    return Allocation(
        declaration=_declaration(parts, names),
        state=STATES[local(element)],
        goods_item=parts.count(names.base("GoodsItemNumber")),
        certificate_line=number,
        quantity=quantity,
        commodity_code=_code(parts, names),
        customs_office=None if office is None else text_of(office, names.base("ReferenceNumber")),
        at=None if at is None else moment(at),
    )


def _quantity(parts: Children, names: Names, *, signed: bool = False) -> tuple[int, Quantity]:
    document = Children(parts.one(names.base("SwSupportingDocument")))
    quantity = Quantity(
        value=decimal(document.one(names.base("Quantity")), signed=signed),
        unit=document.text(names.base("UnitOfMeasure"), UNIT),
    )
    return document.count(names.base("CertificateLineNumber")), quantity


def _code(parts: Children, names: Names) -> str | None:
    codes = parts.at_most_one(names.base("CommodityCode"))
    if codes is None:
        return None
    stated = Children(codes)
    for name in _CODES:
        if (code := stated.at_most_one(names.base(name))) is not None:
            return text(code, CODE)
    return None


def _declaration(parts: Children, names: Names) -> Reference:
    found = [
        Reference(kind=kind, value=value)
        for kind in _KINDS
        if (value := parts.optional_text(names.base(kind))) is not None
    ]
    if len(found) != 1:
        raise UnexpectedAnswer("an allocation does not name one declaration")
    return found[0]
