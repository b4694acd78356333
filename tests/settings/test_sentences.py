"""The sentences that traders read: who decides, who does what, units and numbers as people write them, in three languages alike."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache

import pytest

from gateway.decisions import sentences
from gateway.domain.decision import Advice
from gateway.domain.texts.sentences import Texts
from tests.builders.places import CONFIG
from tests.builders.story import STORIES, catalogue, play, shipped

LANGUAGES = ("en", "de", "fr")
FINDINGS = ("decisions", "measures", "records", "movements")

DECIDED_BY_AN_AUTHORITY = {"003", "020", "021", "024", "025", "046", "050", "051", "052", "054", "221"}
"""What only an authority does: it accepts, decides, refuses, suspends, orders."""
DECIDES = {
    "en": re.compile(r"\{System\} (?:has |have )?(?:not )?(?:refused|decided|accepted|suspended|declared|allow|judge)"),
    "de": re.compile(
        r"\{System\} (?:hat|lässt|erkennt)\b.*\b(?:abgelehnt|entschieden|ausgesetzt|erklärt|anerkannt|zu|an)\."
    ),
    "fr": re.compile(
        r"\{System\} (?:a|n’a pas encore) (?:refusé|statué|accepté|suspendu|déclaré)|(?:refusée?|suspendue?) par \{system\}"
    ),
}
"""A decision that would be said of a system."""

NOTHING_TO_DO = {
    "001": "nothing is to be verified, and that is known",
    "002": "the gateway reserves by itself",
    "017": "it is checked already",
    "197": "only some goods of the code come under the measure",
    "111": "the gateway reads back what an authority did",
    "112": "where the findings name nothing, the reservation is tried again",
    "115": "customs judges what happened between two answers",
    "117": "usage is reported by itself",
    "118": "an officer enters what could not be moved",
    "120": "the rest is reserved by itself",
    "121": "a forced write-off is an officer's",
    "122": "a forced write-off is an officer's",
    "123": "an officer's own correction",
    "126": "an officer compares",
    "127": "it is compared by itself when the declaration is lodged",
    "129": "it is compared by itself when customs has accepted the declaration",
    "193": "it is compared by itself when the declaration is lodged",
    "131": "beside what to keep",
    "133": "beside what to keep",
    "134": "a forced write-off is an officer's",
    "142": "beside what to keep",
    "143": "officers find out",
    "145": "officers find out",
    "203": "nothing is asked for Union goods",
    "277": "nobody is asked about it under the procedure",
    "223": "an officer reads the statement",
    "225": "an officer has the doubts",
    "229": "nothing is reserved twice; what to do stands before it",
    "240": "an officer decides about the measure",
    "260": "customs compares the MRN with the one that it has given",
    "900": "a rule of ours failed",
    "901": "processing failed",
}
"""The findings whose remedy may say that nothing is needed, each with the reason why the reader can do nothing (else)."""

NOTHING = {
    "en": re.compile(r"\b(?:[Nn]othing|[Nn]o action)\b"),
    "de": re.compile(r"\bnichts\b"),
    "fr": re.compile(r"\b(?:[Aa]ucune (?:autre )?démarche|[Rr]ien)\b"),
}
ASKS = {
    "en": r"(?:[Tt]urn to|[Aa]sk|officers? asks?|decision of)",
    "de": r"(?:[Ww]enden Sie sich (?:\w+ ){0,4}an|[Ff]ragen Sie|[Bb]itten Sie)",
    "fr": r"(?:[Cc]ontactez|interrogent|interroge)",
}
"""Behind these stands somebody who answers: an authority, and no system."""
PREPOSITIONS = {
    "de": r"(?:von|vom|bei|beim|mit|aus|zu|zur|zum|nach|seit|gegenüber|laut|in|auf|vor|unter)",
    "fr": r"(?:de|du|d’|à|au|aux|dans|chez|auprès de|avec)",
}
"""Before a name with its article these ask for another case, or contract with it: `von die`, `de le`."""
NO_NUMBERS_OF_OURS = re.compile(r"(?<![\w./„-])(?<!«\s)\d+\.\d+(?![\w.]*[-/\w])")
"""What stands in quotation marks is written as it stands."""


@cache
def texts(language: str) -> Texts:
    return catalogue().languages[language]


@cache
def told(language: str) -> tuple[tuple[str, str], ...]:
    """Each sentence that a golden case has in a language, with its story and code."""
    found: dict[str, str] = {}
    for story in STORIES:
        for one in play(story).findings:
            for said in sentences(texts(language), one.code, one.params or {}, one.document):
                found.setdefault(said, f"{story}: {one.code}")
    return tuple((where, said) for said, where in found.items())


def written(language: str) -> Iterator[tuple[str, str]]:
    """Each text of a finding, with its code and which text it is."""
    for code, message in texts(language).messages.items():
        yield f"{code} title", message.title
        yield f"{code} message", message.message
        yield f"{code} remedy", message.remedy


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.whole
def test_no_sentence_of_a_golden_case_has_the_code_of_a_unit(language: str) -> None:
    codes = "|".join(sorted(row.word for row in shipped().units))
    unit = re.compile(rf"\b(?:{codes})\b")
    assert [(where, said) for where, said in told(language) if unit.search(said)] == []


@pytest.mark.parametrize("language", ["de", "fr"])
def test_no_number_has_a_point_in_a_language_with_commas(language: str) -> None:
    assert [(where, said) for where, said in told(language) if NO_NUMBERS_OF_OURS.search(said)] == []
    assert any(re.search(r"\d,\d", said) for _, said in told(language))


def test_what_would_be_found_is_found() -> None:
    for said in ("500.001 kg", "(1: 0.6 t = 600 kg)", "beträgt 0.5."):
        assert NO_NUMBERS_OF_OURS.search(said), said
    for said in ("CHEDP.FR.2026.0000001", "DU.FR.2026.1", "2026-11-24", "12 03 005.", "Nr. 7", "500,001 kg."):
        assert not NO_NUMBERS_OF_OURS.search(said), said


def test_who_decides_is_an_authority_and_no_system() -> None:
    """In the tables: the name of a system stands in no authority's."""
    systems = {row.system for row in shipped().routes if row.system}
    assert systems >= {"TRACES", "CATCH"}
    for row in shipped().routes:
        assert row.authority not in systems, row.place
        assert not re.search(r"TRACES|CATCH|portal|registry|system", row.authority), row.place


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_an_authority_does_is_not_said_of_a_system(language: str) -> None:
    for code, text in written(language):
        if code[7:10] in DECIDED_BY_AN_AUTHORITY and code.endswith("message"):
            assert re.search(r"\{[Aa]uthority\}", text), (code, text)
            assert not re.search(r"\{[Ss]ystem\}", text), (code, text)
        assert not re.search(ASKS[language] + r" \{system\}", text), (code, text)
        assert not DECIDES[language].search(text), (code, text)
        assert not re.search(r"TRACES|CATCH", text), (code, text)
    verdict = re.compile(r"\b(?:TRACES|CATCH) (?:has (?:refused|not decided)|hat über|a refusé|n’a pas encore statué)")
    assert [(where, said) for where, said in told(language) if verdict.search(said)] == []


