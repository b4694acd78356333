"""The coverage of documents that nobody is asked about by others, which are confirmed and which nothing holds."""

from functools import cached_property
from typing import NamedTuple

from gateway.decisions.case import Dossier, OpenedCase
from gateway.domain.document import DocumentKey

COVERING_NAMED = 20
"""Documents that are named as covering another one."""


class Unverified(NamedTuple):
    """A document that nobody is asked about and that needs an officer."""

    dossier: Dossier
    uncovered: frozenset[int]
    """The goods items that it is for and on which no other document covers it."""
    covering: tuple[DocumentKey, ...]
    """The documents that cover it on the others: as many of them as are named."""

    @property
    def held(self) -> bool:
        """Whether it holds goods: some that it is for, or all if it is for none."""
        return bool(self.uncovered) or not self.dossier.citations


class Coverage:
    """The input of rules about document classes: the case, and which of its documents count."""

    def __init__(self, file: OpenedCase, held: frozenset[DocumentKey] | None) -> None:
        """Take the case and, as `held`, the documents that a finding or their quantity holds or refuses.

        None: that is not known, so that nothing counts.
        """
        self.file = file
        self._held = held
        self._counting: dict[tuple[int, tuple[str, ...]], tuple[DocumentKey, ...]] = {}

    @cached_property
    def unasked(self) -> tuple[Unverified, ...]:
        """The documents that nobody is asked about and that need an officer, with what covers them."""
        return tuple(self._unverified(dossier) for dossier in self.file.dossiers if dossier.needs_officer)

    @property
    def unverified(self) -> dict[DocumentKey, frozenset[int]]:
        """The goods items that each document holds, because nobody has verified it and no authority has checked it already."""
        return {one.dossier.key: one.uncovered for one in self.unasked if one.held}

    def _unverified(self, dossier: Dossier) -> Unverified:
        """Find what covers a document on each goods item: one of another type that is confirmed and that nothing holds."""
        document = dossier.document
        types = self.file.tables.covered_by(document.type, additional=document.additional)
        by = {citation.item.number: self._counting_on(citation.item.number, types) for citation in dossier.citations}
        covering: dict[DocumentKey, None] = {}
        for number in sorted(by):
            covering |= dict.fromkeys(by[number][:COVERING_NAMED])
            if len(covering) >= COVERING_NAMED:
                break
        return Unverified(dossier, frozenset(number for number, keys in by.items() if not keys), tuple(covering))

    def _counting_on(self, number: int, types: tuple[str, ...]) -> tuple[DocumentKey, ...]:
        """Return the documents of these types that are for a goods item and that count; computed once for each item."""
        if not types:
            return ()
        found = self._counting.get((number, types))
        if found is None:
            there = self.file.declared[number]
            found = tuple(one.key for one in there if one.document.type in types and self._counts(one))
            self._counting[number, types] = found
        return found

    def _counts(self, dossier: Dossier) -> bool:
        return self._held is not None and dossier.key not in self._held and dossier.key not in self._not_confirmed

    @cached_property
    def _not_confirmed(self) -> frozenset[DocumentKey]:
        """The documents of which some verification is not a confirmation."""
        return frozenset(one.key for one in self.file.dossiers if not one.valid)
