"""The sentences of the API as pages write them: amounts and days written as the page itself writes them."""

from dataclasses import replace
from functools import partial

from babel import Locale
from babel.numbers import get_group_symbol

from gateway.api.days import days_in
from gateway.domain.texts.quantities import GROUPING, NUMBERS
from gateway.domain.texts.sentences import Texts
from gateway.settings.messages import Catalogue


def on_pages(catalogue: Catalogue) -> Catalogue:
    """Return the texts of every language as pages read them."""
    return replace(catalogue, languages={tag: _on_pages(texts) for tag, texts in catalogue.languages.items()})


def _on_pages(texts: Texts) -> Texts:
    sign = get_group_symbol(Locale.parse(texts.language, sep="-"))
    numbers = {**texts.words.get(NUMBERS, {}), GROUPING: sign}
    return replace(texts, words={**texts.words, NUMBERS: numbers}, day=partial(days_in, texts.language))
