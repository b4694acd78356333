"""The writers of what happened to a declaration, in every language of the catalogue."""

from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.api.views.trail import TrailView
from gateway.api.views.trail_texts import TrailTexts
from tests.builders.story import catalogue

CATALOGUE = catalogue()


def view(language: str) -> TrailView:
    return TrailView(
        TrailTexts(CATALOGUE.trail[language], language), ExplanationTexts(CATALOGUE.explanations[language], language)
    )
