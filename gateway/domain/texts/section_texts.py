"""The texts of one catalogue in one language, by section and name: each that the English file delivered has, and no other."""

from collections.abc import Mapping

from gateway.domain.texts import plurals
from gateway.domain.texts.sentences import names

Sections = Mapping[str, Mapping[str, str]]
"""By section and name."""


class SectionTexts:
    """The texts of one catalogue in one language."""

    def __init__(self, sections: Sections, language: str) -> None:
        self._sections = sections
        self._language = language

    def say(self, name: str, /, **params: object) -> str:
        """Return a sentence with its parameters in place."""
        return self.text("sentence", name, **params)

    def text(self, section: str, name: str, /, **params: object) -> str:
        """Return a text with its parameters in place, in the form for what they count."""
        return plurals.form(self._sections[section], name, params, self._language).format_map(params)

    def term(self, section: str, code: str, /, **params: object) -> str:
        """Return the text for a code; one that another version stored, and that has no text, is returned itself."""
        found = self._sections[section].get(code, code)
        return found.format_map(params) if params else found

    def parameters(self, section: str, name: str) -> frozenset[str]:
        """Return the parameters of a text."""
        return names(self._sections[section][name])
