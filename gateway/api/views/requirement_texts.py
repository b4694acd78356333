"""The texts of answers about the requirements on goods."""

from gateway.api.views.section_texts import SectionTexts


class RequirementTexts(SectionTexts):
    """The texts about requirements in one language."""

    kind = "requirements"

    def say(self, name: str, /, **params: object) -> str:
        """Return a sentence with its parameters in place."""
        return self._said("sentence", name, params)

    def term(self, section: str, code: str, /, **params: object) -> str:
        """Return the text for a code."""
        return self._said(section, code, params)
