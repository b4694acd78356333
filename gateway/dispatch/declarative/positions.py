"""The places of quantity positions in answers, by an authority's file."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.contract import (
    Allocation,
    AllocationState,
    Ledger,
    LedgerLine,
    Money,
    Quantity,
    Reference,
    ReferenceKind,
    UnexpectedAnswer,
)
from gateway.dispatch.declarative.facts import StatedFact, StatedMeasure
from gateway.dispatch.declarative.lines import note_line
from gateway.dispatch.declarative.paths import MISSING, is_null


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedRows:
    """Rows of an answer with the facts in each."""

    each: StatedFact
    within: StatedFact | None = None
    """The rows in each of which `each` begins; None: it begins at the answer."""
    facts: Mapping[str, StatedFact]
    measures: Mapping[str, StatedMeasure]
    lists: Mapping[str, StatedFact] = field(default_factory=dict)
    numbered: bool = False
    """Whether a row's number is its place."""
    total: StatedFact | None = None
    """The fact of an answer that says how many rows there are, on all its pages; None: it does not."""

    def read(self, node: Any, on: date) -> tuple[dict[str, Any], ...]:
        """Return the facts of every row.

        Raises:
            UnexpectedAnswer: one of them is not as agreed.
        """
        rows = []
        outer = ((node, None),) if self.within is None else ((one, one) for one in self.within.places(node))
        found = ((row, around) for place, around in outer for row in self.each.places(place))
        for number, (row, around) in enumerate(found, 1):
            read: dict[str, Any] = {
                name: fact.read(around if fact.within else row, on) for name, fact in self.facts.items()
            }
            read |= {name: measure.read(row, on) for name, measure in self.measures.items()}
            read |= {name: fact.read_all(row, on) for name, fact in self.lists.items()}
            rows.append({**read, "number": number} if self.numbered else read)
        return tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatedPosition:
    """The place of a quantity position."""

    at: StatedFact | None
    """The account, where it may be null: then no position is stated."""
    left: StatedRows
    taken: StatedRows
    line: int
    """The line in the file."""
    source: str = ""

    def read(self, node: Any, on: date) -> Ledger | None:
        """Return the position; None: the authority states none.

        Raises:
            UnexpectedAnswer: it is none.
        """
        try:
            return self._read(node, on)
        except UnexpectedAnswer as error:
            note_line(error, self.line)
            raise

    def _read(self, node: Any, on: date) -> Ledger | None:
        if self.at is not None and self.at.path is not None:
            node = self.at.path.one(node, optional=self.at.optional)
            if node is MISSING or (self.at.null and is_null(node)):
                return None
        lines, taken = [], []
        for row in self.left.read(node, on):
            available, amount = counted(row.get("quantity"), row.get("amount"))
            lines.append(
                LedgerLine(
                    number=row["line"], available=available, amount=amount, commodity_code=row.get("commodity_code")
                )
            )
        for row in self.taken.read(node, on):
            quantity, amount = counted(row.get("quantity"), row.get("amount"))
            taken.append(
                Allocation(
                    declaration=Reference(kind=_kind(row["kind"]), value=row["declaration"]),
                    state=row["state"] if isinstance(row["state"], AllocationState) else AllocationState(row["state"]),
                    goods_item=row["goods_item"],
                    certificate_line=row["line"],
                    quantity=quantity,
                    amount=amount,
                    commodity_code=row.get("commodity_code"),
                    customs_office=row.get("customs_office"),
                    at=row.get("at"),
                )
            )
        return Ledger(lines=tuple(lines), allocations=tuple(taken))


def counted(quantity: Quantity | None, amount: Money | None) -> tuple[Quantity, Money | None]:
    """Return a line's measure and its value; of a line by value alone the value with its currency in the unit's place."""
    if quantity is not None:
        return quantity, amount
    if amount is None:
        raise UnexpectedAnswer("a line of the position states neither a quantity nor a value")
    return Quantity(value=amount.value, unit=amount.currency), None


def _kind(said: Any) -> ReferenceKind:
    try:
        return ReferenceKind(said)
    except ValueError as error:
        raise UnexpectedAnswer("a declaration is named by an MRN or an LRN") from error
