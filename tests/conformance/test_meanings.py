"""Which codes sound like a hold, and what a person may say of those that say nothing."""

from pathlib import Path

import pytest

from gateway.conformance.checks.meanings import contrary_word
from gateway.conformance.recording import RecordingFault, read_left_out, read_meanings


@pytest.mark.parametrize(
    ("code", "word"),
    [
        ("ON_HOLD", "hold"), ("IN_EXAMINATION", "examination"), ("PermitUnderReview", "review"), ("INPROCESS", "inprocess"),
        ("EXISTING_USABLE/SUSPENDED", "suspended"), ("NOT_YET_VALID", "not valid"), ("not usable", "not usable"), ("DRAFT", "draft"),
        ("withheld", "withheld"), ("PENDING_INSPECTION", "pending"), ("SUSPENDED_NO_APPEAL", "suspended"),
    ],
)  # fmt: skip
def test_a_hold_is_heard_wherever_it_stands_in_a_code(code: str, word: str) -> None:
    assert contrary_word(code) == word


@pytest.mark.parametrize(
    "code",
    [
        "ISSUED", "VALID", "GRANTED", "EXISTING_USABLE/AVAILABLE", "NOT_SUSPENDED", "ACCEPTABLE_FOR_INTERNAL_MARKET", "InForce",
        "ACCEPTABLE_FOR_NON_CONFORMING_GOODS", "70", "S", "OK", "authorised for transhipment", "RELEASED",
    ],
)  # fmt: skip
def test_what_holds_is_not_taken_for_a_hold(code: str) -> None:
    assert contrary_word(code) is None


def test_a_meaning_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('[meanings]\n"S" = "issued"\n')
    assert (read_meanings(tmp_path), read_left_out(tmp_path)) == ({"S": "issued"}, {})
    (tmp_path / "settings.toml").write_text('[meanings]\n"S" = " "\n')
    with pytest.raises(RecordingFault, match="what it means is needed"):
        read_meanings(tmp_path)