@pytest.mark.parametrize("language", sorted(PREPOSITIONS))
def test_no_name_stands_behind_a_preposition_of_another_case(language: str) -> None:
    wrong = re.compile(rf"\b{PREPOSITIONS[language]} ?\{{(?:authority|system)\}}", re.IGNORECASE)
    phrases = [
        (f"{param} {word}", text) for param, words in texts(language).words.items() for word, text in words.items()
    ]
    assert [one for one in (*written(language), *phrases) if wrong.search(one[1])] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_needed_only_where_the_reader_can_do_nothing(language: str) -> None:
    remedies = {code[7:10]: text for code, text in written(language) if code.endswith("remedy")}
    then = texts(language).words["then"]["nothing"]
    says = {code for code, text in remedies.items() if NOTHING[language].search(text.replace("{then}", then))}
    assert says - NOTHING_TO_DO.keys() - {"190", "191", "192"} == set()  # those are read by officers alone


def test_every_reason_for_nothing_to_do_is_still_needed() -> None:
    remedies = {code[7:10]: text for code, text in written("en") if code.endswith("remedy")}
    then = texts("en").words["then"]["nothing"]
    assert [code for code in NOTHING_TO_DO if not NOTHING["en"].search(remedies[code].replace("{then}", then))] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_whoever_is_advised_is_told_what_to_do(language: str) -> None:
    for story in STORIES:
        for one in play(story).findings:
            _, remedy = sentences(texts(language), one.code, one.params or {}, one.document)
            if one.advice is not Advice.NONE:
                assert len(remedy.split()) > 2, f"{story}: {one.code}"


def test_french_is_typeset_alike() -> None:
    """Apostrophes are typographic, and a space stands before double punctuation."""
    for file in sorted((CONFIG / "messages").glob("*.fr.toml")):
        for value in _strings(tomllib.loads(file.read_text(encoding="utf-8"))):
            assert "'" not in value, f"{file.name}: {value}"
            assert not re.search(r"[^\s\d«(][;:!?](?:\s|$)", value), f"{file.name}: {value}"


def test_german_quotes_are_typeset_alike() -> None:
    for file in sorted((CONFIG / "messages").glob("*.de.toml")):
        for value in _strings(tomllib.loads(file.read_text(encoding="utf-8"))):
            assert value.count("„") == value.count("“"), f"{file.name}: {value}"
            assert "'" not in value, f"{file.name}: {value}"


@pytest.mark.parametrize(
    ("language", "gone"),
    [
        ("en", r"in the shade|no meaning here|\bMend\b|\ban officer\b"),
        ("de", r"Warencode|[Ff]enster|im Zweifel|keine Bedeutung|nichts festgestellt|Zollbe(?:amt|dienst)"),
        ("fr", r"\bvalables?\b(?! pour)|[Ff]enêtres?|incertain|\b[Uu]n agent\b(?! des douanes)|Gaz F"),
    ],
)
def test_words_that_were_replaced_do_not_come_back(language: str, gone: str) -> None:
    """In messages and remedies; a title is a heading."""
    found = [(code, text) for code, text in written(language) if not code.endswith("title") and re.search(gone, text)]
    assert found == []


@pytest.mark.parametrize(("language", "gone"), [("de", "fenster"), ("fr", "fenêtre")])
def test_business_continuity_has_one_word(language: str, gone: str) -> None:
    files = sorted((CONFIG / "messages").glob(f"*.{language}.toml"))
    found = [
        text
        for file in files
        for text in _strings(tomllib.loads(file.read_text(encoding="utf-8")))
        if gone in text.lower()
    ]
    assert (len(files) > 10, found) == (True, [])


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            if key not in {"word", "when", "param"}:
                yield from _strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one)
