"""The authority's code lists, as `codes.toml` has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.contract import MovementKind, ReceiptOutcome, Refusal, Status
from gateway.contract.reading import CodeList, read_codes

REPORTS = (MovementKind.WRITE_OFF, MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE)
"""The movements that CATCH takes; it takes no reservations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The meaning of each of the authority's codes, by date."""

    statuses: CodeList[Status]
    outcomes: Mapping[MovementKind, CodeList[ReceiptOutcome]]
    refusals: CodeList[Refusal]


def load_codes() -> Codes:
    """Read `codes.toml`.

    Raises:
        ValueError: a list cannot be used.
    """
    text = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
    return Codes(
        statuses=read_codes(text, "status", Status),
        outcomes={kind: read_codes(text, f"outcome_of_{kind}", ReceiptOutcome) for kind in REPORTS},
        refusals=read_codes(text, "refusal", Refusal),
    )
