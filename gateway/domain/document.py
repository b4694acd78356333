"""The identity of a document, wherever it is named."""

from typing import NamedTuple


class DocumentKey(NamedTuple):
    """The key of one document: its type, and its reference as the declaration cites it. In JSON, and in comparisons, a pair."""

    type: str
    reference: str


class OfDocument:
    """A value about a document, which it names by type and reference."""

    __slots__ = ()
    type: str
    reference: str

    @property
    def key(self) -> DocumentKey:
        """The key of the document."""
        # As `DocumentKey(...)`, in half the time: a large declaration's documents are named again and again.
        return tuple.__new__(DocumentKey, (self.type, self.reference))
