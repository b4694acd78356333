"""The data elements that document codes stand in: a code in another one is verified all the same, and has to be moved."""

from collections.abc import Iterable, Iterator
from itertools import chain

from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.declaration import AdditionalReference, Declaration, GoodsItem, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import Element

MISPLACED = "SW-DEC-160"
AS_PREVIOUS = "SW-DEC-161"


def code_in_place(file: OpenedCase) -> Iterator[Raised]:
    """A document code stands in a data element that takes it."""
    documents = {one.type for one in _documents(file.declaration)}
    references = {one.type for one in _references(file.declaration)}
    wrong = _wrong(file, Element.SUPPORTING_DOCUMENT, documents) | _wrong(
        file, Element.ADDITIONAL_REFERENCE, references
    )
    if not wrong:
        return
    keys = _keys(file)
    for number, element, cited in _places(file.declaration):
        belongs = wrong.get((cited.type, element))
        if belongs is not None:
            spelled = DocumentKey(cited.type, cited.reference or "")
            params = {"stands": element.number, "belongs": belongs}
            yield Raised(code=MISPLACED, goods_item=number, document=keys.get(spelled, spelled), params=params)


def no_certificate_as_previous(file: OpenedCase) -> Iterator[Raised]:
    """A previous document (12 01) is none that has to be verified, nor one that another data element takes."""
    kinds = {one.type for _, one in file.previous}
    wrong = _wrong(file, Element.PREVIOUS_DOCUMENT, kinds) if kinds else {}
    if not wrong:
        return
    for number, one in file.previous:
        belongs = wrong.get((one.type, Element.PREVIOUS_DOCUMENT))
        if belongs is not None:
            params = {"kind": one.type, "cited": one.reference, "belongs": belongs}
            yield Raised(code=AS_PREVIOUS, goods_item=number, params=params)


def _wrong(file: OpenedCase, element: Element, kinds: Iterable[str]) -> dict[tuple[str, Element], str]:
    """Return the codes that may not stand in a data element, each with the numbers of those that it belongs to."""
    if not file.tables.has_places:
        return {}
    found = [(kind, _belongs(file.tables, kind, element, file.declaration.format)) for kind in kinds]
    return {(kind, element): ", ".join(one.number for one in to) for kind, to in found if to is not None}


def _belongs(tables: InForce, kind: str, element: Element, name: str) -> tuple[Element, ...] | None:
    row = tables.misplaced(kind, element, name)
    if row is not None:
        return row.elements
    if element is not Element.PREVIOUS_DOCUMENT or tables.places(kind) is not None:
        return None
    # Without a row for it a code may stand anywhere; but nobody is asked about what is cited as a previous document.
    found = tables.class_in(kind, element)
    return (Element.SUPPORTING_DOCUMENT,) if found is not None and found.needs_officer else None


def _documents(declaration: Declaration) -> Iterator[SupportingDocument]:
    return chain(declaration.documents, *[item.documents for item in declaration.items])


def _references(declaration: Declaration) -> Iterator[AdditionalReference]:
    return chain(declaration.references, *[item.references for item in declaration.items])


def _places(declaration: Declaration) -> Iterator[tuple[int | None, Element, SupportingDocument | AdditionalReference]]:
    """Return each citation with its goods item and its data element."""
    levels: Iterable[tuple[int | None, Declaration | GoodsItem]] = (
        (None, declaration),
        *((item.number, item) for item in declaration.items),
    )
    for number, level in levels:
        yield from ((number, Element.SUPPORTING_DOCUMENT, one) for one in level.documents)
        yield from ((number, Element.ADDITIONAL_REFERENCE, one) for one in level.references)


def _keys(file: OpenedCase) -> dict[DocumentKey, DocumentKey]:
    """Return the key of the document that each spelling stands for."""
    return {
        DocumentKey(dossier.document.type, spelling): dossier.key
        for dossier in file.dossiers
        for spelling in (dossier.document.reference, *dossier.document.spellings)
    }
