"""The texts of an answer in its caller's language: sentences of findings and violations are made anew from their parameters."""

from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from msgspec import structs

from gateway.decisions import sentences
from gateway.decisions.turn import NatureOf, kind_of_document, kind_of_finding, turn_of_finding, with_natures
from gateway.domain.clocks import LegalPeriod
from gateway.domain.decision import Decision, DocumentOutcome, Finding, Named
from gateway.domain.errors import GatewayError, Violation
from gateway.domain.record import Record
from gateway.domain.texts import listing
from gateway.domain.texts.languages import preferred
from gateway.domain.texts.refusals import RefusalTexts
from gateway.domain.texts.sentences import ENGLISH, HeldMessage, TextFault, Texts
from gateway.lifecycle.time_limits import TimeLimits
from gateway.settings.messages import Catalogue

_KEPT = frozenset({"params", "sentence", "told"})
"""The members that sentences are made of, or that name their row, which nobody reads."""
_NONE = "\0"
"""The text in the place of a reference that there is none of."""
_SEEN: Mapping[type[Finding | Violation], tuple[str, ...]] = {
    kind: tuple(field.name for field in fields(kind) if field.name not in _KEPT) for kind in (Finding, Violation)
}


class Wording:
    """The texts of one answer. What the language has no sentence for, or what was stored without parameters, stays English."""

    def __init__(
        self,
        texts: Texts,
        held: HeldMessage,
        *,
        at_once: bool = False,
        nature_of: NatureOf | None = None,
        limits: TimeLimits | None = None,
        refusals: RefusalTexts | None = None,
    ) -> None:
        """Take a language's texts.

        Args:
            texts: of the language.
            held: what a trader reads where nothing that holds may be told.
            at_once: whether traders see a refusal before it is confirmed.
            nature_of: gives the nature of a finding by its code, for those stored before it was kept.
            limits: by which time limits end; None: those of declarations are not written.
            refusals: what refused calls are answered with; None: what their code says.
        """
        self._texts = texts
        self.held = held
        self.at_once = at_once
        self._nature_of = nature_of
        self.limits = limits
        self._refusals = refusals
        self._used: dict[str, None] = {}

    @classmethod
    def chosen(
        cls,
        catalogue: Catalogue,
        wishes: Iterable[str],
        *,
        at_once: bool,
        nature_of: NatureOf | None = None,
        limits: TimeLimits | None = None,
    ) -> "Wording":
        """Return the texts of the first wished language that the catalogue has; without one they are English.

        Args:
            catalogue: the languages.
            wishes: as in `Accept-Language`.
            at_once: whether traders see a refusal before it is confirmed.
            nature_of: as for one made by hand.
            limits: the same.
        """
        language = preferred(wishes, catalogue.languages, ENGLISH)
        return cls(
            catalogue.languages[language],
            catalogue.held[language],
            at_once=at_once,
            nature_of=nature_of,
            limits=limits,
            refusals=catalogue.refusals[language],
        )

    @property
    def language(self) -> str:
        """The caller's language, counted from then on as one of the answer's."""
        self._used[self._texts.language] = None
        return self._texts.language

    @property
    def texts_language(self) -> str:
        """The language of the texts, whether or not anything of the answer is in it."""
        return self._texts.language

    def use(self) -> None:
        """Count the caller's language as one of the answer's."""
        self._used[self._texts.language] = None

    def measure(self, measure: str) -> str:
        """Return the name of a measure in the caller's language."""
        return self._texts.measure(measure) or measure

    def called(self, kind: str) -> str | None:
        """Return the name of a document or waiver code; None: it has none here."""
        return self._texts.words.get("called", {}).get(kind)

    def listed(self, list_: str) -> str:
        """Return a list of what may be declared in the caller's language."""
        return listing.rendered(list_, self._texts.words)

    def excepted(self, list_: str) -> str:
        """Return the sentence about the statements of a list, which follows the one that names its documents."""
        return listing.excepted(list_, self._texts.words)

    def name(self, param: str, term: str) -> str:
        """Return a name of the tables in the caller's language; one that the language has no text for stays as it is."""
        return self._texts.words.get(param, {}).get(term, term)

    def phrase(self, param: str, word: str, **params: str) -> str:
        """Return the text of a word in the caller's language, its own parameters in place."""
        self.use()
        return self._texts.phrase(param, word, params)

    def limit(self, name: str, period: LegalPeriod) -> str:
        """Return what has to be done in a time limit of the law; one of an administration's own without a text has its name alone."""
        self.use()
        kind = f"one_{period.unit}" if period.number == 1 else period.unit.value
        length = self._texts.phrase("limit_period", kind, {"number": str(period.number)})
        text = self._texts.phrase("hold_limit", name, {"period": length})
        return text if text != name else f"{name}:"

    def cited(self, basis: str) -> str:
        """Return a legal basis as acts are cited in the caller's language."""
        return self._texts.cited(basis)

    def quantity(self, amount: str, unit: str = "") -> str:
        """Return an amount, and its unit, as the caller's language writes them."""
        return self._texts.quantity(amount, unit)

    def unit(self, unit: str) -> str:
        """Return the name for one of a unit in the caller's language."""
        return self._texts.unit(unit)

    @property
    def headers(self) -> dict[str, str]:
        """The headers that name the answer's languages, and that it depends on the caller's."""
        languages = ", ".join(self._used) or self._texts.language
        return {"Content-Language": languages, "Vary": "Accept-Language"}

    def title(self, code: str) -> str | None:
        """Return the title of a finding in the caller's language; None: it has none any more."""
        if code == self.held.code:
            return self.held.message
        message = self._texts.messages.get(code)
        return message.title if message is not None else None

    def finding(self, finding: Finding) -> Finding:
        """Return a finding with its message, remedy and legal basis in the caller's language."""
        # What is stored in English is what was decided with, and stands as it is; pages write its days and amounts as people do.
        # What a trader may not read of a sentence was left out of its parameters.
        unnumbered = finding.params is not None and finding.document is not None and not finding.document.reference
        if self._texts.language != ENGLISH or self._texts.day is not None or unnumbered or not finding.message:
            try:
                message, remedy = _sentences(self._texts, finding)
            except TextFault:
                pass
            else:
                self._used[self._texts.language] = None
                basis = self.cited(finding.legal_basis)
                return replace(finding, message=message, remedy=remedy, legal_basis=basis)
        self._used[ENGLISH] = None
        return finding if finding.message else replace(finding, message=self.title(finding.code) or finding.code)

    def documents(self, documents: Iterable[DocumentOutcome]) -> list[dict[str, Any]]:
        """Return documents as JSON objects; the note says in the caller's language what becomes of one that no authority is asked about."""
        return [self.document(one) for one in documents]

    def document(self, document: DocumentOutcome) -> dict[str, Any]:
        """Return one document in the same way."""
        shown = structs.asdict(document)
        del shown["holder"]
        return {**shown, "note": self._note(document), "effect_kind": kind_of_document(document)}

    def _note(self, document: DocumentOutcome) -> str | None:
        if document.unasked is None:
            return None
        self._used[self._texts.language] = None
        return self.name("unasked", document.unasked)

    def with_natures(self, decision: Decision) -> Decision:
        """Return a decision whose findings have natures, if it was stored before they kept them."""
        return decision if self._nature_of is None else with_natures(decision, self._nature_of)

    def decision(self, decision: Decision) -> Decision:
        """Return a decision in the caller's language, its findings with their natures."""
        decision = self.with_natures(decision)
        findings = tuple(self.finding(finding) for finding in decision.findings)
        return decision if findings == decision.findings else replace(decision, findings=findings)

    def record(self, record: Record) -> Record:
        """Return a declaration with its decision in the caller's language."""
        if record.decision is None:
            return record
        decision = self.decision(record.decision.decision)
        if decision is record.decision.decision:
            return record
        return replace(record, decision=replace(record.decision, decision=decision))

    def refusal(self, error: GatewayError) -> tuple[str, str]:
        """Return title and detail of a refusal in the caller's language; a detail without a text there stays English."""
        texts = self._refusals
        title = texts.title(type(error)) if texts is not None else None
        detail = texts.detail(error.detail) if texts is not None else None
        if detail is None and title is not None and error.detail == error.title():
            detail = title
        for found in (title, detail):
            self._used[ENGLISH if found is None else self._texts.language] = None
        return title or error.title(), detail or error.detail

    def obstacle(self, title: str) -> str:
        """Return the title of what stands against a release in the caller's language; one without a text there stays English."""
        found = self._refusals.retitled(title) if self._refusals is not None else None
        self._used[ENGLISH if found is None else self._texts.language] = None
        return found or title

    def violations(self, violations: Iterable[Violation]) -> list[dict[str, Any]]:
        """Return violations as JSON objects, each with its message in the caller's language where it has a sentence there."""
        return [visible(self._violation(violation)) for violation in violations]

    def _violation(self, violation: Violation) -> Violation:
        try:
            message = self._texts.sentence(violation.sentence, violation.params) if violation.sentence else None
        except TextFault:
            message = None
        if message is None:
            self._used[ENGLISH] = None
            return violation
        self._used[self._texts.language] = None
        return replace(violation, message=message)


