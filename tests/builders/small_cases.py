"""Small cases and altered tables."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from msgspec import structs

from gateway.contract import Certificate, CertificateLine, Direction, Ledger, LedgerLine, Quantity
from gateway.decisions import Case, Judgement
from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Decision
from gateway.domain.declaration import Declaration, GoodsItem, Kind, SupportingDocument
from gateway.domain.facts import Facts
from gateway.domain.movement import Movement
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import WindowRow
from gateway.domain.verification import DocumentStatus, Verification
from gateway.routing import plan
from tests.builders.story import ordinary, reserved, shipped

DAY = date(2026, 11, 25)
CHED = "CHEDP.FR.2026.0000001"


def kilograms(value: str) -> Quantity:
    return Quantity(value=Decimal(value), unit="KGM")


def milk(number: int = 1, *, reference: str = CHED, net: str = "100") -> GoodsItem:
    return GoodsItem(
        number=number,
        commodity_code="04011010",
        requested_procedure="40",
        previous_procedure="00",
        net_mass=Decimal(net),
        documents=(SupportingDocument(type="N853", reference=reference),),
    )


def declared(*items: GoodsItem, **more: Any) -> Declaration:
    facts: dict[str, Any] = {
        "kind": Kind.STANDARD,
        "direction": Direction.IMPORT,
        "mrn": "26FR001260000001R6",
        "customs_office": "FR001260",
    } | more
    return Declaration(lrn="LRN", declarant="FR1", declaration_type="IM", items=items or (milk(),), **facts)


def confirmed(*, certificate: dict[str, Any] | None = None, **more: Any) -> Verification:
    facts: dict[str, Any] = {
        "type": "N853",
        "reference": CHED,
        "authority_status": "70",
        "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET",
        "lines": (CertificateLine(number=1, commodity_code="0401", quantity=kilograms("500")),),
    }
    word: dict[str, Any] = {
        "status": DocumentStatus.VALID,
        "certificate": Certificate(**(facts | (certificate or {}))),
        "ledger": Ledger(lines=(LedgerLine(number=1, available=kilograms("500")),)),
        "adapter": "traces",
    }
    return Verification(type="N853", reference=CHED, **(word | more))


def case(
    declaration: Declaration | None = None,
    *words: Verification,
    tables: Tables | None = None,
    on: date | None = DAY,
    accepted: bool = True,
    day: date = DAY,
    movements: tuple[Movement, ...] | None = None,
    **more: Any,
) -> Case:
    """A case of ordinary goods in which everything is reserved that has to be, unless `movements` are given; `more` are facts."""
    declaration = declaration or declared()
    tables = tables or ordinary()
    made = Case(
        declaration=declaration,
        plan=plan(declaration, tables, on=day),
        tables=tables,
        on=on,
        accepted=accepted,
        facts=Facts(verifications=words, movements=movements or (), **more),
    )
    return made if movements is not None else held(made)


def knowing(case: Case, **facts: Any) -> Case:
    """The same case with other facts."""
    return replace(case, facts=structs.replace(case.facts, **facts))


def held(case: Case) -> Case:
    """The same case with everything reserved that has to be."""
    return knowing(case, movements=tuple(own_position.last for own_position in reserved(Judgement(case))))


def altered(of: Tables | None = None, /, **rows: Callable[[tuple[Any, ...]], tuple[Any, ...]]) -> Tables:
    """Tables with some of their rows replaced; without any the shipped ones, for ordinary goods."""
    tables = of or ordinary()
    changed: dict[str, Any] = {name: change(getattr(tables, name)) for name, change in rows.items()}
    return replace(tables, **changed)


def releasing(tables: Tables | None = None) -> Tables:
    """Tables that let a contingency window release whatever document of ours: what the engine makes of such rows. No file of
    tables says so of a CHED; that is refused where they are read.
    """
    kinds = tuple(kind for route in shipped().routes if route.adapter is not None for kind in route.types)
    row = WindowRow(
        types=kinds, modes=tuple(WindowMode), legal_basis="a test", valid_from=date(2010, 1, 1), source="a test"
    )
    return replace(tables or ordinary(), windows=(row,))


def codes(decision: Decision) -> list[str]:
    """The findings that hold or refuse, by code."""
    return [finding.code for finding in decision.findings if finding.effect.gravity > 1]
