"""Declarations of any size, and how much work is done on them: counted in lines of Python, never in seconds."""

import sys
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from types import FrameType
from typing import Any

from msgspec import structs

from gateway.contract import (
    Allocation,
    AllocationState,
    Certificate,
    CertificateLine,
    Ledger,
    LedgerLine,
    Quantity,
    Reference,
    ReferenceKind,
)
from gateway.decisions import Case
from gateway.domain.declaration import AdditionalReference, Declaration, Direction, GoodsItem, Kind, SupportingDocument
from gateway.domain.facts import Facts
from gateway.domain.tables.in_force import Tables
from gateway.domain.verification import DocumentStatus, Requirement, Verification
from gateway.routing import plan
from tests.builders.story import shipped

DAY = date(2026, 11, 25)
MRN = "26FR001260000001R6"


def lines_of_python(work: Callable[[], Any]) -> int:
    """Counts the lines of Python that a piece of work executes, each round of a loop or a comprehension as one."""
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return count


def growth(work: Callable[[int], Callable[[], Any]], sizes: tuple[int, int]) -> float:
    """Gives how much more work a larger size is, for each part of it: 1.0 where twice the size is twice the work.

    `work` prepares, by a size, what is counted; it is done once before, so that what is worked out once is not counted.
    """
    counts = []
    for size in sizes:
        work(size)()
        counts.append(lines_of_python(work(size)))
    return counts[1] / counts[0] / (sizes[1] / sizes[0])


def declared(
    *,
    items: int = 1,
    each: int = 1,
    kinds: tuple[str, ...] = ("N853",),
    spelled: Callable[[int], str] = "CHEDP.FR.2026.{:07d}".format,
    codes: Callable[[int], str] = lambda number: "04011010",
    shipment: int = 0,
    references: int = 0,
    **more: Any,
) -> Declaration:
    """Gives a declaration of so many items with so many documents each, all different ones."""
    made = Declaration(
        lrn="LRN",
        mrn=MRN,
        declarant="FR1",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        customs_office="FR001260",
        country_of_dispatch="NO",
        country_of_destination="FR",
        documents=tuple(_document("N380", f"INVOICE/{number}") for number in range(shipment)),
        items=tuple(
            GoodsItem(
                number=number,
                commodity_code=codes(number),
                description="Whole milk",
                requested_procedure="40",
                previous_procedure="00",
                origin="NO",
                net_mass=Decimal(100),
                documents=tuple(_documents(number, each, kinds, spelled)),
                references=tuple(
                    AdditionalReference(type="Y929", reference=f"{number}/{n}") for n in range(references)
                ),
            )
            for number in range(1, items + 1)
        ),
    )
    return structs.replace(made, **more)


def _documents(
    item: int, each: int, kinds: tuple[str, ...], spelled: Callable[[int], str]
) -> Iterator[SupportingDocument]:
    for place in range(each):
        number = (item - 1) * each + place
        yield _document(kinds[number % len(kinds)], spelled(number))


def _document(kind: str, reference: str) -> SupportingDocument:
    return SupportingDocument(type=kind, reference=reference, quantity=Decimal(20), unit="KGM")


def case(
    declaration: Declaration,
    *,
    answer: Callable[[Requirement], Verification] | None = None,
    tables: Tables | None = None,
    **more: Any,
) -> Case:
    """Gives a case in which every authority answered; without `answer` nobody could say."""
    tables = tables or shipped()
    planned = plan(declaration, tables, on=DAY)
    words = tuple((answer or undetermined)(requirement) for requirement in planned.requirements)
    stage: dict[str, Any] = {"on": DAY, "accepted": True} | more
    return Case(declaration=declaration, plan=planned, tables=tables, facts=Facts(verifications=words), **stage)


def undetermined(requirement: Requirement) -> Verification:
    """Gives what is known of a document when nobody answers."""
    document = requirement.document
    return Verification(
        type=document.type,
        reference=document.reference,
        status=DocumentStatus.UNDETERMINED,
        cause="SW-ADP-01",
        adapter=requirement.adapter,
    )


def confirmed(
    requirement: Requirement, lines: int = 1, code: Callable[[int], str] = lambda number: "0401"
) -> Verification:
    """Gives a confirmation with a quantity position, of a certificate of so many lines."""
    document = requirement.document
    numbers = range(1, lines + 1)
    ours = Reference(kind=ReferenceKind.MRN, value=MRN)
    taken = tuple(
        Allocation(
            declaration=ours,
            goods_item=line.goods_item,
            certificate_line=1,
            quantity=_kilograms(20),
            state=AllocationState.RESERVED,
        )
        for line in requirement.query.lines
    )
    return Verification(
        type=document.type,
        reference=document.reference,
        status=DocumentStatus.VALID,
        adapter=requirement.adapter,
        certificate=Certificate(
            type=document.type,
            reference=document.reference,
            authority_status="70",
            decision="ACCEPTABLE_FOR_INTERNAL_MARKET",
            lines=tuple(
                CertificateLine(number=number, commodity_code=code(number), quantity=_kilograms(10**6))
                for number in numbers
            ),
        ),
        ledger=Ledger(
            lines=tuple(LedgerLine(number=number, available=_kilograms(10**5)) for number in numbers), allocations=taken
        ),
    )


def _kilograms(value: int) -> Quantity:
    return Quantity(value=Decimal(value), unit="KGM")
