"""The positions of documents as if everything intended were reserved, for what-if questions."""

from datetime import datetime

from gateway.decisions.engine import Judgement
from gateway.decisions.rules.reservations import NOT_RESERVED
from gateway.domain.decision import Decision
from gateway.domain.document import DocumentKey
from gateway.domain.movement import Movement, MovementKind, MovementState, OwnPosition, OwnQuantity, own_positions
from gateway.domain.tables.rows import QuantityMode


def as_if_held(judgement: Judgement, at: datetime) -> tuple[OwnPosition, ...]:
    """Return the positions after reservations that were all made as intended; nothing is reserved."""
    movements = [
        Movement(
            number=number,
            type=intended.type,
            reference=intended.reference,
            adapter=intended.adapter,
            kind=MovementKind.RESERVE,
            version=1,
            mrn="",
            key="",
            customs_office="",
            lines=intended.lines,
            state=MovementState.DONE,
            holding=OwnQuantity(reserved=intended.lines),
            planned_at=at,
            settled_at=at,
        )
        for number, intended in enumerate(judgement.intended(), start=1)
        if intended.mode is QuantityMode.LEDGER
    ]
    return own_positions(movements)


def lacking(decision: Decision) -> frozenset[DocumentKey]:
    """Return the documents that a decision holds for want of a reservation."""
    return frozenset(
        finding.document.key
        for finding in decision.findings
        if finding.code == NOT_RESERVED and finding.document is not None
    )