def _sentences(texts: Texts, finding: Finding) -> tuple[str, str]:
    """Return a finding's message and remedy, with no blank in the place of a reference that its document does not have.

    Raises:
        TextFault: as `sentences`.
    """
    document = finding.document
    if document is None or document.reference:
        return sentences(texts, finding.code, finding.params or {}, document)
    message, remedy = sentences(texts, finding.code, finding.params or {}, Named(document.type, _NONE))
    return message.replace(f" {_NONE}", ""), remedy.replace(f" {_NONE}", "")


def finding_body(
    finding: Finding, wording: Wording, *, confirmed: bool = False, gave_up: bool = False, beforehand: bool = False
) -> dict[str, Any]:
    """Return a finding as a JSON object, with its title, and whose turn it is because of it; the rest is as in `turn_of_finding`."""
    untold = finding.code == wording.held.code
    return {
        **visible(finding),
        "title": wording.title(finding.code),
        "effect_kind": kind_of_finding(finding),
        "turn": None
        if untold
        else turn_of_finding(finding, confirmed=confirmed, gave_up=gave_up, beforehand=beforehand),
    }


def visible(one: Finding | Violation) -> dict[str, Any]:
    """Return what a reader sees of a finding or a violation as a JSON object."""
    return {name: getattr(one, name) for name in _SEEN[type(one)]}
