"""Ordinary declarations of twelve trades, each decided by the delivered tables with every paper confirmed that an authority is asked about."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from gateway.domain.decision import Decision, Effect
from gateway.domain.tables.in_force import Tables
from gateway.golden.case import CaseFiles, decided

DECLARATIONS = Path(__file__).parent / "declarations.csv"
DAY = date(2026, 12, 1)
FIGURES = {
    "correct": "correct",
    "held": "of these held without need",
    "lacking": "lacking, or for an officer",
    "released": "of these released",
}
_EXPORT = frozenset({"10", "11", "21", "22", "23", "31"})
_LOW_VALUE = "e-commerce"
_TRACES = frozenset({"C640", "N853", "C678", "C085"})
_UNIT = {"dual_use": "H87"}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinaryDeclaration:
    """A declaration as a trader of the trade lodges it, and what the law makes of it."""

    trade: str
    goods: str
    code: str
    origin: str
    destination: str
    procedure: str
    kilograms: Decimal
    papers: tuple[str, ...]
    expected: str
    """`release`; `hold`: it lacks what the law asks for; `officer`: nobody is asked about a paper to which an act ties the release;
    `unread`: it lacks what an act asks for whose goods could not be read, or share their code with others, and counts as lacking."""
    basis: str

    @property
    def export(self) -> bool:
        """Whether the goods leave the Union."""
        return self.procedure in _EXPORT

    def decided(self, tables: Tables) -> Decision:
        """Decide it by the delivered rules, with everything reserved that has to be."""
        answers = [_answer(self, kind) for kind in self.papers if _asked(kind)]
        files = CaseFiles(
            declaration=_declaration(self), answers={"day": DAY, "on": DAY, "accepted": True, "answer": answers}
        )
        return decided(files, tables)

    def is_right(self, decision: Decision) -> bool:
        """Whether a decision is what the law makes of it."""
        return (decision.effect is Effect.RELEASE) is (self.expected == "release")


def by_trade(tables: Tables) -> Mapping[str, Counter[str]]:
    """Count, by trade, correct declarations, those of them that are held, lacking ones, and those of them that are released."""
    found: dict[str, Counter[str]] = {}
    for one in declarations():
        figures, correct = found.setdefault(one.trade, Counter()), one.expected == "release"
        figures["correct" if correct else "lacking"] += 1
        if not one.is_right(one.decided(tables)):
            figures["held" if correct else "released"] += 1
    return found


def rates_table(tables: Tables) -> str:
    """Write both rates by trade as a table of the docs."""
    counted = by_trade(tables)
    rows = [(trade, *(figures[name] for name in FIGURES)) for trade, figures in counted.items()]
    total = sum(counted.values(), Counter[str]())
    rows.append(("**all**", *(total[name] for name in FIGURES)))
    head = f"| trade | {' | '.join(FIGURES.values())} |\n|---|{'---|' * len(FIGURES)}\n"
    return head + "".join(f"| {' | '.join(str(cell) for cell in row)} |\n" for row in rows)


def declarations() -> Iterator[OrdinaryDeclaration]:
    """Yield the declarations of the file."""
    with DECLARATIONS.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield OrdinaryDeclaration(
                **{name: value for name, value in row.items() if name not in {"kilograms", "papers"}},
                kilograms=Decimal(row["kilograms"]),
                papers=tuple(row["papers"].split()),
            )


def _declaration(one: OrdinaryDeclaration) -> Mapping[str, Any]:
    low_value = one.trade == _LOW_VALUE
    item: dict[str, Any] = {
        "number": 1,
        "commodity_code": one.code,
        "description": one.goods,
        "requested_procedure": one.procedure,
        "previous_procedure": "00",
        "net_mass": str(one.kilograms),
        "supplementary_units": str(one.kilograms),
        "documents": [{"type": kind, "reference": _reference(kind)} for kind in one.papers if kind[0] != "Y"],
        "references": [
            {"type": kind, **({"reference": _reference(kind)} if kind in {"Y128", "Y799"} else {})}
            for kind in one.papers
            if kind[0] == "Y"
        ],
    }
    if low_value:
        item["additional_procedures"] = ["C07"]
    else:
        item["origin"] = one.origin
    if one.destination:
        item["country_of_destination"] = one.destination
    return {
        "lrn": "LRN-2026-1",
        "declarant": "FR12345678901234",
        "importer": "FR12345678901234",
        "exporter": "FR12345678901234",
        "direction": "export" if one.export else "import",
        "kind": "standard",
        "declaration_type": "EX" if one.export else "IM",
        "customs_office": "FR001260",
        "additional_type": "A",
        "mrn": "26FR001260000001R6",
        "items": [item],
        **({"dataset": "H7"} if low_value else {}),
    }


def _asked(kind: str) -> bool:
    return kind in _TRACES or kind == "C673" or kind.startswith("X06")


def _reference(kind: str) -> str:
    ched = {"C640": "CHEDA", "N853": "CHEDP", "C678": "CHEDD", "C085": "CHEDPP"}.get(kind)
    if ched:
        return f"{ched}.FR.2026.0000001"
    return {"C673": "CATCH.CC.US.2026.0000012", "X060": "DU.FR.2026.1", "Y128": "CBAM-FR-2026-ABC00000000001"}.get(
        kind, f"{kind}-2026-1"
    )


def _answer(one: OrdinaryDeclaration, kind: str) -> Mapping[str, Any]:
    adapter = "traces" if kind in _TRACES else "catch" if kind == "C673" else "dual_use"
    amount = {"value": str(one.kilograms * 10), "unit": _UNIT.get(adapter, "KGM")}
    line: dict[str, Any] = {"number": 1, "commodity_code": one.code[:4]}
    if adapter != "traces":
        line["quantity"] = amount
    certificate: dict[str, Any] = {"type": kind, "reference": _reference(kind), "lines": [line]}
    if adapter == "traces":
        certificate |= {"authority_status": "70", "decision": "ACCEPTABLE_FOR_INTERNAL_MARKET"}
    else:
        certificate |= {"authority_status": "VALID", "holder": "FR12345678901234"}
    if adapter == "dual_use":
        certificate["destinations"] = [one.destination]
    return {
        "type": kind,
        "reference": _reference(kind),
        "status": "valid",
        "adapter": adapter,
        "certificate": certificate,
        "ledger": {"lines": [{"number": 1, "available": amount}]},
    }
