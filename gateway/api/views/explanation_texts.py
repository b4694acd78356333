"""The texts of explanations: sentences, headings and names for codes."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.api.views.section_texts import SectionTexts
from gateway.domain.tables.rows import Row
from gateway.settings.tables.kinds import KINDS

ROW_NAMES: Mapping[type[Row], str] = MappingProxyType(
    {kind.type: kind.table for kind in KINDS.values() if issubclass(kind.type, Row)}
)
"""Each kind of row with the name of its table in the files."""


class ExplanationTexts(SectionTexts):
    """The texts of explanations in one language."""

    kind = "explanation"
    further = MappingProxyType({"asked": frozenset({"authority"}), "act_unproven": frozenset({"role"})})

    def say(self, name: str, /, **params: object) -> str:
        """Return a sentence with its parameters in place."""
        return self._said("sentence", name, params)

    def heading(self, name: str, /, **params: object) -> str:
        """Return a heading with its parameters in place."""
        return self._said("heading", name, params)

    def term(self, section: str, code: str) -> str:
        """Return the text for a code; one that an earlier version stored, and that has no text, is returned itself."""
        return self._texts[section].get(code, code)

    def of_items(self, numbers: str, count: int) -> str:
        """Name goods items; without any the whole declaration."""
        return self._said("items", "many" if count > 1 else "one" if count else "none", {"items": numbers})
