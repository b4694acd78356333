"""The authority's code lists, as `codes.toml` has them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.contract import AllocationState, MovementKind, ReceiptOutcome, Refusal, Status
from gateway.contract.reading import CodeList, read_codes


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The meaning of each of the authority's codes, by date."""

    statuses: CodeList[Status]
    types: CodeList[str]
    write_offs: CodeList[str]
    states: CodeList[AllocationState]
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
        types=read_codes(text, "licence_type", str),
        write_offs=read_codes(text, "write_off", str),
        states=read_codes(text, "state", AllocationState),
        outcomes={kind: read_codes(text, f"outcome_of_{kind}", ReceiptOutcome) for kind in MovementKind},
        refusals=read_codes(text, "refusal", Refusal),
    )
