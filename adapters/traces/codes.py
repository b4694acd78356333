"""The code lists of TRACES, by date: what each of its codes means to the gateway."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from gateway.contract import Quantity, Refusal, Status
from gateway.contract.reading import CodeList, read_codes


class Conclusion(StrEnum):
    """The meaning of a decision of the border post."""

    ACCEPTABLE = "acceptable"
    REFUSED = "refused"


class Relationship(StrEnum):
    """The ways in which a certificate refers to another document."""

    OTHER = "other"
    SUCCESSOR = "successor"


class Result(StrEnum):
    """The outcome of a reservation."""

    DONE = "done"
    REFUSED = "refused"


class Outcome(StrEnum):
    """The outcome of a clearance or an intervention."""

    DONE = "done"
    DONE_STATUS_CHANGED = "done_status_changed"
    """Executed, although the certificate's status had changed."""
    NO_RECORD = "no_record"
    WRITTEN_OFF_ALREADY = "written_off_already"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The code lists."""

    statuses: CodeList[Status]
    needing_decision: CodeList[Status]
    """Statuses beside which the border post's decision has to stand."""
    decisions: CodeList[Conclusion]
    types: CodeList[str]
    """Type of CHED -> TARIC document code."""
    relationships: CodeList[Relationship]
    operations: CodeList[str]
    results: CodeList[Result]
    refusals: CodeList[Refusal]
    outcomes: CodeList[Outcome]
    mass_units: CodeList[Decimal]
    """Unit -> kilograms."""

    def kilograms(self, quantity: Quantity, on: date) -> Decimal | None:
        """Return a quantity in kilograms; None if its unit is none of mass, and converts to no other."""
        if quantity.unit not in self.mass_units.rows:
            return None
        return quantity.value * self.mass_units.meaning(quantity.unit, on)

    def same(self, one: Quantity, other: Quantity, on: date) -> bool:
        """Whether two quantities are the same: of mass in any unit, else in the same."""
        if one.unit == other.unit:
            return one.value == other.value
        mass = self.kilograms(one, on)
        return mass is not None and mass == self.kilograms(other, on)


def read_code_lists(content: str) -> Codes:
    """Read `codes.toml`.

    Raises:
        ValueError: with the faults of a list that cannot be used.
    """
    return Codes(
        statuses=read_codes(content, "status", Status),
        needing_decision=read_codes(content, "needs_decision", Status),
        decisions=read_codes(content, "decision", Conclusion),
        types=read_codes(content, "ched_type", str),
        relationships=read_codes(content, "relationship", Relationship),
        operations=read_codes(content, "operation", str),
        results=read_codes(content, "reservation_result", Result),
        refusals=read_codes(content, "reservation_failure", Refusal),
        outcomes=read_codes(content, "outcome", Outcome),
        mass_units=read_codes(content, "mass_unit", Decimal),
    )
