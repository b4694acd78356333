"""The texts about what happened to a declaration."""

from gateway.api.views.section_texts import SectionTexts, declared
from gateway.domain.events import EventKind

UNSEEN_BY_TRADERS = frozenset(
    {
        EventKind.ALERTED,
        EventKind.APPROVAL_ASKED,
        EventKind.APPROVAL_ENDED,
        EventKind.ASSESSMENT_REQUESTED,
        EventKind.REPORT_DELAYED,
    }
)
"""Kinds of events that are for customs alone: alerts, and what officers only ask each other."""


def said(kind: EventKind) -> frozenset[str]:
    """Return the parameters of the sentence about a kind of event."""
    return declared("trail")["event"][kind.value]


class TrailTexts(SectionTexts):
    """The texts about what happened in one language."""

    kind = "trail"

    def say(self, section: str, name: str, /, **params: object) -> str:
        """Return a text with its parameters in place."""
        return self._said(section, name, params)

    def term(self, section: str, code: str) -> str:
        """Return the text for a code; one that another version stored, and that has no text, is returned itself."""
        return self._texts[section].get(code, code)

    def document(self, kind: str, reference: str) -> str:
        """Name a document."""
        if not reference:
            return self.say("phrase", "document_alone", type=kind)
        return self.say("phrase", "document", type=kind, reference=reference)
