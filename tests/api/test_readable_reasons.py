"""Reasons, names and numbers that persons write can be read by others."""

import pytest
from pydantic import ValidationError

from gateway.api.schemas.bodies import ApplicationDecision, Control


@pytest.mark.parametrize("unseen", ["\x00", "\u202e\u200b", "weighed\u202e again", "\u2800", "a\ufffd"])
def test_what_nobody_can_see_is_no_reason(unseen: str) -> None:
    with pytest.raises(ValidationError, match="nobody can see"):
        ApplicationDecision.model_validate({"grant": True, "reason": unseen})
    with pytest.raises(ValidationError, match="nobody can see"):
        Control.model_validate({"announced": True, "reference": unseen})


def test_lines_and_any_script_are_a_reason() -> None:
    reason = "Weighed again:\n1 400 kg. Ζυγίστηκε ξανά, 再次称重"
    assert ApplicationDecision.model_validate({"grant": True, "reason": reason}).reason == reason
