"""Lists in sentences: what stands between their entries, and before the last where one is enough, is the language's own."""

import pytest

from gateway.domain.texts.listing import either, excepted, kept, rendered
from gateway.domain.texts.quantities import quantity
from tests.builders.story import catalogue

CATALOGUE = catalogue()
THREE = kept([("N853", "veterinary authority"), ("C678", None), ("C644", "organic authority")], ["Y931", "Y930"])


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
    assert listed.count(between) == listed.count(";") == 2, listed
    assert excepted(THREE, words).count(between) == excepted(THREE, words).count(";") == 1
    assert quantity("1: 1; 2: 2; …", words, language) == f"1: 1{between}2: 2{between}…"
    assert either("12 03, 12 05, 12 01", words) == choice
    assert either("12 03", words) == "12 03"


def test_without_a_language_a_list_reads_as_in_english() -> None:
    assert either("12 03, 12 01", {}) == "12 03 or 12 01"
    assert quantity("1: 1; 2: 2", {}, "en") == "1: 1; 2: 2"


@pytest.mark.parametrize(
    ("language", "places"), [("en", "12 03 or 12 01"), ("de", "12 03 oder 12 01"), ("fr", "12 03 ou 12 01")]
)
def test_a_code_that_may_stand_in_several_elements_is_told_of_each(language: str, places: str) -> None:
    params = {"type": "N380", "reference": "INV-1", "stands": "12 04", "belongs": "12 03, 12 01"}
    assert places in CATALOGUE.languages[language].rendered("SW-DEC-160", params)[1]


ONE = kept([("N853", "the border control post")], ["Y058"])
TO_DECLARE = {
    "en": (
        "Declare N853 (common health entry document for products of animal origin, CHED-P), decided on by the border control post. "
        "Only if it is so, declare the statement Y058 (",
        "Declare one of these documents: N853 (",
    ),
    "fr": ("Déclarez N853 (", "Déclarez l’un de ces documents : N853 ("),
    "de": ("Melden Sie diese Unterlage an: N853 (", "Melden Sie eine dieser Unterlagen an: N853 ("),
}
EXCEPTED = {
    "en": "Only if it is so, declare the statement Y058 (",
    "fr": "Seulement si c’est le cas, déclarez à la place la mention Y058 (",
    "de": "Nur wenn es zutrifft, melden Sie stattdessen die Erklärung Y058 (",
}


@pytest.mark.parametrize("language", sorted(TO_DECLARE))
def test_the_document_comes_first_and_a_statement_is_no_alternative_like_others(language: str) -> None:
    texts = CATALOGUE.languages[language]
    params = {"measure": "milk", "commodity": "0401"}
    one = texts.rendered("SW-DEC-010", {**params, "alternatives": ONE})[1]
    several = texts.rendered("SW-DEC-010", {**params, "alternatives": THREE})[1]
    assert (one[: len(TO_DECLARE[language][0])], several[: len(TO_DECLARE[language][1])]) == TO_DECLARE[language]
    document, _, statement = one.partition(". ")
    assert "Y058" not in document
    assert statement.startswith(EXCEPTED[language])
    for sentence in (*one.split(". "), *several.split(". ")):
        assert sentence.count(":") <= 1, sentence


@pytest.mark.parametrize("language", sorted(TO_DECLARE))
def test_statements_alone_are_told_as_such(language: str) -> None:
    words = CATALOGUE.languages[language].words
    assert excepted(kept([], ["Y058"]), words) == excepted(kept([("N853", None)], []), words) == ""
    assert rendered(kept([], ["Y058"]), words).count("Y058") == 1
    assert rendered(kept([], ["Y058", "Y930"]), words).count(":") == 1
