"""The narrower view of documents' quantities for a trader: what others have of a certificate is nobody's to read but customs'."""

from msgspec import structs

from gateway.domain.decision import DocumentOutcome


def without_others(documents: tuple[DocumentOutcome, ...]) -> tuple[DocumentOutcome, ...]:
    """Remove what others have of each line, and what is certified: less what is left, it is what others have."""
    return tuple(
        structs.replace(
            document, quantity=tuple(structs.replace(line, certified=None, others=None) for line in document.quantity)
        )
        if document.quantity
        else document
        for document in documents
    )
