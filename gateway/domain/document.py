"""Which document: the one identity under which a document is known, whoever speaks of it."""

from typing import NamedTuple


class DocumentKey(NamedTuple):
    """A document's type, and its reference as the declaration cites it: one document. In JSON, and for whoever compares, a pair."""

    type: str
    reference: str


class OfDocument:
    """Whatever tells of one document by its type and its reference."""

    __slots__ = ()
    type: str
    reference: str

    @property
    def key(self) -> DocumentKey:
        """The document."""
        # As `DocumentKey(...)`, in half the time: a large declaration's documents are named again and again.
        return tuple.__new__(DocumentKey, (self.type, self.reference))
