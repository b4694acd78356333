"""The texts about what happened to a declaration, read from a catalogue and checked as a whole."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from gateway.domain.approval import ApprovalKind, ApprovalState
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.errors import ConfigurationError
from gateway.domain.events import EventKind
from gateway.domain.notice import NoticeKind
from gateway.domain.tables.applications import ApplicationKind
from gateway.domain.texts.sentences import TextFault, names
from gateway.store.erasure import Erased

CATALOGUE = Path("messages") / "trail.en.toml"

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

_PARAMETERS: Mapping[EventKind, str] = MappingProxyType(
    {
        EventKind.RECEIVED: "version",
        EventKind.AMENDMENT_RECEIVED: "version",
        EventKind.ACCEPTANCE_RECEIVED: "mrn",
        EventKind.VERIFIED_BY_OFFICER: "document status",
        EventKind.DOCUMENTS_VERIFIED: "answers",
        EventKind.DECIDED: "number effect",
        EventKind.ALERTED: "answers",
        EventKind.GAVE_UP: "answers",
        EventKind.CONFIRMED: "number",
        EventKind.RELEASE_RECEIVED: "goods",
        EventKind.INTERVENTION_RECEIVED: "document order",
        EventKind.QUANTITY_PLANNED: "orders",
        EventKind.QUANTITY_SETTLED: "orders",
        EventKind.QUANTITY_DIFFERED: "orders",
        EventKind.RELEASED: "goods",
        EventKind.RELEASE_REPORTED: "reports",
        EventKind.REPORT_DELAYED: "reports",
        EventKind.REPORTED_OTHERWISE: "document",
        EventKind.INTERVENED: "moved",
        EventKind.APPLICATION_RECEIVED: "application",
        EventKind.APPLICATION_GRANTED: "application",
        EventKind.MRN_YIELDED: "mrn",
        EventKind.CONTINGENCY_OPENED: "number adapter",
        EventKind.CONTINGENCY_CLOSED: "number",
        EventKind.CONTINGENCY_VERIFIED: "document window status",
        EventKind.ERASED: "what",
        EventKind.TABLES_STORED: "version",
        EventKind.TABLES_SWITCHED: "digest",
        EventKind.ADAPTER_DISABLED: "adapter",
        EventKind.ADAPTER_QUARANTINED: "adapter declarations late ended memory",
        EventKind.ADAPTER_ENABLED: "adapter",
        EventKind.ADAPTER_TIER: "adapter tier",
        EventKind.EVIDENCE_EXPIRED: "before",
        EventKind.WORDS_ERASED: "before",
        EventKind.WINDOWS_ERASED: "before",
        EventKind.APPROVAL_ASKED: "approval",
        EventKind.APPROVAL_ENDED: "outcome",
    }
)
"""What each kind of event may say; the others say nothing but that they happened."""

_PHRASES = """
document type reference
document_alone type
answer document status
order document kind
became document kind state
moved document movement
reported document authority
more count
none
whole
items items
"""

_DIFFERENCES = """
title number other
changed was now
same now
item item was now
item_new item now
item_gone item
document document was now
document_effect document status was now
document_new document now
document_gone document
quantity document item was now
amount movement amount
appeared code message
went code message
other_figures code was now
nothing
tables was now
windows numbers
"""

_NOTICES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **{kind.value: frozenset({"declaration"}) for kind in NoticeKind},
        **{
            kind.value: frozenset({"declaration", "effect"})
            for kind in (NoticeKind.DECIDED, NoticeKind.CHANGED, NoticeKind.CONFIRMED)
        },
        "release_refused": frozenset({"declaration"}),
        "about": frozenset({"document", "status"}),
    }
)
_NONE: frozenset[str] = frozenset()


def _with_parameters(lines: str) -> Mapping[str, frozenset[str]]:
    return {name: frozenset(params) for name, *params in (line.split() for line in lines.strip().splitlines())}


_KNOWN: Mapping[str, Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "event": {kind.value: frozenset(_PARAMETERS.get(kind, "").split()) for kind in EventKind},
        "plain": {kind.value: _NONE for kind in EventKind if kind not in NEVER_ON_DECLARATIONS},
        "phrase": _with_parameters(_PHRASES),
        "because": dict.fromkeys((one.value for one in AssessmentCause), _NONE),
        "application": dict.fromkeys((one.value for one in ApplicationKind), _NONE),
        "approval": dict.fromkeys((one.value for one in ApprovalKind), _NONE),
        "outcome": dict.fromkeys((one.value for one in ApprovalState), _NONE),
        "erased": dict.fromkeys((one.value for one in Erased), _NONE),
        "difference": _with_parameters(_DIFFERENCES),
        "notice": _NOTICES,
    }
)
"""Every section with its texts and their parameters."""


def said(kind: EventKind) -> frozenset[str]:
    """Return the parameters of the sentence about a kind of event."""
    return _KNOWN["event"][kind.value]


class TrailTexts:
    """A catalogue of texts about what happened in which none is missing."""

    def __init__(self, texts: Mapping[str, Mapping[str, str]]) -> None:
        self._texts = texts

    @classmethod
    def of(cls, texts: Mapping[str, Mapping[str, str]]) -> "TrailTexts":
        """Make the catalogue from its sections.

        Raises:
            ConfigurationError: with every text that is missing, not known, or has a parameter that nobody fills.
        """
        faults = tuple(_faults(texts))
        if faults:
            raise ConfigurationError(faults)
        return cls(texts)

    def say(self, section: str, name: str, /, **params: object) -> str:
        """Return a text with its parameters in place."""
        return self._texts[section][name].format_map(params)

    def term(self, section: str, code: str) -> str:
        """Return the text for a code; one that another version stored, and that has no text, is returned itself."""
        return self._texts[section].get(code, code)

    def document(self, kind: str, reference: str) -> str:
        """Name a document."""
        if not reference:
            return self.say("phrase", "document_alone", type=kind)
        return self.say("phrase", "document", type=kind, reference=reference)


def _faults(texts: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for section in sorted(texts.keys() - _KNOWN.keys()):
        yield f"{CATALOGUE}: [{section}] is no section of this catalogue; take it out"
    for section, wanted in _KNOWN.items():
        present = texts.get(section, {})
        for name in sorted(wanted.keys() - present.keys()):
            yield f"{CATALOGUE}: [{section}] lacks the text {name!r}; add it"
        for name, text in present.items():
            if name not in wanted:
                yield f"{CATALOGUE}: [{section}] {name}: nothing is said with this text; take it out"
                continue
            try:
                unknown = names(text) - wanted[name]
            except TextFault as fault:
                yield f"{CATALOGUE}: [{section}] {name}: {fault}"
                continue
            for one in sorted(unknown):
                yield f"{CATALOGUE}: [{section}] {name}: there is no parameter {{{one}}}; take it out"
