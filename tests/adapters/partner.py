"""The files that the partner's guide shows, and orders to the office that it makes up."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import uuid4

from gateway.contract import (
    Direction,
    Exchange,
    Intervention,
    Ledger,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
)
from gateway.dispatch.answers import judged_ledger, judged_receipt
from tests.builders.driving import OCCASION, Wire, query
from tests.builders.places import ROOT

DOCS = ROOT / "docs"
GUIDE = (DOCS / "adapters.md").read_text(encoding="utf-8")
CONFORMANCE = (DOCS / "adapters-conformance.md").read_text(encoding="utf-8")
QUANTITIES = (DOCS / "adapters-quantities.md").read_text(encoding="utf-8")


def whole_files(page: str) -> dict[str, str]:
    """The files that a page shows."""
    return dict(re.findall(r"^`(timber/[\w./]+)`\n\n```\w+\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))


def changed(files: Mapping[str, str], page: str) -> dict[str, str]:
    """Files with the differences that a page shows."""
    found = dict(files)
    for name, diff in re.findall(r"[Ii]n `(timber/[\w.]+)`:\n\n```diff\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        for hunk in re.findall(r"(?:^[ -].*\n)+(?:^\+.*\n)*", diff, re.MULTILINE):
            lines = hunk.splitlines(keepends=True)
            before, after = ("".join(line[1:] for line in lines if line[0] != sign) for sign in "+-")
            assert found[name].count(before) == 1, (name, before)
            found[name] = found[name].replace(before, after)
    return found


RECORDINGS = whole_files(CONFORMANCE)
FILES = {"adapters.md": whole_files(GUIDE)}
FILES["adapters-quantities.md"] = {**changed(FILES["adapters.md"], QUANTITIES), **whole_files(QUANTITIES)}

RESERVE, WRITE_OFF, CANCEL = MovementKind.RESERVE, MovementKind.WRITE_OFF, MovementKind.CANCEL
FORCE, AMEND, DELETE = MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE
DONE, REFUSED, NO_RECORD = ReceiptOutcome.DONE, ReceiptOutcome.REFUSED, ReceiptOutcome.NO_RECORD
WRITTEN_OFF_ALREADY, RESERVED = ReceiptOutcome.WRITTEN_OFF_ALREADY, ReceiptOutcome.RESERVED
LICENCE, REVOKED, A = "ID/17", "ID/18", "26FRD0000000001019"


def line(volume: str, *, number: int = 1, unit: str = "MTQ", code: str = "44071190", item: int = 1) -> OrderLine:
    """What a goods item takes of a licence's line."""
    quantities = (Quantity(value=Decimal(volume), unit=unit),)
    return OrderLine(goods_item=item, certificate_line=number, commodity_code=code, quantities=quantities)


def order(*lines: OrderLine, reference: str = LICENCE, mrn: str = A, key: str | None = None) -> QuantityOrder:
    """An order with a key of its own."""
    return QuantityOrder(
        type="C690",
        reference=reference,
        declaration=Reference(kind=ReferenceKind.MRN, value=mrn),
        customs_office="FR000040",
        key=key or uuid4().hex,
        direction=Direction.IMPORT,
        lines=lines,
    )


def exchange(adapter: Any, kind: MovementKind, ordered: QuantityOrder) -> Exchange[Receipt]:
    """The exchange of a movement, as the gateway picks it."""
    found: Exchange[Receipt]
    if kind in {RESERVE, WRITE_OFF, CANCEL}:
        found = getattr(adapter, kind.value)(ordered, OCCASION)
    else:
        found = adapter.intervene(Intervention(kind=kind, order=ordered), OCCASION)
    return found


class Office:
    """An adapter at work with the simulated office."""

    def __init__(self, adapter: Any, wire: Wire) -> None:
        self.adapter = adapter
        self.wire = wire

    def move(self, kind: MovementKind, *lines: OrderLine, **more: Any) -> Receipt:
        """Orders a movement; the receipt is one that the gateway takes."""
        return judged_receipt(self.wire.run(exchange(self.adapter, kind, order(*lines, **more))))

    def outcome(self, kind: MovementKind, *volumes: str) -> ReceiptOutcome:
        """Orders a movement and gives its outcome."""
        return self.move(kind, *map(line, volumes)).outcome

    def position(self) -> Ledger:
        """Reads the licence's position."""
        return judged_ledger(self.wire.run(self.adapter.position(query("C690", LICENCE), OCCASION)))

    def stands(self) -> tuple[str, list[tuple[str, str]]]:
        """What is left of the licence's line, and what the declaration A has."""
        ledger = self.position()
        ours = [one for one in ledger.allocations if one.declaration == Reference(kind=ReferenceKind.MRN, value=A)]
        return str(ledger.lines[0].available.value), [(one.state.value, str(one.quantity.value)) for one in ours]


CASES: dict[str, tuple[MovementKind, tuple[str, ...], tuple[tuple[MovementKind, str], ...], ReceiptOutcome]] = {
    "reserved": (RESERVE, ("30",), (), DONE),
    "replaced": (RESERVE, ("30",), ((RESERVE, "50"),), DONE),
    "refused": (RESERVE, ("101",), (), REFUSED),
    "used": (RESERVE, ("30",), ((FORCE, "50"),), REFUSED),
    "written off": (WRITE_OFF, ("30",), ((RESERVE, "30"),), DONE),
    "written off already": (WRITE_OFF, ("30",), ((FORCE, "30"),), WRITTEN_OFF_ALREADY),
    "cancelled": (CANCEL, (), ((RESERVE, "30"),), DONE),
    "nothing there": (CANCEL, (), (), NO_RECORD),
    "forced": (FORCE, ("130",), (), DONE),
    "in the way": (FORCE, ("30",), ((RESERVE, "30"),), RESERVED),
    "amended": (AMEND, ("20",), ((FORCE, "30"),), DONE),
    "deleted": (DELETE, (), ((FORCE, "30"),), DONE),
}
KEY = "0123456789abcdef" * 2
