"""The routing of questions about a declaration's documents to authorities: pure, by the tables of the day."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import partial

from gateway.contract import DocumentQuery, Line, Quantity, Reference, ReferenceKind
from gateway.domain.declaration import AdditionalReference, Declaration, Direction, GoodsItem, Kind, SupportingDocument
from gateway.domain.document import DocumentKey
from gateway.domain.figures import figures_of
from gateway.domain.identity import Identify, as_declared
from gateway.domain.tables.figures import FiguresInForce
from gateway.domain.tables.in_force import InForce, Tables
from gateway.domain.tables.rows import DocumentRoute
from gateway.domain.verification import Cited, CitedDocument, Plan, Requirement

__all__ = ["cited", "plan", "query"]

UNIT_MISSING = "unit_missing"
UNIT_UNKNOWN = "unit_unknown"
_NONE: dict[str, Decimal] = {}


def plan(
    declaration: Declaration, tables: Tables, *, on: date, mrn: str | None = None, identify: Identify = as_declared
) -> Plan:
    """List what a declaration cites, each document once with every place that cites it, and the questions about it.

    `on` chooses the rows of the tables: acceptance, else receipt. `mrn` is the declaration's MRN where customs gave it
    one after lodging. A pre-lodged declaration without an MRN has no date that counts yet: its queries carry none.
    `identify` returns which spellings are one document: it goes under the first one, and is asked about by its identity.
    """
    view = tables.at(on)
    mrn = mrn or declaration.mrn
    drafts, figures = _Drafts(declaration, view, identify), _Figures(view.figures)
    for item, supporting in _supporting(declaration):
        draft = drafts.of(supporting.type, supporting.reference)
        draft.additional = False
        draft.cite(item, _cited(None if item is None else item.number, supporting, view), figures)
    for item, reference in _additional(declaration):
        draft = drafts.of(reference.type, reference.reference or "")
        if not draft.additional and not view.needs_officer(reference.type, additional=False):
            # Cited in both elements, it gets the class by which an officer has to check it.
            draft.additional = view.needs_officer(reference.type, additional=True)
        draft.cite(item, Cited(goods_item=None if item is None else item.number), figures)
    documents, requirements = [], []
    question: Callable[..., DocumentQuery] | None = None
    for draft in drafts.by_identity.values():
        document = CitedDocument(
            type=draft.type,
            reference=draft.reference,
            additional=draft.additional,
            cited=tuple(draft.cited),
            adapter=None if (elsewhere := draft.elsewhere(declaration.items)) else draft.adapter,
            identity=draft.identity,
            spellings=tuple(draft.spellings),
            elsewhere=elsewhere,
        )
        documents.append(document)
        if document.adapter is not None and draft.reference:
            question = question or _question(declaration, on, mrn)
            document_query = question(type=draft.type, reference=draft.identity, lines=tuple(draft.lines))
            requirements.append(
                Requirement(
                    document=document, adapter=document.adapter, query=document_query, identified=draft.identified
                )
            )
    return Plan(documents=tuple(documents), requirements=tuple(requirements), on=on, tables=tables.digest, mrn=mrn)


def cited(declaration: Declaration, view: InForce, identify: Identify) -> dict[DocumentKey, DocumentKey]:
    """Return type and identity of each document that a declaration cites, with the type and the reference that it goes under."""
    drafts = _Drafts(declaration, view, identify)
    for _, supporting in _supporting(declaration):
        drafts.of(supporting.type, supporting.reference)
    for _, reference in _additional(declaration):
        drafts.of(reference.type, reference.reference or "")
    return {key: DocumentKey(draft.type, draft.reference) for key, draft in drafts.by_identity.items()}


def query(
    kind: str,
    reference: str,
    tables: Tables,
    *,
    on: date,
    direction: Direction | None = None,
    identify: Identify = as_declared,
) -> Requirement | None:
    """Return the question whether a document is available, without a declaration; None: no authority is asked about it.

    Without a direction the first one in which the type is routed is taken: import, export, transit.
    """
    view = tables.at(on)
    for way in Direction if direction is None else (direction,):
        route = view.route(kind, way)
        if route is not None and route.adapter is not None and reference:
            known = identify(route.adapter, kind, reference)
            named = known or reference
            document = CitedDocument(type=kind, reference=reference, adapter=route.adapter, identity=named)
            question = DocumentQuery(type=kind, reference=named, direction=way, on=on)
            return Requirement(document=document, adapter=route.adapter, query=question, identified=known is not None)
    return None


def adapter_of(kind: str, tables: Tables, *, on: date) -> str | None:
    """Return the adapter that is asked about a document type, in any direction of the goods; None: nobody is."""
    view = tables.at(on)
    routes = (view.route(kind, way) for way in Direction)
    return next((route.adapter for route in routes if route is not None and route.adapter is not None), None)


@dataclass(slots=True)
class _Draft:
    """A document while its citations are gathered."""

    type: str
    reference: str
    """As it is cited first."""
    route: DocumentRoute | None
    identity: str
    identified: bool
    spellings: list[str] = field(default_factory=list)
    additional: bool = True
    judged: bool = False
    """Whether a goods item that cites it is under a procedure in which it is judged."""
    cited: list[Cited] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def adapter(self) -> str | None:
        """Who is asked about documents of its type; None: nobody is."""
        return self.route.adapter if self.route is not None else None

    def elsewhere(self, items: Sequence[GoodsItem]) -> bool:
        """Whether all goods that it is for are under procedures in which documents of its type are not judged."""
        if self.route is None or not self.route.procedures or self.judged:
            return False
        of_all = any(cited.goods_item is None for cited in self.cited)
        return bool(items) and not (of_all and any(self.route.judges(item.requested_procedure) for item in items))

    def cite(self, item: GoodsItem | None, cited: Cited, figures: "_Figures") -> None:
        self.cited.append(cited)
        route = self.route
        if item is None or route is None or (route.procedures and not route.judges(item.requested_procedure)):
            return
        self.judged = True
        # The lines are for the question: where nobody is asked there is none.
        if route.adapter is not None:
            self.lines.append(
                Line(
                    goods_item=item.number,
                    commodity_code=item.commodity_code,
                    certificate_line=cited.certificate_line,
                    quantity=cited.quantity,
                    amount=cited.amount,
                    origin=item.origin,
                    procedure=item.procedure,
                    figures=figures.of(item),
                )
            )


class _Figures:
    """The figures of goods items, worked out once for each that states any."""

    def __init__(self, known: FiguresInForce) -> None:
        self._known = known
        self._found: dict[int, dict[str, Decimal]] = {}

    def of(self, item: GoodsItem) -> dict[str, Decimal]:
        """Return the figures of a goods item by their codes."""
        if not item.references:
            return _NONE
        found = self._found.get(item.number)
        if found is None:
            found = self._found[item.number] = figures_of(item, self._known)
        return found


class _Drafts:
    """The documents of a declaration, each once: by its type and its identity."""

    def __init__(self, declaration: Declaration, view: InForce, identify: Identify) -> None:
        self._direction = declaration.direction
        self._union_goods = view.by_goods.union_transit(declaration.direction, declaration.declaration_type) is not None
        self._view = view
        self._identify = identify
        self._as_spelled: dict[tuple[str, str], _Draft] = {}
        self.by_identity: dict[DocumentKey, _Draft] = {}

    def of(self, kind: str, reference: str) -> _Draft:
        """Return the document of a spelling."""
        draft = self._as_spelled.get(key := (kind, reference))
        if draft is None:
            draft = self._as_spelled[key] = self._new_or_known(kind, reference)
        return draft

    def _new_or_known(self, kind: str, reference: str) -> _Draft:
        route = None if self._union_goods else self._view.route(kind, self._direction)
        adapter = route.adapter if route is not None else None
        identity = self._identify(adapter, kind, reference) if reference else ""
        named = reference if identity is None else identity
        draft = self.by_identity.get(key := DocumentKey(kind, named))
        if draft is None:
            draft = _Draft(kind, reference, route, named, identity is not None)
            self.by_identity[key] = draft
        else:
            draft.spellings.append(reference)
            # One spelling without an identity leaves the document without one.
            draft.identified = draft.identified and identity is not None
        return draft


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


def _cited(goods_item: int | None, document: SupportingDocument, view: InForce) -> Cited:
    if document.quantity is None:
        return Cited(goods_item=goods_item, certificate_line=document.line, amount=document.amount)
    unit = view.unit(document.unit) if document.unit else None
    return Cited(
        goods_item=goods_item,
        certificate_line=document.line,
        quantity=Quantity(value=document.quantity * unit.factor, unit=unit.unit) if unit is not None else None,
        quantity_fault=None if unit is not None else UNIT_UNKNOWN if document.unit else UNIT_MISSING,
        unit=unit.word if unit is not None else None,
        factor=unit.factor if unit is not None else Decimal(1),
        stated=True,
        amount=document.amount,
    )


def _question(declaration: Declaration, on: date, mrn: str | None) -> Callable[..., DocumentQuery]:
    """Return what all questions about a declaration's documents have in common."""
    counts = declaration.kind is not Kind.PRE_LODGED or mrn is not None
    kind, value = (ReferenceKind.MRN, mrn) if mrn is not None else (ReferenceKind.LRN, declaration.lrn)
    return partial(
        DocumentQuery,
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
