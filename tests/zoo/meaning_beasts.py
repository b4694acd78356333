"""Beasts that take a document for valid of which the authority says something else, or nothing that anybody can read."""

from tests.zoo.beast import TWIN, Beast, kit_beast
from tests.zoo.restriction_beasts import in_recordings
from tests.zoo.xml_beasts import xml_beast


def _issued_as(name: str, code: str, by: str) -> Beast:
    """An office that says another word of what it has issued, and an adapter that takes it for valid."""
    word = ('"ISSUED"', f'"{code}"')
    files = {
        **in_recordings(TWIN, word),
        **dict.fromkeys(("codes.toml", "simulator.py", "simulator_documents.toml"), (word,)),
    }
    return kit_beast(name, f"{code} is valid", by, files=files)


MEANING_BEASTS = (
    _issued_as("on_hold", "ON_HOLD", "meanings.contrary_word"),
    _issued_as("in_examination", "IN_EXAMINATION", "meanings.contrary_word"),
    _issued_as("under_review", "PermitUnderReview", "meanings.contrary_word"),
    _issued_as("in_process", "INPROCESS", "meanings.contrary_word"),
    _issued_as("not_valid", "NOT_YET_VALID", "meanings.contrary_word"),
    _issued_as("one_letter", "S", "meanings.says_nothing"),
    _issued_as("a_number", "30", "meanings.says_nothing"),
    kit_beast("held_row", "a row that no recording has takes what is held for valid", "meanings.contrary_word", files={"codes.toml": (('[[status]]\ncode = "ISSUED"', '[[status]]\ncode = "HELD_BACK"\nmeans = "valid"\nvalid_from = 2020-01-01\nsource = "made up"\n\n[[status]]\ncode = "ISSUED"'),)}),
    xml_beast("held_word", "a word of its code takes what is held for valid", "meanings.contrary_word", ('"GRANTED": Status.VALID', '"GRANTED": Status.VALID, "ON_HOLD": Status.VALID')),
    xml_beast("idle_meaning", "it says what a code means that is nowhere valid", "meanings.idle", files={"exchanges/settings.toml": (("[left_out]", '[meanings]\n"S" = "issued"\n\n[left_out]'),)}),
)  # fmt: skip
