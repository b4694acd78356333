"""A document's identity: the text by which its authority knows it, however a declaration spells it.

An adapter names its rule in its manifest (`identity = "module:function"`). The function is pure: it takes the document
type and the reference as declared and gives the reference in the one spelling that stands for all of them. Two spellings
are one document if, and only if, it gives the same text for both.
"""

import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeAlias

IdentityRule: TypeAlias = Callable[[str, str], str]
"""Takes a document type and a reference, gives the reference by which the authority knows the document."""

LONGEST = 140
"""Characters of the longest identity: a declared reference has 70, and may be written out."""

_SAMPLES = (
    "A", "a1", " A1 ", "\tA 1\n", "A\u00a01", "\u3000A1", "CHEDP.FR.2026.0000001", "chedp.fr.2026.0000001",
    "GB/2026/0001", "\uff21\uff11", "stra\u00dfe", "\u0131", "\u212a", "e\u0301", "A\u200b1", "A\u20111", ".", "-" * 70,
)  # fmt: skip
"""References on which a rule is tried when its adapter is loaded."""


def written(document_type: str, reference: str) -> str:
    """Gives a reference without blanks around it and in composed characters: the rule of an adapter that names none.

    No authority's numbers begin or end with a blank, or differ in nothing but how an accented letter is encoded, so it
    makes no two documents one. Whether case, inner blanks or other digits count is the authority's to say: an adapter whose
    authority passes over them names a rule of its own.
    """
    reference = reference.strip()
    return reference if reference.isascii() else unicodedata.normalize("NFC", reference).strip()


def identity(rule: IdentityRule, document_type: str, reference: str) -> str | None:
    """Gives a document's identity; None where the rule does not say: it raises, or gives what is none."""
    try:
        found = rule(document_type, reference)
    # Partner code: whatever it raises, the document is not determined, and nothing else is.
    except Exception:
        return None
    return found if type(found) is str and 0 < len(found) <= LONGEST else None


def identity_fault(rule: IdentityRule, document_types: Iterable[str]) -> str | None:
    """Says why a rule cannot be one: it does not answer, answers differently when asked again, or changes its own answer."""
    for document_type in document_types:
        for sample in _SAMPLES:
            found = identity(rule, document_type, sample)
            if found is None:
                return f"gives no text for {document_type} {sample!a}"
            if identity(rule, document_type, sample) != found:
                return f"gives another text for {document_type} {sample!a} when it is asked again"
            if identity(rule, document_type, found) != found:
                return f"changes its own answer for {document_type} {sample!a}"
    return None
