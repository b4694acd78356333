"""The lines of a message at which its goods items and cited documents begin."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.domain.declaration import AdditionalReference, Declaration, SupportingDocument
from gateway.domain.document import DocumentKey

_Cited = SupportingDocument | AdditionalReference
Line = Callable[[object], int | None]
"""Gives the line of a part of a declaration."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePlaces:
    """The lines of goods items by number, and of documents by where they are cited; the first of several."""

    items: Mapping[int, int]
    documents: Mapping[tuple[DocumentKey, int | None], int]
    """The lines by document and goods item; None: cited by the shipment."""
    first: Mapping[DocumentKey, int]
    """The first lines by document alone."""

    @classmethod
    def of(cls, declaration: Declaration, line_of: Line) -> "MessagePlaces":
        """Find the lines of a declaration's parts."""
        items: dict[int, int] = {}
        documents: dict[tuple[DocumentKey, int | None], int] = {}
        first: dict[DocumentKey, int] = {}
        parts: list[tuple[int | None, tuple[_Cited, ...]]] = [(None, (*declaration.documents, *declaration.references))]
        for item in declaration.items:
            parts.append((item.number, (*item.documents, *item.references)))
        for number, cited in parts:
            for document in cited:
                if (line := line_of(document)) is not None:
                    key = DocumentKey(document.type, document.reference or "")
                    documents.setdefault((key, number), line)
                    first[key] = min(line, first.get(key, line))
        for item in declaration.items:
            if (line := line_of(item)) is not None:
                items.setdefault(item.number, line)
        return cls(items=items, documents=documents, first=first)

    def line(self, document: DocumentKey | None, goods_item: int | None) -> int | None:
        """Return the line of what is said of a document, of a goods item, or of both; None: it is of neither, or not known."""
        if document is not None:
            found = self.documents.get((document, goods_item)) or self.first.get(document)
            if found is not None:
                return found
        return self.items.get(goods_item) if goods_item is not None else None
