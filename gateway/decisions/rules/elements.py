"""The data elements that document codes stand in: a code in another one is verified all the same, and has to be moved."""

from collections.abc import Iterable, Iterator

from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import Element

MISPLACED = "SW-DEC-160"
AS_PREVIOUS = "SW-DEC-161"


def code_in_place(file: OpenedCase) -> Iterator[Raised]:
    """A document code stands in a data element that takes it."""
    if not file.tables.has_places:
        return
    declaration, wrong = file.declaration, _Misplaced(file.tables, file.declaration.format)
    keys: dict[DocumentKey, DocumentKey] = {}
    for number, documents, references in _levels(declaration):
        for element, cited in ((Element.SUPPORTING_DOCUMENT, documents), (Element.ADDITIONAL_REFERENCE, references)):
            for one in cited:
                belongs = wrong.belongs(one.type, element)
                if belongs is not None:
                    keys = keys or _keys(file)
                    spelled = DocumentKey(one.type, one.reference or "")
                    key = keys.get(spelled, spelled)
                    params = {"stands": element.number, "belongs": belongs}
                    yield Raised(code=MISPLACED, goods_item=number, document=key, params=params)


def no_certificate_as_previous(file: OpenedCase) -> Iterator[Raised]:
    """A previous document (12 01) is none that has to be verified, nor one that another data element takes."""
    if not file.tables.has_places:
        return
    wrong = _Misplaced(file.tables, file.declaration.format)
    for item in file.items:
        for one in item.previous_documents:
            belongs = wrong.belongs(one.type, Element.PREVIOUS_DOCUMENT)
            if belongs is not None:
                params = {"kind": one.type, "cited": one.reference, "belongs": belongs}
                yield Raised(code=AS_PREVIOUS, goods_item=item.number, params=params)


class _Misplaced:
    """The codes of one declaration, each judged once for a data element."""

    def __init__(self, tables: InForce, name: str) -> None:
        self._tables = tables
        self._format = name
        self._judged: dict[tuple[str, Element], str | None] = {}

    def belongs(self, kind: str, element: Element) -> str | None:
        """Return the numbers of the data elements that a code belongs to; None: it may stand in this one."""
        key = kind, element
        if key not in self._judged:
            elements = self._elements(kind, element)
            self._judged[key] = None if elements is None else ", ".join(one.number for one in elements)
        return self._judged[key]

    def _elements(self, kind: str, element: Element) -> tuple[Element, ...] | None:
        row = self._tables.misplaced(kind, element, self._format)
        if row is not None:
            return row.elements
        if element is not Element.PREVIOUS_DOCUMENT or self._tables.places(kind) is not None:
            return None
        # Without a row for it a code may stand anywhere; but nobody is asked about what is cited as a previous document.
        found = self._tables.class_in(kind, element)
        return (Element.SUPPORTING_DOCUMENT,) if found is not None and found.needs_officer else None


_Level = tuple[int | None, Iterable[SupportingDocument], Iterable[AdditionalReference]]


def _levels(declaration: Declaration) -> Iterator[_Level]:
    yield None, declaration.documents, declaration.references
    items: Iterable[GoodsItem] = declaration.items
    for item in items:
        yield item.number, item.documents, item.references


def _keys(file: OpenedCase) -> dict[DocumentKey, DocumentKey]:
    """Return the key of the document that each spelling stands for."""
    return {
        DocumentKey(dossier.document.type, spelling): dossier.key
        for dossier in file.dossiers
        for spelling in (dossier.document.reference, *dossier.document.spellings)
    }
