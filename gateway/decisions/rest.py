"""The rest of a certificate, and to whom it is shown: before customs has accepted a declaration, only who is named as its holder is told how much.

Whoever else lodges is told whether it is enough: the difference between what was certified and what is left is what others took.
What is left of an account is its holder's own, and stays so after acceptance.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from msgspec import structs

from gateway.decisions.rules.amounts import EXCEEDED, UNIT_DIFFERS
from gateway.domain.decision import Decision, DocumentOutcome, Finding
from gateway.domain.document import DocumentKey
from gateway.domain.tables.figures import is_account

_SAID_INSTEAD: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        EXCEEDED: {"rest": "less", "most": "less", "available": "", "left": ""},
        UNIT_DIFFERS: {"compared": "", "available": ""},
    }
)
"""The changes to findings that say how much is left: the parameters of sentences that do not."""


def without_rest(decision: Decision, eoris: Collection[str], *, accounts_alone: bool = False) -> Decision:
    """Return a decision without what is left of the certificates that name none of these EORIs as their holder, or of accounts alone.

    Findings that said it have no sentences any more: those are made of their parameters.
    """
    hidden = {one.key for one in decision.documents if _is_hidden(one, eoris, accounts_alone)}
    if accounts_alone and not hidden:
        return decision
    findings = tuple(_finding(one, hidden) for one in decision.findings)
    documents = tuple(without_rest_of(one, eoris, accounts_alone=accounts_alone) for one in decision.documents)
    return replace(decision, findings=findings, documents=documents)


def without_rest_of(
    document: DocumentOutcome, eoris: Collection[str], *, accounts_alone: bool = False
) -> DocumentOutcome:
    """Return a document's outcome without what is left of it, unless it names one of these EORIs as its holder."""
    if not document.quantity or not _is_hidden(document, eoris, accounts_alone):
        return document
    nothing = dict.fromkeys(
        ("available", "stated_available", "certificate_available", "certified", "others", "left_after")
    )
    return structs.replace(document, quantity=tuple(structs.replace(one, **nothing) for one in document.quantity))


def _is_hidden(document: DocumentOutcome, eoris: Collection[str], accounts_alone: bool) -> bool:
    if accounts_alone and not any(is_account(one.unit, one.line) for one in document.quantity):
        return False
    return not _is_holder(document, eoris)


def _is_holder(document: DocumentOutcome, eoris: Collection[str]) -> bool:
    return document.holder is not None and document.holder in eoris


def _finding(finding: Finding, hidden: Collection[DocumentKey]) -> Finding:
    instead = _SAID_INSTEAD.get(finding.code)
    if instead is None or finding.document is None or finding.document.key not in hidden:
        return finding
    params = None if finding.params is None else {**finding.params, **instead}
    if params is not None and params.get("drawn_on") == "account":
        params["most"] = "of_account_less"
    return replace(finding, params=params, message="", remedy="")
