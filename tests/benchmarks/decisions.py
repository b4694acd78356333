"""What a decision costs: 100 goods items and 20 documents, judged in the time of this process alone."""

import time
from dataclasses import replace
from datetime import date
from decimal import Decimal
from statistics import median

from msgspec import structs

from gateway.contract import Certificate, CertificateLine, Direction, Ledger, LedgerLine, Quantity
from gateway.decisions import Case, Judgement, as_if_held, decide
from gateway.domain.calendar import Calendar
from gateway.domain.decision import Effect
from gateway.domain.declaration import Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.facts import Facts
from gateway.domain.mrn import with_check_character
from gateway.domain.tables.in_force import Tables
from gateway.domain.verification import DocumentStatus, Verification
from gateway.routing import plan
from gateway.settings.tables import load_tables
from tests.builders.places import CONFIG

ITEMS = 100
DOCUMENTS = 20
DAY = date(2026, 11, 25)
_ROUNDS = 300
_PROCEDURE = {True: "40", False: "71"}
"""Under customs warehousing a certificate's quantity does not count."""


def decision_milliseconds(*, quantities: bool) -> float:
    """What judging one declaration takes, in milliseconds of CPU time: the median of many, each opened anew."""
    tables = load_tables(CONFIG)
    taken = []
    for number in range(_ROUNDS):
        case = large(number, tables, quantities=quantities)
        began = time.process_time()
        decision = decide(case)
        taken.append(time.process_time() - began)
        if decision.effect is not Effect.RELEASE:
            raise SystemExit(f"not what is measured: {decision.findings[:3]}")
    return median(taken[_ROUNDS // 10 :]) * 1000


def decision_costs(*tables: Tables) -> list[float]:
    """What judging a declaration of 10 items takes under each of several sets, in milliseconds of CPU time: medians, side by side."""
    taken: list[list[float]] = [[] for _ in tables]
    for number in range(_ROUNDS * 3):
        for one, found in zip(tables, taken, strict=True):
            case = large(number, one, quantities=False, items=10)
            began = time.process_time()
            decide(case)
            found.append(time.process_time() - began)
    return [median(found[_ROUNDS // 10 :]) * 1000 for found in taken]


def large(number: int, tables: Tables, *, quantities: bool, items: int = ITEMS) -> Case:
    """Gives a case of milk under health entry documents, each cited by five items, confirmed with a position of its own."""
    references = [f"CHEDP.FR.2026.{number * DOCUMENTS + place:07d}" for place in range(DOCUMENTS)]
    declaration = Declaration(
        lrn=f"LRN{number}",
        mrn=with_check_character(f"26FR{number:012d}R"),
        declarant="FR12345678901234",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        dataset="H1",
        customs_office="FR001260",
        items=tuple(
            GoodsItem(
                number=item,
                commodity_code=f"040120{item % 10}0",
                description="Whole milk",
                requested_procedure=_PROCEDURE[quantities],
                previous_procedure="00",
                origin="NO",
                net_mass=Decimal(f"{item}.5"),
                documents=(SupportingDocument(type="N853", reference=references[item % DOCUMENTS]),),
            )
            for item in range(1, items + 1)
        ),
    )
    case = Case(
        declaration=declaration,
        plan=plan(declaration, tables, on=DAY, mrn=declaration.mrn),
        tables=tables,
        on=DAY,
        accepted=True,
        facts=Facts(verifications=tuple(_confirmed(reference) for reference in references)),
    )
    if not quantities:
        return case
    movements = tuple(own_position.last for own_position in as_if_held(Judgement(case), Calendar().start(DAY)))
    case = replace(case, facts=structs.replace(case.facts, movements=movements))
    assert case.own_positions, "derived before it is measured: whoever decides hands them over"
    return case


def _confirmed(reference: str) -> Verification:
    lines = tuple(
        CertificateLine(number=line + 1, commodity_code=f"040120{line}0", origin="NO", quantity=_kilograms(1000))
        for line in range(10)
    )
    return Verification(
        type="N853",
        reference=reference,
        status=DocumentStatus.VALID,
        adapter="traces",
        certificate=Certificate(
            type="N853",
            reference=reference,
            authority_status="70",
            decision="ACCEPTABLE_FOR_INTERNAL_MARKET",
            lines=lines,
        ),
        ledger=Ledger(lines=tuple(LedgerLine(number=line.number, available=_kilograms(1000)) for line in lines)),
    )


def _kilograms(value: int) -> Quantity:
    return Quantity(value=Decimal(value), unit="KGM")
