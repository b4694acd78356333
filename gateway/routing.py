"""What has to be asked about a declaration's documents, and whom: pure, by the tables of the day."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from gateway.contract import DocumentQuery, Line, Quantity, Reference, ReferenceKind
from gateway.domain.declaration import AdditionalReference, Declaration, Direction, GoodsItem, Kind, SupportingDocument
from gateway.domain.in_force import InForce
from gateway.domain.tables import Tables
from gateway.domain.verification import Cited, CitedDocument, Plan, Requirement

__all__ = ["plan", "query"]

UNIT_MISSING = "unit_missing"
UNIT_UNKNOWN = "unit_unknown"


def plan(declaration: Declaration, tables: Tables, *, on: date, mrn: str | None = None) -> Plan:
    """Lists what a declaration cites, each document once with every place that cites it, and what has to be asked.

    `on` chooses the rows of the tables: acceptance, else receipt. `mrn` is the declaration's MRN where customs gave it
    one after lodging. A pre-lodged declaration without an MRN has no date that counts yet: its queries carry none.
    """
    view = tables.at(on)
    mrn = mrn or declaration.mrn
    drafts: dict[tuple[str, str], _Draft] = {}
    for item, supporting in _supporting(declaration):
        draft = drafts.setdefault((supporting.type, supporting.reference), _Draft())
        draft.additional = False
        draft.cite(item, _cited(item, supporting, view))
    for item, reference in _additional(declaration):
        draft = drafts.setdefault((reference.type, reference.reference or ""), _Draft())
        draft.cite(item, Cited(goods_item=_number(item)))
    documents, requirements = [], []
    template: DocumentQuery | None = None
    for (kind, number), draft in drafts.items():
        route = view.route(kind, declaration.direction)
        adapter = route.adapter if route is not None else None
        document = CitedDocument(
            type=kind, reference=number, additional=draft.additional, cited=tuple(draft.cited), adapter=adapter
        )
        documents.append(document)
        if adapter is not None and number:
            template = template or _template(declaration, on, mrn)
            asked = replace(template, type=kind, reference=number, lines=tuple(draft.lines))
            requirements.append(Requirement(document=document, adapter=adapter, query=asked))
    return Plan(documents=tuple(documents), requirements=tuple(requirements), on=on, tables=tables.digest)


def query(
    kind: str, reference: str, tables: Tables, *, on: date, direction: Direction | None = None
) -> Requirement | None:
    """Says whom to ask whether a document is available, without a declaration; None: no authority is asked about it.

    Without a direction the first one in which the type is routed is taken: import, export, transit.
    """
    view = tables.at(on)
    for way in Direction if direction is None else (direction,):
        route = view.route(kind, way)
        if route is not None and route.adapter is not None and reference:
            document = CitedDocument(type=kind, reference=reference, adapter=route.adapter)
            asked = DocumentQuery(type=kind, reference=reference, direction=way, on=on)
            return Requirement(document=document, adapter=route.adapter, query=asked)
    return None


@dataclass(slots=True)
class _Draft:
    """A document while its citations are gathered."""

    additional: bool = True
    cited: list[Cited] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    def cite(self, item: GoodsItem | None, cited: Cited) -> None:
        self.cited.append(cited)
        if item is not None:
            self.lines.append(
                Line(
                    goods_item=item.number,
                    commodity_code=item.commodity_code,
                    certificate_line=cited.certificate_line,
                    quantity=cited.quantity,
                    amount=cited.amount,
                    origin=item.origin,
                    procedure=item.procedure,
                )
            )


def _supporting(declaration: Declaration) -> Iterator[tuple[GoodsItem | None, SupportingDocument]]:
    for document in declaration.documents:
        yield None, document
    for item in declaration.items:
        for document in item.documents:
            yield item, document


def _additional(declaration: Declaration) -> Iterator[tuple[GoodsItem | None, AdditionalReference]]:
    for reference in declaration.references:
        yield None, reference
    for item in declaration.items:
        for reference in item.references:
            yield item, reference


def _number(item: GoodsItem | None) -> int | None:
    return None if item is None else item.number


def _cited(item: GoodsItem | None, document: SupportingDocument, view: InForce) -> Cited:
    quantity: Quantity | None = None
    fault: str | None = None
    word = None
    if document.quantity is not None:
        word = view.unit(document.unit) if document.unit else None
        if word is not None:
            quantity = Quantity(value=document.quantity * word.factor, unit=word.unit)
        else:
            fault = UNIT_UNKNOWN if document.unit else UNIT_MISSING
    return Cited(
        goods_item=_number(item),
        certificate_line=document.line,
        quantity=quantity,
        quantity_fault=fault,
        unit=word.word if word is not None else None,
        factor=word.factor if word is not None else Decimal(1),
        stated=document.quantity is not None,
        amount=document.amount,
    )


def _template(declaration: Declaration, on: date, mrn: str | None) -> DocumentQuery:
    counts = declaration.kind is not Kind.PRE_LODGED or mrn is not None
    kind, value = (ReferenceKind.MRN, mrn) if mrn is not None else (ReferenceKind.LRN, declaration.lrn)
    return DocumentQuery(
        type="",
        reference="",
        direction=declaration.direction,
        customs_office=declaration.customs_office,
        on=on if counts else None,
        declaration=Reference(kind=kind, value=value),
        declarant=declaration.declarant,
        importer=declaration.importer,
        exporter=declaration.exporter,
        holder=declaration.holder,
        representative=declaration.representative,
        country_of_dispatch=declaration.country_of_dispatch,
        country_of_destination=declaration.country_of_destination,
    )
