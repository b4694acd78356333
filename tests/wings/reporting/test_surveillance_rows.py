"""What becomes of a released item in Surveillance: sent, waiting, excluded, or not known."""

from datetime import date

import pytest
from msgspec import structs

from gateway.domain.declaration import Direction
from gateway.wings.reporting.surveillance_rows import SurveillanceAnswer, row_of, surveillance_rows
from tests.builders.current_declaration import CURRENT

DAY = date(2026, 12, 3)


@pytest.mark.parametrize(
    ("direction", "additional", "procedure", "answer"),
    [
        (Direction.IMPORT, "A", "40", SurveillanceAnswer.SEND),
        (Direction.IMPORT, "D", "42", SurveillanceAnswer.SEND),
        (Direction.EXPORT, "A", "10", SurveillanceAnswer.SEND),
        (Direction.IMPORT, "C", "40", SurveillanceAnswer.WAIT),
        (Direction.IMPORT, "Y", "40", SurveillanceAnswer.SEND),
        (Direction.IMPORT, "A", "71", SurveillanceAnswer.EXCLUDE),
        (Direction.EXPORT, "A", "31", SurveillanceAnswer.EXCLUDE),
        (Direction.TRANSIT, None, None, SurveillanceAnswer.EXCLUDE),
        (Direction.IMPORT, "A", "99", SurveillanceAnswer.UNKNOWN),
        (Direction.IMPORT, "A", None, SurveillanceAnswer.UNKNOWN),
    ],
)
def test_the_first_row_that_fits_says_what_becomes_of_an_item(
    direction: Direction, additional: str | None, procedure: str | None, answer: SurveillanceAnswer
) -> None:
    declared = structs.replace(CURRENT, additional_type=additional)
    item = structs.replace(CURRENT.items[0], requested_procedure=procedure)
    assert row_of(direction, declared, item, DAY).answer is answer


def test_before_a_row_is_in_force_nobody_knows() -> None:
    item = structs.replace(CURRENT.items[0], requested_procedure="40")
    assert row_of(Direction.IMPORT, CURRENT, item, date(2016, 4, 30)).answer is SurveillanceAnswer.UNKNOWN


def test_each_row_says_why_and_by_what() -> None:
    assert [one for one in surveillance_rows() if not one.reason or not one.source] == []
