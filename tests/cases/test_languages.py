"""Every finding of every story reads in every language, and in that language alone."""

import re
from functools import cache

import pytest

from gateway.decisions import RULESET, sentences
from gateway.domain.decision import Finding
from gateway.domain.texts.listing import kept
from gateway.domain.texts.sentences import LISTS, Texts
from tests.builders.extent import part
from tests.builders.story import STORIES, catalogue, play, shipped

LANGUAGES = ("de", "fr")
TELLTALE = re.compile(
    r"\b(?:the|of|is|are|were|had|not|and|or|for|with|has|have|which|this|that|declare[ds]?|nothing|needed|cannot|could|by|"
    r"to|from|status [0-9]+ (?:is|of)|authority|goods|document code|line [0-9]+|at most|less|none|procedure|holder)\b"
)
"""Words that English sentences are made of and French and German ones are not."""
GOLD = re.compile(r"(?<=[ld]’)or\b|^or$")
"""A French word that is an English one."""
SPOKEN = {
    "de": re.compile(r"\b(?:die|der|das|ist|nicht|und|Sie|für|eine?|den)\b", re.IGNORECASE),
    "fr": re.compile(r"\b(?:le|la|les|des?|du|aux|un|une|est|pas|ou|par)\b|’", re.IGNORECASE),
}


@cache
def raised() -> tuple[tuple[str, Finding], ...]:
    """Each finding with each set of words that the stories give it."""
    found: dict[tuple[object, ...], tuple[str, Finding]] = {}
    for story in STORIES:
        for finding in play(story).findings:
            params = tuple(sorted((finding.params or {}).items()))
            found.setdefault((finding.code, params), (story, finding))
    return tuple(found.values())


def told(texts: Texts, finding: Finding) -> tuple[str, str]:
    return sentences(texts, finding.code, finding.params or {}, finding.document)


def data_of(finding: Finding) -> list[str]:
    """What stands in a finding's sentences as it came: references, codes, names."""
    values = list((finding.params or {}).values())
    if finding.document is not None:
        values += [finding.document.type, finding.document.reference]
    return sorted((value for value in values if value), key=len, reverse=True)


def prose(sentence: str, finding: Finding) -> str:
    """A sentence without the data in it that are no words of a language."""
    for value in data_of(finding):
        if not value.islower() or any(character.isdigit() for character in value):
            sentence = sentence.replace(value, "")
    return sentence


def test_the_languages_are_there() -> None:
    assert tuple(sorted(catalogue().languages)) == ("de", "en", "fr")
    assert catalogue().unworded(shipped()) == ()


@pytest.mark.whole
def test_what_is_stored_is_the_english_sentence() -> None:
    for story, finding in raised():
        assert told(catalogue().english, finding) == (finding.message, finding.remedy), story


@pytest.mark.parametrize("language", part(LANGUAGES, 2))
def test_every_finding_of_the_stories_is_told_in_its_language_alone(language: str) -> None:
    texts = catalogue().languages[language]
    for story, finding in raised():
        for sentence, english in zip(told(texts, finding), (finding.message, finding.remedy), strict=True):
            said = f"{story}: {finding.code}: {sentence}"
            assert sentence != english, said
            assert not re.search(r"[{}]", sentence), said
            assert not (found := TELLTALE.search(prose(sentence, finding))), f"{said}: {found}"
            assert SPOKEN[language].search(sentence), said
            assert sentence[0].isupper() or sentence[0].isdigit() or (sentence.startswith(data_of(finding)[0][0])), said
            assert sentence.endswith("."), said


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_of_a_language_has_english_words(language: str) -> None:
    """Also of those that no story raises: explanations, violations, words."""
    texts = catalogue().languages[language]
    written = [text for message in texts.messages.values() for text in (message.title, message.message, message.remedy)]
    written += [text for words in texts.words.values() for text in words.values()]
    written += texts.sentences.values()
    written += [text for section in catalogue().explanations[language].values() for text in section.values()]
    held = catalogue().held[language]
    assert len(written) > 600
    for text in (*written, held.message, held.remedy):
        assert not TELLTALE.search(GOLD.sub("", re.sub(r"\{\w+\}", "", text))), text


def test_an_english_sentence_would_be_found() -> None:
    unfound = [
        finding.message
        for _, finding in raised()
        if not TELLTALE.search(prose(finding.message, finding)) or not TELLTALE.search(prose(finding.remedy, finding))
    ]
    assert unfound == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_is_used_by_a_finding_that_can_be_told(language: str) -> None:
    """Also with words for which there is no story: each phrase is filled from what findings carry."""
    texts = catalogue().languages[language]
    for rule in RULESET:
        for code in rule.codes:
            carried = {param: A_LIST if param in LISTS else "x" for param in rule.params}
            for param in rule.params & texts.words.keys() & catalogue().english.words.keys():
                for word in catalogue().english.words[param]:
                    params = {**carried, **_first_words(rule.params), param: word, "type": "C640", "reference": "R"}
                    for sentence in texts.rendered(code, params):
                        assert not re.search(r"[{}]", sentence)


A_LIST = kept((("C640", "TRACES"), ("C690", None)), ["Y930"])


def _first_words(params: frozenset[str]) -> dict[str, str]:
    english = catalogue().english.words
    return {param: next(iter(english[param])) for param in params if param in english}


@pytest.mark.parametrize("authority", ["der Zoll", "une autorité quelconque", "Ministry"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_authority_that_no_language_has_a_word_for_stands_as_it_is(language: str, authority: str) -> None:
    texts = catalogue().languages[language]
    message, _ = texts.rendered("SW-DEC-020", {"authority": authority, "type": "C640", "reference": "R"})
    assert message.startswith(authority[0].upper() + authority[1:])


def test_a_reference_is_never_taken_for_a_word() -> None:
    params = {"authority": "TRACES", "movement": "reserved", "type": "reserved", "reference": "exporter {authority}"}
    message, _ = catalogue().languages["fr"].rendered("SW-DEC-111", params)
    assert "document reserved exporter {authority}" in message
