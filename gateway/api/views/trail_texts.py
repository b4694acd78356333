"""The texts about what happened to a declaration, and the kinds of events that not everybody reads."""

from gateway.domain.events import EventKind
from gateway.domain.texts.section_texts import SectionTexts

NEVER_ON_DECLARATIONS = frozenset(
    {
        EventKind.CONTINGENCY_OPENED,
        EventKind.CONTINGENCY_CLOSED,
        EventKind.WINDOWS_SEALED,
        EventKind.WINDOWS_ERASED,
        EventKind.TABLES_STORED,
        EventKind.TABLES_SWITCHED,
        EventKind.TABLES_SEALED,
        EventKind.ADAPTER_DISABLED,
        EventKind.ADAPTER_QUARANTINED,
        EventKind.ADAPTER_ENABLED,
        EventKind.ADAPTER_TIER,
        EventKind.EVIDENCE_EXPIRED,
        EventKind.EXPORTED,
        EventKind.WORDS_ERASED,
        EventKind.KEY_MADE,
        EventKind.KEY_REVOKED,
    }
)
"""Kinds of events in chains of their own, which no party reads."""
UNSEEN_BY_TRADERS = frozenset(
    {
        EventKind.ALERTED,
        EventKind.APPROVAL_ASKED,
        EventKind.APPROVAL_ENDED,
        EventKind.ASSESSMENT_REQUESTED,
        EventKind.REPORT_DELAYED,
        EventKind.REPORTED_OTHERWISE,
    }
)
"""Kinds of events that are for customs alone: alerts, and what officers only ask each other."""


class TrailTexts(SectionTexts):
    """The texts about what happened, in one language."""

    def document(self, kind: str, reference: str) -> str:
        """Name a document."""
        if not reference:
            return self.text("phrase", "document_alone", type=kind)
        return self.text("phrase", "document", type=kind, reference=reference)
