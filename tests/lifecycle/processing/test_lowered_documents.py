"""What is out is given back only if everything that stands in its place is written off."""

from typing import Any

import pytest

from gateway.contract import MovementKind
from gateway.domain.document import DocumentKey
from gateway.domain.movement import MovementState, OwnQuantity
from gateway.lifecycle.processing.targets import LoweredDocument, Targets, to_lower
from gateway.quantities.targets import Aim, Target
from tests.quantities.lines import DOCUMENT, line, movement, opened, reserved, written_off

OTHER = DocumentKey("N853", "CHEDP.FR.2026.0000002")
LESS = Target(type=DOCUMENT.type, reference=DOCUMENT.reference, adapter="traces", aim=Aim.RELEASE, lines=(line("40"),))
INSTEAD = Target(type=OTHER.type, reference=OTHER.reference, adapter="traces", aim=Aim.RELEASE, lines=(line("60"),))
SIXTY = line("60")


@pytest.mark.parametrize(
    ("state", "holding", "lowers"),
    [
        (MovementState.DONE, written_off(SIXTY), True),
        (MovementState.REFUSED, reserved(SIXTY), False),
        (MovementState.NOT_DONE, reserved(SIXTY), False),
        (MovementState.IN_DOUBT, None, False),
    ],
)
def test_it_depends_on_what_became_of_the_other_ones_write_off(
    state: MovementState, holding: OwnQuantity | None, lowers: bool
) -> None:
    other: dict[str, Any] = {"reference": OTHER.reference, "version": 2}
    book = opened(
        movement(MovementKind.WRITE_OFF, line("100"), state=MovementState.DONE, holding=written_off(line("100"))),
        movement(MovementKind.RESERVE, SIXTY, number=2, state=MovementState.DONE, holding=reserved(SIXTY), **other),
        movement(MovementKind.WRITE_OFF, SIXTY, number=3, state=state, holding=holding, **other),
    )
    lowered = LoweredDocument(target=LESS, beside={OTHER}, in_place=(), is_known=True)
    targets = Targets(first=(), then=(lowered,), held=(INSTEAD,))
    assert to_lower(targets, book) == ([LESS] if lowers else [])
    # Officers' own word stands in the place of a write-off.
    assert to_lower(Targets(first=(), then=(lowered,), held=(INSTEAD,), corrected={OTHER}), book) == [LESS]
