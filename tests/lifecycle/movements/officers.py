"""What officers order by hand, and how it ended."""

from decimal import Decimal

from gateway.domain.release import InterventionKind, InterventionLine, InterventionOrder, StepOutcome
from tests.builders.goods import KIND
from tests.builders.replicas import Office

CHED = "CHEDP.FR.2026.9000001"


def correction(kind: InterventionKind, quantity: str | None = None) -> InterventionOrder:
    line = InterventionLine(goods_item=1, line=1, quantity=Decimal(quantity or 0), unit="KGM")
    return InterventionOrder(
        kind=kind,
        type=KIND,
        document_reference=CHED,
        lines=(line,) if quantity is not None else (),
        officer="one",
        second_officer="two",
        reason="weighed again",
    )


async def outcome(office: Office, record_id: str) -> StepOutcome:
    """How the last step of a declaration ended."""
    last = (await office.store.steps.of(record_id))[-1]
    assert last.outcome is not None
    return last.outcome
