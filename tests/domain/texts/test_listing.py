"""Lists in sentences: what stands between their entries, and before the last where one is enough, is the language's own."""

import pytest

from gateway.domain.texts.listing import either, kept, rendered
from gateway.domain.texts.quantities import quantity
from tests.builders.story import catalogue

CATALOGUE = catalogue()
THREE = kept([("N853", "veterinary authority"), ("C678", None)], ["C640", "Y930"])


@pytest.mark.parametrize(
    ("language", "between", "choice"),
    [
        ("en", "; ", "12 03, 12 05 or 12 01"),
        ("de", "; ", "12 03, 12 05 oder 12 01"),
        ("fr", " ; ", "12 03, 12 05 ou 12 01"),
    ],
)
def test_entries_are_set_apart_as_in_the_language(language: str, between: str, choice: str) -> None:
    words = CATALOGUE.languages[language].words
    listed = rendered(THREE, words)
    assert listed.count(between) == listed.count(";") == 3, listed
    assert quantity("1: 1; 2: 2; …", words) == f"1: 1{between}2: 2{between}…"
    assert either("12 03, 12 05, 12 01", words) == choice
    assert either("12 03", words) == "12 03"


def test_without_a_language_a_list_reads_as_in_english() -> None:
    assert either("12 03, 12 01", {}) == "12 03 or 12 01"
    assert quantity("1: 1; 2: 2", {}) == "1: 1; 2: 2"


@pytest.mark.parametrize(
    ("language", "places"), [("en", "12 03 or 12 01"), ("de", "12 03 oder 12 01"), ("fr", "12 03 ou 12 01")]
)
def test_a_code_that_may_stand_in_several_elements_is_told_of_each(language: str, places: str) -> None:
    params = {"type": "N380", "reference": "INV-1", "stands": "12 04", "belongs": "12 03, 12 01"}
    assert places in CATALOGUE.languages[language].rendered("SW-DEC-160", params)[1]
