"""What a caller reads, in their language: a finding's and a violation's sentences are made anew from their parameters."""

from collections.abc import Iterable
from dataclasses import fields, replace
from typing import Any

from msgspec import structs

from gateway.api.languages import preferred
from gateway.decisions import sentences
from gateway.domain.decision import Decision, DocumentOutcome, Finding
from gateway.domain.errors import Violation
from gateway.domain.record import Record
from gateway.domain.texts.sentences import ENGLISH, HeldMessage, TextFault, Texts
from gateway.settings.messages import Catalogue

_KEPT = frozenset({"params", "sentence"})
"""What sentences are made of is nobody's to read."""


_OF_A_DOCUMENT = tuple(field.name for field in structs.fields(DocumentOutcome))


class Wording:
    """One answer's words. What the language has no sentence for, or what was stored without parameters, stays English."""

    def __init__(self, texts: Texts, held: HeldMessage | None) -> None:
        """Takes a language's texts; `held` is what a trader is told instead of a refusal that is not confirmed, if they are not told at once."""
        self._texts = texts
        self.held = held
        self._used: dict[str, None] = {}

    @classmethod
    def chosen(cls, catalogue: Catalogue, wishes: Iterable[str], *, at_once: bool) -> "Wording":
        """Gives the words of the first wished language that the catalogue has; without one they are English.

        Args:
            catalogue: the languages.
            wishes: as in `Accept-Language`.
            at_once: whether traders are told of a refusal before it is confirmed.
        """
        language = preferred(wishes, catalogue.languages, ENGLISH)
        return cls(catalogue.languages[language], None if at_once else catalogue.held[language])

    @property
    def language(self) -> str:
        """The caller's language, in which more of the answer is written then."""
        self._used[self._texts.language] = None
        return self._texts.language

    def name(self, param: str, word: str) -> str:
        """Gives a name of the tables in the caller's language; one that it has no word for stands as it is."""
        return self._texts.words.get(param, {}).get(word, word)

    @property
    def headers(self) -> dict[str, str]:
        """Which languages the answer is in, and that it depends on the caller's."""
        languages = ", ".join(self._used) or self._texts.language
        return {"Content-Language": languages, "Vary": "Accept-Language"}

    def finding(self, finding: Finding) -> Finding:
        """Gives a finding with its message and remedy in the caller's language."""
        if self._texts.language != ENGLISH:
            try:
                message, remedy = sentences(self._texts, finding.code, finding.params or {}, finding.document)
            except TextFault:
                pass
            else:
                self._used[self._texts.language] = None
                return replace(finding, message=message, remedy=remedy)
        self._used[ENGLISH] = None
        return finding

    def documents(self, documents: Iterable[DocumentOutcome]) -> list[dict[str, Any]]:
        """Gives documents by their keys, each with a note in the caller's language on what becomes of one that nobody is asked about."""
        return [self.document(one) for one in documents]

    def document(self, document: DocumentOutcome) -> dict[str, Any]:
        """Gives one document in the same way."""
        return {**{name: getattr(document, name) for name in _OF_A_DOCUMENT}, "note": self._note(document)}

    def _note(self, document: DocumentOutcome) -> str | None:
        if document.unasked is None:
            return None
        self._used[self._texts.language] = None
        return self.name("unasked", document.unasked)

    def decision(self, decision: Decision) -> Decision:
        """Gives a decision in the caller's language."""
        findings = tuple(self.finding(finding) for finding in decision.findings)
        return decision if findings == decision.findings else replace(decision, findings=findings)

    def record(self, record: Record) -> Record:
        """Gives a declaration with its decision in the caller's language."""
        if record.decision is None:
            return record
        decision = self.decision(record.decision.decision)
        if decision is record.decision.decision:
            return record
        return replace(record, decision=replace(record.decision, decision=decision))

    def violations(self, violations: Iterable[Violation]) -> list[dict[str, Any]]:
        """Gives violations by their keys, each with its message in the caller's language; what is around them is English."""
        written = [told(self._violation(violation)) for violation in violations]
        self._used[ENGLISH] = None
        return written

    def _violation(self, violation: Violation) -> Violation:
        if violation.sentence is None:
            return violation
        try:
            message = self._texts.sentence(violation.sentence, violation.params)
        except TextFault:
            return violation
        self._used[self._texts.language] = None
        return replace(violation, message=message)


def told(one: Finding | Violation) -> dict[str, Any]:
    """Gives what a reader sees of a finding or a violation, by its keys."""
    return {field.name: getattr(one, field.name) for field in fields(one) if field.name not in _KEPT}
