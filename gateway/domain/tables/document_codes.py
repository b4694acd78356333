"""The document codes of one day: which of the Union's lists name them, and in which data elements they may stand."""

from collections.abc import Iterable, Mapping
from datetime import date

from gateway.domain.tables.code_rows import ClassRow, CodeElements, ListedCodes, UndividedElements
from gateway.domain.tables.rows import Element


class DocumentCodes:
    """Rows of one day about document codes, indexed by code. It never changes."""

    def __init__(
        self,
        listed: Iterable[ListedCodes],
        elements: Iterable[CodeElements],
        undivided: Iterable[UndividedElements],
        day: date,
    ) -> None:
        """Take the listed codes of all days, and the other rows of this one."""
        self._listed: dict[str, ListedCodes] = {}
        self._ended: dict[str, ListedCodes] = {}
        for row in listed:
            if row.element is not None:
                self._take(row, day)
        for kind in self._listed.keys() & self._ended.keys():
            del self._ended[kind]
        self._elements: Mapping[str, CodeElements] = {one: row for row in elements for one in row.beginnings}
        self._lengths = sorted({len(beginning) for beginning in self._elements}, reverse=True)
        self._undivided: Mapping[str, UndividedElements] = {one: row for row in undivided for one in row.formats}
        self.placed = bool(self._elements)
        """Whether any row says where codes may stand; in a set of before there were such rows, none does."""

    def _take(self, row: ListedCodes, day: date) -> None:
        if row.in_force(day):
            self._listed |= dict.fromkeys(row.entries, row)
        elif row.valid_to is not None and row.valid_to < day:
            for kind in row.entries:
                other = self._ended.get(kind)
                if other is None or other.valid_to is None or other.valid_to < row.valid_to:
                    self._ended[kind] = row

    def listed(self, kind: str) -> ListedCodes | None:
        """Return the row of a list that names a code; None: none does."""
        return self._listed.get(kind)

    def ended(self, kind: str) -> ListedCodes | None:
        """Return the last row of a list that named a code and does not any more; None: one still does, or none ever did."""
        return self._ended.get(kind)

    def elements(self, kind: str) -> CodeElements | None:
        """Return the row with the data elements in which a code may stand; None: it may stand in any."""
        for length in self._lengths:
            row = self._elements.get(kind[:length])
            if row is not None:
                return row
        return None

    def undivided(self, name: str) -> UndividedElements | None:
        """Return the row of the data elements that a format does not tell apart."""
        return self._undivided.get(name)


def admits(row: CodeElements, element: Element, undivided: UndividedElements | None) -> bool:
    """Whether a code with this row may stand in a data element of a format."""
    if element in row.elements:
        return True
    together = undivided.elements if undivided is not None else ()
    return element in together and not set(together).isdisjoint(row.elements)


def by_element(
    rows: Iterable[ClassRow],
) -> tuple[dict[tuple[str, bool], ClassRow], dict[tuple[str, Element], ClassRow]]:
    """Index classes by code and whether it is cited as an additional reference; a row of an element comes before one of all.

    Those of the data elements that cite no documents stand apart.
    """
    index: dict[tuple[str, bool], ClassRow] = {}
    elsewhere: dict[tuple[str, Element], ClassRow] = {}
    for row in sorted(rows, key=lambda row: row.element is not None):
        for additional in (False, True):
            if row.element in (None, Element.ADDITIONAL_REFERENCE if additional else Element.SUPPORTING_DOCUMENT):
                index |= {(kind, additional): row for kind in row.types}
        if row.element not in (None, Element.ADDITIONAL_REFERENCE, Element.SUPPORTING_DOCUMENT):
            elsewhere |= {(kind, row.element): row for kind in row.types}
    return index, elsewhere
