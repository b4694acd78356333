"""What calls and what may be done with a declaration are called, in every language."""

import pytest

from gateway.access.calls import Call
from gateway.domain.actions import WhyNot
from tests.builders.story import catalogue

LANGUAGES = catalogue().languages


@pytest.mark.parametrize("language", sorted(LANGUAGES))
def test_every_reason_and_every_call_has_its_words(language: str) -> None:
    words = LANGUAGES[language].words
    assert words["why_not"].keys() == {one.value for one in WhyNot}
    assert words["call"].keys() == {one.value for one in Call}
