"""Legal bases as German and French cite acts: all of the delivered tables, and what is no act that is known."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from gateway.domain.texts.legal_bases import LEGAL_BASIS, cited
from gateway.domain.texts.sentences import Texts
from tests.builders.places import CONFIG, ROOT
from tests.builders.story import catalogue

LANGUAGES = ("de", "fr")
OF_CODE = ("Regulation (EU) No 952/2013 Art. 171", "Regulation (EU) No 952/2013 Art. 22(3)", "TARIC measure type 745")
"""Those that are in no table, but said by the gateway itself."""


def texts(language: str) -> Texts:
    return catalogue().languages[language]


def of(table: Any) -> Iterator[str]:
    """Every legal basis in a table, however deep."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from [value] if key == LEGAL_BASIS and isinstance(value, str) else of(value)
    elif isinstance(table, list):
        for one in table:
            yield from of(one)


@cache
def delivered() -> tuple[str, ...]:
    """Every legal basis of the delivered tables, and of the code."""
    files = [file for folder in (CONFIG, ROOT / "adapters") for file in folder.rglob("*.toml")]
    found = {
        basis
        for file in files
        if file.parent.name != "messages"
        for basis in of(tomllib.loads(file.read_text(encoding="utf-8")))
    }
    return (*sorted(found), *OF_CODE)


@pytest.mark.parametrize(
    ("basis", "german", "french"),
    [
        ("Reg. (EU) 2016/2031, Art. 71, 72", "VO (EU) 2016/2031, Art. 71, 72", "règl. (UE) 2016/2031, art. 71, 72"),
        ("Reg. (EC) No 338/97, Art. 4", "VO (EG) Nr. 338/97, Art. 4", "règl. (CE) nº 338/97, art. 4"),
        ("Impl. Reg. (EU) 2024/2145, Art. 6 to 8", "DVO (EU) 2024/2145, Art. 6 bis 8", "règl. d’exéc. (UE) 2024/2145, art. 6 à 8"),
        (
            "UCC Art. 22(6), 29; Del. Reg. (EU) 2015/2446, Art. 8(1)",
            "UZK Art. 22(6), 29; DelVO (EU) 2015/2446, Art. 8(1)",
            "CDU art. 22(6), 29 ; règl. dél. (UE) 2015/2446, art. 8(1)",
        ),
        (
            "Delegated Reg. (EU) 2015/2446, Annex B, 12 01 to 12 05",
            "DelVO (EU) 2015/2446, Anhang B, 12 01 bis 12 05",
            "règl. dél. (UE) 2015/2446, annexe B, 12 01 à 12 05",
        ),
        ("Directive 2006/112/EC, Art. 143, 369q", "RL 2006/112/EG, Art. 143, 369q", "dir. 2006/112/CE, art. 143, 369q"),
        ("Reg. (EU) 36/2012, Annex IX, IX.A1.004; Art. 2b", "VO (EU) 36/2012, Anhang IX, IX.A1.004; Art. 2b", "règl. (UE) 36/2012, annexe IX, IX.A1.004 ; art. 2b"),
        (
            "TFEU Art. 215, and the regulation that the measure names",
            "AEUV Art. 215 und die Verordnung, die die Maßnahme nennt",
            "TFUE art. 215 et le règlement que la mesure indique",
        ),
        (
            "Reg. (EU) 649/2012, Annex I, Part 3: explicit consent",
            "VO (EU) 649/2012, Anhang I, Teil 3: ausdrückliche Zustimmung",
            "règl. (UE) 649/2012, annexe I, partie 3 : consentement explicite",
        ),
        (
            "Reg. (EU) 2023/956, Art. 2, 2a, 4, 25, Annexes I, III",
            "VO (EU) 2023/956, Art. 2, 2a, 4, 25, Anhänge I, III",
            "règl. (UE) 2023/956, art. 2, 2a, 4, 25, annexes I, III",
        ),
        ("Regulation (EU) No 952/2013 Art. 171", "VO (EU) Nr. 952/2013 Art. 171", "règl. (UE) nº 952/2013 art. 171"),
        # Of an act that is known beside one that is not, each stays whole.
        (
            "Reg. (EU) 2017/625, Art. 57; Order of the Minister, section 3",
            "VO (EU) 2017/625, Art. 57; Order of the Minister, section 3",
            "règl. (UE) 2017/625, art. 57 ; Order of the Minister, section 3",
        ),
    ],
)  # fmt: skip
def test_acts_are_cited_as_their_readers_do(basis: str, german: str, french: str) -> None:
    assert (texts("de").cited(basis), texts("fr").cited(basis)) == (german, french)


@pytest.mark.parametrize(
    "basis",
    [
        "",
        "an administration's own law",
        "Order of the Minister, section 3 and 4",
        "Customs code, Art. 7; Customs code, Art. 9",
        "§ 5 Abs. 2 ZollVG",
        "R1206720; R0833140",
        "VO (EU) 2016/2031, Art. 71",
        "règl. (UE) 2016/2031, art. 71 ; annexe II",
        "Article 4 to be read with No. 5",
        "; ; ;",
        "I" * 5_000 + "é",
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_not_known_stays_as_it_is(basis: str, language: str) -> None:
    assert texts(language).cited(basis) == basis


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_english_is_left_of_a_legal_basis_of_the_tables(language: str) -> None:
    assert len(delivered()) > 300
    values = sorted(texts(language).words[LEGAL_BASIS].values(), key=len, reverse=True)
    own = re.compile("|".join(rf"(?<![A-Za-z]){re.escape(one.strip())}(?!\w)" for one in values))
    for basis in delivered():
        left = own.sub("", texts(language).cited(basis))
        # Numbers of acts, articles, annexes and their parts are all that is left.
        words = [
            one for one in re.findall(r"[^\W\d_]{2,}", left) if not re.fullmatch(r"[IVXL]+[A-Za-z]?|1?[a-z]{2}", one)
        ]
        assert words == [], basis
        assert not re.search(r"\b(to|or|by|of|on|in|No|EU|EC)\b", left), basis


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_one_of_a_legal_basis(language: str) -> None:
    words = texts(language).words
    unused = {
        word
        for word in words[LEGAL_BASIS]
        if all(
            cited(basis, {**words, LEGAL_BASIS: {**words[LEGAL_BASIS], word: "\0"}}).count("\0") == 0
            for basis in delivered()
            if word in basis
        )
    }
    assert unused == set()
    assert set(words[LEGAL_BASIS]) == set(texts("de").words[LEGAL_BASIS]), "each language has the same"


def test_in_english_all_stay_as_the_tables_have_them() -> None:
    assert [texts("en").cited(basis) for basis in delivered()] == [*delivered()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_cited_already_stays(language: str) -> None:
    once = [texts(language).cited(basis) for basis in delivered()]
    assert [texts(language).cited(basis) for basis in once] == once
