"""The texts of explanations: sentences, headings and names for codes."""

from collections.abc import Mapping
from types import MappingProxyType

from gateway.domain.events import EventKind
from gateway.domain.tables.rows import Row
from gateway.domain.texts.section_texts import SectionTexts
from gateway.settings.tables.kinds import KINDS

ROW_NAMES: Mapping[type[Row], str] = MappingProxyType(
    {kind.type: kind.table for kind in KINDS.values() if issubclass(kind.type, Row)}
)
"""Each kind of row with the name of its table in the files."""


ACTS = (
    EventKind.RECEIVED,
    EventKind.AMENDMENT_RECEIVED,
    EventKind.ACCEPTANCE_RECEIVED,
    EventKind.PRESENTATION_RECEIVED,
    EventKind.INVALIDATION_RECEIVED,
    EventKind.VERIFIED_BY_OFFICER,
    EventKind.CONFIRMED,
    EventKind.RELEASE_RECEIVED,
    EventKind.INTERVENTION_RECEIVED,
    EventKind.ABANDONED,
    EventKind.DOUBTED,
    EventKind.LAPSED,
    EventKind.APPLICATION_RECEIVED,
    EventKind.APPLICATION_GRANTED,
    EventKind.APPLICATION_REFUSED,
    EventKind.APPLICATION_WITHDRAWN,
    EventKind.ASSESSMENT_REQUESTED,
    EventKind.EXAMINATION_ANNOUNCED,
    EventKind.EXAMINATION_TOOK_PLACE,
    EventKind.EXAMINATION_WITHDRAWN,
    EventKind.MRN_YIELDED,
)
"""The acts on a declaration by somebody, and by the gateway itself when it falls due."""


class ExplanationTexts(SectionTexts):
    """The texts of explanations in one language."""

    def heading(self, name: str, /, **params: object) -> str:
        """Return a heading with its parameters in place."""
        return self.text("heading", name, **params)

    def of_items(self, numbers: str, count: int) -> str:
        """Name goods items; without any the whole declaration."""
        return self.text("items", "many" if count > 1 else "one" if count else "none", items=numbers)
