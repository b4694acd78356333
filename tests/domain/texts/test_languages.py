"""Which language a caller gets (RFC 9110, section 12.5.4; RFC 4647, section 3.4)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.texts.languages import LONGEST, MOST, READ, preferred

KNOWN = ("de", "en", "fr", "pt-BR")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("fr", "fr"),
        ("FR", "fr"),
        ("fr-BE", "fr"),
        ("de-CH-1996", "de"),
        ("zh-Hant-CN-x-private, de;q=0.1", "de"),
        ("fr-x-anything", "fr"),
        ("pt-br", "pt-BR"),
        ("pt", "en"),
        ("nl, de;q=0.8, fr;q=0.9", "fr"),
        ("nl;q=1, fr;q=0.9, de;q=0.9", "fr"),
        ("de;q=0.9,fr;q=0.9", "de"),
        ("fr;q=0", "en"),
        ("fr;q=0.000, de;q=0.001", "de"),
        ("fr-BE, fr;q=0", "en"),
        ("nl", "en"),
        ("*", "en"),
        ("fr;q=0.5, *", "en"),
        ("fr, *;q=0.5", "fr"),
        ("en;q=0, *", "de"),
        ("en;q=0", "en"),
        ("en;q=0, de;q=0, fr;q=0, pt-BR;q=0, *", "en"),
        ("  fr ; q=0.7 ,\tde;q=0.6", "fr"),
        (",,fr,,", "fr"),
        ("", "en"),
    ],
)
def test_the_callers_wish_is_followed(header: str, language: str) -> None:
    assert preferred([header], KNOWN, "en") == language


@pytest.mark.parametrize(
    "header",
    [
        "fr;q=2",
        "fr;q=0.1234",
        "fr;q=-1",
        "fr;q=,",
        "fr;quality=1",
        "fr_BE",
        "fr/BE",
        "-fr",
        "fr-",
        "französisch",
        "fr fr",
        ";",
        "q=1",
        "*-FR",
        "\x00",
        "fr\n",
        "a" * 9,
        ";" * 900,
        "a-" * 450,
    ],
)
def test_what_is_no_language_range_is_passed_over(header: str) -> None:
    assert preferred([header], KNOWN, "en") == "en"
    assert preferred([f"{header},de"], KNOWN, "en") == "de"


def test_several_headers_are_one_list() -> None:
    assert preferred(["nl", "fr;q=0.2", "de;q=0.3"], KNOWN, "en") == "de"
    assert preferred([], KNOWN, "en") == "en"


@given(st.text())
def test_whatever_comes_gets_a_language_that_there_is(header: str) -> None:
    assert preferred([header], KNOWN, "en") in KNOWN


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("nl," * (MOST - 1) + "fr", "fr"),
        ("nl," * MOST + "fr", "en"),
        (" " * (READ - 4) + ",fr", "fr"),
        (" " * (READ - 2) + ",fr", "en"),
        ("de," + " " * READ + ",fr", "de"),
        ("fr" + "-aa" * ((LONGEST - 2) // 3), "fr"),
        ("fr" + "-aa" * (LONGEST // 3 + 1), "en"),
        ("fr" + "-aa" * 80_000, "en"),
        (";" * 60_000 + ",fr", "en"),
    ],
)
def test_no_more_is_read_than_anybody_means(header: str, language: str) -> None:
    assert preferred([header], KNOWN, "en") == language


def test_many_headers_are_one() -> None:
    assert preferred(["nl"] * (MOST - 1) + ["fr"], KNOWN, "en") == "fr"
    assert preferred(["nl"] * MOST + ["fr"], KNOWN, "en") == "en"
